/**
 * The line to Secret Manager: every call of the SDK passes here. It is made once, without the retries of the SDK, and with our own limit
 * of time (the SDK ignores its own over HTTP; seen in google-gax 5, 2026-11).
 *
 * Clear answers about the secret come back as values, the others are thrown. An error of the SDK is only ever searched and never kept: it
 * holds the request, and with it the payload.
 */
import type { SecretManagerServiceClient } from '@google-cloud/secret-manager'
import type { KeywrightError } from '../../core/diagnostic.ts'
import { isUntrusted, unreachable } from '../insist.ts'
import { denied } from '../refusal.ts'

export type Client = SecretManagerServiceClient

/** Without the SDK's own retries. */
export const ONCE = { retry: null }

export type Refusal = 'absent' | 'exists' | 'precondition'

export interface LineParts {
  readonly client: Client
  /** Name of the sink, for messages. */
  readonly name: string
  readonly timeoutMillis: number
}

/** What is asked, and the permission it takes. */
export interface Call<T> {
  readonly permission: string
  /** Name of a secret or project, for the hint. */
  readonly on: string
  readonly send: (client: Client) => Promise<T>
}

export interface Answered<T> {
  readonly refused: null
  readonly value: T
}

export type Answer<T> = Answered<T> | { readonly refused: Refusal }

export interface Line {
  readonly name: string
  /** Throws `SINK_UNREACHABLE`, and `SINK_DENIED` for anything that is no clear answer about the secret. */
  ask<T>(call: Call<T>): Promise<Answer<T>>
  close(): Promise<void>
}

export function line(parts: LineParts): Line {
  return {
    name: parts.name,
    async ask(call) {
      try {
        return { refused: null, value: await inTime(call.send(parts.client), parts.timeoutMillis) }
      } catch (error) {
        return { refused: refusalOf(error, call, parts.name) }
      }
    },
    close: () => parts.client.close(),
  }
}

class TooLate extends Error {}

async function inTime<T>(work: Promise<T> & { cancel?: () => void }, millis: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooLate()), millis)
  })
  try {
    return await Promise.race([work, late])
  } catch (error) {
    if (error instanceof TooLate) work.cancel?.()
    throw error
  } finally {
    clearTimeout(timer)
  }
}

/** HTTP status by code of gRPC, which other versions of the SDK use. */
const STATUS_OF: Readonly<Record<string, number>> = {
  3: 400,
  5: 404,
  6: 409,
  7: 403,
  8: 429,
  9: 400,
  13: 500,
  14: 503,
  16: 401,
}

function refusalOf(error: unknown, { permission, on }: Call<unknown>, name: string): Refusal {
  if (error instanceof TooLate) throw unreachable(`the sink ${name}: no answer in time`, TRY)
  const code = codeOf(error)
  const status = STATUS_OF[code] ?? Number(code)
  if (status === 404) return 'absent'
  if (status === 409) return 'exists'
  if (status === 400 && saysPrecondition(error)) return 'precondition'
  if (status === 401)
    throw denied(`the credentials of the sink ${name} are expired, revoked or unknown`, 'gcloud auth list')
  if (status === 403) throw notAllowed(name, permission, on)
  if (status === 429)
    throw unreachable(`the sink ${name} answered 429: too many requests`, 'run the same command again later')
  if (status >= 500) throw unreachable(`the sink ${name} answered ${status}`, TRY)
  if (status >= 400) throw denied(`the sink ${name} answered ${status} about ${on}`, `gcloud secrets describe ${on}`)
  if (code === '') throw noCredentials(name)
  throw unreachable(`the sink ${name}: connection failed (${code})`, TRY, { lasting: isUntrusted(code) })
}

const TRY = 'gcloud secrets list --limit 1   tries the same service from here'

function codeOf(error: unknown): string {
  const own = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (own !== '') return /^\w{1,60}$/.test(own) ? own : 'unknown'
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error ? codeOf(cause) : ''
}

function saysPrecondition(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return ('code' in error && error.code === 9) || error.message.includes('FAILED_PRECONDITION')
}

export function notAllowed(name: string, permission: string, on: string): KeywrightError {
  return denied(
    `the credentials of the sink ${name} lack the permission ${permission} on ${on}`,
    `gcloud ${on.includes('/secrets/') ? `secrets add-iam-policy-binding ${shortName(on)}` : `projects add-iam-policy-binding ${on.replace(/^projects\//, '')}`} --member=MEMBER --role=${ROLES[permission] ?? 'roles/secretmanager.admin'}`,
  )
}

/** The smallest predefined role with the permission. */
const ROLES: Readonly<Record<string, string>> = {
  'secretmanager.versions.access': 'roles/secretmanager.secretAccessor',
  'secretmanager.versions.add': 'roles/secretmanager.secretVersionManager',
  'secretmanager.versions.disable': 'roles/secretmanager.secretVersionManager',
  'secretmanager.versions.enable': 'roles/secretmanager.secretVersionManager',
  'secretmanager.secrets.get': 'roles/secretmanager.viewer',
}

export function shortName(secret: string): string {
  return secret.slice(secret.lastIndexOf('/') + 1)
}

function noCredentials(name: string): KeywrightError {
  return denied(`the sink ${name} finds no usable Google credentials`, 'gcloud auth application-default login')
}
