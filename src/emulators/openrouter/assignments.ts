import { json, type Reply } from '../exchange.ts'
import { checkBody, isTextList } from './fields.ts'
import { ownerOfDefault } from './guardrail.ts'
import type { Handling } from './keys.ts'
import { pageOf, readSpan } from './paging.ts'
import { absent, invalid } from './refusals.ts'
import type { StoredKey } from './stored-key.ts'
import { drop, put } from './tables.ts'
import { commit, type Entry, newId, stamp, type World } from './world.ts'

/** A guardrail given to a key. Name and label of the key are looked up when somebody reads it. */
export interface Assignment {
  readonly id: string
  readonly key_hash: string
  readonly guardrail_id: string
  readonly assigned_by: string | null
  readonly created_at: string
}

/** `GET /guardrails/assignments/keys`: those of all workspaces, as far as is known. */
export function listAllAssignments(handling: Handling): Reply {
  return listRows(handling, [...handling.world.tables.assignments.values()])
}

/** `GET /guardrails/{id}/assignments/keys` */
export function listAssignments(handling: Handling): Reply {
  const { world, params } = handling
  const id = params[0]?.toLowerCase() ?? ''
  if (!world.tables.guardrails.has(id)) return absent(world)
  return listRows(
    handling,
    [...world.tables.assignments.values()].filter(({ guardrail_id }) => guardrail_id === id),
  )
}

/** Newest first (no source says in which order). Rows of deleted keys are left out after paging: `total_count` and offsets count them. */
function listRows({ world, call }: Handling, rows: readonly Assignment[]): Reply {
  const span = readSpan(call.query)
  if (span === null) return invalid(world, ['offset', 'limit'])
  return pageOf(rows.toReversed(), span, (row) => {
    const key = world.keys.get(row.key_hash)
    return key && { ...row, key_name: key.name, key_label: key.label }
  })
}

/** `POST /guardrails/{id}/assignments/keys`: moves keys that have another guardrail, skips hashes that are no live key, and takes all or none. */
export function assignKeys({ world, call, params: [param = ''] }: Handling): Reply {
  const id = param.toLowerCase()
  const keys = namedKeys(world, call.body)
  if (keys === null) return invalid(world, ['key_hashes'])
  if (ownerOfDefault(world, id)) return invalid(world, ['id'])
  const guardrail = world.tables.guardrails.get(id)
  if (guardrail === undefined) return absent(world)
  if (keys.some(({ workspace_id }) => workspace_id !== guardrail.workspace_id)) return invalid(world, ['key_hashes'])
  const fresh = keys.filter(({ hash }) => world.tables.assignments.get(hash)?.guardrail_id !== id)
  commit(
    world,
    fresh.flatMap(({ hash }) => moved(world, hash, id)),
  )
  const counted = world.readings.repeatedAssignment === 'counted' ? keys : fresh
  return json(200, { assigned_count: counted.length })
}

/** `POST /guardrails/{id}/assignments/keys/remove`: touches rows of this guardrail and of live keys only. */
export function unassignKeys({ world, call, params: [param = ''] }: Handling): Reply {
  const id = param.toLowerCase()
  const keys = namedKeys(world, call.body)
  if (keys === null) return invalid(world, ['key_hashes'])
  if (!world.tables.guardrails.has(id)) return absent(world)
  const theirs = keys.filter(({ hash }) => world.tables.assignments.get(hash)?.guardrail_id === id)
  commit(
    world,
    theirs.map(({ hash }) => drop({ table: 'assignments', id: hash, at: stamp(world) })),
  )
  return json(200, { unassigned_count: theirs.length })
}

/** The live keys of `key_hashes`, each once; null for a body without such a list. */
function namedKeys(world: World, body: string): readonly StoredKey[] | null {
  const checked = checkBody<{ key_hashes: readonly string[] }>(body, { key_hashes: isTextList }, ['key_hashes'])
  if (!checked.ok) return null
  return [...new Set(checked.fields.key_hashes)].flatMap((hash) => world.keys.get(hash) ?? [])
}

/** The old row goes first, so that the new one is the newest. */
function moved(world: World, hash: string, guardrail: string): readonly Entry[] {
  const at = stamp(world)
  const row: Assignment = {
    id: newId(world, `assignment ${hash}`),
    key_hash: hash,
    guardrail_id: guardrail,
    assigned_by: world.account.userId,
    created_at: at,
  }
  const old = world.tables.assignments.has(hash) ? [drop({ table: 'assignments', id: hash, at })] : []
  return [...old, put({ table: 'assignments', id: hash, row, at })]
}
