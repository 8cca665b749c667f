/**
 * One budget across a rotation (`rotation.budget: carry`).
 *
 * Counters belong to a live key, so a successor with the whole limit could spend it a second time. Under `carry` the caps of all
 * generations that can still spend, and what those that are gone have spent in the running window, never add up to more than the
 * limit of the manifest:
 *
 * - before the issue the old cap is cut to what it has used plus half of what is left, and the new one is born with the rest;
 * - when the old one is gone, its unused part goes over to the new one;
 * - when the window of the limit starts again, what is gone no longer counts, and the limit is whole.
 *
 * Every cap is derived, at every look, from the record and the limit: nothing has to be remembered to be undone. A counter is believed
 * only for a key that was seen disabled; until then its cap counts in full.
 */
import type { DesiredKey, Fields, FieldValue, LiveKey, Usage } from '../key.ts'
import { type Carry, isLive, type KeyRecord, type LiveGeneration } from '../record.ts'
import { windowStart } from '../schedule/calendar.ts'
import { instant, type Millis } from '../time.ts'
import type { Sight } from './step.ts'

type Reset = 'daily' | 'weekly' | 'monthly' | null

const MICRO = 1e6
const floorUsd = (usd: number): number => Math.max(0, Math.floor(usd * MICRO + 1e-3) / MICRO)

/** The limit that is shared, or `null` when this key has none to share. */
export function sharedLimit(desired: DesiredKey): number | null {
  const { limit } = desired.fields
  const isShared =
    desired.rotation.budget === 'carry' && typeof limit === 'number' && !desired.unmanaged.includes('limit')
  return isShared ? limit : null
}

/** The key as its active generation should be live now: with its share of the limit in place of the whole. */
export function withShare(desired: DesiredKey, record: KeyRecord, sight: Sight): DesiredKey {
  const limit = sharedLimit(desired)
  const active = record.generations.find((g) => g.phase === 'active')
  if (limit === null || !active || !isDivided(record, active.n)) return desired
  const share =
    record.carry?.cut?.n === active.n ? record.carry.cut.limit : shareOf(desired, record, { sight, n: active.n })
  return { ...desired, fields: { ...desired.fields, limit: Math.min(limit, share) } }
}

/** Somebody else holds a part of the budget, or held one in this window. */
function isDivided({ carry, generations }: KeyRecord, n: number): boolean {
  return carry !== undefined || generations.some((g) => g.n !== n && isLive(g))
}

/** What generation `n` may be allowed to spend: the limit, less what every other one can take or has taken. */
export function shareOf(
  desired: DesiredKey,
  record: KeyRecord,
  { sight, n }: { readonly sight: Sight; readonly n: number },
): number {
  const limit = sharedLimit(desired) ?? 0
  const reset = resetOf(desired)
  const others = record.generations.filter((g) => g.n !== n && isLive(g)) as readonly LiveGeneration[]
  const taken = others.reduce((sum, g) => sum + takenBy(g, sight.keys.get(g.id) ?? null, reset), 0)
  return floorUsd(limit - taken - spentBefore(record.carry, reset, sight.now))
}

/** A disabled key has spent what it has spent; any other may still reach its cap. */
function takenBy(g: LiveGeneration, live: LiveKey | null, reset: Reset): number {
  const cap = g.issued.fields.limit
  const used = live ? usedIn(live.usage, reset) : null
  if (used !== null && live?.fields.disabled === true) return used
  return typeof cap === 'number' ? cap : (used ?? 0)
}

function spentBefore(carry: Carry | undefined, reset: Reset, now: Millis): number {
  return carry && carry.window === instant(windowStart(reset, now)) ? carry.spent : 0
}

/** The cap the active generation is cut to before its successor is issued; `null` when that is done, or nothing is shared. */
export function cutBefore(desired: DesiredKey, record: KeyRecord, live: LiveKey): number | null {
  const active = record.generations.find((g) => g.phase === 'active')
  if (sharedLimit(desired) === null || !active || record.carry?.cut?.n === active.n) return null
  const cap = Math.min(
    typeof live.fields.limit === 'number' ? live.fields.limit : (sharedLimit(desired) ?? 0),
    sharedLimit(desired) ?? 0,
  )
  const used = usedIn(live.usage, resetOf(desired))
  return floorUsd(used + Math.max(0, cap - used) / 2)
}

/** What goes into the record when generation `n` is gone: its spend in the running window. */
export function spentBy(
  desired: DesiredKey,
  g: LiveGeneration,
  { live, now }: { readonly live: LiveKey | null; readonly now: Millis },
): { readonly window: string; readonly spent: number } | null {
  if (sharedLimit(desired) === null || !g.claimed) return null
  return { window: instant(windowStart(resetOf(desired), now)), spent: takenBy(g, live, resetOf(desired)) }
}

/** Adds what a generation that is gone has spent. What was spent in an earlier window is forgotten. */
export function carried(
  carry: Carry | undefined,
  gone: { readonly window: string; readonly spent: number },
): Carry | undefined {
  if (!carry) return undefined
  const before = carry.window === gone.window ? carry.spent : 0
  return { ...carry, window: gone.window, spent: before + gone.spent }
}

export function resetOf({ fields }: { readonly fields: Fields }): Reset {
  const { limitReset } = fields
  return limitReset === 'daily' || limitReset === 'weekly' || limitReset === 'monthly' ? limitReset : null
}

/** Spend in the window of a limit, own credit and BYOK together: BYOK that a limit leaves out only makes the share smaller. */
function usedIn(usage: Usage, reset: Reset): number {
  return reset === null ? usage.total : usage[reset]
}

/** The declared limit did not move since the last issue: a live cap that differs from it is the work of the budget alone. */
export function isBudgetChange(record: KeyRecord, limit: FieldValue | undefined): boolean {
  return record.carry !== undefined && record.carry.declared === limit
}
