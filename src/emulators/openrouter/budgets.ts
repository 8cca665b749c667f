import { json, type Reply } from '../exchange.ts'
import { checkBody, isBoolean, isNumber } from './fields.ts'
import type { Handling } from './keys.ts'
import { absent, invalid } from './refusals.ts'
import { drop, put } from './tables.ts'
import { findWorkspace, type Workspace } from './workspaces.ts'
import { commit, newId, stamp, type World } from './world.ts'

/** What a whole workspace may spend in an interval; `reset_interval` null is a lifetime. Enforced by nobody here. */
export interface Budget {
  readonly id: string
  readonly workspace_id: string
  readonly limit_usd: number
  readonly reset_interval: string | null
  readonly created_at: string
  readonly updated_at: string
}

/** From the narrowest up: each limit must be above those before it. */
const INTERVALS = ['daily', 'weekly', 'monthly', 'lifetime'] as const

/** `GET /workspaces/{id}/budgets`: all at once. A workspace without any is 404, or an empty list: a reading. */
export function listBudgets({ world, params: [param = ''] }: Handling): Reply {
  const workspace = findWorkspace(world, param)
  if (workspace === undefined) return absent(world)
  const rows = INTERVALS.flatMap((interval) => budgetOf(world, workspace, interval) ?? [])
  if (rows.length === 0 && world.readings.noBudgets === 404) return absent(world)
  return json(200, { data: rows, include_byok_in_budgets: workspace.include_byok_in_budgets })
}

export function getBudget(handling: Handling): Reply {
  return at(handling, (workspace, interval) => {
    const row = budgetOf(handling.world, workspace, interval)
    return row === undefined ? absent(handling.world) : json(200, { data: row })
  })
}

/** `PUT`: sets the limit. The BYOK flag is the workspace's, whichever budget it is sent with. */
export function putBudget(handling: Handling): Reply {
  const { world, call } = handling
  const checks = { limit_usd: isPositive, include_byok_in_budgets: isBoolean }
  const checked = checkBody<{ limit_usd: number; include_byok_in_budgets?: boolean }>(call.body, checks, ['limit_usd'])
  if (!checked.ok) return invalid(world, checked.problems)
  return at(handling, (before, interval) => {
    const { limit_usd, include_byok_in_budgets = before.include_byok_in_budgets } = checked.fields
    if (!isRising(world, before, { interval, limit_usd })) return invalid(world, ['limit_usd'])
    const workspace = { ...before, include_byok_in_budgets }
    const row = newRow(world, workspace, { interval, limit_usd })
    commit(world, [
      put({ table: 'workspaces', id: workspace.id, row: workspace, at: row.updated_at }),
      put({ table: 'budgets', id: `${workspace.id} ${interval}`, row, at: row.updated_at }),
    ])
    return json(200, { data: row, include_byok_in_budgets })
  })
}

/** Idempotent. */
export function deleteBudget(handling: Handling): Reply {
  const { world } = handling
  return at(handling, (workspace, interval) => {
    if (budgetOf(world, workspace, interval))
      commit(world, [drop({ table: 'budgets', id: `${workspace.id} ${interval}`, at: stamp(world) })])
    return json(200, { deleted: true })
  })
}

type Interval = (typeof INTERVALS)[number]

interface Limit {
  readonly interval: Interval
  readonly limit_usd: number
}

/** 404 for an unknown workspace, 400 for an unknown interval. */
function at({ world, params: [id = '', text] }: Handling, answer: (of: Workspace, interval: Interval) => Reply): Reply {
  const workspace = findWorkspace(world, id)
  const interval = INTERVALS.find((each) => each === text)
  if (interval === undefined) return invalid(world, ['interval'])
  return workspace === undefined ? absent(world) : answer(workspace, interval)
}

function budgetOf({ tables }: World, { id }: Workspace, interval: Interval): Budget | undefined {
  return tables.budgets.get(`${id} ${interval}`)
}

function isRising(world: World, workspace: Workspace, { interval, limit_usd }: Limit): boolean {
  const limits = INTERVALS.flatMap((each) =>
    each === interval ? limit_usd : (budgetOf(world, workspace, each)?.limit_usd ?? []),
  )
  return limits.every((limit, index) => index === 0 || limit > (limits[index - 1] ?? 0))
}

function newRow(world: World, workspace: Workspace, { interval, limit_usd }: Limit): Budget {
  const now = stamp(world)
  const before = budgetOf(world, workspace, interval)
  return {
    id: before?.id ?? newId(world, 'budget'),
    workspace_id: workspace.id,
    limit_usd,
    reset_interval: interval === 'lifetime' ? null : interval,
    created_at: before?.created_at ?? now,
    updated_at: now,
  }
}

function isPositive(value: unknown): boolean {
  return isNumber(value) && Number(value) > 0
}
