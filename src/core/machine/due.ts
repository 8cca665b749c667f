/**
 * When something is due: rotation, renewal, the end of a grace.
 *
 * A due moment is put off by jitter, then to the next hour that the window opens and no freeze covers. An hour that passed without a run
 * is no permission to rotate later: then the next one is waited for. Two deadlines bound that: a rotation ignores its window at 1.2 times
 * `every`, and an expiry that comes within the margin ignores windows and freezes alike.
 */
import { parseName } from '../address.ts'
import type { DesiredKey, LiveKey, RotationPolicy } from '../key.ts'
import type { Active, KeyRecord } from '../record.ts'
import { firstAllowed, frozenUntil } from '../schedule/freeze.ts'
import { jitterOf } from '../schedule/jitter.ts'
import { at, DAY, type Millis } from '../time.ts'

/** Most of `every` by which a window may put a rotation off. */
const PATIENCE = 0.2

/** Renewal comes this long before an expiry: a third of the lifetime, at most 14 days. */
export function renewalMargin(lifetime: Millis): Millis {
  return Math.min(14 * DAY, lifetime / 3)
}

export interface Due {
  readonly kind: 'due' | 'renewal'
  readonly at: Millis
}

export interface Serving {
  readonly active: Active
  readonly live: LiveKey | null
  /** Without it, the moment as it could be foreseen, whether or not anybody used it. */
  readonly now?: Millis
}

/** When the active generation is followed by the next one if nothing else happens, or `null`. Age does not count while it is pinned. */
export function dueAt(record: KeyRecord, desired: DesiredKey, { active, live, now = 0 }: Serving): Due | null {
  const age = record.pinned === undefined ? ageDue(desired, active, now) : null
  const renewal = live ? renewalDue(desired, live, now) : null
  if (age === null || renewal === null) return age ?? renewal
  return renewal.at < age.at ? renewal : age
}

function ageDue({ address, rotation }: DesiredKey, active: Active, now: Millis): Due | null {
  if (rotation.every === null) return null
  const since = at(active.activeAt)
  const due = since + rotation.every + jitterOf(address, active.n, rotation.jitter)
  return { kind: 'due', at: allowedFrom(rotation, due, { patience: since + rotation.every * (1 + PATIENCE), now }) }
}

/** First allowed moment from `due` on that has not been missed. After `patience` the window no longer counts; a freeze always does. */
export function allowedFrom(
  rotation: RotationPolicy,
  due: Millis,
  { patience, now = 0 }: { readonly patience: Millis; readonly now?: Millis | undefined },
): Millis {
  const first = firstFrom(rotation, due, patience)
  const again = first < now ? firstFrom(rotation, now, patience) : first
  return again <= now ? first : again
}

function firstFrom(rotation: RotationPolicy, due: Millis, patience: Millis): Millis {
  const limit = Math.max(due, patience)
  const late = frozenUntil(rotation.freezes, limit) ?? limit
  const next = firstAllowed(rotation, due)
  return next === null ? late : Math.min(next, late)
}

/** Renewal by expiry, also one that the API gave without being asked (a lifetime policy at Strait). Only if the new expiry would really be later; with a window, some days before the margin count as well. */
function renewalDue(desired: DesiredKey, live: LiveKey, now: Millis): Due | null {
  const { expiresAt } = live.fields
  const isFixed =
    desired.expiresIn === null && (desired.fields.expiresAt !== undefined || desired.unmanaged.includes('expiresAt'))
  if (isFixed || typeof expiresAt !== 'string') return null
  const lifetime = lifetimeOf(desired, live, at(expiresAt))
  if (lifetime <= 0) return null
  const margin = renewalMargin(lifetime)
  const last = at(expiresAt) - margin
  if (desired.rotation.window === null) return { kind: 'renewal', at: last }
  const early = Math.max(last - margin / 3, now)
  return { kind: 'renewal', at: Math.min(last, firstAllowed(desired.rotation, early) ?? last) }
}

/**
 * The life a key was given, which the API may have cut short. One that the API rotated itself has the rest of a life: by that its margin
 * would shrink with each rotation, down to hours.
 */
function lifetimeOf({ expiresIn }: DesiredKey, { name, createdAt }: LiveKey, end: Millis): Millis {
  const told = end - at(createdAt)
  if (expiresIn === null) return told
  return parseName(name)?.derived === true ? expiresIn : Math.min(expiresIn, told)
}

/** The key has a fixed end, and it has come. */
export function isOver(desired: DesiredKey, now: Millis): boolean {
  const { expiresAt } = desired.fields
  return desired.expiresIn === null && typeof expiresAt === 'string' && at(expiresAt) <= now
}
