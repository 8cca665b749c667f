/** Generations of an address: one live key each, by phase. Part of the record. */
import type { Fields } from './key.ts'
import type { Instant, Millis } from './time.ts'

interface Numbered {
  /** Generation number; never reused. */
  readonly n: number
  readonly claimedAt: Instant
}

/** What a key had spent in the running window of a shared limit when its delete was announced. */
export interface Spent {
  /** Start of that window; the epoch for a limit that is never reset. */
  readonly window: Instant
  readonly spent: number
}

interface Live extends Numbered {
  /** Id of the live key at the API. */
  readonly id: string
  /** What we last know to have set: the base against which outside edits are seen. */
  readonly issued: Issued
  /** True once a write of this secret into some place was claimed: from then on it may be in use. */
  readonly claimed: boolean
  /** Known to others: never brought back, and ended without grace. */
  readonly compromised?: boolean
}

export interface Issued {
  readonly name: string
  readonly scope: string
  readonly fields: Fields
  readonly expiresIn: Millis | null
  /** `rotation.serial` of the manifest this generation answers to. */
  readonly rotationSerial: number
  /** What templates say about this generation; fixed at issue, so that a place can be recognised after a rename. */
  readonly words: { readonly id: string; readonly name: string }
  /** Guardrail id it was assigned to. */
  readonly guardrail?: string
  /** Guardrail id that an assignment was announced for, its outcome not known yet: found at the key, it is ours as well. */
  readonly guardrailClaim?: string
}

export interface Creating extends Numbered {
  readonly phase: 'creating'
  /** Version of each desired place when the claim was saved, by identity; `null` when it was empty. */
  readonly versions: Readonly<Record<string, string | null>>
  readonly issued: Issued
  readonly harmless: boolean
  /** Id of the key that the API itself is asked to rotate, instead of a create. */
  readonly rotates?: string
}

export interface Delivering extends Live {
  readonly phase: 'delivering'
  readonly versions: Readonly<Record<string, string | null>>
  /** The new secret authenticated at the API. */
  readonly proven: boolean
  /** Still unable to spend: the limit must be lifted before delivery. */
  readonly harmless: boolean
}

export interface Active extends Live {
  readonly phase: 'active'
  readonly activeAt: Instant
  /**
   * Taken over, and its secret is in nobody's hands. `unseen`: nobody has looked yet whether its places hold it. `unknown`: none did; places
   * that are added later are looked at as well.
   */
  readonly adopted?: 'unseen' | 'unknown'
  /**
   * Recorded and never written to: neither the key nor, with its secret, a place. Its live name stays without a marker as long as the
   * manifest calls it this; it gets one with the first write of ours, which also ends this.
   */
  readonly asFound?: string
}

export interface Superseded extends Live {
  readonly phase: 'superseded'
  readonly supersededAt: Instant
  readonly everActive: boolean
  /** A human's word (`extend`, `retire`, `rotate --grace`): grace ends then, whatever the policy says. */
  readonly graceUntil?: Instant
  /** A human ended it: neither quiet nor window is waited for. */
  readonly atOnce?: boolean
  /** Usage as last seen to move, and when that was noticed. */
  readonly used?: { readonly mark: string; readonly since: Instant }
  /** The delete was announced (grace without hold, or a leftover that went nowhere). */
  readonly removing?: boolean
  readonly spent?: Spent
}

/** Announced as such before the disable is sent: while the live key is still enabled, the disable is sent (again). */
export interface Disabled extends Live {
  readonly phase: 'disabled'
  readonly disabledAt: Instant
  readonly everActive: boolean
  /** `retired`: a later generation took over. `removed`: the address left the manifests, and may come back until deleted. */
  readonly why: 'retired' | 'removed'
  readonly removing?: boolean
  readonly spent?: Spent
}

/** One live key of an address. `creating` has no id yet; all others always have one. */
export type Generation = Creating | Delivering | Active | Superseded | Disabled
export type LiveGeneration = Exclude<Generation, Creating>

export function isLive(generation: Generation): generation is LiveGeneration {
  return generation.phase !== 'creating'
}
