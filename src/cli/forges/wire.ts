/** JSON over HTTP to the API of a forge. Reads are tried again; a write is sent once, since a comment too few is better than two. */
import { KeywrightError } from '../../core/diagnostic.ts'
import { Secret } from '../../core/secret.ts'
import { SECOND } from '../../core/time.ts'
import { jittered } from '../../io/http/backoff.ts'
import { parseJson, printable } from '../../io/http/json.ts'
import { type HttpMethod, httpClient } from '../../io/http.ts'
import type { Clock } from '../../ports/clock.ts'

export interface WireOptions {
  readonly name: 'GitHub' | 'GitLab'
  /** API root as the runner gives it, such as `https://api.github.com`. */
  readonly root: string
  readonly token: string
  readonly clock: Clock
  readonly headers?: Readonly<Record<string, string>>
  /** What to grant for a path that was refused, as a thing to type. */
  readonly permission: (path: string) => string
}

export interface Answer {
  readonly status: number
  /** `undefined` when it was no JSON. */
  readonly body: unknown
}

export interface Wire {
  /** Throws for everything but 2xx and the statuses in `also`. */
  call(
    method: HttpMethod,
    path: string,
    more?: { readonly body?: unknown; readonly also?: readonly number[] },
  ): Promise<Answer>
  close(): Promise<void>
}

const TRIES = 4

export function wire({ name, root, token, clock, headers = {}, permission }: WireOptions): Wire {
  const { origin, pathname } = new URL(root)
  const prefix = pathname.replace(/\/+$/, '')
  const http = httpClient({ origin, connections: 2, timeoutMillis: 30 * SECOND })
  const bearer = Secret.of(token)
  return {
    async call(method, path, { body, also = [] } = {}) {
      const text = body === undefined ? {} : { body: JSON.stringify(body) }
      for (let attempt = 1; ; attempt++) {
        const answer = await http.send({ method, path: `${prefix}${path}`, bearer, headers, ...text })
        const isLast = method !== 'GET' || attempt === TRIES
        if (answer.kind === 'answer' && (isGood(answer.status) || also.includes(answer.status)))
          return { status: answer.status, body: parseJson(answer.body) }
        if (answer.kind === 'answer' && answer.status < 500 && answer.status !== 429)
          throw refused({ name, what: `${method} ${path}`, status: answer.status }, answer.body, permission(path))
        if (isLast) throw unreachable(name, answer.kind === 'answer' ? `it answers ${answer.status}` : answer.reason)
        await clock.sleep(jittered(attempt, Math.random))
      }
    },
    close: () => http.close(),
  }
}

function isGood(status: number): boolean {
  return status >= 200 && status < 300
}

interface Refusal {
  readonly name: string
  readonly what: string
  readonly status: number
}

function refused({ name, what, status }: Refusal, body: string, hint: string): KeywrightError {
  return new KeywrightError('CI_FORGE_REFUSED', {
    message: `${name} refused ${what.split('?')[0]} (${status}): ${printable(reasonIn(body))}.`,
    hint,
  })
}

function reasonIn(body: string): string {
  const parsed = parseJson(body)
  const { message, error } = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as Record<string, unknown>
  return typeof message === 'string' ? message : typeof error === 'string' ? error : ''
}

function unreachable(name: string, why: string): KeywrightError {
  return new KeywrightError('CI_FORGE_UNREACHABLE', {
    message: `${name} does not answer: ${printable(why)}.`,
    hint: 'run the job again',
    retryable: true,
  })
}

/** A variable of the job that has to be there. Throws `CI_FORGE_MISSING`. */
export function needed(env: Readonly<Record<string, string | undefined>>, name: string, why: string): string {
  const value = env[name]
  if (value !== undefined && value !== '') return value
  throw new KeywrightError('CI_FORGE_MISSING', {
    message: `The variable ${name} is not set. ${why}`,
    hint: `export ${name}=...`,
  })
}

export function rows(body: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(body) ? body.filter((one) => typeof one === 'object' && one !== null) : []
}

export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}
