/** The sinks of an example in a folder of their own, one in memory for all other keys, and a look into a place without their help. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Config } from '../../src/core/config/config.ts'
import type { Place } from '../../src/core/key.ts'
import type { SecretSink } from '../../src/ports/secret-sink.ts'
import { memorySink, memoryWorld } from '../../src/sinks/memory.ts'
import { openSink } from '../../src/sinks/registry.ts'

export interface Places {
  readonly sinks: ReadonlyMap<string, SecretSink>
  /** `null` when nothing stands there. */
  peek(place: Place): string | null
}

export async function openPlaces({ sinks: configured }: Config): Promise<Places> {
  const root = mkdtempSync(join(tmpdir(), 'keywright-year-'))
  const cells = memoryWorld()
  const sinks = new Map<string, SecretSink>([['memory', memorySink(cells)]])
  for (const [name, sink] of configured)
    sinks.set(name, await openSink(sink, { name, root, allowExec: false, env: {} }))
  onTestFinished(async () => {
    for (const sink of sinks.values()) await sink.close?.()
    rmSync(root, { recursive: true })
  })
  return {
    sinks,
    peek: (place) =>
      place.sink === 'memory'
        ? (cells.cells.get(place.identity)?.bytes.expose() ?? null)
        : assignedIn(join(root, '.env.keys'), place.at.name ?? ''),
  }
}

function assignedIn(file: string, name: string): string | null {
  try {
    return new RegExp(`^${name}=(.*)$`, 'm').exec(readFileSync(file, 'utf8'))?.[1] ?? null
  } catch {
    return null
  }
}
