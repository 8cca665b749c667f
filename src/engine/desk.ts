/**
 * Where a human's word goes into a record.
 *
 * Each change is a compare-and-swap, so nobody has to wait for the lease to say something: a running apply that meets it yields at that
 * address and looks again. The word is saved before anything follows from it; what follows is the machine's, now or in a later run.
 */
import { isKeywrightError } from '../core/diagnostic.ts'
import type { Event } from '../core/machine/event.ts'
import { remember } from '../core/machine/history.ts'
import { transition } from '../core/machine/transition.ts'
import type { Actor, KeyRecord } from '../core/record.ts'
import { instant, type Millis } from '../core/time.ts'
import type { Clock } from '../ports/clock.ts'
import type { StateStore } from '../ports/state-store.ts'

export interface Desk {
  readonly stack: string
  readonly store: Pick<StateStore, 'read' | 'commit'>
  readonly clock: Clock
  readonly actor: Actor
}

/** Sees the record as it is now, and says what happens to it; nothing leaves it as it is. */
export type Hearing = (record: KeyRecord, now: Millis) => readonly Event[]

const MOST_TRIES = 20

/**
 * Says something about several addresses, all of it or nothing, however often it has to be tried. Returns the records as they are saved
 * then; an address without a record is left out.
 */
export async function tell(
  desk: Desk,
  hearings: ReadonlyMap<string, Hearing>,
): Promise<ReadonlyMap<string, KeyRecord>> {
  for (let tries = 1; ; tries++) {
    const { records } = await desk.store.read(desk.stack)
    const heard = [...hearings].flatMap(([address, hearing]) => {
      const record = records.get(address)
      return record ? [{ record, next: hear(record, hearing, desk) }] : []
    })
    const changes = heard
      .filter(({ record, next }) => next !== record)
      .map(({ record, next }) => ({ address: record.address, expectedSerial: record.serial, record: next }))
    try {
      const saved = changes.length === 0 ? [] : await desk.store.commit(desk.stack, changes)
      const all = new Map(heard.map(({ record }) => [record.address, record]))
      for (const one of saved) if (one) all.set(one.address, one)
      return all
    } catch (error) {
      if (!isKeywrightError(error, 'STATE_CONFLICT') || tries >= MOST_TRIES) throw error
    }
  }
}

/** `tell` for one address; `null` when it has no record. */
export async function tellOne(desk: Desk, address: string, hearing: Hearing): Promise<KeyRecord | null> {
  return (await tell(desk, new Map([[address, hearing]]))).get(address) ?? null
}

/** The record after a hearing, signed and with its lines of history. Also for a plan of what would follow, which saves nothing. */
export function hear(record: KeyRecord, hearing: Hearing, { clock, actor }: Pick<Desk, 'clock' | 'actor'>): KeyRecord {
  const now = clock.now()
  return hearing(record, now).reduce((before, event) => {
    const after = transition(before, event)
    if (after === before) return before
    const signed = { ...after, actor, lastChange: { at: instant(now), what: event.on } }
    return remember(signed, before, { event, step: null, now, actor })
  }, record)
}
