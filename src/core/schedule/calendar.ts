/** Spending windows of the key API, all in UTC: midnight, Monday, the first of the month. */
import { at, DAY, instant, type Millis } from '../time.ts'

/** A `limitReset`; `null` is never. */
export type Reset = 'daily' | 'weekly' | 'monthly' | null

/** 1970-01-05, a Monday. */
const A_MONDAY: Millis = 4 * DAY

/** When the spend counter started last; 0 when it never starts again. */
export function windowStart(reset: Reset, now: Millis): Millis {
  switch (reset) {
    case null:
      return 0
    case 'daily':
      return now - modulo(now, DAY)
    case 'weekly':
      return now - modulo(now - A_MONDAY, 7 * DAY)
    case 'monthly':
      return at(`${instant(now).slice(0, 7)}-01T00:00:00Z`)
    default:
      return reset satisfies never
  }
}

/** When the spend counter starts again; `null` when it never does. */
export function windowEnd(reset: Reset, now: Millis): Millis | null {
  switch (reset) {
    case null:
      return null
    case 'daily':
      return windowStart(reset, now) + DAY
    case 'weekly':
      return windowStart(reset, now) + 7 * DAY
    case 'monthly':
      return windowStart(reset, windowStart(reset, now) + 31 * DAY)
    default:
      return reset satisfies never
  }
}

function modulo(value: number, size: number): number {
  return ((value % size) + size) % size
}
