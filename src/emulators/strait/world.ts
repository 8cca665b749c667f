import type { EmulatorClock } from '../clock.ts'
import type { Journal } from '../journal.ts'
import { sha256 } from '../seeded.ts'
import { type Account, newSecret, uuid7 } from './account.ts'
import { apply } from './apply.ts'
import type { Micros } from './instants.ts'
import type { Shelf } from './shelf.ts'
import { type KeyFields, type Origin, type StoredKey, UNTOUCHED } from './stored-key.ts'

/** What a project may be told. A project nobody told anything exists all the same: creates do not check. */
export interface ProjectSettings {
  /** 0 = no policy. */
  readonly max_key_lifetime_days: number
}

/**
 * How `created_at` is given out. `rising`: each key at least a microsecond after the one before, also while the clock stands. `clock`: exactly
 * the clock's, so that keys made while it stands share their instant, and pages that end between them lose some.
 */
export type Stamping = 'rising' | 'clock'

/**
 * The state of the server. It changes only through `commit`: the entries go to the journal first, in one write, and into memory afterwards; a
 * restart applies the same entries again. So a request commits once or not at all, like the real one's transaction.
 */
export interface World {
  readonly account: Account
  readonly clock: EmulatorClock
  readonly journal: Journal
  readonly isSeeded: boolean
  /** Minutes east of UTC in which create and rotate show instants. */
  readonly offset: number
  /** Every key that was not purged with its project, in order of creation. */
  readonly keys: Map<string, StoredKey>
  /** SHA-256 of a secret -> id of its key. */
  readonly idByHash: Map<string, string>
  readonly shelves: { readonly project: Map<string, Shelf>; readonly org: Map<string, Shelf> }
  readonly projects: Map<string, ProjectSettings>
  stamping: Stamping
  /** Creations so far. */
  sequence: number
  /** The last `created_at` given out. */
  lastStamp: Micros
}

export type Entry =
  | { readonly op: 'create'; readonly key: StoredKey }
  | { readonly op: 'change'; readonly id: string; readonly changes: Partial<StoredKey> }
  | { readonly op: 'project'; readonly id: string; readonly settings: ProjectSettings }
  | { readonly op: 'purge'; readonly project: string }

export type WorldParts = Pick<World, 'account' | 'clock' | 'journal' | 'isSeeded' | 'offset' | 'stamping'>

/** A world in which everything in `past` has happened. */
export function buildWorld(parts: WorldParts, past: readonly Entry[]): World {
  const world: World = {
    ...parts,
    keys: new Map(),
    idByHash: new Map(),
    shelves: { project: new Map(), org: new Map() },
    projects: new Map(),
    sequence: 0,
    lastStamp: 0,
  }
  for (const entry of past) apply(world, entry)
  return world
}

/** Journal first: if that throws, nothing has happened. */
export function commit(world: World, entries: readonly Entry[]): void {
  world.journal.append(entries.map((entry) => ({ api: 'strait', ...entry })))
  for (const entry of entries) apply(world, entry)
}

export function nowMicros(world: World): Micros {
  return Math.floor(world.clock.now() * 1000)
}

export function findBySecret(world: World, secret: string): StoredKey | undefined {
  return world.keys.get(world.idByHash.get(sha256(secret)) ?? '')
}

export function settingsOf(world: World, project: string): ProjectSettings {
  return world.projects.get(project) ?? { max_key_lifetime_days: 0 }
}

/** The next key and its secret. Nothing has happened yet: hand the key to `commit`. */
export function conceive(
  world: World,
  fields: KeyFields,
  { origin, created_at = nextStamp(world) }: { readonly origin: Origin; readonly created_at?: Micros },
): { readonly secret: string; readonly key: StoredKey } {
  const sequence = world.sequence + 1
  const secret = newSecret(world.account.id, sequence, world.isSeeded)
  return { secret, key: keyOf(world, secret, { ...fields, sequence, created_at, origin }) }
}

/** The row of a secret. */
export function keyOf(
  { account, isSeeded }: Pick<World, 'account' | 'isSeeded'>,
  secret: string,
  facts: KeyFields & Pick<StoredKey, 'sequence' | 'created_at' | 'origin'>,
): StoredKey {
  const fixed = isSeeded ? sha256(`${account.id} key ${facts.sequence}`) : null
  return {
    ...facts,
    ...UNTOUCHED,
    id: uuid7(facts.created_at / 1000, fixed),
    key_hash: sha256(secret),
    key_prefix: secret.slice(0, 12),
  }
}

function nextStamp(world: World): Micros {
  const now = nowMicros(world)
  return world.stamping === 'clock' ? now : Math.max(now, world.lastStamp + 1)
}
