/** Requests to the server of a state: one at a time, in Terraform's http protocol (its documentation, read 2026-11-28). */
import { KeywrightError } from '../../core/diagnostic.ts'
import type { Secret } from '../../core/secret.ts'
import { type Exchange, type HttpClient, type HttpMethod, httpClient } from '../../io/http.ts'
import { deniedAt, type Unreached } from '../store-errors.ts'
import { isPlain } from '../stored.ts'

export interface HttpStateOptions {
  readonly address: string
  readonly lockAddress?: string
  readonly unlockAddress?: string
  readonly updateMethod?: string
  readonly lockMethod?: string
  readonly unlockMethod?: string
  readonly username?: string
  readonly password?: Secret
}

/** What Terraform calls lock info. */
export interface LockInfo {
  readonly ID: string
  readonly Operation: string
  /** Who took it, in our words: a process identity as JSON. */
  readonly Info: string
  readonly Who: string
  readonly Version: string
  readonly Created: string
  readonly Path: string
}

export type Read = { readonly text: string; readonly etag: string | null } | 'same' | null

export interface HttpLine {
  read(unless: string | null): Promise<Read>
  /** `null` when it is ours now, else what is known of the lock in force. */
  lock(info: LockInfo): Promise<Partial<LockInfo> | null>
  unlock(info: Partial<LockInfo>): Promise<boolean>
  /** `lost`: no answer. `refused`: the lock is not ours (any more). */
  save(text: string, lockId: string): Promise<'saved' | 'lost' | 'refused'>
  close(): Promise<void>
}

const TIMEOUT = 60_000
const MOST_BYTES = 256 << 20
const METHODS: readonly string[] = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE', 'LOCK', 'UNLOCK']

export function httpLine(options: HttpStateOptions): HttpLine {
  const { address, lockAddress = address, unlockAddress = lockAddress, username, password } = options
  const clients = new Map<string, HttpClient>()
  const basic = password === undefined ? {} : { basic: { user: username ?? '', password } }

  const send = (method: HttpMethod, url: string, more: { body?: string; headers?: Record<string, string> } = {}) => {
    const { origin, pathname, search } = new URL(url)
    const client =
      clients.get(origin) ?? httpClient({ origin, connections: 2, timeoutMillis: TIMEOUT, maxBytes: MOST_BYTES })
    clients.set(origin, client)
    return client.send({ method, path: pathname + search, ...basic, ...more })
  }

  return {
    async read(unless) {
      const answer = answered(
        await send('GET', address, unless === null ? {} : { headers: { 'if-none-match': unless } }),
      )
      if (answer.status === 304) return 'same'
      if (answer.status === 404 || answer.status === 204 || (answer.status === 200 && answer.body === '')) return null
      if (answer.status !== 200) throw refusal(address, answer.status)
      return { text: answer.body, etag: answer.header('etag') }
    },
    async lock(info) {
      const answer = answered(
        await send(methodOf(options.lockMethod, 'LOCK'), lockAddress, { body: JSON.stringify(info) }),
      )
      if (answer.status === 423 || answer.status === 409) return lockIn(answer.body)
      if (answer.status >= 200 && answer.status < 300) return null
      throw refusal(lockAddress, answer.status)
    },
    async unlock(info) {
      const method = methodOf(options.unlockMethod, 'UNLOCK')
      const sent = await send(method, unlockAddress, { body: JSON.stringify(info) })
      return sent.kind === 'answer' && sent.status >= 200 && sent.status < 300
    },
    async save(text, lockId) {
      const url = new URL(address)
      url.searchParams.set('ID', lockId)
      const sent = await send(methodOf(options.updateMethod, 'POST'), url.href, { body: text })
      if (sent.kind === 'failed' || sent.status >= 500) return 'lost'
      if (sent.status === 423 || sent.status === 409) return 'refused'
      if (sent.status < 200 || sent.status >= 300) throw refusal(address, sent.status)
      return 'saved'
    },
    async close() {
      const open = [...clients.values()]
      clients.clear()
      for (const client of open) await client.close()
    },
  }
}

function methodOf(written: string | undefined, usual: HttpMethod): HttpMethod {
  const method = written ?? usual
  if (isMethod(method)) return method
  throw new KeywrightError('STORE_OPTION', {
    message: `The store http knows no method ${method}.`,
    hint: `one of ${METHODS.join(', ')}`,
  })
}

function isMethod(text: string): text is HttpMethod {
  return METHODS.includes(text)
}

/** No whole answer, or none that could come from the state: thrown as a plain error, for the caller to say what it was about. */
export class NoAnswer extends Error {}

function answered(exchange: Exchange): Exchange & { readonly kind: 'answer' } {
  if (exchange.kind === 'failed') throw new NoAnswer(exchange.reason)
  if (exchange.status >= 500) throw new NoAnswer(`it answered ${exchange.status}`)
  return exchange
}

function refusal(location: string, status: number): KeywrightError {
  const told: Omit<Unreached, 'hint'> = { location, why: `it answered ${status}` }
  if (status === 401 || status === 403)
    return deniedAt({ ...told, hint: 'store: { kind: http, username: NAME, password: { env: NAME } }' })
  if (status === 404 || status === 405 || status === 501)
    return deniedAt({
      ...told,
      why: `it answered ${status} where a state is locked and saved`,
      hint: 'store: { kind: http, lockAddress: URL, lockMethod: POST, unlockMethod: DELETE }   as GitLab wants it',
    })
  return deniedAt({ ...told, hint: 'look at the log of that server' })
}

function lockIn(body: string): Partial<LockInfo> {
  try {
    const raw: unknown = JSON.parse(body)
    if (!isPlain(raw)) return {}
    const texts = Object.entries(raw).filter(([, value]) => typeof value === 'string')
    return Object.fromEntries(texts)
  } catch {
    return {}
  }
}
