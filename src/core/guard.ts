/** Guards are pure: they look at a plan and refuse it with number, threshold and the exact words that allow it once. */
import type { Diagnostic } from './diagnostic.ts'
import type { DesiredKey } from './key.ts'
import type { Change, Plan, Subject } from './plan.ts'
import { activeOf, type KeyRecord } from './record.ts'

export interface Guard {
  readonly maxDeletes: number
  readonly maxDeletePercent: number
  readonly maxMissing: number
  readonly maxMonthlyUsd: number | null
  readonly requireExpiry: boolean
}

/** What a human allowed for this one run. */
export interface Allowance {
  readonly deletes?: number
  readonly missing?: number
  readonly empty?: boolean
}

export interface GuardInputs {
  readonly plan: Plan
  readonly guard: Guard
  readonly allowance: Allowance
  readonly desired: readonly DesiredKey[]
  readonly records: ReadonlyMap<string, KeyRecord>
}

/** Small sets are exempt from the percentage: one key of two is not a mass deletion. */
const PERCENT_FROM = 10

export function refusals(inputs: GuardInputs): readonly Diagnostic[] {
  return [
    ...tooManyDeletes(inputs),
    ...tooManyMissing(inputs),
    ...overBudget(inputs),
    ...withoutExpiry(inputs),
    ...protectedKeys(inputs),
    ...emptied(inputs),
    ...sharedPlaces(inputs),
  ]
}

function refusal(code: Diagnostic['code'], message: string, hint: string, address?: string): readonly Diagnostic[] {
  return [{ severity: 'error', code, message, hint, ...(address === undefined ? {} : { address }) }]
}

function tooManyDeletes({ plan, guard, allowance, records }: GuardInputs): readonly Diagnostic[] {
  const count = plan.changes.filter((change) => change.action === 'retire').length
  if (count <= (allowance.deletes ?? 0)) return []
  const percent = records.size === 0 ? 0 : Math.round((count / records.size) * 100)
  const tooMany = count > guard.maxDeletes
  const tooMuch =
    percent > guard.maxDeletePercent && (records.size >= PERCENT_FROM || (count === records.size && count > 1))
  if (!tooMany && !tooMuch) return []
  const raised = [tooMany ? `maxDeletes: ${count}` : '', tooMuch ? `maxDeletePercent: ${percent}` : ''].filter(Boolean)
  return refusal(
    'GUARD_TOO_MANY_DELETES',
    `This plan retires ${count} of ${records.size} keys (${percent}%); the guard allows ${guard.maxDeletes} and ${guard.maxDeletePercent}%.`,
    `keywright apply --allow-deletes ${count}   or raise it for good: guard: { ${raised.join(', ')} } in keywright.yaml`,
  )
}

function tooManyMissing({ plan, guard, allowance }: GuardInputs): readonly Diagnostic[] {
  const count = plan.changes.filter(isVanished).length
  if (count <= Math.max(guard.maxMissing, allowance.missing ?? 0)) return []
  return refusal(
    'GUARD_TOO_MANY_MISSING',
    `${count} recorded keys are gone from the API and would be issued again; the guard allows ${guard.maxMissing}.`,
    `keywright apply --allow-missing ${count}   if they really were deleted`,
  )
}

/** Seen to be gone just now. A re-issue that an earlier run began was allowed then. */
function isVanished({ reasons, steps }: Change): boolean {
  return steps.includes('note-gone') && reasons.some((reason) => reason.kind === 'missing')
}

function overBudget({ plan, guard }: GuardInputs): readonly Diagnostic[] {
  const { after, before } = plan.spend
  if (guard.maxMonthlyUsd === null || (after !== null && after <= guard.maxMonthlyUsd)) return []
  if (after !== null && before !== null && after <= before && plan.changes.length === 0) return []
  return refusal(
    'GUARD_OVER_BUDGET',
    `All keys together could spend ${after === null ? 'without limit' : `${after} USD`} a month; the guard allows ${guard.maxMonthlyUsd} USD.`,
    after === null
      ? 'limit: 50   instead of unlimited, or take maxMonthlyUsd out of guard in keywright.yaml'
      : `guard: { maxMonthlyUsd: ${Math.ceil(after)} } in keywright.yaml, or lower limits`,
  )
}

function withoutExpiry({ guard, desired }: GuardInputs): readonly Diagnostic[] {
  if (!guard.requireExpiry) return []
  return desired
    .filter((key) => key.expiresIn === null && typeof key.fields.expiresAt !== 'string')
    .flatMap((key) =>
      refusal(
        'GUARD_EXPIRY_REQUIRED',
        `${key.address} never expires, and guard.requireExpiry is on.`,
        'add expiresIn: 90d',
        key.address,
      ),
    )
}

function protectedKeys({ plan, records, desired }: GuardInputs): readonly Diagnostic[] {
  const shielded = (change: Change): boolean =>
    records.get(change.address)?.protect === true ||
    desired.some((key) => key.address === change.address && key.protect)
  const ends = (change: Change): boolean =>
    change.action === 'retire' ||
    change.action === 'forget' ||
    (change.action === 'update' && change.fields.some((field) => field.field === 'disabled' && field.to === true))
  return plan.changes
    .filter((change) => ends(change) && shielded(change))
    .flatMap((change) =>
      refusal(
        'GUARD_PROTECTED',
        `${change.address} is protected and would be ${change.action === 'update' ? 'disabled' : 'retired'}.`,
        `first commit protect: false for ${change.address}`,
        change.address,
      ),
    )
}

/** Protected keys that left the manifests: the machine leaves them alone, and a plan that said nothing about it would be a lie. */
export function protectedLeaving(subjects: readonly Subject[]): readonly Diagnostic[] {
  return subjects
    .filter(({ desired, handedOver, record }) => !desired && !handedOver && record.protect && activeOf(record) !== null)
    .flatMap(({ address }) =>
      refusal(
        'GUARD_PROTECTED',
        `${address} is protected and would be retired.`,
        `first commit protect: false for ${address}`,
        address,
      ),
    )
}

function emptied({ desired, records, allowance }: GuardInputs): readonly Diagnostic[] {
  if (desired.length > 0 || records.size === 0 || allowance.empty) return []
  return refusal(
    'GUARD_EMPTY',
    `The manifests hold no keys, while ${records.size} are recorded.`,
    `keywright apply --allow-empty --allow-deletes ${records.size}   if all of them shall go`,
  )
}

/** A removed key and a new one with the same place are nearly always a rename. */
function sharedPlaces({ plan, desired, records }: GuardInputs): readonly Diagnostic[] {
  const leaving = new Map<string, string>()
  for (const change of plan.changes) {
    if (change.action !== 'retire') continue
    for (const place of records.get(change.address)?.places ?? []) leaving.set(place.identity, change.address)
  }
  if (leaving.size === 0) return []
  const created = new Set(plan.changes.filter((change) => change.action === 'create').map((change) => change.address))
  return desired.flatMap((key) => {
    const place = created.has(key.address) ? key.places.find((one) => leaving.has(one.identity)) : undefined
    const from = place && leaving.get(place.identity)
    if (!place || !from) return []
    const old = from.slice(from.indexOf('/') + 1)
    return refusal(
      'PLACE_SHARED_BY_REMOVAL',
      `${from} is removed and ${key.address} is created, and both use ${place.text}.`,
      `moved: [{ from: ${old}, to: ${key.id} }]`,
      key.address,
    )
  })
}
