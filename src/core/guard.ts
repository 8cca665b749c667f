/** Guards are pure: they look at a plan and refuse it with number, threshold and the exact words that allow it once. */
import type { Diagnostic } from './diagnostic.ts'
import { isDisable, tooMany } from './guards/counts.ts'
import { selfLockout } from './guards/lockout.ts'
import { tooMuchSpend } from './guards/money.ts'
import { lacking } from './guards/needs.ts'
import { type GuardInputs, idOf, refusal, waiving } from './guards/refusal.ts'
import { scopesToApprove } from './guards/scopes.ts'
import { betweenTeams } from './guards/teams.ts'
import type { Change, Subject } from './plan.ts'
import { activeOf } from './record.ts'

export type { Allowance, Guard, GuardInputs } from './guards/refusal.ts'

export function refusals(inputs: GuardInputs): readonly Diagnostic[] {
  return [
    ...tooMany(inputs),
    ...tooMuchSpend(inputs),
    ...lacking(inputs),
    ...scopesToApprove(inputs),
    ...betweenTeams(inputs),
    ...protectedKeys(inputs),
    ...selfLockout(inputs),
    ...emptied(inputs),
    ...sharedPlaces(inputs),
  ].filter((one) => !isWaived(one, inputs.allowance.waived ?? []))
}

/** Guards that judge entries and money, not what a run does. A leaked secret is replaced although one of them is not content. */
export const ABOUT_ENTRIES: readonly Diagnostic['code'][] = [
  'GUARD_OVER_BUDGET',
  'GUARD_KEY_OVER_BUDGET',
  'GUARD_LABEL_OVER_BUDGET',
  'GUARD_UNLIMITED',
  'GUARD_EXPIRY_REQUIRED',
  'GUARD_ROTATION_REQUIRED',
  'GUARD_OWNER_REQUIRED',
  'GUARD_LABEL_REQUIRED',
  'GUARD_SINK_KIND',
  'GUARD_NAME_PATTERN',
  'GUARD_TEAM_REQUIRED',
  'GUARD_TEAM_PROVIDER',
  'GUARD_TEAM_OVER_BUDGET',
  'GUARD_TEAM_KEYS',
  'GUARD_TEAM_ROTATION',
]

/** These have a way of their own, or none: nothing waives them. */
export const FOR_GOOD: ReadonlySet<Diagnostic['code']> = new Set([
  'GUARD_PROTECTED',
  'GUARD_SELF_LOCKOUT',
  'GUARD_EMPTY',
])

function isWaived({ code, address }: Diagnostic, waived: readonly string[]): boolean {
  if (FOR_GOOD.has(code)) return false
  return waived.some((one) => one === code || (address !== undefined && one === `${code}:${idOf(address)}`))
}

function protectedKeys({ plan, records, desired }: GuardInputs): readonly Diagnostic[] {
  const shielded = (change: Change): boolean =>
    records.get(change.address)?.protect === true ||
    desired.some((key) => key.address === change.address && key.protect)
  const ends = (change: Change): boolean =>
    change.action === 'retire' || change.action === 'forget' || isDisable(change)
  return plan.changes
    .filter((change) => ends(change) && shielded(change))
    .flatMap((change) => shieldedBy(change.address, change.action === 'update' ? 'disabled' : 'retired'))
}

function shieldedBy(address: string, what: 'disabled' | 'retired'): readonly Diagnostic[] {
  return refusal({
    code: 'GUARD_PROTECTED',
    message: `${address} is protected and would be ${what}.`,
    hint: `first commit protect: false for ${address}`,
    address,
  })
}

/** Protected keys that left the manifests: the machine leaves them alone, and a plan that said nothing about it would be a lie. */
export function protectedLeaving(subjects: readonly Subject[]): readonly Diagnostic[] {
  return subjects
    .filter(({ desired, handedOver, record }) => !desired && !handedOver && record.protect && activeOf(record) !== null)
    .flatMap(({ address }) => shieldedBy(address, 'retired'))
}

function emptied({ desired, records, allowance }: GuardInputs): readonly Diagnostic[] {
  if (desired.length > 0 || records.size === 0 || allowance.empty) return []
  return refusal({
    code: 'GUARD_EMPTY',
    message: `The manifests hold no keys, while ${records.size} are recorded.`,
    hint: `keywright apply --allow-empty --allow-deletes ${records.size}   if all of them shall go`,
  })
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
    const old = idOf(from)
    return refusal({
      code: 'PLACE_SHARED_BY_REMOVAL',
      message: `${from} is removed and ${key.address} is created, and both use ${place.text}.`,
      hint: `moved: [{ from: ${old}, to: ${key.id} }]   or, if it is no rename: ${waiving('PLACE_SHARED_BY_REMOVAL', key.address)}`,
      address: key.address,
    })
  })
}
