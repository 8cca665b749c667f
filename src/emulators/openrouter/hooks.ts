import { addForeignKey, type ForeignFields } from './foreign.ts'
import { type KeyChanges, keyObject, type Origin } from './stored-key.ts'
import { findWorkspace } from './workspaces.ts'
import { commit, stamp, type World } from './world.ts'

/** A key as the emulator knows it: the API's key object and what the API never tells. */
export interface KeyTruth {
  readonly hash: string
  readonly name: string
  readonly disabled: boolean
  readonly created_at: string
  readonly updated_at: string | null
  readonly workspace_id: string
  readonly origin: Origin
  /** null without one; of a deleted key the row that it left behind. */
  readonly guardrail_id: string | null
  /** null while the key lives. */
  readonly deleted_at: string | null
  readonly [field: string]: unknown
}

/** Out-of-band events on the account: what people, dashboards and directories do while no client looks. None counts as an API write. */
export interface OpenRouterHooks {
  readonly managementKey: string
  readonly userId: string
  /** The default workspace is the first. */
  readonly workspaces: readonly { readonly id: string; readonly slug: string }[]
  /** Every key that ever was, in order of creation, deleted ones included. */
  keys(): readonly KeyTruth[]
  /** Adds spend now, in USD. False when there is no such key. */
  addUsage(hash: string, usd: number, byokUsd?: number): boolean
  /** A dashboard edit; moves `updated_at`. False when there is no such key. */
  edit(hash: string, changes: KeyChanges): boolean
  remove(hash: string): boolean
  /** `workspace_id` may be a slug. Throws RangeError when there is no such workspace. */
  createForeign(fields?: ForeignFields): { readonly hash: string; readonly secret: string }
  /** Disables every live key of a member who left, as directory provisioning does. Returns how many were enabled before. */
  leaver(creatorUserId: string): number
}

export function openRouterHooks(world: World): OpenRouterHooks {
  const { account, clock } = world
  const update = (hash: string, changes: KeyChanges): void =>
    commit(world, [{ op: 'update', now: clock.now(), hash, changes, at: stamp(world), origin: 'outside' }])
  const ifLive = (hash: string, effect: () => void): boolean => {
    const isLive = world.keys.has(hash)
    if (isLive) effect()
    return isLive
  }
  return {
    managementKey: account.managementKey,
    userId: account.userId,
    get workspaces() {
      return [...world.tables.workspaces.values()]
    },
    keys: () => allKeys(world),
    addUsage: (hash, usd, byokUsd = 0) =>
      ifLive(hash, () => commit(world, [{ op: 'spend', now: clock.now(), hash, amount: { usd, byokUsd } }])),
    edit: (hash, changes) => ifLive(hash, () => update(hash, changes)),
    remove: (hash) =>
      ifLive(hash, () =>
        commit(world, [{ op: 'delete', now: clock.now(), hash, at: stamp(world), origin: 'outside' }]),
      ),
    createForeign: (fields = {}) => addForeignKey(world, inKnownWorkspace(world, fields)),
    leaver(creatorUserId) {
      const theirs = [...world.keys.values()].filter((key) => key.creator_user_id === creatorUserId && !key.disabled)
      for (const { hash } of theirs) update(hash, { disabled: true })
      return theirs.length
    },
  }
}

function inKnownWorkspace(world: World, fields: ForeignFields): ForeignFields {
  if (fields.workspace_id === undefined) return fields
  const workspace = findWorkspace(world, fields.workspace_id)
  if (workspace === undefined) throw new RangeError(`no workspace "${fields.workspace_id}"`)
  return { ...fields, workspace_id: workspace.id }
}

function allKeys(world: World): KeyTruth[] {
  const now = world.clock.now()
  const live = [...world.keys.values()].map((key) => ({ ...key, deleted_at: null }))
  const all = [...live, ...world.tombstones].sort((one, other) => one.sequence - other.sequence)
  return all.map((key) => {
    const guardrail_id = world.tables.assignments.get(key.hash)?.guardrail_id ?? null
    return { ...key, ...keyObject(key, now), guardrail_id }
  })
}
