/** What a Strait key may do. The list is complete as of 2026-08-22 (api contract B2.6); the API refuses any other word. */
import type { FieldValue } from './key.ts'

/** Covers all others. */
export const EVERY_SCOPE = '*'

export const SCOPES: readonly string[] = [
  EVERY_SCOPE,
  'jobs:read',
  'jobs:write',
  'jobs:trigger',
  'runs:read',
  'runs:write',
  'workflows:read',
  'workflows:write',
  'workflows:trigger',
  'secrets:read',
  'secrets:write',
  'webhooks:read',
  'webhooks:write',
  'api-keys:manage',
  'rbac:manage',
  'stats:read',
  'projects:read',
  'projects:write',
  'projects:manage',
  'workers:connect',
  'dlq:read',
  'dlq:replay',
  'dlq:purge',
  'outbox:read',
  'outbox:retry',
  'outbox:purge',
]

/** The same scopes, in any order and however often. */
export function sameScopes(a: FieldValue, b: FieldValue): boolean {
  if (!isList(a) || !isList(b)) return a === b
  return a.every((scope) => b.includes(scope)) && b.every((scope) => a.includes(scope))
}

/** `to` allows something that `from` does not. An empty list, which only keys from before May 2026 have, allows everything. */
export function widensScopes(from: FieldValue, to: FieldValue): boolean {
  const before = allowed(from)
  return !before.includes(EVERY_SCOPE) && allowed(to).some((scope) => !before.includes(scope))
}

function allowed(value: FieldValue): readonly string[] {
  return isList(value) && value.length > 0 ? value : [EVERY_SCOPE]
}

function isList(value: FieldValue): value is readonly string[] {
  return Array.isArray(value)
}
