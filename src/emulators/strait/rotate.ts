import { json, type Reply } from '../exchange.ts'
import { environmentOf, projectOf, scopesOf } from './auth.ts'
import { after, type Handling, local } from './create.ts'
import { failure, invalid, keyNotFound } from './envelope.ts'
import { decodeGrace } from './fields.ts'
import { formatLocal, MINUTE } from './instants.ts'
import { lifetimeUnder } from './policy.ts'
import { grantProblem } from './scopes.ts'
import type { KeyFields, StoredKey } from './stored-key.ts'
import { commit, conceive, nowMicros, type World } from './world.ts'

const DEFAULT_GRACE = 60
const LONGEST_GRACE = 10_080

/** `POST /v1/api-keys/{id}/rotate`: a new key with the old one's expiry, and an end of grace for the old one, in one commit. */
export function rotateKey(handling: Handling): Reply {
  const { world, call, caller, onIssue } = handling
  const asked = decodeGrace(call.body)
  if (asked === null) return invalid('invalid request body')
  if (asked > LONGEST_GRACE) return invalid(`grace_period_minutes must be <= ${LONGEST_GRACE}`)
  const old = findKey(handling)
  if (old === null) return keyNotFound()
  const grant = grantProblem(scopesOf(caller), old.scopes.length === 0 ? ['*'] : old.scopes)
  if (grant !== null) return failure(403, grant)
  if (old.revoked_at !== null) return failure(409, 'api key is already revoked')
  const next = successor(world, old, ' (rotated)')
  if (next.kind === 'refused') return invalid(next.message)
  // The new row is made first and marking the old one fails: everything is rolled back.
  if (old.replaced_by_key_id !== null) return failure(500, 'failed to mark old key as rotated')
  const { secret, key } = conceive(world, next.fields, { origin: 'api' })
  const grace_expires_at = nowMicros(world) + (asked > 0 ? asked : DEFAULT_GRACE) * MINUTE
  onIssue(secret)
  commit(world, [
    { op: 'create', key },
    { op: 'change', id: old.id, changes: { replaced_by_key_id: key.id, grace_expires_at } },
  ])
  return json(201, {
    old_key_id: old.id,
    ...rotated(world, key, secret),
    grace_expires_at: local(world, grace_expires_at, key),
  })
}

/** `DELETE /v1/api-keys/{id}`: at once and for ever; a second one is as good as the first. A key may revoke itself. */
export function revokeKey(handling: Handling): Reply {
  const key = findKey(handling)
  if (key === null) return keyNotFound()
  if (key.revoked_at === null) {
    const changes = { revoked_at: nowMicros(handling.world) }
    commit(handling.world, [{ op: 'change', id: key.id, changes }])
  }
  return json(200, { status: 'revoked' })
}

export type Successor =
  | { readonly kind: 'allowed'; readonly fields: KeyFields }
  | { readonly kind: 'refused'; readonly message: string }

/** What the key that replaces `old` is made with: everything of the old one but its rate limits; the expiry is not extended. */
export function successor(world: World, old: StoredKey, suffix: string): Successor {
  const life = lifetimeUnder(world, old.project_id, old.expires_at)
  if (life.kind === 'refused') return life
  const fields: KeyFields = {
    project_id: old.project_id,
    org_id: old.org_id,
    name: old.name + suffix,
    scopes: old.scopes,
    expires_at: life.expires_at,
    environment_id: old.environment_id,
    rotation_interval_days: old.rotation_interval_days,
    next_rotation_at: after(world, old.rotation_interval_days),
    rotation_webhook_url: old.rotation_webhook_url,
    webhook_secret: old.webhook_secret,
    rate_limit_requests: null,
    rate_limit_window_secs: null,
  }
  return { kind: 'allowed', fields }
}

/** The key of the path. Of another project or environment is as good as not there; revoked ones are found. */
function findKey({ world, caller, keyId }: Handling): StoredKey | null {
  const key = world.keys.get(keyId)
  const project = projectOf(caller)
  const environment = environmentOf(caller)
  const isTheirs =
    (project === null || key?.project_id === project) && (environment === null || key?.environment_id === environment)
  return key !== undefined && isTheirs ? key : null
}

/** The expiry was read back from the database, so it has no nanoseconds. */
function rotated(world: World, key: StoredKey, secret: string): object {
  const { id, project_id, name, key_prefix, scopes, expires_at } = key
  return {
    new_key_id: id,
    project_id,
    name,
    key: secret,
    key_prefix,
    scopes,
    expires_at: expires_at === null ? null : formatLocal(expires_at, { offset: world.offset, nanos: 0 }),
    created_at: local(world, key.created_at, key),
  }
}
