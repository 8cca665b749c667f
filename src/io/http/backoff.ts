import { parseHttpDate } from './date.ts'

/** How long an idempotent call waits between its tries. */
export interface Backoff {
  readonly tries: number
  readonly baseMillis: number
  readonly capMillis: number
  /** A `Retry-After` beyond this is not waited for. */
  readonly longestWait: number
}

export const BACKOFF: Backoff = { tries: 5, baseMillis: 500, capMillis: 20_000, longestWait: 60_000 }

/** Full jitter: anything from zero to the exponential bound. `attempt` counts from 1, `random` gives 0 <= x < 1. */
export function jittered(attempt: number, random: () => number, backoff: Backoff = BACKOFF): number {
  return Math.round(random() * Math.min(backoff.capMillis, backoff.baseMillis * 2 ** (attempt - 1)))
}

/** Milliseconds that a `Retry-After` header asks for (seconds, fractions allowed, or an HTTP date), never negative; `null` when absent or unreadable. */
export function retryAfterMillis(header: string | null, now: number): number | null {
  if (header === null) return null
  const text = header.trim()
  if (/^\d+(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000)
  const date = parseHttpDate(text)
  return date === null ? null : Math.max(0, date - now)
}
