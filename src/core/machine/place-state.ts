/** What the record says about one place, as writes into it are announced. */
import type { Place } from '../key.ts'
import type { PlaceState } from '../record.ts'
import type { Event } from './event.ts'

/** A write was announced: whether it landed is not known yet, and what was there before is kept. */
export function claimedPlace(
  old: PlaceState | undefined,
  { place, n, version, fingerprint, readable, conditional }: Extract<Event, { readonly on: 'write-claimed' }>,
): PlaceState {
  const { identity, sink, at, text, template } = place
  return {
    identity,
    sink,
    at,
    text,
    ...(template === undefined ? {} : { template }),
    n,
    status: 'claimed',
    version,
    fingerprint,
    ...(old ? beforeOf(old, { fingerprint, template }) : {}),
    readable,
    conditional,
  }
}

/** What the place held before this claim, as far as that is known. */
function beforeOf(
  old: PlaceState,
  { fingerprint, template }: { readonly fingerprint: string; readonly template: string | undefined },
): Pick<PlaceState, 'before' | 'beforeN'> {
  if (old.status === 'claimed' || old.fingerprint === fingerprint) return earlier(old.before, old.beforeN)
  return earlier(old.fingerprint, old.template === template ? old.n : undefined)
}

function earlier(before: string | undefined, n: number | undefined): Pick<PlaceState, 'before' | 'beforeN'> {
  if (before === undefined) return {}
  return n === undefined || n === 0 ? { before } : { before, beforeN: n }
}

/** The same physical place, whatever its sink is called by now. */
export function renamed(state: PlaceState, places: readonly Place[]): PlaceState {
  const place = places.find((one) => one.identity === state.identity)
  return place ? { ...state, sink: place.sink, at: place.at, text: place.text } : state
}
