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
      // After a clock was set back, sends in the future would never grow old.
      if ((sent.at(-1) ?? now) > now) sent = sent.map((at) => Math.min(at, now))
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
  let worst = 0
  const look = (start: Millis): void => {
    if (start > now || start <= now - length) return
    const since = firstFrom(sent, start)
    const before = since - firstFrom(sent, start - length)
    worst = Math.max(worst, (before * (length - (now - start))) / length + sent.length - since)
  }
  look(now)
  for (const at of sent) {
    look(at)
    look(at + length)
  }
  return worst
}

/** Index of the first of the ascending instants that is not before `start`. */
function firstFrom(sent: readonly Millis[], start: Millis): number {
  let [low, high] = [0, sent.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sent[middle] ?? start) < start) low = middle + 1
    else high = middle
  }
  return low
}
