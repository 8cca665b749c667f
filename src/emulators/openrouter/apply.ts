import { emptyShelf, put, take } from './shelf.ts'
import { addSpend } from './spend.ts'
import { parseMicros } from './stamps.ts'
import type { Origin, StoredKey } from './stored-key.ts'
import { type Drop, type Put, putRow } from './tables.ts'
import type { Entry, World } from './world.ts'

/** Makes an entry true in memory. The only place where the account changes; a restart goes through it again. */
export function apply(world: World, entry: Entry): void {
  switch (entry.op) {
    case 'create':
      world.sequence = Math.max(world.sequence, entry.key.sequence)
      remember(world, entry.key.created_at)
      store(world, { ...entry.key, updated_at: null, spend: null })
      countWrite(world, entry.key.origin, entry.now)
      break
    case 'update':
      remember(world, entry.at)
      change(world, entry.hash, entry.now, { ...entry.changes, ...(entry.at !== null && { updated_at: entry.at }) })
      countWrite(world, entry.origin, entry.now)
      break
    case 'delete':
      remember(world, entry.at)
      bury(world, entry.hash, entry.at)
      countWrite(world, entry.origin, entry.now)
      break
    case 'spend': {
      const key = world.keys.get(entry.hash)
      if (key) store(world, { ...key, spend: addSpend(key.spend, entry.amount, entry.now) })
      break
    }
    case 'put':
      remember(world, entry.at)
      addRow(world, entry)
      break
    case 'drop':
      remember(world, entry.at)
      removeRow(world, entry)
      break
    default:
      throw new Error(`unknown journal entry: ${JSON.stringify(entry satisfies never)}`)
  }
}

function store(world: World, key: StoredKey): void {
  world.keys.set(key.hash, key)
  const shelf = world.shelves.get(key.workspace_id)
  if (shelf) put(shelf, key)
}

function change(world: World, hash: string, now: number, changes: Partial<StoredKey>): void {
  const key = world.keys.get(hash)
  if (!key) return
  const { propagationMs } = world.readings
  if (propagationMs > 0) world.stale.set(hash, { until: now + propagationMs, key: inferenceView(world, key, now) })
  store(world, { ...key, ...changes })
}

function bury(world: World, hash: string, at: string): void {
  const key = world.keys.get(hash)
  if (!key) return
  world.keys.delete(hash)
  world.stale.delete(hash)
  const shelf = world.shelves.get(key.workspace_id)
  if (shelf) take(shelf, key)
  world.tombstones.push({ ...key, deleted_at: at })
}

/** Each workspace has a shelf for its keys. */
function addRow(world: World, entry: Put): void {
  if (!putRow(world.tables, entry)) return
  world.made += 1
  if (entry.table === 'workspaces') world.shelves.set(entry.id, emptyShelf())
}

function removeRow({ tables, shelves }: World, { table, id }: Drop): void {
  tables[table].delete(id)
  if (table === 'workspaces') shelves.delete(id)
}

/** The key as the inference side knows it at `now`: limit and disabled flag may lag behind. */
export function inferenceView(world: World, key: StoredKey, now: number): StoredKey {
  const stale = world.stale.get(key.hash)
  if (stale === undefined || stale.until <= now) return key
  const { limit, limit_reset, include_byok_in_limit, disabled } = stale.key
  return { ...key, limit, limit_reset, include_byok_in_limit, disabled }
}

function countWrite(world: World, origin: Origin, now: number): void {
  if (origin !== 'api') return
  const day = Math.floor(now / 86_400_000)
  world.writes = { day, count: day === world.writes.day ? world.writes.count + 1 : 1 }
}

/** After a restart new stamps must still be later than the old ones. */
function remember(world: World, at: string | null): void {
  if (at !== null) world.lastStamp = Math.max(world.lastStamp, parseMicros(at))
}
