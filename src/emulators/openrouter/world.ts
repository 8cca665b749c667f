import type { EmulatorClock } from '../clock.ts'
import type { Journal } from '../journal.ts'
import { sha256, uuidFrom } from '../seeded.ts'
import { type Account, newSecret } from './account.ts'
import { apply } from './apply.ts'
import type { Readings } from './readings.ts'
import { emptyShelf, type Shelf } from './shelf.ts'
import type { Amount } from './spend.ts'
import { formatMicros } from './stamps.ts'
import { type KeyBirth, type KeyChanges, type KeyFields, labelOf, type Origin, type StoredKey } from './stored-key.ts'
import { type Drop, newTables, type Put, type Tables } from './tables.ts'

/**
 * The state of the account. It changes only through `commit`: the entry goes to the journal first and into memory afterwards, and a
 * restart applies the same entries again. So there is one place where a key changes, whoever changes it.
 */
export interface World {
  readonly account: Account
  readonly clock: EmulatorClock
  readonly readings: Readings
  readonly isSeeded: boolean
  readonly journal: Journal
  /** Live keys by hash, in order of creation. */
  readonly keys: Map<string, StoredKey>
  readonly tombstones: Tombstone[]
  readonly shelves: Map<string, Shelf>
  /** Workspaces, guardrails and what else is no key. */
  readonly tables: Tables
  /** What the inference side still believes of a key that was changed a moment ago. */
  readonly stale: Map<string, { readonly until: number; readonly key: StoredKey }>
  /** Creations so far. */
  sequence: number
  /** Rows of tables made so far. */
  made: number
  /** Microseconds of the last stamp given out. */
  lastStamp: number
  /** API writes of the last UTC day that had one; `day` is its number since the epoch. */
  writes: { readonly day: number; readonly count: number }
}

export interface Tombstone extends StoredKey {
  readonly deleted_at: string
}

/** One change. `at` = stamp with microseconds; `now` = the clock's milliseconds. */
export type Entry =
  | { readonly op: 'create'; readonly now: number; readonly key: KeyBirth & KeyFields }
  | {
      readonly op: 'update'
      readonly now: number
      readonly hash: string
      readonly changes: KeyChanges
      readonly at: string | null
      readonly origin: Origin
    }
  | { readonly op: 'delete'; readonly now: number; readonly hash: string; readonly at: string; readonly origin: Origin }
  | { readonly op: 'spend'; readonly now: number; readonly hash: string; readonly amount: Amount }
  | Put
  | Drop

export interface WorldParts {
  readonly account: Account
  readonly clock: EmulatorClock
  readonly readings: Readings
  readonly isSeeded: boolean
  readonly journal: Journal
}

/** A world in which everything in `past` has happened. */
export function buildWorld(parts: WorldParts, past: readonly Entry[]): World {
  const world: World = {
    ...parts,
    keys: new Map(),
    tombstones: [],
    shelves: new Map(parts.account.workspaces.map(({ id }) => [id, emptyShelf()])),
    tables: newTables(parts.account.workspaces),
    stale: new Map(),
    sequence: 0,
    made: 0,
    lastStamp: 0,
    writes: { day: 0, count: 0 },
  }
  for (const entry of past) apply(world, entry)
  return world
}

/** Journal first: if that throws, nothing has happened. */
export function commit(world: World, entries: readonly Entry[]): void {
  world.journal.append(entries.map((entry) => ({ api: 'openrouter', ...entry })))
  for (const entry of entries) apply(world, entry)
}

/** The next secret and the birth certificate that belongs to it. Nothing has happened yet: hand the key to `commit`. */
export function conceive(
  world: World,
  origin: Origin,
  of: { readonly workspace_id: string; readonly creator_user_id: string | null; readonly expires_at: string | null },
): { readonly secret: string; readonly birth: KeyBirth } {
  const sequence = world.sequence + 1
  const secret = newSecret(world.account.id, sequence, world.isSeeded)
  const birth = { sequence, hash: sha256(secret), label: labelOf(secret), ...of, created_at: stamp(world), origin }
  return { secret, birth }
}

/** An id for a row that is about to be made; the same in each run of a seeded account. */
export function newId({ account, made }: World, kind: string): string {
  return uuidFrom(`${account.id} ${kind} ${made + 1}`)
}

/** The next instant: the clock's, or a microsecond after the last one. So the order of creation is total even when the clock stands. */
export function stamp(world: World): string {
  world.lastStamp = Math.max(Math.floor(world.clock.now() * 1000), world.lastStamp + 1)
  return formatMicros(world.lastStamp)
}
