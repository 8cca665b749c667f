/** Rules that end old generations: grace, quiet, read-back, disable, hold, second look, delete. */
import { abilitiesOf } from '../abilities.ts'
import type { DesiredKey, LiveKey } from '../key.ts'
import { hasEnded } from '../liveness.ts'
import { type Active, activeOf, type Disabled, type PlaceState, type Superseded } from '../record.ts'
import { at, DAY, type Millis } from '../time.ts'
import { enabledWith, sharedLimit } from './budget.ts'
import { cutFor } from './cut.ts'
import { allowedFrom } from './due.ts'
import { unplaced } from './placing.ts'
import { type Decision, type Inputs, REST, type Rest, restsTogether } from './step.ts'

export function retire(inputs: Inputs, desired: DesiredKey): Decision {
  let rest: Rest = REST
  for (const g of inputs.record.generations) {
    const decision =
      g.phase === 'superseded'
        ? endGrace(inputs, desired, g)
        : g.phase === 'disabled'
          ? endHold(inputs, desired, g)
          : REST
    if (decision.do !== 'rest') return decision
    rest = restsTogether(rest, decision)
  }
  return rest
}

function endGrace(inputs: Inputs, desired: DesiredKey, g: Superseded): Decision {
  const { record, sight } = inputs
  if (record.pinned?.n === g.n) return REST
  const successor = activeOf(record)
  const waits = blocked(inputs, desired, successor)
  if (waits) return waits
  if (g.removing) return lastLook(inputs, g)
  const noted = noteUse(inputs, desired, g)
  if (noted) return noted
  const live = sight.keys.get(g.id) ?? null
  // Nobody is served by a key whose life is over, and it must not be in the way of the next one: no window or freeze keeps it.
  const spared = isSpared(inputs, g) || (live !== null && hasEnded(live, sight.now))
  const until = successor ? graceEnd(inputs, desired, { g, successor, spared, now: sight.now }) : sight.now
  if (sight.now < until) return { do: 'rest', until, open: false }
  const look = readBack(inputs)
  if (look) return look
  return isDisabledFirst(inputs, desired, spared)
    ? { do: 'disable', n: g.n, id: g.id, why: 'retired' }
    : { do: 'remove', n: g.n, id: g.id, why: 'retired' }
}

/** For its hold; and under a shared limit always, since only a key that cannot spend any more tells what it has spent. */
function isDisabledFirst({ record }: Inputs, desired: DesiredKey, spared: boolean): boolean {
  if (!abilitiesOf(desired.kind).disable) return false
  return sharedLimit(desired) !== null || (!spared && record.policy.hold > 0)
}

function endHold(inputs: Inputs, desired: DesiredKey, g: Disabled): Decision {
  const { record, sight } = inputs
  if (record.pinned?.n === g.n && !g.compromised) return REST
  if (sight.keys.get(g.id)?.fields.disabled === false) return { do: 'disable', n: g.n, id: g.id, why: g.why }
  const waits = blocked(inputs, desired, activeOf(record))
  if (waits) return waits
  const until = at(g.disabledAt) + record.policy.hold
  if (sight.now < until && !g.removing) return { do: 'rest', until, open: false }
  return lastLook(inputs, g)
}

/**
 * A place that lost the secret of the active generation may hold one that is disabled by now, as after a backup was restored.
 * That one gets its life back before anything else, while the place is mended. A leaked one never does.
 */
export function revive(inputs: Inputs, desired: DesiredKey): Decision | null {
  const { record } = inputs
  if (!record.places.some((p) => p.status === 'lost')) return null
  const old = record.generations.find(
    (g): g is Disabled =>
      g.phase === 'disabled' && g.why === 'retired' && g.everActive && !g.removing && !g.compromised,
  )
  return old ? enable(inputs, desired, old) : null
}

/** A retired generation gets its life back; under a shared limit, with a part that another one gives up first. */
export function enable({ record, sight }: Inputs, desired: DesiredKey, { n, id }: Disabled): Decision {
  const cut = cutFor(desired, record, { sight, n })
  return cut ? { do: 'cut', ...cut } : { do: 'enable', n, id, fields: enabledWith(desired, record, { sight, n }) }
}

/** The delete comes right after a read-back, also when it was announced by an earlier run: places may have been put back meanwhile. */
function lastLook(inputs: Inputs, g: Superseded | Disabled): Decision {
  return readBack(inputs) ?? { do: 'remove', n: g.n, id: g.id, why: 'retired' }
}

