/** `guard`: bounds of what one plan may do, and what every key must have. All of it is read from the trusted config. */
import type { Diagnostic } from '../diagnostic.ts'
import { complaint, type Faults } from '../manifest/complaint.ts'
import { durationOf } from '../manifest/entry.ts'
import { shown } from '../manifest/looks-secret.ts'
import { isMapping, type Mapping, mappingAt, member, type SourceDocument, sequenceAt } from '../manifest/source.ts'
import type { Millis } from '../time.ts'

/** `null` is no bound. Percentages are of all recorded keys. */
export interface GuardConfig {
  readonly maxDeletes: number
  readonly maxDeletePercent: number
  readonly maxDisables: number | null
  readonly maxDisablePercent: number | null
  readonly maxMissing: number
  readonly maxMissingPercent: number | null
  readonly maxRotations: number | null
  readonly maxRotationPercent: number | null
  readonly maxLoosen: number | null
  /** Worst case in USD a calendar month: of all keys, of one key, and of all keys with a label (`team=payments`, or `team` for each value). */
  readonly maxMonthlyUsd: number | null
  readonly maxKeyMonthlyUsd: number | null
  readonly labelMonthlyUsd: Readonly<Record<string, number>>
  readonly requireLimit: boolean
  readonly requireExpiry: boolean
  /** Longest `rotation.every`. */
  readonly requireRotation: Millis | null
  readonly requireOwner: boolean
  readonly requireTeam: boolean
  readonly requireLabels: readonly string[]
  /** Kinds of sinks that may receive a secret; empty allows all. So it is with the globs of ids. */
  readonly requireSinkKinds: readonly string[]
  readonly requireNames: readonly string[]
  /** Scopes that nobody gets without a word of permission. */
  readonly approveScopes: readonly string[]
  /** Globs of ids that the `require` options leave alone. */
  readonly exempt: readonly string[]
}

export const GUARD_DEFAULTS: GuardConfig = {
  maxDeletes: 10,
  maxDeletePercent: 30,
  maxDisables: null,
  maxDisablePercent: null,
  maxMissing: 3,
  maxMissingPercent: null,
  maxRotations: null,
  maxRotationPercent: null,
  maxLoosen: null,
  maxMonthlyUsd: null,
  maxKeyMonthlyUsd: null,
  labelMonthlyUsd: {},
  requireLimit: false,
  requireExpiry: false,
  requireRotation: null,
  requireOwner: false,
  requireTeam: false,
  requireLabels: [],
  requireSinkKinds: [],
  requireNames: [],
  approveScopes: [],
  exempt: [],
}

/** What the schema refused counts as not written. */
export function guardOf(written: Mapping): GuardConfig {
  const count = <Otherwise>(name: string, otherwise: Otherwise) => numberAt(written, name) ?? otherwise
  const flag = (name: string): boolean => member(written, name) === true
  const texts = (name: string) => textsAt(written, name)
  const { maxDeletes, maxDeletePercent, maxMissing } = GUARD_DEFAULTS
  return {
    maxDeletes: count('maxDeletes', maxDeletes),
    maxDeletePercent: count('maxDeletePercent', maxDeletePercent),
    maxDisables: count('maxDisables', null),
    maxDisablePercent: count('maxDisablePercent', null),
    maxMissing: count('maxMissing', maxMissing),
    maxMissingPercent: count('maxMissingPercent', null),
    maxRotations: count('maxRotations', null),
    maxRotationPercent: count('maxRotationPercent', null),
    maxLoosen: count('maxLoosen', null),
    maxMonthlyUsd: count('maxMonthlyUsd', null),
    maxKeyMonthlyUsd: count('maxKeyMonthlyUsd', null),
    labelMonthlyUsd: amountsAt(written, 'labelMonthlyUsd'),
    requireLimit: flag('requireLimit'),
    requireExpiry: flag('requireExpiry'),
    requireRotation: durationOf(member(written, 'requireRotation')),
    requireOwner: flag('requireOwner'),
    requireTeam: flag('requireTeam'),
    requireLabels: texts('requireLabels'),
    requireSinkKinds: texts('requireSinkKinds'),
    requireNames: texts('requireNames'),
    approveScopes: texts('approveScopes'),
    exempt: texts('exempt'),
  }
}

export function numberAt(container: unknown, name: string): number | null {
  const value = member(container, name)
  return typeof value === 'number' ? value : null
}

export function textsAt(container: unknown, name: string): readonly string[] {
  return sequenceAt(container, name).filter((one) => typeof one === 'string')
}

function amountsAt(container: Mapping, name: string): Readonly<Record<string, number>> {
  const amounts = Object.entries(mappingAt(container, name)).filter(([, usd]) => typeof usd === 'number')
  return Object.fromEntries(amounts.map(([label, usd]) => [label, Number(usd)]))
}

export interface Checked {
  readonly document: SourceDocument
  readonly faults: Faults
  readonly report: Diagnostic[]
}

/** The schema lets a word such as `${var.x}` stand for a duration; here nothing fills it in. */
export function checkRotationBound(container: unknown, { document, faults, report }: Checked): void {
  if (!isMapping(container) || !Object.hasOwn(container, 'requireRotation')) return
  const value = container.requireRotation
  if (durationOf(value) || faults.at(container, 'requireRotation')) return
  const message = `"requireRotation" must be a duration such as 90d; here it is ${shown(value)}.`
  const spot = { document, container, member: 'requireRotation' }
  report.push(complaint(spot, { code: 'CONFIG_WRONG_VALUE', message, hint: 'requireRotation: 90d' }))
}
