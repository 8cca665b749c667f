import { randomBytes } from 'node:crypto'
import { sha256, uuidFrom } from '../seeded.ts'
import type { Workspace } from './workspaces.ts'

/** Who this emulated account is. All of it follows from `id`, so a state file needs to keep only that. */
export interface Account {
  readonly id: string
  /** `sk-or-mgmt-` + 64 hex. Derived, so that the state file does not hold it. */
  readonly managementKey: string
  readonly userId: string
  /** Those it is born with: slugs `default` and `research`; the first is the default one and stays. */
  readonly workspaces: readonly [Workspace, ...Workspace[]]
}

/** An id for a new account: fixed by the seed, or random. */
export function newAccountId(seed: number | undefined): string {
  return seed === undefined ? randomBytes(16).toString('hex') : sha256(`keywright emulator, seed ${seed}`).slice(0, 32)
}

export function accountOf(id: string, bornAt: string): Account {
  const userId = `user_${sha256(`${id} user`).slice(0, 27)}`
  const workspace = (name: string, slug: string): Workspace => ({
    id: uuidFrom(`${id} workspace ${slug}`),
    default_guardrail_id: uuidFrom(`${id} guardrail ${slug}`),
    name,
    slug,
    description: null,
    include_byok_in_budgets: false,
    created_at: bornAt,
    created_by: userId,
  })
  return {
    id,
    managementKey: `sk-or-mgmt-${sha256(`${id} management key`)}`,
    userId,
    workspaces: [workspace('Default', 'default'), workspace('Research', 'research')],
  }
}

/** Secret number `sequence` of the account: `sk-or-v1-` + 64 hex, fixed by the seed where there is one. */
export function newSecret(accountId: string, sequence: number, isSeeded: boolean): string {
  return `sk-or-v1-${isSeeded ? sha256(`${accountId} secret ${sequence}`) : randomBytes(32).toString('hex')}`
}
