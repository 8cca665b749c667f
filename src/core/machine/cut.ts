/** Cutting a cap to make room for another generation (`budget: carry`): whose, and how far. */
import type { DesiredKey, FieldValue } from '../key.ts'
import { isLive, type KeyRecord } from '../record.ts'
import type { Reset } from '../schedule/calendar.ts'
import {
  type Claimant,
  floorUsd,
  MICRO,
  type Other,
  othersOf,
  resetOf,
  sharedLimit,
  spentBefore,
  usedIn,
} from './budget.ts'

export interface Cut {
  readonly n: number
  readonly id: string
  readonly fields: { readonly limit: number; readonly limitReset?: FieldValue }
}

/** A part below this is not worth a request. */
const CENT = 0.01
/** Sums of caps are off by rounding. */
const DUST = 2 / MICRO

/**
 * The next cap to cut before generation `n` gets its share; `null` when nobody has too much. Each cut takes from the one with most, down
 * to a fair part, so that there are never more of them than generations. `isEnough`: whatever `n` has is enough, as long as all together
 * have not more than there is.
 */
export function cutFor(
  desired: DesiredKey,
  record: KeyRecord,
  claim: Claimant & { readonly isEnough?: boolean },
): Cut | null {
  const limit = sharedLimit(desired)
  if (limit === null) return null
  const others = othersOf(desired, record, claim)
  const reset = resetOf(desired)
  const cut = unfair(leftOf(desired, record, claim), others, claim.isEnough === true) ?? oversized(limit, others, reset)
  if (!cut) return null
  const { n, id } = cut.of
  return { n, id, fields: { limit: floorUsd(cut.to), ...moved(record, n, reset) } }
}

interface Proposal {
  readonly of: Other
  readonly to: number
}

/** What nobody has spent yet in the running window. */
function leftOf(desired: DesiredKey, record: KeyRecord, claim: Claimant): number {
  const reset = resetOf(desired)
  const g = record.generations.filter(isLive).find((one) => one.n === claim.n)
  const live = g ? claim.sight.keys.get(g.id) : null
  const used = othersOf(desired, record, claim).reduce(
    (sum, one) => sum + one.used,
    live ? usedIn(live.usage, reset) : 0,
  )
  return (sharedLimit(desired) ?? 0) - used - spentBefore(record.carry, reset, claim.sight.now)
}

/** The others leave less than half of a fair part. */
function unfair(left: number, others: readonly Other[], isEnough: boolean): Proposal | null {
  const fair = Math.max(0, left / (others.filter((one) => one.left > 0).length + 1))
  const promised = others.reduce((sum, one) => sum + one.left, 0)
  const of = most(others, (one) => one.left)
  const isFair = left - promised >= (isEnough || fair < CENT ? 0 : fair / 2)
  return isFair || !of || of.left <= fair + DUST ? null : { of, to: of.used + fair }
}

/** Caps that are used up now, and too large together for the window that comes, as after the limit was lowered. */
function oversized(limit: number, others: readonly Other[], reset: Reset): Proposal | null {
  const able = others.filter((one) => one.cap > 0)
  const of = most(able, (one) => one.cap)
  const isOver = reset !== null && able.reduce((sum, one) => sum + one.cap, 0) > limit + DUST
  return isOver && of ? { of, to: limit / (able.length + 1) } : null
}

function most(others: readonly Other[], amount: (other: Other) => number): Other | null {
  return others.reduce<Other | null>((best, one) => (best && amount(best) >= amount(one) ? best : one), null)
}

/** The window moves along with the cap where the manifest has another one by now. */
function moved({ generations }: KeyRecord, n: number, reset: Reset): { readonly limitReset?: FieldValue } {
  const g = generations.find((one) => one.n === n)
  return (g?.issued.fields.limitReset ?? null) === reset ? {} : { limitReset: reset }
}
