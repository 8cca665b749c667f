import { json, type Reply } from '../exchange.ts'
import { isUuid } from './fields.ts'
import { type Guardrail, NO_RULES, ownerOfDefault, unconfiguredDefault } from './guardrail.ts'
import { checkGuardrailCreate, checkGuardrailUpdate } from './guardrail-fields.ts'
import type { Handling } from './keys.ts'
import { pageOf, readSpan } from './paging.ts'
import { absent, invalid, unknownWorkspace } from './refusals.ts'
import { drop, put } from './tables.ts'
import { commit, newId, stamp } from './world.ts'

/** `GET /guardrails`: one workspace, the default one unless told, newest first (no source says in which order). */
export function listGuardrails({ world, call }: Handling): Reply {
  const span = readSpan(call.query)
  const wanted = call.query.get('workspace_id') ?? world.account.workspaces[0].id
  if (span === null) return invalid(world, ['offset', 'limit'])
  if (!isUuid(wanted)) return invalid(world, ['workspace_id'])
  const home = wanted.toLowerCase()
  const isKnown = world.tables.workspaces.has(home) || world.readings.unknownWorkspace === 'empty'
  if (!isKnown) return unknownWorkspace(world, 'list')
  const rows = [...world.tables.guardrails.values()].reverse()
  return pageOf(
    rows.filter(({ workspace_id }) => workspace_id === home),
    span,
    (row) => row,
  )
}

/** `POST /guardrails`: the workspace is fixed from now on. Names need not be unique. */
export function createGuardrail({ world, call }: Handling): Reply {
  const checked = checkGuardrailCreate(call.body)
  if (!checked.ok) return invalid(world, checked.problems)
  const { workspace_id = world.account.workspaces[0].id, ...fields } = checked.fields
  const workspace = world.tables.workspaces.get(workspace_id.toLowerCase())
  if (workspace === undefined) return unknownWorkspace(world, 'create')
  const at = stamp(world)
  const id = newId(world, 'guardrail')
  const row: Guardrail = { id, workspace_id: workspace.id, ...NO_RULES, ...fields, created_at: at, updated_at: null }
  commit(world, [put({ table: 'guardrails', id, row, at })])
  return json(201, { data: row })
}

export function getGuardrail({ world, params: [id = ''] }: Handling): Reply {
  const row = world.tables.guardrails.get(id.toLowerCase())
  return row === undefined ? absent(world) : json(200, { data: row })
}

/** `PATCH /guardrails/{id}` merges. The first one on a default guardrail brings it into being; its name is not for clients to choose. */
export function updateGuardrail({ world, call, params: [param = ''] }: Handling): Reply {
  const checked = checkGuardrailUpdate(call.body)
  if (!checked.ok) return invalid(world, checked.problems)
  const id = param.toLowerCase()
  const owner = ownerOfDefault(world, id)
  const at = stamp(world)
  const before = world.tables.guardrails.get(id) ?? (owner && unconfiguredDefault(owner, at))
  if (before === undefined) return absent(world)
  const row = { ...before, ...checked.fields, ...(owner && { name: before.name }), updated_at: at }
  commit(world, [put({ table: 'guardrails', id, row, at })])
  return json(200, { data: row })
}

/** `DELETE /guardrails/{id}` takes its assignments with it. A default guardrail cannot be deleted; that this is a 400 is a guess. */
export function deleteGuardrail({ world, params: [param = ''] }: Handling): Reply {
  const id = param.toLowerCase()
  if (!world.tables.guardrails.has(id)) return absent(world)
  if (ownerOfDefault(world, id)) return invalid(world, ['id'])
  const at = stamp(world)
  const theirs = [...world.tables.assignments.values()].filter(({ guardrail_id }) => guardrail_id === id)
  commit(world, [
    ...theirs.map(({ key_hash }) => drop({ table: 'assignments', id: key_hash, at })),
    drop({ table: 'guardrails', id, at }),
  ])
  return json(200, { deleted: true })
}
