/** Where the secret of one generation is, and what is missing. */
import type { DesiredKey, Place } from '../key.ts'
import type { KeyRecord, PlaceState } from '../record.ts'

export function placeState(record: Pick<KeyRecord, 'places'>, identity: string): PlaceState | null {
  return record.places.find((p) => p.identity === identity) ?? null
}

/** True once the place holds generation `n` in the wanted form, as far as that can be known. */
export function holds(record: Pick<KeyRecord, 'places'>, place: Place, n: number): boolean {
  const state = placeState(record, place.identity)
  return (
    state !== null &&
    state.n === n &&
    state.template === place.template &&
    (state.status === 'verified' || state.status === 'unverifiable')
  )
}

export function unplaced(desired: DesiredKey, record: KeyRecord, n: number): readonly Place[] {
  return desired.places.filter((place) => !holds(record, place, n))
}

/** Readable places that may hold the secret of generation `n`: those said to, and those where a write was announced and not seen. */
export function sourcesOf(record: KeyRecord, n: number): readonly PlaceState[] {
  return record.places.filter((p) => p.readable && (p.n === n || p.status === 'claimed' || p.status === 'lost'))
}

/** Places recorded for this address that the manifest no longer names. */
export function forsaken(desired: DesiredKey, record: KeyRecord): readonly PlaceState[] {
  return record.places.filter((p) => !desired.places.some((place) => place.identity === p.identity))
}

/** A rollback put this place back, although not all could be: it stays so while the address is pinned. */
export function isTurnedBack({ pinned, ...record }: KeyRecord, place: Place): boolean {
  return pinned !== undefined && holds(record, place, pinned.n)
}
