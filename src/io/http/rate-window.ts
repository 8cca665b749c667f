/**
 * How many requests fit into one window of a server that limits by a sliding estimate.
 *
 * Such a server (go-chi/httprate is one, read 2026-11) counts per aligned window, say per minute of its clock, and estimates
 * `previous count * share of the previous window still in reach + count of this window`. A log of our own sends of the last minute is not
 * stricter than that: ten sends in the first second of a minute still weigh almost ten a minute and a second later. And where its windows
 * begin we do not know.
 *
 * So the estimate is computed for every alignment its windows could have, and a send is due when the worst of them has room. Between two
 * sends that worst only falls, so the wait is found by halving. Half a request is kept free for the time that requests spend on their way.
 */
import type { Millis } from '../../core/time.ts'

export interface RateWindow {
  /** Milliseconds until one more send fits; 0 is now. Nothing is booked. */
  waitAt(now: Millis): Millis
  book(now: Millis): void
}

const MARGIN = 0.5

export function rateWindow(limit: number, length: Millis): RateWindow {
  let sent: Millis[] = []
  const fits = (now: Millis): boolean => worstEstimate(sent, now, length) + 1 + MARGIN <= limit
  return {
    waitAt(now) {
      if (fits(now)) return 0
      let [tooSoon, enough] = [0, 2 * length + 1]
      while (enough - tooSoon > 1) {
        const middle = Math.floor((tooSoon + enough) / 2)
        if (fits(now + middle)) enough = middle
        else tooSoon = middle
      }
      return enough
    },
    book(now) {
      sent = [...sent.filter((at) => at > now - 2 * length), now]
    },
  }
}

/** The largest estimate over all starts of the window that holds `now`. Between the starts looked at it only rises towards the next one. */
function worstEstimate(sent: readonly Millis[], now: Millis, length: Millis): number {
  const starts = [now, ...sent, ...sent.map((at) => at + length)].filter(
    (start) => start <= now && start > now - length,
  )
  return Math.max(...starts.map((start) => estimateFrom(sent, start, { now, length })))
}

function estimateFrom(
  sent: readonly Millis[],
  start: Millis,
  { now, length }: { readonly now: Millis; readonly length: Millis },
): number {
  let [before, since] = [0, 0]
  for (const at of sent) {
    if (at >= start) since += 1
    else if (at >= start - length) before += 1
  }
  return (before * (length - (now - start))) / length + since
}
