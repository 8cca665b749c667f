/** Whether a commit changed a key: a digest of everything its entry says. */
import { digest, type Json } from '../canonical.ts'
import type { DesiredKey, Fields, FieldValue, Place, RotationPolicy } from '../key.ts'

/** Stays the same when only a freeze changes: that is written once for all keys, and no decision about this one. */
export function entryDigest({
  rotation,
  places,
  fields,
  after,
  ...rest
}: Omit<DesiredKey, 'digest' | 'origin' | 'sources'>): string {
  const hooks = after === undefined ? {} : { after: after.map(({ identity }) => identity) }
  return digest({
    ...rest,
    ...hooks,
    fields: fieldData(fields),
    rotation: rotationData(rotation),
    places: places.map(placeData),
  })
}

function rotationData({ freezes: _, window, ...rest }: RotationPolicy): Json {
  return { ...rest, window: window && { ...window } }
}

/** The order of a list means nothing. */
function fieldData(fields: Fields): Json {
  const plain = (value: FieldValue): Json => (typeof value === 'object' && value !== null ? [...value].sort() : value)
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)]))
}

function placeData({ sink, identity, template }: Place): Json {
  return { sink, identity, template }
}
