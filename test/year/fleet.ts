/** An example, as its files say it, and as many more keys with the same policies as a test wants. */
import { resolve } from 'node:path'
import type { Config } from '../../src/core/config/config.ts'
import type { DesiredKey } from '../../src/core/key.ts'
import { loadProject } from '../../src/io/project.ts'
import { aPlace } from '../fakes/desired.ts'

export interface Fleet {
  readonly config: Config
  /** Those of the example first: they go to the places of the example, all others to the sink `memory`. */
  readonly keys: readonly DesiredKey[]
}

/** `counts`: how many keys follow the policy of each key of the example, itself included. Throws for an example that is not without a word. */
export async function fleetOf(example: string, counts: Readonly<Record<string, number>>, now: number): Promise<Fleet> {
  const { config, keys, diagnostics } = await loadProject({ at: { root: resolve('examples', example) }, now })
  if (config === null || diagnostics.length > 0) throw new Error(JSON.stringify(diagnostics))
  const unknown = Object.keys(counts).filter((id) => !keys.some((key) => key.id === id))
  if (unknown.length > 0) throw new Error(`no such key in examples/${example}: ${unknown.join(', ')}`)
  const more = keys.flatMap((key) => Array.from({ length: (counts[key.id] ?? 1) - 1 }, (_, i) => anotherOf(key, i + 2)))
  return { config, keys: [...keys, ...more] }
}

function anotherOf(key: DesiredKey, number: number): DesiredKey {
  const id = `${key.id}-${number}`
  return {
    ...key,
    id,
    address: `${key.stack}/${id}`,
    name: `${key.name}-${number}`,
    places: [aPlace(id)],
    digest: `${key.digest}-${number}`,
  }
}
