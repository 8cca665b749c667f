/** Freezes, and the first moment that neither a window nor a freeze forbids. */
import type { Freeze, RotationPolicy } from '../key.ts'
import { at, DAY, type Millis } from '../time.ts'
import { nextOpening } from './window.ts'

/** Longer than a year of freezes is nobody's plan, and the search has to end. */
const HORIZON: Millis = 400 * DAY

/** When the freeze that holds now ends, with those that overlap or adjoin it counted as one; `null` when nothing is frozen. */
export function frozenUntil(freezes: readonly Freeze[], now: Millis): Millis | null {
  let until = now
  for (let found = freezeAt(freezes, until); found !== null; found = freezeAt(freezes, until)) until = at(found.to)
  return until > now ? until : null
}

/** The freeze that holds at that moment; of several the one that ends last. */
export function freezeAt(freezes: readonly Freeze[], now: Millis): Freeze | null {
  let last: Freeze | null = null
  for (const freeze of freezes)
    if (at(freeze.from) <= now && now < at(freeze.to) && (last === null || at(freeze.to) > at(last.to))) last = freeze
  return last
}

/** The first moment from `from` on that is in the window and in no freeze; `null` when there is none within 400 days. */
export function firstAllowed(policy: Pick<RotationPolicy, 'window' | 'freezes'>, from: Millis): Millis | null {
  let moment = from
  while (moment <= from + HORIZON) {
    const thawed = frozenUntil(policy.freezes, moment) ?? moment
    const opening = policy.window === null ? thawed : nextOpening(policy.window, thawed)
    if (opening === moment) return moment
    moment = opening
  }
  return null
}
