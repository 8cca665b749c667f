/**
 * Places in a map, for simulations, tests and demos. Many handles share one world, as many processes share a Vault. Nothing
 * yields inside an operation, so each is atomic; faults are injected by wrapping a handle. Versions count up over the whole
 * world and are never used twice, also not after a removal. The last few contents of a place are kept, so that a rollback can bring
 * them back.
 */
import type { PlaceAt, Reading, SecretSink, SinkCapabilities } from '../ports/secret-sink.ts'
import { fingerprint } from './bytes.ts'
import { conflict } from './own-place.ts'

/** What one place holds. */
export type Cell = Required<Omit<Reading, 'storedAt'>>

export interface MemoryWorld {
  /** What each place holds, by identity. */
  readonly cells: Map<string, Cell>
  /** What each place held before, by identity, oldest first. */
  readonly kept: Map<string, readonly Cell[]>
  /** Number of changes so far; the next version. */
  changes: number
}

export function memoryWorld(): MemoryWorld {
  return { cells: new Map(), kept: new Map(), changes: 0 }
}

/** One handle on a world. Without `readable` it never shows content; without `conditional` it overwrites whatever is there. */
export function memorySink(
  world: MemoryWorld = memoryWorld(),
  capabilities: SinkCapabilities = { readable: true, conditional: true },
): SecretSink {
  return {
    kind: 'memory',
    capabilities,
    async preflight(place) {
      return { version: versionOf(world, place) }
    },
    async write(place, bytes, ifVersion) {
      const held = world.cells.get(place.identity)
      const print = fingerprint(bytes)
      if (held?.fingerprint === print) return { version: held.version }
      if (capabilities.conditional && (held?.version ?? null) !== ifVersion) throw conflict(place)
      return { version: put(world, place, { bytes, fingerprint: print }) }
    },
    async read(place) {
      return capabilities.readable ? (world.cells.get(place.identity) ?? null) : 'unreadable'
    },
    async remove(place, ifFingerprint) {
      const held = world.cells.get(place.identity)
      if (held === undefined) return true
      return held.fingerprint === ifFingerprint && world.cells.delete(place.identity)
    },
    async restore(place, print, ifVersion) {
      const held = world.cells.get(place.identity)
      if (held?.fingerprint === print) return { version: held.version }
      const earlier = world.kept.get(place.identity)?.findLast((one) => one.fingerprint === print)
      if (earlier === undefined) return null
      if (capabilities.conditional && (held?.version ?? null) !== ifVersion) throw conflict(place)
      return { version: put(world, place, earlier) }
    },
  }
}

function versionOf(world: MemoryWorld, place: PlaceAt): string | null {
  return world.cells.get(place.identity)?.version ?? null
}

/** Contents kept of each place. */
const MOST_KEPT = 5

function put(world: MemoryWorld, place: PlaceAt, { bytes, fingerprint: print }: Omit<Cell, 'version'>): string {
  const { identity } = place
  const held = world.cells.get(identity)
  if (held) world.kept.set(identity, [...(world.kept.get(identity) ?? []).slice(1 - MOST_KEPT), held])
  world.changes += 1
  const version = `v${world.changes}`
  world.cells.set(identity, { fingerprint: print, version, bytes })
  return version
}
