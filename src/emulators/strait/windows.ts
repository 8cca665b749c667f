/** What one counter says about one request: whether it may pass, and what its headers will say. */
export interface Verdict {
  readonly passes: boolean
  readonly limit: number
  readonly remaining: number
  /** Seconds since the epoch; null where that counter does not tell. */
  readonly reset: number | null
  /** Length in seconds, which is what a refusal says as `Retry-After`. */
  readonly window: number
}

/** Counts a request that passes at `now` (milliseconds). */
export type Counter = (now: number) => Verdict

const MINUTE = 60_000

/**
 * Requests a minute by the sliding estimate of Strait's in-process limiter: this minute's count plus that share of the last minute's count
 * which is still less than a minute away. Refused requests do not count. So after a burst it takes the whole `Retry-After` of 60 seconds,
 * and longer where the burst came late in its minute.
 */
export function slidingMinute(limit: number): Counter {
  let start = 0
  let inThis = 0
  let inLast = 0
  return (now) => {
    const minute = Math.floor(now / MINUTE) * MINUTE
    if (minute !== start) {
      inLast = minute === start + MINUTE ? inThis : 0
      inThis = 0
      start = minute
    }
    const estimate = Math.round((inLast * (MINUTE - (now - minute))) / MINUTE + inThis)
    const passes = estimate + 1 <= limit
    if (passes) inThis += 1
    return {
      passes,
      limit,
      remaining: limit - estimate - (passes ? 1 : 0),
      reset: (minute + MINUTE) / 1000,
      window: 60,
    }
  }
}

/** Requests in a window that begins with its first request. Refused ones count too. */
export function fixedWindow(limit: number, seconds: number): Counter {
  let until = Number.NEGATIVE_INFINITY
  let count = 0
  return (now) => {
    if (now >= until) {
      until = now + seconds * 1000
      count = 0
    }
    count += 1
    return { passes: count <= limit, limit, remaining: Math.max(0, limit - count), reset: null, window: seconds }
  }
}
