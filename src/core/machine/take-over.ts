/**
 * Taking a key over: its places are looked at once, and each one that is added later, as long as nobody has its secret.
 *
 * Where one of them holds its secret, the secret is known from then on: that place counts as read back, and empty ones get a copy. A place
 * that holds something else keeps it until the first rotation, as do all of them where nothing was proven: what somebody else put there is
 * not ours to overwrite for a key that was to stay as it is.
 */
import type { Place } from '../key.ts'
import { type Active, activeOf, type Generation, type KeyRecord, type PlaceState } from '../record.ts'
import type { Event, Held } from './event.ts'
import type { Sight, Step } from './step.ts'

export function acquaint({ places }: KeyRecord, { adopted, n, id }: Active): Step | null {
  if (adopted !== 'unseen') return null
  return { do: 'adopt', n, id, places: places.filter((place) => place.readable && place.n === n) }
}

/** A place that was added may be where its secret has always been. One that holds something else gets that of a new key. */
export function seek({ adopted, n, id }: Active, missing: readonly Place[], { places }: Sight): Step | null {
  const unread = adopted === undefined ? [] : missing.filter(({ identity }) => !places.has(identity))
  return unread.length === 0 ? null : { do: 'adopt', n, id, places: unread }
}

export function takeOver(record: KeyRecord, { n, held, empty }: Extract<Event, { readonly on: 'adopted' }>): KeyRecord {
  const found = new Map(held.map((one) => [one.place.identity, stateOf(one, n)]))
  const isEmptied = (identity: string): boolean => held.length > 0 && empty.includes(identity)
  const known = record.places.flatMap((place): readonly PlaceState[] =>
    isEmptied(place.identity) ? [] : [found.get(place.identity) ?? place],
  )
  const added = [...found.values()].filter(({ identity }) => record.places.every((one) => one.identity !== identity))
  const looked = (g: Generation): Generation => (g.n === n && g.phase === 'active' ? judged(g, held.length > 0) : g)
  return { ...record, places: [...known, ...added], generations: record.generations.map(looked) }
}

function stateOf({ place: { identity, sink, at, text, template }, ...seen }: Held, n: number): PlaceState {
  const base = { identity, sink, at, text, ...(template === undefined ? {} : { template }) }
  return { ...base, n, status: 'verified', ...seen }
}

function judged({ adopted: _, ...rest }: Active, isKnown: boolean): Active {
  return isKnown ? rest : { ...rest, adopted: 'unknown' }
}

/** What writes to a key, or its secret into a place. */
const WRITES: ReadonlySet<Event['on']> = new Set([
  'update-claimed',
  'updated',
  'assign-claimed',
  'assigned',
  'cut-claimed',
  'write-claimed',
])

/** The record once this event is folded in: a key that was written to is no longer as it was found. */
export function written(record: KeyRecord, event: Event): KeyRecord {
  const active = activeOf(record)
  if (active?.asFound === undefined || !WRITES.has(event.on) || !('n' in event) || event.n !== active.n) return record
  const { asFound: _, ...rest } = active
  return { ...record, generations: record.generations.map((g) => (g === active ? rest : g)) }
}

/** Nothing at this address comes from us, but for its record: no write was ever announced, and no other key. */
export function isUntouched(record: KeyRecord): boolean {
  const active = activeOf(record)
  return active?.asFound !== undefined && record.highest === active.n && record.patches.length === 0
}

/** A readable place of which nobody knows what it holds: that of a key whose secret was not found there when it was taken over. */
export function isUnread({ readable, status }: PlaceState): boolean {
  return readable && status === 'unverifiable'
}
