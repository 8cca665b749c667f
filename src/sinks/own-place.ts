import { KeywrightError } from '../core/diagnostic.ts'
import type { PlaceAt, SecretSink } from '../ports/secret-sink.ts'

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

type Engine = Omit<SecretSink, 'kind' | 'close'>

/** The same, and every call refuses places that were recorded when the sink led elsewhere. */
export function ofOwnPlaces(engine: Engine, address: string): Engine {
  const own = <Args extends readonly unknown[], R>(
    work: (place: PlaceAt, ...args: Args) => Promise<R>,
  ): ((place: PlaceAt, ...args: Args) => Promise<R>) => {
    return async (place, ...args) => {
      ownPlace(place, address)
      return work(place, ...args)
    }
  }
  const { capabilities, preflight, write, read, remove, restore } = engine
  const rest = { preflight: own(preflight), write: own(write), read: own(read), remove: own(remove) }
  return { capabilities, ...rest, ...(restore === undefined ? {} : { restore: own(restore) }) }
}

export function conflict(place: PlaceAt): KeywrightError {
  return new KeywrightError('PLACE_CONFLICT', {
    message: `${place.text} changed since its version was read`,
    hint: 'keywright plan',
  })
}
