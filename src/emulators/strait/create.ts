import { type ApiCall, json, type Reply } from '../exchange.ts'
import { webhookSecret } from './account.ts'
import { type Caller, environmentOf, isOfOrg, projectOf, scopesOf } from './auth.ts'
import { failure, invalid } from './envelope.ts'
import { type CreateFields, decodeCreate } from './fields.ts'
import { DAY, formatLocal, type Micros } from './instants.ts'
import { lifetimeUnder } from './policy.ts'
import { grantProblem, scopeProblem } from './scopes.ts'
import { type KeyFields, type StoredKey, UNSET } from './stored-key.ts'
import { isAllowed } from './webhook-url.ts'
import { commit, conceive, nowMicros, type World } from './world.ts'

/** What a handler works with. `onIssue` gets each new secret before the answer is made. */
export interface Handling {
  readonly world: World
  readonly call: ApiCall
  readonly caller: Caller
  /** From the path where the route has one, else empty. */
  readonly keyId: string
  readonly allowPrivate: boolean
  readonly onIssue: (secret: string) => void
}

/** `POST /v1/api-keys`: no idempotency, names need not be unique, neither project nor environment has to exist. */
export function createKey(handling: Handling): Reply {
  const { world, call, onIssue } = handling
  const decoded = decodeCreate(call.body)
  if (decoded.kind === 'broken') return invalid('invalid request body')
  if (decoded.kind === 'invalid') return failure(422, 'validation failed', { details: decoded.details })
  const { fields } = decoded
  const refusal = whoRefusal(handling.caller, fields) ?? whatRefusal(handling, fields)
  if (refusal !== null) return refusal
  const life = lifetimeUnder(world, fields.project_id, after(world, fields.expires_in_days))
  if (life.kind === 'refused') return invalid(life.message)
  const { secret, key } = conceive(world, keyFields(world, fields, life.expires_at), { origin: 'api' })
  const signing = key.webhook_secret === null ? null : webhookSecret(world.account.id, key.webhook_secret)
  for (const issued of [secret, signing]) if (issued !== null) onIssue(issued)
  commit(world, [{ op: 'create', key }])
  return json(201, created(world, key, { secret, signing }))
}

function whoRefusal(caller: Caller, { project_id, environment_id, org_id }: CreateFields): Reply | null {
  const project = projectOf(caller)
  const environment = environmentOf(caller)
  if (project !== null && project !== project_id) return failure(403, 'project_id does not match authenticated project')
  if (environment !== null && environment !== environment_id) return failure(404, 'environment not found')
  if (org_id !== '' && !isOfOrg(caller, org_id)) return failure(403, 'org_id does not match authenticated organization')
  return null
}

function whatRefusal({ caller, allowPrivate }: Handling, fields: CreateFields): Reply | null {
  const { scopes, rotation_webhook_url: url, rotation_interval_days: interval } = fields
  const wrong = scopeProblem(scopes)
  if (wrong !== null) return invalid(wrong)
  const grant = grantProblem(scopesOf(caller), scopes)
  if (grant !== null) return failure(403, grant)
  if (url !== '' && !isAllowed(url, allowPrivate)) return invalid('invalid rotation_webhook_url')
  if (url === '' && interval !== null)
    return invalid('rotation_webhook_url is required when rotation_interval_days is set')
  return null
}

function keyFields(world: World, fields: CreateFields, expires_at: Micros): KeyFields {
  const { project_id, name, scopes, rotation_interval_days } = fields
  const url = fields.rotation_webhook_url || null
  return {
    ...UNSET,
    project_id,
    name,
    scopes,
    expires_at,
    org_id: fields.org_id || null,
    environment_id: fields.environment_id || null,
    rotation_interval_days,
    next_rotation_at: after(world, rotation_interval_days),
    rotation_webhook_url: url,
    webhook_secret: url === null ? null : world.sequence + 1,
  }
}

/** So many days from now; null for null. */
export function after(world: World, days: number | null): Micros | null {
  return days === null ? null : nowMicros(world) + days * DAY
}

/** An instant as create and rotate show it. The database cuts it to microseconds, so a list never shows these nanoseconds again. */
export function local(world: World, at: Micros, { sequence }: Pick<StoredKey, 'sequence'>): string {
  return formatLocal(at, { offset: world.offset, nanos: 1 + ((sequence * 389) % 999) })
}

/** Flat, and silent about environment, organization and rotation. */
function created(
  world: World,
  key: StoredKey,
  { secret, signing }: { readonly secret: string; readonly signing: string | null },
): object {
  return {
    id: key.id,
    project_id: key.project_id,
    name: key.name,
    key: secret,
    key_prefix: key.key_prefix,
    scopes: key.scopes,
    ...(key.expires_at !== null && { expires_at: local(world, key.expires_at, key) }),
    created_at: local(world, key.created_at, key),
    ...(signing !== null && { rotation_webhook_secret: signing }),
  }
}
