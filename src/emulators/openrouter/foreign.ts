import { sha256 } from '../seeded.ts'
import { newSecret } from './account.ts'
import { formatMicros } from './stamps.ts'
import { type KeyFields, labelOf } from './stored-key.ts'
import { commit, conceive, type Entry, stamp, type World } from './world.ts'

/** What an out-of-band creation may say; everything has a default. `limit_reset` may be a value that no contract knows. */
export interface ForeignFields extends Partial<KeyFields> {
  readonly workspace_id?: string
  readonly creator_user_id?: string | null
  readonly expires_at?: string | null
}

const FOREIGN: KeyFields = {
  name: 'foreign',
  limit: null,
  limit_reset: null,
  include_byok_in_limit: false,
  disabled: false,
}

/** Makes a key as another person would in the dashboard. Returns its hash and its secret. */
export function addForeignKey(world: World, fields: ForeignFields): { readonly hash: string; readonly secret: string } {
  const { workspace_id, creator_user_id, expires_at, ...rest } = fields
  const { secret, birth } = conceive(world, 'outside', {
    workspace_id: workspace_id ?? world.account.workspaces[0].id,
    creator_user_id: creator_user_id === undefined ? world.account.userId : creator_user_id,
    expires_at: expires_at ?? null,
  })
  commit(world, [{ op: 'create', now: world.clock.now(), key: { ...birth, ...FOREIGN, ...rest } }])
  return { hash: birth.hash, secret }
}

/** Gives a new account `count` foreign keys, a second apart, the last a second ago. One journal write. */
export function bearForeignKeys(world: World, count: number): void {
  const now = world.clock.now()
  const first = world.sequence + 1
  const entries = Array.from({ length: count }, (_, index): Entry => {
    const sequence = first + index
    const secret = newSecret(world.account.id, sequence, true)
    const birth = {
      sequence,
      hash: sha256(secret),
      label: labelOf(secret),
      workspace_id: world.account.workspaces[0].id,
      creator_user_id: world.account.userId,
      created_at: formatMicros(Math.floor((now - (count - index) * 1000) * 1000)),
      expires_at: null,
      origin: 'birth' as const,
    }
    return { op: 'create', now, key: { ...birth, ...FOREIGN, name: `foreign ${sequence}` } }
  })
  if (entries.length > 0) commit(world, entries)
}

/** Moves the pages of a list that somebody is reading: a new foreign key at its front, or the newest foreign one gone. */
export function pageFault(world: World, kind: 'page-shift' | 'page-gap', workspaceId: string | null): void {
  const home = workspaceId?.toLowerCase() ?? world.account.workspaces[0].id
  if (!world.shelves.has(home)) return
  if (kind === 'page-shift') return void addForeignKey(world, { name: 'came between two pages', workspace_id: home })
  const newest = world.shelves.get(home)?.all.findLast(({ origin }) => origin !== 'api')
  if (newest === undefined) return
  commit(world, [{ op: 'delete', now: world.clock.now(), hash: newest.hash, at: stamp(world), origin: 'outside' }])
}
