/** Rules that end old generations: grace, read-back, disable, hold, second look, delete. */
import type { DesiredKey } from '../key.ts'
import { type Active, activeOf, type Disabled, type KeyRecord, type PlaceState, type Superseded } from '../record.ts'
import { at, type Millis } from '../time.ts'
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
  const successor = activeOf(record)
  const waits = blocked(inputs, desired, successor)
  if (waits) return waits
  if (g.removing) return lastLook(inputs, g)
  const spared = isSpared(inputs, g)
  const until = graceEnd(record, g, successor, spared)
  if (sight.now < until) return { do: 'rest', until, open: false }
  const look = readBack(inputs)
  if (look) return look
  const hold = spared ? 0 : record.policy.hold
  return hold > 0
    ? { do: 'disable', n: g.n, id: g.id, why: 'retired' }
    : { do: 'remove', n: g.n, id: g.id, why: 'retired' }
}

function endHold(inputs: Inputs, desired: DesiredKey, g: Disabled): Decision {
  const { record, sight } = inputs
  if (sight.keys.get(g.id)?.fields.disabled === false) return { do: 'disable', n: g.n, id: g.id, why: g.why }
  const waits = blocked(inputs, desired, activeOf(record))
  if (waits) return waits
  const until = at(g.disabledAt) + record.policy.hold
  if (sight.now < until && !g.removing) return { do: 'rest', until, open: false }
  return lastLook(inputs, g)
}

/**
 * A place that lost the secret of the active generation may hold one that is disabled by now, as after a backup was restored.
 * That one gets its life back before anything else, while the place is mended.
 */
export function revive({ record }: Inputs, desired: DesiredKey): Decision | null {
  if (!record.places.some((p) => p.status === 'lost')) return null
  const old = record.generations.find(
    (g): g is Disabled => g.phase === 'disabled' && g.why === 'retired' && g.everActive && !g.removing,
  )
  return old ? { do: 'enable', n: old.n, id: old.id, fields: { disabled: desired.fields.disabled === true } } : null
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

/** A generation that never served is retired without grace and hold, where every place can be read and is written conditionally. */
function isSpared({ record, rules }: Inputs, g: Superseded): boolean {
  return !g.everActive && (!rules.sparesUnsure || record.places.every((p) => p.readable && p.conditional))
}

function graceEnd(record: KeyRecord, g: Superseded, successor: Active | null, spared: boolean): Millis {
  const since = Math.max(at(g.supersededAt), successor ? at(successor.activeAt) : 0)
  return spared ? since : since + record.policy.grace
}

/** R6: every readable place, right before. A reading is dropped by whatever could have changed it. */
function readBack({ record, sight, rules }: Inputs): Decision | null {
  if (!rules.readsBack) return null
  const unread: readonly PlaceState[] = record.places.filter((p) => p.readable && !sight.places.has(p.identity))
  return unread.length > 0 ? { do: 'inspect', places: unread } : null
}
