import { randomBytes } from 'node:crypto'
import { sha256 } from '../seeded.ts'

/** Who this emulated server is. All of it follows from `id` and the project's name, so a state file needs to keep only those. */
export interface Account {
  readonly id: string
  /** The project the managing key belongs to. */
  readonly project: string
  /** `strait_` + 64 hex: project-wide, scope `*`. Derived, so that the state file does not hold it. */
  readonly token: string
  /** For `X-Internal-Secret`. */
  readonly internalSecret: string
}

/** An id for a new account: fixed by the seed, or random. */
export function newAccountId(seed: number | undefined): string {
  return seed === undefined
    ? randomBytes(16).toString('hex')
    : sha256(`keywright emulator, strait, seed ${seed}`).slice(0, 32)
}

export function accountOf(id: string, project: string | undefined): Account {
  return {
    id,
    project: project ?? `proj_${sha256(`${id} project`).slice(0, 12)}`,
    token: `strait_${sha256(`${id} token`)}`,
    internalSecret: sha256(`${id} internal secret`),
  }
}

/** Secret number `sequence`: `strait_` + 64 hex, fixed by the seed where there is one. */
export function newSecret(accountId: string, sequence: number, isSeeded: boolean): string {
  return `strait_${isSeeded ? sha256(`${accountId} secret ${sequence}`) : randomBytes(32).toString('hex')}`
}

/** Signing secret number `sequence`: `whsec_` + 64 hex. Always derived: it is needed again after a restart. */
export function webhookSecret(accountId: string, sequence: number): string {
  return `whsec_${sha256(`${accountId} webhook ${sequence}`)}`
}

/** A version 7 UUID: milliseconds since the epoch, then chance, which `fixed` (64 hex) replaces where there is a seed. */
export function uuid7(milliseconds: number, fixed: string | null): string {
  const time = Math.floor(milliseconds).toString(16).padStart(12, '0')
  const chance = fixed ?? randomBytes(16).toString('hex')
  const variant = '89ab'[Number.parseInt(chance[3] ?? '0', 16) % 4]
  return `${time.slice(0, 8)}-${time.slice(8)}-7${chance.slice(0, 3)}-${variant}${chance.slice(4, 7)}-${chance.slice(7, 19)}`
}