/** Conditions without which nothing old may end. */
function blocked({ record, sight, rules }: Inputs, desired: DesiredKey, successor: Active | null): Rest | null {
  const open: Rest = { do: 'rest', until: null, open: true }
  if (!successor || unplaced(desired, record, successor.n).length > 0) return open
  if (rules.heedsTaint && record.tainted) return open
  return sight.skewed ? { ...open, code: 'CLOCK_SKEW' } : null
}

/**
 * Grace and hold are for whoever may have the secret. That is also so for a generation that never served: a place may have held it for a
 * while, where its write was late, or another one was missing. One whose secret certainly went nowhere is burned long before (R3).
 */
export function isSpared({ rules }: Pick<Inputs, 'rules'>, g: Superseded): boolean {
  return !g.everActive && !rules.gracesClaimed
}

/** `unused`: every move of the counters is written down, so that a later run knows for how long they have stood still. */
function noteUse({ sight }: Inputs, { rotation }: DesiredKey, g: Superseded): Decision | null {
  const live = sight.keys.get(g.id)
  if (rotation.retire.when !== 'unused' || g.atOnce || !live) return null
  const mark = usageMark(live)
  return g.used?.mark === mark ? null : { do: 'note-use', n: g.n, mark }
}

/** The same text as long as nobody spends with the key, or uses it at all where the API tells that. */
export function usageMark({ usage, lastUsedAt }: LiveKey): string {
  return lastUsedAt === undefined ? `${usage.total}` : `${usage.total} ${lastUsedAt ?? 'never'}`
}

interface Ending {
  readonly g: Superseded
  readonly successor: Active
  readonly spared: boolean
  /** As for `dueAt`. */
  readonly now?: Millis
}

/** When this old generation may end, by what is known of its use so far. */
export function graceEnd(
  { record }: Pick<Inputs, 'record'>,
  desired: DesiredKey,
  { g, successor, spared, now }: Ending,
): Millis {
  const since = Math.max(at(g.supersededAt), at(successor.activeAt))
  if (spared || g.compromised) return since
  const grace = g.graceUntil === undefined ? since + record.policy.grace : Math.max(since, at(g.graceUntil))
  if (g.atOnce) return grace
  return allowedEnd(desired, unusedFrom(desired, g, { grace, since }), {
    successor,
    ...(now === undefined ? {} : { now }),
  })
}

/** Not before grace is over; then when it stood still for `quiet`, at the latest `by`. Free models leave counters at 0: that is standing still. */
function unusedFrom(
  { rotation }: DesiredKey,
  g: Superseded,
  { grace, since }: { readonly grace: Millis; readonly since: Millis },
): Millis {
  if (rotation.retire.when !== 'unused' || g.used === undefined) return grace
  const { quiet, by } = rotation.retire
  return Math.max(grace, Math.min(at(g.used.since) + quiet, since + by))
}

/** Most time by which a window puts off the end of a grace where no `every` says how long that may take. */
const PATIENCE = 14 * DAY

function allowedEnd(
  { rotation }: DesiredKey,
  until: Millis,
  { successor, now }: Pick<Ending, 'successor' | 'now'>,
): Millis {
  if (rotation.window === null && rotation.freezes.length === 0) return until
  const { every } = rotation
  const patience = every === null ? until + PATIENCE : at(successor.activeAt) + every * 1.2
  return allowedFrom(rotation, until, { patience, now })
}

/** R6: every readable place, right before. A reading is dropped by whatever could have changed it. */
function readBack({ record, sight, rules }: Inputs): Decision | null {
  if (!rules.readsBack) return null
  const unread: readonly PlaceState[] = record.places.filter((p) => p.readable && !sight.places.has(p.identity))
  return unread.length > 0 ? { do: 'inspect', places: unread } : null
}

/**
 * A leak: the keys that got out are switched off before anything else happens, unless the human asked for a successor first. This is
 * the one case in which a key in service ends before the next one is there.
 */
export function contain({ record, sight }: Inputs): Decision | null {
  for (const g of record.generations) {
    if (g.phase === 'creating' || !g.compromised) continue
    const isSpared = g.phase === 'active' && record.compromised?.afterReplacement === true
    const isOff = g.phase === 'disabled' && sight.keys.get(g.id)?.fields.disabled !== false
    if (isSpared || isOff) continue
    return abilitiesOf(record.kind).disable
      ? { do: 'disable', n: g.n, id: g.id, why: 'retired' }
      : { do: 'remove', n: g.n, id: g.id, why: 'retired' }
  }
  return null
}
