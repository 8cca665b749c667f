import { newSecret, webhookSecret } from './account.ts'
import { DAY, type Micros } from './instants.ts'
import { type KeyFate, type KeyFields, UNSET } from './stored-key.ts'
import { commit, conceive, type Entry, keyOf, nowMicros, type World } from './world.ts'

/** What an out-of-band creation may say; everything has a default. `created_at` may be that of another key, or lie in the past. */
export type ForeignFields = Partial<Omit<KeyFields, 'webhook_secret'> & { readonly created_at: Micros }>

/** What an out-of-band edit may change. Revoking is no edit: it cannot be undone. */
export type KeyChanges = Partial<
  Omit<KeyFields, 'webhook_secret' | 'project_id' | 'org_id'> & Pick<KeyFate, 'last_used_at' | 'grace_expires_at'>
>

export interface ForeignKey {
  readonly id: string
  readonly secret: string
  /** Where it has a rotation webhook. */
  readonly webhookSecret: string | null
}

const LIFE = 365 * DAY

/** Makes a key as another person would in the dashboard. No rule is checked: it may be a legacy key without scopes or expiry. */
export function addForeignKey(world: World, fields: ForeignFields): ForeignKey {
  const { created_at, ...rest } = fields
  const signing = rest.rotation_webhook_url ? world.sequence + 1 : null
  const all: KeyFields = {
    ...UNSET,
    project_id: world.account.project,
    name: 'foreign',
    scopes: ['jobs:read'],
    expires_at: nowMicros(world) + LIFE,
    ...rest,
    webhook_secret: signing,
  }
  const { secret, key } = conceive(world, all, { origin: 'outside', ...(created_at !== undefined && { created_at }) })
  commit(world, [{ op: 'create', key }])
  return { id: key.id, secret, webhookSecret: signing === null ? null : webhookSecret(world.account.id, signing) }
}

/** Gives a new account its managing key, and `count` foreign keys, a second apart, the last a second ago. One journal write. */
export function bearKeys(world: World, count: number): void {
  const now = nowMicros(world)
  const { account } = world
  const born = (sequence: number, fields: Pick<KeyFields, 'name' | 'scopes' | 'expires_at'>): Entry => {
    const secret = sequence === 1 ? account.token : newSecret(account.id, sequence, true)
    const created_at = now - (count + 2 - sequence) * 1_000_000
    const facts = { ...UNSET, ...fields, project_id: account.project, sequence, created_at, origin: 'birth' } as const
    return { op: 'create', key: keyOf(world, secret, facts) }
  }
  const foreign = Array.from({ length: count }, (_, index) =>
    born(index + 2, { name: `foreign ${index + 1}`, scopes: ['jobs:read'], expires_at: now + LIFE }),
  )
  commit(world, [born(1, { name: 'management', scopes: ['*'], expires_at: null }), ...foreign])
}
