/** When a generation has to be followed by the next one, and with which fields the next one is born. */
import { attribute } from '../attributes.ts'
import type { DesiredKey, Fields, LiveKey } from '../key.ts'
import type { Active, KeyRecord } from '../record.ts'
import { type Instant, instant, type Millis, SECOND } from '../time.ts'
import { fieldChanges } from './diff.ts'
import { dueAt, isOver } from './due.ts'
import type { Reason } from './reason.ts'
import type { Inputs } from './step.ts'

interface Service {
  readonly active: Active
  readonly live: LiveKey
}

/** Everything that asks for a next generation now. Empty for a key whose fixed end has come: a successor would be born dead. */
export function rotationReasons(inputs: Inputs, desired: DesiredKey, service: Service): readonly Reason[] {
  if (isOver(desired, inputs.sight.now)) return []
  const urgent = [...emergencies(inputs, service), ...asked(inputs.record, service.active)]
  const authored = isPinned(inputs.record, desired) ? [] : authoredReasons(desired, service)
  const due = dueAt(inputs.record, desired, { ...service, now: inputs.sight.now })
  return [...urgent, ...authored, ...(due !== null && due.at <= inputs.sight.now ? [{ kind: due.kind } as const] : [])]
}

/** A rolled-back generation stays until `resume`, or until a later commit changes the entry. */
function isPinned({ pinned }: KeyRecord, desired: DesiredKey): boolean {
  return pinned !== undefined && pinned.entry === desired.digest
}

function emergencies({ record, rules }: Inputs, { active, live }: Service): readonly Reason[] {
  const reasons: Reason[] = []
  if (record.compromised && active.n <= record.compromised.n) reasons.push({ kind: 'compromised' })
  if (live.graceEndsAt !== undefined) reasons.push({ kind: 'ending', at: live.graceEndsAt })
  if (rules.heedsTaint && record.tainted && record.tainted.n >= active.n) reasons.push({ kind: 'tainted' })
  return reasons
}

function asked({ requested }: KeyRecord, active: Active): readonly Reason[] {
  if (!requested || active.n > requested.n) return []
  return [{ kind: 'requested', ...(requested.reason === undefined ? {} : { reason: requested.reason }) }]
}

function authoredReasons(desired: DesiredKey, { active, live }: Service): readonly Reason[] {
  const reasons: Reason[] = []
  const replaced = fieldChanges(desired, live.fields).filter((change) => change.mutability === 'replace')
  if (replaced.length > 0) reasons.push({ kind: 'fields', changes: replaced })
  if (desired.scope !== live.scope) reasons.push({ kind: 'workspace', from: live.scope, to: desired.scope })
  if (desired.expiresIn !== active.issued.expiresIn && (desired.expiresIn !== null || expiryLeft(desired, live)))
    reasons.push({ kind: 'lifetime' })
  if (desired.rotation.serial > active.issued.rotationSerial)
    reasons.push({ kind: 'serial', to: desired.rotation.serial })
  return reasons
}

/** `expiresIn` was taken away, and the live key still has an expiry that nobody asks for. */
function expiryLeft(desired: DesiredKey, live: LiveKey): boolean {
  return desired.fields.expiresAt === undefined && (live.fields.expiresAt ?? null) !== null
}

/** Fields the next generation is created with. `disabled` cannot be said at birth; `bornHarmless` says limit 0 instead. */
export function issueFields(desired: DesiredKey, now: Millis): Fields {
  const fields: Record<string, Fields[string]> = {}
  for (const [name, value] of Object.entries(desired.fields)) {
    if (name === 'disabled' || !attribute(name)) continue
    fields[name] = value
  }
  if (desired.expiresIn !== null) fields.expiresAt = expiryOf(now + desired.expiresIn)
  if (desired.bornHarmless) fields.limit = 0
  return fields
}

/** Whole seconds, as the API wants them: `2027-12-31T23:59:59Z`. */
function expiryOf(millis: Millis): Instant {
  return instant(Math.floor(millis / SECOND) * SECOND).replace('.000Z', 'Z')
}
