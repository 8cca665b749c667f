/** Signed tokens of workloads, and what a token service gives for them. No text of a service is ever repeated. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { OidcSource } from '../core/config/oidc-source.ts'
import { plainAddress } from '../core/config/url.ts'
import { KeywrightError } from '../core/diagnostic.ts'
import { Secret } from '../core/secret.ts'
import { isObject, parseJson } from './http/json.ts'
import { type Exchange, httpClient } from './http.ts'

export interface Workload {
  /** Folder that files start at. */
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly timeoutMillis?: number
}

const TIMEOUT = 15_000
const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token'

/** Throws `SOURCE_REFUSED`, retryable where the service could not be reached. */
export async function exchangedToken({ oidc }: OidcSource, workload: Workload): Promise<Secret> {
  const { exchange, audience, scope } = oidc
  const form = new URLSearchParams({
    grant_type: GRANT,
    subject_token: await signedToken(oidc, workload),
    subject_token_type: ID_TOKEN,
    ...(audience === undefined ? {} : { audience }),
    ...(scope === undefined ? {} : { scope }),
  })
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await send(exchange, { method: 'POST', body: form.toString(), headers }, workload)
  const json = answer.kind === 'answer' ? parseJson(answer.body) : undefined
  const token = isObject(json) ? json.access_token : undefined
  if (answer.kind === 'answer' && answer.status === 200 && typeof token === 'string') return Secret.of(token)
  throw refused(
    answer,
    hostOf(exchange),
    'the subject, audience and issuer that the service trusts must be those of the token',
  )
}

/** From a variable or a file, else from GitHub Actions. */
async function signedToken({ env: variable, file, audience }: OidcSource['oidc'], workload: Workload): Promise<string> {
  const found =
    variable !== undefined
      ? workload.env[variable]
      : file !== undefined
        ? await readFile(resolve(workload.root, file), 'utf8').catch(() => undefined)
        : await fromGithub(audience, workload)
  const text = found?.trim()
  if (text !== undefined && text !== '') return text
  const where = variable === undefined ? `the file ${file}` : `the variable ${variable}`
  throw new KeywrightError('SOURCE_REFUSED', {
    message: `there is no signed token in ${where}`,
    hint: variable === undefined ? `ls -l ${file}` : `export ${variable}=...`,
  })
}

async function fromGithub(audience: string | undefined, workload: Workload): Promise<string | undefined> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = workload.env
  if (url === undefined || bearer === undefined) {
    throw new KeywrightError('SOURCE_REFUSED', {
      message: 'GitHub gives this job no signed token',
      hint: 'permissions: { id-token: write }   in the job; elsewhere say where the token is: oidc: { env: ID_TOKEN, ... }',
    })
  }
  const whole = audience === undefined ? url : `${url}&audience=${encodeURIComponent(audience)}`
  const answer = await send(whole, { method: 'GET', bearer: Secret.of(bearer) }, workload)
  const json = answer.kind === 'answer' ? parseJson(answer.body) : undefined
  const value = isObject(json) ? json.value : undefined
  if (typeof value === 'string') return value
  throw refused(answer, hostOf(url), 'permissions: { id-token: write }   in the job')
}

type Sending = Omit<Parameters<ReturnType<typeof httpClient>['send']>[0], 'path'>

async function send(address: string, request: Sending, { timeoutMillis = TIMEOUT }: Workload): Promise<Exchange> {
  const { origin, pathname, search } = new URL(address)
  const http = httpClient({ origin, connections: 1, timeoutMillis })
  try {
    return await http.send({ ...request, path: `${pathname}${search}` })
  } finally {
    await http.close()
  }
}

function hostOf(address: string): string {
  return new URL(plainAddress(address)).host
}

function refused(answer: Exchange, host: string, hint: string): KeywrightError {
  const what = answer.kind === 'failed' ? answer.reason : `status ${answer.status}`
  const retryable = answer.kind === 'failed' || answer.status >= 500 || answer.status === 429
  return new KeywrightError('SOURCE_REFUSED', { message: `${host} gave no token (${what})`, hint, retryable })
}
