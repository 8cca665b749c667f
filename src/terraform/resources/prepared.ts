/** The record as a plan and its apply go on from it: what the block asks for is written into it as events, the same in both. */
import type { DesiredKey, LiveKey } from '../../core/key.ts'
import { tightened } from '../../core/machine/diff.ts'
import { transition } from '../../core/machine/transition.ts'
import { activeOf, type KeyRecord } from '../../core/record.ts'
import { type Instant, instant } from '../../core/time.ts'
import type { Kept } from '../record/kept.ts'

export interface Asking {
  readonly desired: DesiredKey
  readonly kept: Kept
  /** By recorded id. */
  readonly keys: ReadonlyMap<string, LiveKey | null>
  /** `rotate_when` differs from that of the state. */
  readonly rotates: boolean
  readonly now: number
}

export function prepared(asking: Asking): KeyRecord {
  const { desired, kept, rotates, now } = asking
  const when = instant(now)
  const record: KeyRecord = { ...kept.record, address: desired.address }
  const noted = transition(record, { on: 'noted', desired })
  const asked =
    rotates && noted.requested === undefined
      ? transition(noted, { on: 'requested', at: when, reason: 'rotate_when changed' })
      : noted
  return held(asked, asking, when)
}

/** Made stricter outside since the block was last applied: a block that says otherwise by now decided anew, the same block did not. */
function held(record: KeyRecord, { desired, kept, keys }: Asking, when: Instant): KeyRecord {
  const active = activeOf(record)
  const live = active ? keys.get(active.id) : null
  if (!active || !live || record.frozen || kept.entry === '') return record
  const fields = tightened(desired, active.issued, live)
  return fields.length === 0 ? record : transition(record, { on: 'frozen', at: when, fields, entry: kept.entry })
}

/** A key that others delivered is brought to the places that lack it with its next secret, not before. */
export function withoutWaiting(desired: DesiredKey, { record, adopted, waiting = [] }: Kept): DesiredKey {
  if (adopted === undefined || activeOf(record)?.n !== adopted) return desired
  return { ...desired, places: desired.places.filter(({ identity }) => !waiting.includes(identity)) }
}

/** Places of such a key that nobody has looked into yet. */
export function unseenPlaces(desired: DesiredKey, { record, adopted, waiting = [] }: Kept): DesiredKey['places'] {
  if (adopted === undefined || activeOf(record)?.n !== adopted) return []
  return desired.places.filter(
    ({ identity }) => !waiting.includes(identity) && !record.places.some((one) => one.identity === identity),
  )
}
