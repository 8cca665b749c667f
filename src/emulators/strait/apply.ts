import { put, type Shelf, take } from './shelf.ts'
import type { StoredKey } from './stored-key.ts'
import type { Entry, World } from './world.ts'

/** Makes an entry true in memory. The only place where keys change; a restart goes through it again. */
export function apply(world: World, entry: Entry): void {
  switch (entry.op) {
    case 'create':
      world.sequence = Math.max(world.sequence, entry.key.sequence)
      world.lastStamp = Math.max(world.lastStamp, entry.key.created_at)
      world.keys.set(entry.key.id, entry.key)
      world.idByHash.set(entry.key.key_hash, entry.key.id)
      for (const shelf of shelvesOf(world, entry.key)) put(shelf, entry.key)
      break
    case 'change': {
      const key = world.keys.get(entry.id)
      if (!key) break
      world.keys.set(key.id, { ...key, ...entry.changes })
      if (entry.changes.revoked_at != null) delist(world, key)
      break
    }
    case 'project':
      world.projects.set(entry.id, entry.settings)
      break
    case 'purge':
      for (const key of world.keys.values()) if (key.project_id === entry.project) purge(world, key)
      world.projects.delete(entry.project)
      break
    default:
      throw new Error(`unknown journal entry: ${JSON.stringify(entry satisfies never)}`)
  }
}

function purge(world: World, key: StoredKey): void {
  delist(world, key)
  world.keys.delete(key.id)
  world.idByHash.delete(key.key_hash)
}

function delist(world: World, key: StoredKey): void {
  for (const shelf of shelvesOf(world, key)) take(shelf, key)
}

function shelvesOf({ shelves }: World, { project_id, org_id }: StoredKey): readonly Shelf[] {
  const project = shelf(shelves.project, project_id)
  return org_id === null ? [project] : [project, shelf(shelves.org, org_id)]
}

function shelf(shelves: Map<string, Shelf>, name: string): Shelf {
  const found = shelves.get(name)
  if (found) return found
  const made: Shelf = []
  shelves.set(name, made)
  return made
}
