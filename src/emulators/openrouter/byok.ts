import { json, type Reply } from '../exchange.ts'
import { type Check, checkBody, isBoolean, isFilled, isText, isTextList, isUuid, orNull } from './fields.ts'
import type { Handling } from './keys.ts'
import { pageOf, readSpan } from './paging.ts'
import { absent, invalid, unknownWorkspace } from './refusals.ts'
import { drop, put } from './tables.ts'
import { commit, newId, stamp, type World } from './world.ts'

/**
 * A customer's own key at a model provider. The material itself is neither kept nor shown. The published contract of 2026-08-22 as it is
 * at hand does not cover these routes; the shape is that of the official SDK 1.3.19.
 */
export interface ByokKey extends ByokFields {
  readonly id: string
  readonly provider: string
  readonly label: string
  readonly workspace_id: string
  readonly sort_order: number
  readonly created_at: string
  readonly declared_zdr: null
  readonly is_byok_only: false
  readonly is_required: false
}

interface ByokFields {
  readonly name: string | null
  readonly disabled: boolean
  readonly is_fallback: boolean
  readonly allowed_models: readonly string[] | null
  readonly allowed_user_ids: readonly string[] | null
  readonly allowed_api_key_hashes: readonly string[] | null
}

interface ByokCreate extends Partial<ByokFields> {
  readonly provider: string
  readonly workspace_id?: string
}

const DEFAULTS: ByokFields = {
  name: null,
  disabled: false,
  is_fallback: false,
  allowed_models: null,
  allowed_user_ids: null,
  allowed_api_key_hashes: null,
}

/** `GET /byok`: all workspaces unless one is named. */
export function listByok({ world, call }: Handling): Reply {
  const span = readSpan(call.query)
  if (span === null) return invalid(world, ['offset', 'limit'])
  const wanted = call.query.get('workspace_id')?.toLowerCase()
  const rows = [...world.tables.byok.values()].filter((row) => wanted === undefined || row.workspace_id === wanted)
  return pageOf(rows, span, (row) => row)
}

export function createByok({ world, call }: Handling): Reply {
  const checks = { ...checksIn(world), provider: isText(1, 100), workspace_id: isUuid }
  const checked = checkBody<ByokCreate & { key?: string }>(call.body, checks, ['provider', 'key'])
  if (!checked.ok) return invalid(world, checked.problems)
  const { key: _, workspace_id = world.account.workspaces[0].id, ...fields } = checked.fields
  if (!world.tables.workspaces.has(workspace_id.toLowerCase())) return unknownWorkspace(world, 'create')
  const at = stamp(world)
  const row: ByokKey = {
    id: newId(world, 'byok'),
    workspace_id: workspace_id.toLowerCase(),
    label: '****',
    ...DEFAULTS,
    ...fields,
    sort_order: world.tables.byok.size,
    created_at: at,
    declared_zdr: null,
    is_byok_only: false,
    is_required: false,
  }
  commit(world, [put({ table: 'byok', id: row.id, row, at })])
  return json(201, { data: row })
}

export function getByok({ world, params: [id = ''] }: Handling): Reply {
  const row = world.tables.byok.get(id)
  return row === undefined ? absent(world) : json(200, { data: row })
}

/** `PATCH /byok/{id}`: absent keeps, null clears, a list replaces; `key` rotates the material in place. */
export function updateByok({ world, call, params: [id = ''] }: Handling): Reply {
  const checked = checkBody<Partial<ByokFields> & { key?: string }>(call.body, checksIn(world))
  if (!checked.ok) return invalid(world, checked.problems)
  const before = world.tables.byok.get(id)
  if (before === undefined) return absent(world)
  const { key: _, ...fields } = checked.fields
  const row = { ...before, ...fields }
  commit(world, [put({ table: 'byok', id, row, at: stamp(world) })])
  return json(200, { data: row })
}

export function deleteByok({ world, params: [id = ''] }: Handling): Reply {
  if (!world.tables.byok.has(id)) return absent(world)
  commit(world, [drop({ table: 'byok', id, at: stamp(world) })])
  return json(200, { deleted: true })
}

/** Hashes must be those of live keys at the moment they are sent; what becomes of the keys later changes nothing here. */
function checksIn(world: World): Readonly<Record<keyof ByokFields | 'key', Check>> {
  return {
    key: isFilled,
    name: orNull(isText(0, 255)),
    disabled: isBoolean,
    is_fallback: isBoolean,
    allowed_models: orNull(isShortList),
    allowed_user_ids: orNull(isShortList),
    allowed_api_key_hashes: orNull(
      (value) => isShortList(value) && Array.isArray(value) && value.every((hash) => world.keys.has(String(hash))),
    ),
  }
}

function isShortList(value: unknown): boolean {
  return isTextList(value) && Array.isArray(value) && value.length <= 100
}
