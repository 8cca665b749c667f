/**
 * Taking a key over: its places are looked at once, and never again on its account.
 *
 * Where one of them holds its secret, the secret is known from then on: that place counts as read back, and empty ones get a copy. A place
 * that holds something else keeps it until the first rotation, as do all of them where nothing was proven: what somebody else put there is
 * not ours to overwrite for a key that was to stay as it is.
 */
import { type Active, activeOf, type Generation, type KeyRecord, type PlaceState } from '../record.ts'
import type { Event } from './event.ts'
import type { Step } from './step.ts'

export function acquaint({ places }: KeyRecord, { adopting, n, id }: Active): Step | null {
  return adopting ? { do: 'adopt', n, id, places: places.filter((place) => place.readable && place.n === n) } : null
}

export function takeOver(record: KeyRecord, { n, held, empty }: Extract<Event, { readonly on: 'adopted' }>): KeyRecord {
  const seen = new Map(held.map((one) => [one.identity, one]))
  const places = record.places.flatMap((place): readonly PlaceState[] => {
    const found = seen.get(place.identity)
    if (found) return [{ ...place, ...found, status: 'verified' }]
    return held.length > 0 && empty.includes(place.identity) ? [] : [place]
  })
  return { ...record, places, generations: record.generations.map((g) => (g.n === n ? looked(g) : g)) }
}

function looked(g: Generation): Generation {
  if (g.phase !== 'active') return g
  const { adopting: _, ...rest } = g
  return rest
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

/** Nothing at this address comes from us, but for its record. */
export function isUntouched(record: KeyRecord): boolean {
  return record.generations.length === 1 && activeOf(record)?.asFound !== undefined
}

/** A readable place of which nobody knows what it holds: that of a key whose secret was not found there when it was taken over. */
export function isUnread({ readable, status }: PlaceState): boolean {
  return readable && status === 'unverifiable'
}
