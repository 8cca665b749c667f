/**
 * The line to one Vault or OpenBao: every request passes here with the token of the session and the namespace.
 *
 * `ask` is for what may be repeated: it tries again after broken connections, timeouts, 412, 429 and 5xx, with full jitter. `once` sends
 * at most one request that can have an effect. A 403 is ambiguous, as an expired token and a missing right look the same: the token is
 * looked up, and one that is dead is replaced by a new login, once. After a 403 nothing has happened, so the request is then sent again.
 */
import type { KeywrightError } from '../../core/diagnostic.ts'
import type { Secret } from '../../core/secret.ts'
import type { Millis } from '../../core/time.ts'
import { BACKOFF, jittered, retryAfterMillis } from '../../io/http/backoff.ts'
import { isObject, parseJson } from '../../io/http/json.ts'
import type { Exchange, HttpClient, HttpRequest } from '../../io/http.ts'
import type { Clock } from '../../ports/clock.ts'
import { denied, unreachable } from './refusal.ts'

export interface Call {
  readonly method: HttpRequest['method']
  /** Below `/v1/`; its parts are encoded here. */
  readonly path: string
  readonly query?: string
  /** JSON text. */
  readonly body?: string
  /** `null`: sent without a token. */
  readonly token?: Secret | null
}

export interface Answer {
  readonly status: number
  readonly text: string
  readonly json: unknown
  /** `errors` of the body; only ever searched. */
  readonly errors: readonly string[]
  /** A 403 that may be about the token instead of the right: the token cannot be looked up, and there is no other. */
  readonly doubtful: boolean
}

export interface Tokens {
  token(): Promise<Secret>
  /** Another token than the one that died, or `null` when there is none. */
  instead(dead: Secret): Promise<Secret | null>
}

export interface LineParts {
  readonly http: HttpClient
  /** Name of the sink, for messages. */
  readonly name: string
  /** Path of the address, without trailing slash. */
  readonly prefix: string
  readonly namespace: string | undefined
  readonly clock: Clock
  readonly random: () => number
}

/** Answers below 500 other than redirects, 412 and 429; for those both throw `SINK_UNREACHABLE`, and `SINK_DENIED` for a token known to be dead. */
export interface Line {
  ask(call: Call): Promise<Answer>
  once(call: Call): Promise<Answer>
  /** Waits before try number `tried + 1`, or throws when that was the last, or when `ask` has tried long enough already. */
  pause(tried: number, error: KeywrightError): Promise<void>
}

export function line(parts: LineParts, tokens: Tokens): Line {
  const spent = new WeakSet<KeywrightError>()
  const pause = async (tried: number, error: KeywrightError): Promise<void> => {
    const wait = error.retryAfter ?? jittered(tried, parts.random)
    const isOver = spent.has(error) || tried >= BACKOFF.tries || wait > BACKOFF.longestWait || isUntrusted(error)
    if (!isOver) return parts.clock.sleep(wait)
    spent.add(error)
    throw error
  }
  const once = async (call: Call): Promise<Answer> => settled(await authorised(parts, tokens, call), parts)
  const ask = async (call: Call): Promise<Answer> => {
    for (let tried = 1; ; tried++) {
      const sent = await authorised(parts, tokens, call)
      const failure = failureOf(sent.exchange, parts)
      if (failure === null) return settled(sent, parts)
      await pause(tried, failure)
    }
  }
  return { ask, once, pause }
}

interface Sent {
  readonly exchange: Exchange
  readonly doubtful: boolean
}

async function authorised(parts: LineParts, tokens: Tokens, call: Call): Promise<Sent> {
  const token = call.token === undefined ? await tokens.token() : call.token
  const exchange = await send(parts, call, token)
  const sure = { exchange, doubtful: false }
  if (statusOf(exchange) !== 403 || call.token !== undefined || token === null) return sure
  const isKnownDead = exchange.kind === 'answer' && exchange.body.includes('invalid token')
  if (!isKnownDead && (await isAlive(parts, token))) return sure
  const other = await tokens.instead(token)
  if (other !== null) return { exchange: await send(parts, call, other), doubtful: false }
  if (!isKnownDead) return { exchange, doubtful: true }
  throw denied(`the token of the sink ${parts.name} is expired, revoked or unknown`, 'vault token lookup')
}

/** Anything but a clear no counts as alive: then the 403 stands. */
async function isAlive(parts: LineParts, token: Secret): Promise<boolean> {
  return statusOf(await send(parts, { method: 'GET', path: 'auth/token/lookup-self' }, token)) !== 403
}

function send({ http, prefix, namespace }: LineParts, call: Call, token: Secret | null): Promise<Exchange> {
  const { method, path, query, body } = call
  const encoded = path.split('/').map(encodeURIComponent).join('/')
  const headers = {
    'x-vault-request': 'true',
    ...(namespace === undefined ? {} : { 'x-vault-namespace': namespace }),
    ...(method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {}),
  }
  return http.send({
    method,
    path: `${prefix}/v1/${encoded}${query === undefined ? '' : `?${query}`}`,
    headers,
    ...(token === null ? {} : { bearer: token }),
    ...(body === undefined ? {} : { body }),
  })
}

function statusOf(exchange: Exchange): number | null {
  return exchange.kind === 'answer' ? exchange.status : null
}

function settled({ exchange, doubtful }: Sent, parts: LineParts): Answer {
  const failure = failureOf(exchange, parts)
  if (failure !== null || exchange.kind === 'failed') throw failure
  const { status, body: text } = exchange
  const json = parseJson(text)
  return { status, text, json, errors: errorsOf(json), doubtful }
}

function errorsOf(json: unknown): readonly string[] {
  const errors = isObject(json) && Array.isArray(json.errors) ? json.errors : []
  return errors.filter((one) => typeof one === 'string')
}

/** The error of an exchange that says nothing about the place, `null` for any other. */
function failureOf(exchange: Exchange, { name, clock }: LineParts): KeywrightError | null {
  if (exchange.kind === 'failed') return unreachable(`the sink ${name}: ${exchange.reason}`, hintFor(exchange.reason))
  const { status, body } = exchange
  const says = (what: string, hint: string, wait?: Millis | null): KeywrightError =>
    unreachable(`the sink ${name} ${what}`, hint, wait)
  if (status >= 300 && status < 400)
    return says(`answered ${status}: a standby that sends its callers elsewhere`, 'address: the one of the active node')
  if (status === 503 && /sealed/i.test(body)) return says('is sealed', 'vault operator unseal')
  const wait = retryAfterMillis(exchange.header('retry-after'), clock.now())
  if (status === 429) return says('answered 429: too many requests', 'run the same command again later', wait)
  if (status === 412) return says('answered 412: a standby that lags behind', 'run the same command again')
  return status >= 500 ? says(`answered ${status}`, 'vault status', wait) : null
}

const UNTRUSTED = /CERT|VERIFY|SIGNED|ISSUER|TLS|SSL|ALTNAME/

function hintFor(reason: string): string {
  if (UNTRUSTED.test(reason)) return 'caFile: the PEM file of the authority of that server'
  return 'vault status   tries the same address from here'
}

/** A certificate does not become better by waiting. */
function isUntrusted({ message }: KeywrightError): boolean {
  return /connection failed \(/.test(message) && UNTRUSTED.test(message.slice(message.lastIndexOf('(')))
}
