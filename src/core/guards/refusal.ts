/** What guards look at, and what they say. */

import type { GuardConfig } from '../config/guard.ts'
import type { TeamConfig } from '../config/teams.ts'
import type { Diagnostic } from '../diagnostic.ts'
import type { DesiredKey, Origin } from '../key.ts'
import type { Plan } from '../plan.ts'
import type { KeyRecord } from '../record.ts'

export type Guard = GuardConfig

/** What a human allowed for this one run. */
export interface Allowance {
  readonly deletes?: number
  readonly disables?: number
  readonly missing?: number
  readonly rotations?: number
  readonly loosen?: number
  /** USD a month, worst case. */
  readonly spend?: number
  readonly scopes?: readonly string[]
  readonly empty?: boolean
  /** Codes that do not count in this run: `CODE`, or `CODE:ID` for one key. */
  readonly waived?: readonly string[]
}

/** A sentence of a manifest that takes a key away from where it was. */
export interface Taking {
  readonly id: string
  readonly origin: Origin
}

export interface GuardInputs {
  readonly plan: Plan
  readonly guard: Guard
  readonly allowance: Allowance
  readonly desired: readonly DesiredKey[]
  readonly records: ReadonlyMap<string, KeyRecord>
  readonly teams?: ReadonlyMap<string, TeamConfig>
  /** Ids that `moved` and `handedOver` take from under their name. */
  readonly takings?: readonly Taking[]
  /** Ids of live keys that may be the one this run authenticates with. */
  readonly own?: ReadonlySet<string>
  /** Kinds of sinks by their name in keywright.yaml. */
  readonly sinkKinds?: ReadonlyMap<string, string>
}

export interface Refused {
  readonly code: Diagnostic['code']
  readonly message: string
  /** What to type. */
  readonly hint: string
  readonly address?: string
}

export function refusal(refused: Refused): readonly Diagnostic[] {
  return [{ severity: 'error', ...refused }]
}

/** The line that allows one refusal of one key once. */
export function waiving(code: Diagnostic['code'], address?: string): string {
  const id = address === undefined ? '' : `:${idOf(address)}`
  return `keywright apply --allow ${code}${id}`
}

export function idOf(address: string): string {
  return address.slice(address.indexOf('/') + 1)
}

/** `5,190`, for people. */
export function usd(amount: number): string {
  return Number.isFinite(amount) ? `${Math.round(amount * 100) / 100} USD` : 'without limit'
}
