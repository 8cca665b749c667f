/**
 * Answers of Strait as values (server source of 2026-07-06). Its errors are `{ error: { code: text, message, details? } }`, but for two: its
 * limiters by IP answer 429 in plain text, and a wrong method is 405 without a body. An answer of any other shape may come from something in
 * between, and nothing is concluded from it.
 */
import { MINUTE, type Millis, SECOND } from '../../core/time.ts'
import { retryAfterMillis } from '../../io/http/backoff.ts'
import { isObject, parseJson, printable } from '../../io/http/json.ts'
import type { Exchange } from '../../io/http.ts'

export interface Received {
  readonly kind: 'reply'
  readonly status: number
  /** `undefined` when the body is no JSON. */
  readonly json: unknown
  /** Why the API said no, made fit to print. `null` when it did not say so in one of its own ways. */
  readonly refusal: string | null
  /** What it asked to wait; on every 429 at least a second. */
  readonly retryAfter: Millis | null
  readonly date: string | null
  readonly sentAt: Millis
  readonly receivedAt: Millis
}

/** Sent, but no whole answer came back. */
export interface Failed {
  readonly kind: 'failed'
  readonly reason: string
}

/** Not sent: the API asked for a long pause, or refused the managing key before. */
export type Unsent =
  | { readonly kind: 'unsent'; readonly why: 'paused'; readonly retryAfter: Millis }
  | { readonly kind: 'unsent'; readonly why: 'refused'; readonly refusal: string }

export type Reply = Received | Failed | Unsent

export function readReply(exchange: Exchange, sentAt: Millis, receivedAt: Millis): Received | Failed {
  if (exchange.kind === 'failed') return exchange
  const { status, header, body } = exchange
  const json = parseJson(body)
  const asked = retryAfterMillis(header('retry-after'), receivedAt)
  return {
    kind: 'reply',
    status,
    json,
    refusal: status >= 400 ? refusalOf(json, status, body) : null,
    retryAfter: status === 429 ? Math.max(SECOND, asked ?? MINUTE) : asked,
    date: header('date'),
    sentAt,
    receivedAt,
  }
}

/** True for a documented answer that asking again would only repeat, and for every 401: each further one brings the lock-out nearer. */
export function isSettled(reply: Received): boolean {
  if (reply.status < 300) return reply.status >= 200 && typeof reply.json === 'object' && reply.json !== null
  return reply.status === 401 || (reply.status !== 429 && isClearNo(reply))
}

/**
 * True when the API certainly did nothing: a 4xx in its own words. Its back-pressure 429 is none: it is also sent when the commit failed or
 * timed out, after the work was done. Nor is 5xx: the server rolls back, but a proxy answers 5xx for work that was done.
 */
export function isClearNo({ status, refusal }: Received): boolean {
  if (status < 400 || status >= 500 || status === 408 || status === 425) return false
  return refusal !== null && !(status === 429 && refusal.includes(BACK_PRESSURE))
}

const BACK_PRESSURE = 'database admission control throttled'
const LIMITER_BY_IP = 'Too Many Requests'

function refusalOf(json: unknown, status: number, body: string): string | null {
  if (status === 429 && json === undefined) return body.trim() === LIMITER_BY_IP ? LIMITER_BY_IP : null
  const error = isObject(json) ? json.error : null
  if (!isObject(error) || typeof error.code !== 'string') return null
  const details = Array.isArray(error.details) ? error.details.filter((one) => typeof one === 'string') : []
  const message = typeof error.message === 'string' ? error.message : ''
  return printable([message, ...details].join(', '))
}
