/**
 * Answers of OpenRouter as values. An answer is believed only if it is JSON of the documented shape: Cloudflare sits in front and may
 * answer itself, with HTML and any status, a 404 included (published contract of 2026-08-22: every error is
 * `{ error: { code: integer, message } }`, and `code` is the status).
 */
import type { Millis } from '../../core/time.ts'
import { retryAfterMillis } from '../../io/http/backoff.ts'
import { isObject, type JsonObject, parseJson, printable } from '../../io/http/json.ts'
import type { Exchange } from '../../io/http.ts'

export { isObject, type JsonObject }

interface Received {
  readonly kind: 'reply'
  readonly status: number
  /** `null` when the body is no JSON object. */
  readonly json: JsonObject | null
  /** Message of the documented error envelope, made fit to print; `null` when there is none. */
  readonly refusal: string | null
  readonly retryAfter: Millis | null
  readonly date: string | null
  /** The 429 that means the writes of this UTC day are used up, with the size of the quota where it was told. */
  readonly quota: { readonly size: number | null } | null
  readonly sentAt: Millis
  readonly receivedAt: Millis
}

/** Sent, but no whole answer came back. */
interface Failed {
  readonly kind: 'failed'
  readonly reason: string
}

/** Not sent: the API asked for a long pause, or the day's writes are used up. */
export interface Unsent {
  readonly kind: 'unsent'
  readonly code: 'API_RATE_LIMITED' | 'API_WRITE_QUOTA'
  readonly retryAfter: Millis
}

export type Reply = Received | Failed | Unsent
export type { Received }

const QUOTA_NAME = 'keys-modify-api-rpd-v2'

export function readReply(exchange: Exchange, sentAt: Millis, receivedAt: Millis): Received | Failed {
  if (exchange.kind === 'failed') return exchange
  const { status, header, body } = exchange
  const parsed = parseJson(body)
  const json = isObject(parsed) ? parsed : null
  const isQuota = status === 429 && body.includes(QUOTA_NAME)
  return {
    kind: 'reply',
    status,
    json,
    refusal: status >= 400 ? refusalOf(json) : null,
    retryAfter: retryAfterMillis(header('retry-after'), receivedAt),
    date: header('date'),
    quota: isQuota ? { size: positive(header('x-ratelimit-limit')) } : null,
    sentAt,
    receivedAt,
  }
}

/** True for a documented answer that asking again would only repeat. 5xx, 429 and the statuses of proxies are not. */
export function isSettled(reply: Received): boolean {
  if (reply.status < 300) return reply.status >= 200 && reply.json !== null
  if (reply.status === 408 || reply.status === 425 || reply.status === 429) return false
  return reply.status >= 400 && reply.status < 500 && reply.refusal !== null
}

function refusalOf(json: JsonObject | null): string | null {
  const error = json?.error
  if (!isObject(error) || !Number.isInteger(error.code)) return null
  return printable(typeof error.message === 'string' ? error.message : '')
}

function positive(text: string | null): number | null {
  const value = Number(text)
  return Number.isSafeInteger(value) && value > 0 ? value : null
}
