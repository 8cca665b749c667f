import { addForeignKey, type ForeignFields, type ForeignKey, type KeyChanges } from './foreign.ts'
import { formatUtc, type Micros } from './instants.ts'
import { type AutoRotation, pass, type Reaper } from './reaper.ts'
import { keyObject, type Origin, refusalOf, type StoredKey } from './stored-key.ts'
import { commit, nowMicros, type ProjectSettings, type Stamping } from './world.ts'

/** A key as the emulator knows it: what a list shows of it, and what the API never tells. Instants are texts. */
export interface StraitKeyTruth {
  readonly id: string
  readonly project_id: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly created_at: string
  /** SHA-256 of its secret. */
  readonly key_hash: string
  readonly origin: Origin
  readonly revoked_at: string | null
  /** Why its secret does not authenticate now, in the API's words; null when it does. */
  readonly refusal: string | null
  /** `expires_at`, `last_used_at`, `grace_expires_at`, `replaced_by_key_id` and so on, where they are set. */
  readonly [field: string]: unknown
}

/** Out-of-band events: what people, dashboards and the server itself do while no client looks. */
export interface StraitHooks {
  /** The managing key: project-wide, scope `*`, without expiry. It is listed like any other. */
  readonly token: string
  readonly project: string
  readonly internalSecret: string
  /** Every key that ever was, in order of creation, revoked ones included; those of deleted projects are gone. */
  keys(): readonly StraitKeyTruth[]
  /** Instants are microseconds since the epoch. */
  createForeign(fields?: ForeignFields): ForeignKey
  /** False when there is no such key. */
  edit(id: string, changes: KeyChanges): boolean
  /** The key was used now. False when there is no such key. */
  touch(id: string): boolean
  /** False when there is no such key, or when it was revoked before. */
  revoke(id: string): boolean
  setProject(project: string, settings: ProjectSettings): void
  /** Its keys are gone without a trace. Returns how many there were. */
  deleteProject(project: string): number
  stampBy(stamping: Stamping): void
  /** One pass of the server's own rotation, on the emulator's clock. Passes do not overlap: a second one waits for the first. */
  tick(options?: { readonly failMark?: boolean | undefined }): Promise<readonly AutoRotation[]>
}

export function straitHooks(reaper: Reaper): StraitHooks {
  const { world } = reaper
  const change = (id: string, changes: Partial<StoredKey>): boolean => {
    const isThere = world.keys.has(id)
    if (isThere) commit(world, [{ op: 'change', id, changes }])
    return isThere
  }
  let lastPass: Promise<unknown> = Promise.resolve()
  return {
    token: world.account.token,
    project: world.account.project,
    internalSecret: world.account.internalSecret,
    keys: () => [...world.keys.values()].map((key) => truth(key, nowMicros(world))),
    createForeign: (fields = {}) => addForeignKey(world, fields),
    edit: change,
    touch: (id) => change(id, { last_used_at: nowMicros(world) }),
    revoke: (id) => world.keys.get(id)?.revoked_at === null && change(id, { revoked_at: nowMicros(world) }),
    setProject: (id, settings) => commit(world, [{ op: 'project', id, settings }]),
    deleteProject(project) {
      const count = [...world.keys.values()].filter((key) => key.project_id === project).length
      commit(world, [{ op: 'purge', project }])
      return count
    },
    stampBy(stamping) {
      world.stamping = stamping
    },
    tick({ failMark = false } = {}) {
      const next = lastPass.then(() => pass(reaper, failMark))
      lastPass = next.catch(() => {})
      return next
    },
  }
}

function truth(key: StoredKey, now: Micros): StraitKeyTruth {
  const { id, project_id, name, scopes, key_hash, origin } = key
  return {
    ...keyObject(key),
    ...{ id, project_id, name, scopes, key_hash, origin },
    created_at: formatUtc(key.created_at),
    revoked_at: key.revoked_at === null ? null : formatUtc(key.revoked_at),
    refusal: refusalOf(key, now),
  }
}
