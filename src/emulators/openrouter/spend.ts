/** Windows in which OpenRouter counts spend: UTC day, UTC week (Monday to Sunday), UTC month (published contract of 2026-08-22). */
export type SpendWindow = 'daily' | 'weekly' | 'monthly'

export const SPEND_WINDOWS: readonly SpendWindow[] = ['daily', 'weekly', 'monthly']

/** USD: own credit and spend through the customer's own provider keys. */
export interface Amount {
  readonly usd: number
  readonly byokUsd: number
}

/** Spend of one key. Each window holds what fell into the one that began at `start` (milliseconds); an older one counts as empty. */
export interface Spend {
  readonly total: Amount
  readonly windows: Readonly<Record<SpendWindow, Amount & { readonly start: number }>>
}

const DAY = 86_400_000
const NOTHING: Amount = { usd: 0, byokUsd: 0 }

/** First millisecond of the window that contains `now`. */
export function windowStart(window: SpendWindow, now: number): number {
  const day = Math.floor(now / DAY)
  switch (window) {
    case 'daily':
      return day * DAY
    case 'weekly':
      return (day - ((day + 3) % 7)) * DAY
    case 'monthly': {
      const date = new Date(now)
      return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
    }
  }
}

/** `null` is a key that never spent. */
export function addSpend(spend: Spend | null, amount: Amount, now: number): Spend {
  const grown = (window: SpendWindow): Amount & { start: number } => ({
    ...plus(spentIn(spend, window, now), amount),
    start: windowStart(window, now),
  })
  return {
    total: plus(spend?.total ?? NOTHING, amount),
    windows: { daily: grown('daily'), weekly: grown('weekly'), monthly: grown('monthly') },
  }
}

/** Spend in the running window; with null (or a window we do not know) all-time. */
export function spentIn(spend: Spend | null, window: string | null, now: number): Amount {
  if (spend === null) return NOTHING
  if (!isWindow(window)) return spend.total
  const counted = spend.windows[window]
  return counted.start === windowStart(window, now) ? counted : NOTHING
}

export function isWindow(text: unknown): text is SpendWindow {
  return SPEND_WINDOWS.some((window) => window === text)
}

function plus(one: Amount, other: Amount): Amount {
  return { usd: rounded(one.usd + other.usd), byokUsd: rounded(one.byokUsd + other.byokUsd) }
}

/** Rounds away what binary fractions add: nine decimals of a dollar. */
export function rounded(usd: number): number {
  return Math.round(usd * 1e9) / 1e9
}
