/** Earlier versions of a KV version 2 secret. */
import { Secret } from '../../core/secret.ts'
import { fingerprintOf } from '../../io/digest.ts'
import { fieldOf } from '../json-fields.ts'
import { type EngineParts, nameOf, pathOf } from './engine.ts'
import { look } from './look.ts'
import type { Put } from './put.ts'

/** Versions that are looked at; the engine keeps 10 unless it is told otherwise. */
const FARTHEST = 50

/** The content of the field in the latest version that held exactly these bytes, `null` when none that can be read did. */
export async function earlierWith(
  parts: EngineParts,
  { place, seen }: Pick<Put, 'place' | 'seen'>,
  print: string,
): Promise<Secret | null> {
  const latest = seen.version ?? 0
  for (let version = latest - 1; version >= Math.max(1, latest - FARTHEST); version--) {
    const earlier = await look(parts, pathOf(place), version)
    const held = earlier === 'denied' ? null : fieldOf(earlier.fields, nameOf(place))
    if (held !== null && fingerprintOf(held) === print) return Secret.of(held)
  }
  return null
}
