/** Money at stake: the worst case one key can spend in a calendar month, in USD. Unlimited is infinite. */
import type { Fields } from './key.ts'

/** Most windows that fit into one month: 31 days, 5 Mondays on top of a running week. */
const WINDOWS: Readonly<Record<string, number>> = { daily: 31, weekly: 6, monthly: 1 }

export function worstMonth(fields: Fields): number {
  if (fields.disabled === true) return 0
  const limit = fields.limit ?? null
  if (typeof limit !== 'number') return Number.POSITIVE_INFINITY
  return limit * (typeof fields.limitReset === 'string' ? (WINDOWS[fields.limitReset] ?? 1) : 1)
}
