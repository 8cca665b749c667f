import { type ApiCall, json, type Reply } from '../exchange.ts'
import type { FaultKind } from '../faults.ts'
import { checkCreate, checkUpdate, isUuid } from './fields.ts'
import { readOffset } from './paging.ts'
import { absent, invalid, unknownWorkspace } from './refusals.ts'
import { page } from './shelf.ts'
import { isExpired, keyObject, type StoredKey } from './stored-key.ts'
import { findWorkspace } from './workspaces.ts'
import { commit, conceive, stamp, type World } from './world.ts'

/** What a handler works with. `onIssue` gets each new secret before the answer is made. */
export interface Handling {
  readonly world: World
  readonly call: ApiCall
  readonly fault: FaultKind | null
  /** Values of the parameters in the path, in order. */
  readonly params: readonly string[]
  readonly onIssue: (secret: string) => void
}

/** `GET /keys`: one workspace, newest first, `offset` only, no total. */
export function listKeys({ world, call, fault }: Handling): Reply {
  const offset = readOffset(call.query.get('offset'))
  const wanted = call.query.get('workspace_id') ?? world.account.workspaces[0].id
  if (offset === null) return invalid(world, ['offset'])
  if (!isUuid(wanted)) return invalid(world, ['workspace_id'])
  const shelf = world.shelves.get(wanted.toLowerCase())
  if (shelf === undefined) return unknownWorkspace(world, 'list')
  const keys = call.query.get('include_disabled') === 'true' ? shelf.all : shelf.enabled
  const length = fault === 'page-size' ? Math.ceil(world.readings.pageSize * 0.4) : world.readings.pageSize
  const now = world.clock.now()
  return json(200, { data: page(listed(world, keys, now), offset, length).map((key) => keyObject(key, now)) })
}

/** `POST /keys`: no idempotency, names need not be unique, never born disabled. */
export function createKey({ world, call, onIssue }: Handling): Reply {
  const checked = checkCreate(call.body)
  if (!checked.ok) return invalid(world, checked.problems)
  const { workspace_id, creator_user_id, expires_at, ...fields } = checked.fields
  const [home] = world.account.workspaces
  const workspace = workspace_id === null ? home : findWorkspace(world, workspace_id)
  if (workspace === undefined) return unknownWorkspace(world, 'create')
  const { secret, birth } = conceive(world, 'api', {
    workspace_id: workspace.id,
    creator_user_id: creator_user_id ?? world.account.userId,
    expires_at: expires_at === null ? null : storedExpiry(world, expires_at),
  })
  const now = world.clock.now()
  onIssue(secret)
  commit(world, [{ op: 'create', now, key: { ...birth, ...fields, disabled: false } }])
  return withKey(world, birth.hash, (key) => json(201, { data: keyObject(key, now), key: secret }))
}

/** `GET /keys/{hash}`: any workspace, disabled and expired ones too. */
export function getKey({ world, params: [hash = ''] }: Handling): Reply {
  return withKey(world, hash, (key) => json(200, { data: keyObject(key, world.clock.now()) }))
}

/** `PATCH /keys/{hash}`: merges what was sent. */
export function updateKey({ world, call, params: [param = ''] }: Handling): Reply {
  const checked = checkUpdate(call.body, world.readings.immutableInUpdate)
  if (!checked.ok) return invalid(world, checked.problems)
  return withKey(world, param, ({ hash }) => {
    const touches = Object.keys(checked.fields).length > 0 || world.readings.emptyUpdateTouches
    const now = world.clock.now()
    commit(world, [
      { op: 'update', now, hash, changes: checked.fields, at: touches ? stamp(world) : null, origin: 'api' },
    ])
    return withKey(world, hash, (key) => json(200, { data: keyObject(key, now) }))
  })
}

/** `DELETE /keys/{hash}`: gone for good, at once; a second one is 404. */
export function deleteKey({ world, params: [param = ''] }: Handling): Reply {
  return withKey(world, param, ({ hash }) => {
    commit(world, [{ op: 'delete', now: world.clock.now(), hash, at: stamp(world), origin: 'api' }])
    return json(200, { deleted: true })
  })
}

function withKey(world: World, hash: string, answer: (key: StoredKey) => Reply): Reply {
  const key = world.keys.get(hash)
  return key ? answer(key) : absent(world)
}

/** Where expired keys are hidden, a page costs O(keys); that reading is not the default. */
function listed(world: World, keys: readonly StoredKey[], now: number): readonly StoredKey[] {
  return world.readings.expiredAreListed ? keys : keys.filter((key) => !isExpired(key, now))
}

function storedExpiry(world: World, expiresAt: string): string {
  return new Date(Date.parse(expiresAt) + world.readings.expiryOffSeconds * 1000).toISOString()
}
