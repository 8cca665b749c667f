/** When a generation has to be followed by the next one, and with which fields the next one is born. */
import { attribute } from '../attributes.ts'
import type { DesiredKey, Fields, LiveKey } from '../key.ts'
import type { Active } from '../record.ts'
import { at, DAY, type Instant, instant, type Millis, SECOND } from '../time.ts'
import { fieldChanges } from './diff.ts'
import type { Reason } from './reason.ts'
import type { Inputs } from './step.ts'

/** Renewal comes this long before an expiry: a third of the lifetime, at most 14 days. */
export function renewalMargin(lifetime: Millis): Millis {
  return Math.min(14 * DAY, lifetime / 3)
}

export function rotationReasons(
  { record, sight, rules }: Inputs,
  desired: DesiredKey,
  service: { readonly active: Active; readonly live: LiveKey },
): readonly Reason[] {
  const { active, live } = service
  const reasons: Reason[] = []
  const replaced = fieldChanges(desired, live.fields).filter((change) => change.mutability === 'replace')
  if (replaced.length > 0) reasons.push({ kind: 'fields', changes: replaced })
  if (desired.scope !== live.scope) reasons.push({ kind: 'workspace', from: live.scope, to: desired.scope })
  if (desired.expiresIn !== active.issued.expiresIn && (desired.expiresIn !== null || expiryLeft(desired, live)))
    reasons.push({ kind: 'lifetime' })
  if (desired.rotation.serial > active.issued.rotationSerial)
    reasons.push({ kind: 'serial', to: desired.rotation.serial })
  if (rules.heedsTaint && record.tainted && record.tainted.n >= active.n) reasons.push({ kind: 'tainted' })
  const due = scheduledReason(desired, service, sight.now)
  return due ? [...reasons, due] : reasons
}

/** `expiresIn` was taken away, and the live key still has an expiry that nobody asks for. */
function expiryLeft(desired: DesiredKey, live: LiveKey): boolean {
  return desired.fields.expiresAt === undefined && live.fields.expiresAt !== null
}

function scheduledReason(
  desired: DesiredKey,
  { active, live }: { active: Active; live: LiveKey },
  now: Millis,
): Reason | null {
  const { every } = desired.rotation
  if (every !== null && at(active.activeAt) + every <= now) return { kind: 'due' }
  const renewAt = renewal(desired, live)
  return renewAt !== null && renewAt <= now ? { kind: 'renewal' } : null
}

function renewal(desired: DesiredKey, live: LiveKey): Millis | null {
  const expires = live.fields.expiresAt
  if (desired.expiresIn === null || typeof expires !== 'string') return null
  const lifetime = Math.min(desired.expiresIn, at(expires) - at(live.createdAt))
  return at(expires) - renewalMargin(lifetime)
}

/** When the active generation is due next, or `null` when only a commit or a human rotates it. */
export function nextRotation(desired: DesiredKey, active: Active, live: LiveKey | null): Millis | null {
  const { every } = desired.rotation
  const due = every === null ? null : at(active.activeAt) + every
  const renew = live ? renewal(desired, live) : null
  return due === null ? renew : renew === null ? due : Math.min(due, renew)
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
