/**
 * One budget across a rotation (`rotation.budget: carry`).
 *
 * Counters belong to a live key, so a successor with the whole limit could spend it a second time. Under `carry` the caps of all
 * generations that can still spend, and what those that are gone have spent in the running window, never add up to more than the
 * limit of the manifest:
 *
 * - nobody gets more than the others leave: what they have spent, and what their caps still let them spend;
 * - where that is less than half of a fair part, the richest of the others is cut first: before an issue, before an old generation gets
 *   its life back, and while two of them overlap, so that the one that serves can spend as long as anything is left;
 * - when an old one is gone, its unused part goes over to the one that serves;
 * - when the window of the limit starts again, what is gone no longer counts, and the limit is whole.
 *
 * Every cap is derived, at every look, from the record and the limit: nothing has to be remembered to be undone. A counter is believed
 * only for a key that was seen disabled; any other counts with its cap, or with its counter where that is larger: it went on spending
 * while its cap was cut.
 */
import type { DesiredKey, Fields, LiveKey, Usage } from '../key.ts'
import {
  activeOf,
  type Carry,
  generationOf,
  isLive,
  type KeyRecord,
  type LiveGeneration,
  type Spent,
} from '../record.ts'
import { type Reset, windowStart } from '../schedule/calendar.ts'
import { instant, type Millis } from '../time.ts'
import type { Sight } from './step.ts'

export const MICRO = 1e6
export const floorUsd = (usd: number): number => Math.max(0, Math.floor(usd * MICRO + 1e-3) / MICRO)

/** The limit that is shared, or `null` when this key has none to share. */
export function sharedLimit(desired: DesiredKey): number | null {
  const { limit } = desired.fields
  const isShared =
    desired.rotation.budget === 'carry' && typeof limit === 'number' && !desired.unmanaged.includes('limit')
  return isShared ? limit : null
}

/** For whom a share is looked for, and what was seen. */
export interface Claimant {
  readonly n: number
  readonly sight: Pick<Sight, 'keys' | 'now'>
}

/** Fields with which generation `n` gets its life back: under a shared limit, with no more than its share, and no more than it has. */
export function enabledWith(desired: DesiredKey, record: KeyRecord, claimant: Claimant): Fields {
  const disabled = desired.fields.disabled === true
  if (sharedLimit(desired) === null) return { disabled }
  const limit = shareOf(desired, record, claimant)
  return limit < capNow(record, claimant) ? { disabled, limit } : { disabled }
}

function capNow(record: KeyRecord, { n, sight }: Claimant): number {
  const g = generationOf(record, n)
  const { limit } = (g && sight.keys.get(g.id)?.fields) ?? g?.issued.fields ?? {}
  return typeof limit === 'number' ? limit : Number.POSITIVE_INFINITY
}

/** The key as its active generation should be live now: with its share of the limit in place of the whole. */
export function withShare(desired: DesiredKey, record: KeyRecord, sight: Sight): DesiredKey {
  const limit = sharedLimit(desired)
  const active = activeOf(record)
  if (limit === null || !active) return desired
  const cut = record.carry?.cut?.n === active.n ? record.carry.cut.limit : limit
  return {
    ...desired,
    fields: { ...desired.fields, limit: Math.min(cut, shareOf(desired, record, { sight, n: active.n })) },
  }
}

/** What one other generation has spent in the window, and what it can still spend. `cap` is 0 for one that is switched off. */
export interface Other {
  readonly n: number
  readonly id: string
  readonly used: number
  readonly left: number
  readonly cap: number
}

/** What generation `n` may be allowed to spend: the limit, less what every other one can take or has taken. */
export function shareOf(desired: DesiredKey, record: KeyRecord, { sight, n }: Claimant): number {
  const taken = othersOf(desired, record, { sight, n }).reduce((sum, { used, left }) => sum + used + left, 0)
  return floorUsd((sharedLimit(desired) ?? 0) - taken - spentBefore(record.carry, resetOf(desired), sight.now))
}

export function othersOf(desired: DesiredKey, { generations }: KeyRecord, { sight, n }: Claimant): readonly Other[] {
  return generations
    .filter((g): g is LiveGeneration => g.n !== n && isLive(g))
    .map((g) => otherOf(g, sight.keys.get(g.id) ?? null, resetOf(desired)))
}

function otherOf(g: LiveGeneration, live: LiveKey | null, reset: Reset): Other {
  const used = live ? usedIn(live.usage, reset) : 0
  const cap = live?.fields.disabled === true ? 0 : capOf(g, live, reset)
  return { n: g.n, id: g.id, used, cap, left: Math.max(0, cap - used) }
}

/** What was seen, which may be less than what we set: a human lowered it. A counter that starts again at another time is as good as no cap. */
function capOf({ issued }: LiveGeneration, live: LiveKey | null, reset: Reset): number {
  const { limit, limitReset = null } = live?.fields ?? issued.fields
  return typeof limit === 'number' && limitReset === reset ? limit : Number.POSITIVE_INFINITY
}

/** What generations that are gone have spent in the running window. */
export function spentBefore(carry: Carry | undefined, reset: Reset, now: Millis): number {
  return carry && carry.window === instant(windowStart(reset, now)) ? carry.spent : 0
}

/** What is remembered of generation `n` once it is gone: its spend in the running window. Unknown for one that nobody saw end. */
export function spentBy(
  desired: DesiredKey,
  g: LiveGeneration,
  { live, now }: { readonly live: LiveKey | null; readonly now: Millis },
): Spent | null {
  const shared = sharedLimit(desired)
  if (shared === null || !g.claimed || !live) return null
  const reset = resetOf(desired)
  const { used, left } = otherOf(g, live, reset)
  return { window: instant(windowStart(reset, now)), spent: Math.min(used + left, Math.max(used, shared)) }
}

/** Adds what a generation that is gone has spent. What was spent in an earlier window is forgotten. */
export function carried(carry: Carry | undefined, gone: Spent): Carry {
  const book = carry ?? { window: gone.window, spent: 0 }
  if (gone.window < book.window) return book
  const before = book.window === gone.window ? book.spent : 0
  return { ...book, window: gone.window, spent: before + gone.spent }
}

export function resetOf({ fields }: { readonly fields: Fields }): Reset {
  const { limitReset } = fields
  return limitReset === 'daily' || limitReset === 'weekly' || limitReset === 'monthly' ? limitReset : null
}

/** Spend in the window of a limit, own credit and BYOK together: BYOK that a limit leaves out only makes the share smaller. */
export function usedIn(usage: Usage, reset: Reset): number {
  return reset === null ? usage.total : usage[reset]
}
