/**
 * A place that is written unconditionally may be written late, so somebody has to look twice before a key is gone: between disable
 * and delete, or, where no key can be disabled, within the grace.
 */
import { abilitiesOf } from '../abilities.ts'
import type { Config } from '../config/config.ts'
import type { ProviderKind, RotationPolicy } from '../key.ts'
import { isConditional } from '../sink-kinds.ts'
import type { Delivered } from './delivery.ts'
import { complain, type Entry } from './entry.ts'

interface Retiring {
  readonly kind: ProviderKind | null
  readonly rotation: RotationPolicy
  readonly deliveries: readonly Delivered[]
}

/** Reports a length of 0 that leaves no time for the second look. */
export function refuseBlind(entry: Entry, { kind, rotation, deliveries }: Retiring, { sinks }: Config): void {
  const length = kind === null || abilitiesOf(kind).disable ? 'hold' : 'grace'
  if (rotation[length] > 0) return
  const blind = deliveries.find(({ place }) => {
    const sink = sinks.get(place.sink)
    return sink !== undefined && !isConditional(sink)
  })
  if (blind === undefined) return
  const message = `${length}: 0 needs places that are written conditionally, and ${blind.place.text} is not.`
  const spot = entry.slots.get(`rotation.${length}`) ?? entry.spot
  complain(entry, spot, { code: 'MANIFEST_ROTATION_IMPOSSIBLE', message, hint: `${length}: 1h` })
}
