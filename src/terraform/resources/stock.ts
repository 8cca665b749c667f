/** A key that others delivered, and places of ours: which of them hold its secret already? Reads, and writes nothing. */
import type { DesiredKey, Place } from '../../core/key.ts'
import { transition } from '../../core/machine/transition.ts'
import { activeOf, type KeyRecord, type LiveGeneration } from '../../core/record.ts'
import { valuesOf } from '../../core/template.ts'
import { instant } from '../../core/time.ts'
import type { KeyApi } from '../../ports/key-api.ts'
import type { Reading } from '../../ports/secret-sink.ts'
import { extractSecret } from '../../sinks/bytes.ts'
import type { Kept } from '../record/kept.ts'
import type { TerraformKind } from '../schema/provider.ts'
import type { World } from '../world.ts'
import { unseenPlaces } from './prepared.ts'

export interface Stock {
  readonly world: World
  readonly kind: TerraformKind
  readonly desired: DesiredKey
  readonly kept: Kept
  readonly now: number
}

export async function stockTaken({ world, kind, desired, kept, now }: Stock): Promise<Kept> {
  const active = activeOf(kept.record)
  const waiting = [...(kept.waiting ?? [])]
  let { record } = kept
  for (const place of unseenPlaces(desired, kept)) {
    const holding = active ? await holdingOf(place, active, { world, kind, record, now }) : null
    if (holding) record = holding
    else waiting.push(place.identity)
  }
  return waiting.length === 0 ? { ...kept, record } : { ...kept, record, waiting }
}

interface Desk extends Pick<Stock, 'world' | 'kind' | 'now'> {
  readonly record: KeyRecord
}

/** The record with this place in it, or `null` when it does not hold the secret of that generation, as far as can be seen. */
async function holdingOf(
  place: Place,
  g: LiveGeneration,
  { world, kind, record, now }: Desk,
): Promise<KeyRecord | null> {
  const [api, sink] = [await world.api(kind), await world.sink(place.sink)]
  const reading = sink.capabilities.readable && api.capabilities.matchesOffline ? await sink.read(place) : null
  if (reading === null || reading === 'unreadable') return null
  if (!(await isSecretOf(g, { reading, place, api }))) return null
  const { n } = g
  const { version, fingerprint } = reading
  const claim = { on: 'write-claimed', at: instant(now), n, place, version, fingerprint, ...sink.capabilities } as const
  const { identity } = place
  return transition(transition(record, claim), { on: 'seen', identity, n, version, fingerprint })
}

interface Found {
  readonly reading: Reading
  readonly place: Place
  readonly api: KeyApi
}

/** Whether these bytes hold the secret of that generation. Where only a fingerprint can be read, the bare secret is recognised by it. */
export async function isSecretOf(
  g: Pick<LiveGeneration, 'n' | 'id' | 'issued'>,
  { reading, place, api }: Found,
): Promise<boolean> {
  const { bytes, fingerprint } = reading
  if (!bytes) return place.template === undefined && fingerprint === `sha256:${g.id}`
  const secret = extractSecret(bytes, place.template, valuesOf(g))
  return secret !== null && (await api.matches(secret, g.id))
}
