import type { ApiCall, Reply } from '../exchange.ts'
import { assignKeys, listAllAssignments, listAssignments, unassignKeys } from './assignments.ts'
import { deleteBudget, getBudget, listBudgets, putBudget } from './budgets.ts'
import { createByok, deleteByok, getByok, listByok, updateByok } from './byok.ts'
import { createGuardrail, deleteGuardrail, getGuardrail, listGuardrails, updateGuardrail } from './guardrails.ts'
import { createKey, deleteKey, getKey, type Handling, listKeys, updateKey } from './keys.ts'
import { createWorkspace, deleteWorkspace, getWorkspace, listWorkspaces } from './workspaces.ts'

export interface Route {
  readonly method: string
  readonly template: string
  readonly handle: (handling: Handling) => Reply
  /** Counts against the daily write quota. */
  readonly isWrite?: boolean
}

/** All need a management key; `GET /key`, which any live key may call, is handled apart. */
const ROUTES: readonly Route[] = [
  { method: 'GET', template: '/keys', handle: listKeys },
  { method: 'POST', template: '/keys', handle: createKey, isWrite: true },
  { method: 'GET', template: '/keys/{hash}', handle: getKey },
  { method: 'PATCH', template: '/keys/{hash}', handle: updateKey, isWrite: true },
  { method: 'DELETE', template: '/keys/{hash}', handle: deleteKey, isWrite: true },
  { method: 'GET', template: '/workspaces', handle: listWorkspaces },
  { method: 'POST', template: '/workspaces', handle: createWorkspace },
  { method: 'GET', template: '/workspaces/{id}', handle: getWorkspace },
  { method: 'DELETE', template: '/workspaces/{id}', handle: deleteWorkspace },
  { method: 'GET', template: '/workspaces/{id}/budgets', handle: listBudgets },
  { method: 'GET', template: '/workspaces/{id}/budgets/{interval}', handle: getBudget },
  { method: 'PUT', template: '/workspaces/{id}/budgets/{interval}', handle: putBudget },
  { method: 'DELETE', template: '/workspaces/{id}/budgets/{interval}', handle: deleteBudget },
  { method: 'GET', template: '/guardrails', handle: listGuardrails },
  { method: 'POST', template: '/guardrails', handle: createGuardrail },
  { method: 'GET', template: '/guardrails/{id}', handle: getGuardrail },
  { method: 'PATCH', template: '/guardrails/{id}', handle: updateGuardrail },
  { method: 'DELETE', template: '/guardrails/{id}', handle: deleteGuardrail },
  { method: 'GET', template: '/guardrails/assignments/keys', handle: listAllAssignments },
  { method: 'GET', template: '/guardrails/{id}/assignments/keys', handle: listAssignments },
  { method: 'POST', template: '/guardrails/{id}/assignments/keys', handle: assignKeys },
  { method: 'POST', template: '/guardrails/{id}/assignments/keys/remove', handle: unassignKeys },
  { method: 'GET', template: '/byok', handle: listByok },
  { method: 'POST', template: '/byok', handle: createByok },
  { method: 'GET', template: '/byok/{id}', handle: getByok },
  { method: 'PATCH', template: '/byok/{id}', handle: updateByok },
  { method: 'DELETE', template: '/byok/{id}', handle: deleteByok },
]

const COMPILED = ROUTES.map((route) => ({
  route,
  path: new RegExp(`^${route.template.replace(/\{\w+\}/g, '([^/]+)')}$`),
}))

export interface FoundRoute {
  readonly route: Route
  /** Values of the parameters, in order, as they stand in the path. */
  readonly params: readonly string[]
}

export function findRoute({ method, path }: ApiCall): FoundRoute | undefined {
  for (const { route, path: pattern } of COMPILED) {
    const match = route.method === method ? pattern.exec(path) : null
    if (match !== null) return { route, params: match.slice(1) }
  }
  return undefined
}
