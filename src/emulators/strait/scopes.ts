/** All scopes there are (server source of 2026-07-06). */
const SCOPES: ReadonlySet<string> = new Set([
  '*',
  ...['jobs:read', 'jobs:write', 'jobs:trigger'],
  ...['runs:read', 'runs:write'],
  ...['workflows:read', 'workflows:write', 'workflows:trigger'],
  ...['secrets:read', 'secrets:write'],
  ...['webhooks:read', 'webhooks:write'],
  ...['api-keys:manage', 'rbac:manage', 'stats:read'],
  ...['projects:read', 'projects:write', 'projects:manage'],
  'workers:connect',
  ...['dlq:read', 'dlq:replay', 'dlq:purge'],
  ...['outbox:read', 'outbox:retry', 'outbox:purge'],
])

/** The message about the first scope that does not exist, or about there being none; null when all is well. */
export function scopeProblem(scopes: readonly string[]): string | null {
  if (scopes.length === 0) return 'scopes must contain at least one explicit permission'
  const unknown = scopes.find((scope) => !SCOPES.has(scope))
  return unknown === undefined ? null : `unknown scope: ${JSON.stringify(unknown)}`
}

/** Scopes of a caller; null for the internal secret, which may do everything. An empty list is a legacy key's and means everything too. */
export type Held = readonly string[] | null

export function holds(held: Held, scope: string): boolean {
  return held === null || held.length === 0 || held.includes('*') || held.includes(scope)
}

/** A caller may hand out what it holds. The message about the first scope it does not hold; null when all is well. */
export function grantProblem(held: Held, wanted: readonly string[]): string | null {
  const missing = wanted.find((scope) => !holds(held, scope))
  if (missing === undefined) return null
  return missing === '*'
    ? 'cannot grant wildcard permission: caller does not have wildcard scope'
    : `cannot grant permission ${missing}: caller does not have it`
}
