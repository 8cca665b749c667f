import { json, type Reply } from '../exchange.ts'
import { failure } from './envelope.ts'
import { checkBody, isText, orNull } from './fields.ts'
import type { Handling } from './keys.ts'
import { pageOf, readSpan } from './paging.ts'
import { absent, invalid } from './refusals.ts'
import { type Drop, drop, put } from './tables.ts'
import { commit, newId, stamp, type World } from './world.ts'

/** What the emulator keeps of a workspace; the rest of the object is constant. */
export interface Workspace {
  readonly id: string
  readonly default_guardrail_id: string
  readonly name: string
  readonly slug: string
  readonly description: string | null
  readonly include_byok_in_budgets: boolean
  readonly created_at: string
  readonly created_by: string
}

/** The workspace object of the published contract of 2026-08-22. */
function workspaceObject(workspace: Workspace): object {
  return {
    ...workspace,
    default_text_model: null,
    default_image_model: null,
    default_provider_sort: null,
    is_observability_io_logging_enabled: false,
    is_observability_broadcast_enabled: false,
    is_data_discount_logging_enabled: false,
    io_logging_sampling_rate: 1,
    io_logging_api_key_ids: null,
    updated_at: null,
  }
}

/** By UUID or slug; undefined when there is none. */
export function findWorkspace({ tables }: World, idOrSlug: string): Workspace | undefined {
  const byId = tables.workspaces.get(idOrSlug.toLowerCase())
  return byId ?? [...tables.workspaces.values()].find(({ slug }) => slug === idOrSlug)
}

export function listWorkspaces({ world, call }: Handling): Reply {
  const span = readSpan(call.query)
  if (span === null) return invalid(world, ['offset', 'limit'])
  return pageOf([...world.tables.workspaces.values()], span, workspaceObject)
}

export function getWorkspace({ world, params: [id = ''] }: Handling): Reply {
  const workspace = findWorkspace(world, id)
  return workspace ? json(200, { data: workspaceObject(workspace) }) : absent(world)
}

type WorkspaceFields = Pick<Workspace, 'name' | 'slug'> & Partial<Pick<Workspace, 'description'>>

/** `POST /workspaces`: of the optional fields only the description is kept. */
export function createWorkspace({ world, call }: Handling): Reply {
  const checks = { name: isText(1, 100), slug: isSlug, description: orNull(isText(0, 500)) }
  const checked = checkBody<WorkspaceFields>(call.body, checks, ['name', 'slug'])
  if (!checked.ok) return invalid(world, checked.problems)
  if (findWorkspace(world, checked.fields.slug)) return invalid(world, ['slug'])
  const at = stamp(world)
  const id = newId(world, 'workspace')
  const row: Workspace = {
    id,
    default_guardrail_id: newId(world, 'default guardrail'),
    description: null,
    ...checked.fields,
    include_byok_in_budgets: false,
    created_at: at,
    created_by: world.account.userId,
  }
  commit(world, [put({ table: 'workspaces', id, row, at })])
  return json(201, { data: workspaceObject(row) })
}

/** `DELETE /workspaces/{id}`: refused for the default one and while a key lives in it, a disabled one too. Takes budgets and guardrails along. */
export function deleteWorkspace({ world, params: [param = ''] }: Handling): Reply {
  const workspace = findWorkspace(world, param)
  if (workspace === undefined) return absent(world)
  const { id } = workspace
  if (id === world.account.workspaces[0].id)
    return failure(403, { message: 'The default workspace cannot be deleted', userId: world.account.userId })
  if ((world.shelves.get(id)?.all.length ?? 0) > 0) return invalid(world, ['id'])
  const at = stamp(world)
  commit(world, [...dropsWithin(world, id, at), drop({ table: 'workspaces', id, at })])
  return json(200, { deleted: true })
}

function dropsWithin({ tables }: World, id: string, at: string): readonly Drop[] {
  const guardrails = [...tables.guardrails.values()].filter(({ workspace_id }) => workspace_id === id)
  const gone = new Set(guardrails.map((guardrail) => guardrail.id))
  const budgets = [...tables.budgets].filter(([, { workspace_id }]) => workspace_id === id)
  const assignments = [...tables.assignments].filter(([, { guardrail_id }]) => gone.has(guardrail_id))
  return [
    ...budgets.map(([key]) => drop({ table: 'budgets', id: key, at })),
    ...assignments.map(([key]) => drop({ table: 'assignments', id: key, at })),
    ...guardrails.map((guardrail) => drop({ table: 'guardrails', id: guardrail.id, at })),
  ]
}

function isSlug(value: unknown): boolean {
  return typeof value === 'string' && value.length <= 50 && /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(value)
}
