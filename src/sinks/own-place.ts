import { KeywrightError } from '../core/diagnostic.ts'
import type { PlaceAt } from '../ports/secret-sink.ts'

/**
 * Refuses a place of another sink: a record may name a sink that meanwhile is of another kind or leads elsewhere, and the same
 * path there is another place. `address` is how the identities of this sink's places start. Throws `SINK_DENIED`.
 */
export function ownPlace(place: PlaceAt, address: string): void {
  if (place.identity.startsWith(`${address}:`)) return
  throw new KeywrightError('SINK_DENIED', {
    message: `${place.text} was recorded as another place than the one this sink leads to now`,
    hint: 'give the sink in keywright.yaml its former kind, or choose a new name for the new one',
  })
}

export function conflict(place: PlaceAt): KeywrightError {
  return new KeywrightError('PLACE_CONFLICT', {
    message: `${place.text} changed since its version was read`,
    hint: 'keywright plan',
  })
}
