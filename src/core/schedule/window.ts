/**
 * Windows: hours of the week, on the clocks of a zone, in which old and new may change places.
 *
 * A window is a set of wall-clock minutes, and a moment is inside when the wall clock of the zone shows one of them. Summer time
 * follows from that without a rule of its own: an hour that does not exist opens nothing that day, and one that comes twice
 * opens twice. Searching is exact, not minute by minute: between two changes of the clocks the wall runs with UTC, so the next
 * edge on the wall is a moment, unless the clocks change before it; then the search goes on from that change.
 */
import type { Window } from '../key.ts'
import { DAY, MINUTE, type Millis } from '../time.ts'
import { offsetAt, QUARTER } from './zone.ts'

/** The longest way to an edge of a window that has one: a week, and the rest of its first day. */
const DAYS_AHEAD = 8

export function isOpen(window: Window, now: Millis): boolean {
  return showsOpen(window, now + offsetAt(window.zone, now))
}

/** `from` itself when the window is open then, otherwise its next opening. Infinity for a window without days. */
export function nextOpening(window: Window, from: Millis): Millis {
  return firstMoment(window, from, true)
}

/** `from` itself when the window is closed then, otherwise the end of the opening. Infinity for a window that never closes. */
export function nextClosing(window: Window, from: Millis): Millis {
  return firstMoment(window, from, false)
}

/** How long the window is open between two moments. */
export function openMillisWithin(window: Window, from: Millis, to: Millis): Millis {
  let total = 0
  let moment = nextOpening(window, from)
  while (moment < to) {
    const closes = Math.min(nextClosing(window, moment), to)
    total += closes - moment
    moment = nextOpening(window, closes)
  }
  return total
}

function firstMoment(window: Window, from: Millis, open: boolean): Millis {
  let now = from
  while (isOpen(window, now) !== open) {
    const offset = offsetAt(window.zone, now)
    const edge = nextEdge(window, now + offset, open)
    if (edge === null) return Number.POSITIVE_INFINITY
    const moment = edge - offset
    now = offsetAt(window.zone, moment) === offset ? moment : clockChange(window.zone, now, moment)
  }
  return now
}

/** The one moment after `from`, at the latest `to`, at which the clocks of the zone change. */
function clockChange(zone: string, from: Millis, to: Millis): Millis {
  const offset = offsetAt(zone, from)
  let before = Math.floor(from / QUARTER)
  let after = Math.floor(to / QUARTER)
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (offsetAt(zone, middle * QUARTER) === offset) before = middle
    else after = middle
  }
  return after * QUARTER
}

function showsOpen({ days, from, to }: Window, wall: Millis): boolean {
  const day = Math.floor(wall / DAY)
  const minute = Math.floor((wall - day * DAY) / MINUTE)
  if (from < to) return days.includes(weekday(day)) && minute >= from && minute < to
  return (days.includes(weekday(day)) && minute >= from) || (days.includes(weekday(day - 1)) && minute < to)
}

/** 1 is Monday; day 0, the first of January 1970, was a Thursday. */
function weekday(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1
}

/** The next time on the wall at which the window opens (or closes), `null` when it never does. */
function nextEdge(window: Window, wall: Millis, open: boolean): Millis | null {
  const today = Math.floor(wall / DAY)
  const minute = open ? window.from : window.to
  for (let day = today; day <= today + DAYS_AHEAD; day++) {
    const edge = day * DAY + minute * MINUTE
    if (edge > wall && showsOpen(window, edge) === open) return edge
  }
  return null
}
