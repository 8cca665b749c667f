/** Rules for an address that left the manifests: disable at once, delete after the hold, so that a revert brings the same secret back. */
import { abilitiesOf } from '../abilities.ts'
import { isLive, type KeyRecord, type LiveGeneration } from '../record.ts'
import { at } from '../time.ts'
import { isPaused, paused } from './pause.ts'
import { type Decision, type Inputs, REST, type Rest, restsTogether } from './step.ts'

type Seen = Pick<Inputs, 'record' | 'sight'>

export function removal(inputs: Inputs): Decision {
  const { record, sight } = inputs
  if (record.generations.length === 0) return finish(record)
  if (isPaused(record, sight.now)) return paused(record)
  if (record.protect) return { do: 'rest', until: null, open: false, why: 'protected' }
  if (sight.skewed) return { do: 'rest', until: null, open: true, code: 'CLOCK_SKEW' }
  let rest: Rest = REST
  for (const g of record.generations.filter(isLive)) {
    const decision = end(inputs, g)
    if (decision.do !== 'rest') return decision
    rest = restsTogether(rest, decision)
  }
  return rest
}

/** The record goes last; claims of lost creates keep it for as long as a leftover may still show up. */
function finish(record: KeyRecord): Decision {
  const place = record.places[0]
  if (place) return { do: 'drop-place', identity: place.identity }
  return record.abandoned.length > 0 ? REST : { do: 'end' }
}

function end({ record, sight }: Seen, g: LiveGeneration): Decision {
  if (g.phase === 'delivering') return { do: 'supersede', n: g.n }
  if (!abilitiesOf(record.kind).disable) return revoke({ record, sight }, g)
  const hold = g.phase === 'disabled' && g.why === 'retired' ? record.policy.hold : record.policy.removalHold
  if (g.phase !== 'disabled') {
    if (hold > 0) return { do: 'disable', n: g.n, id: g.id, why: 'removed' }
    return emptied(record, g) ?? { do: 'remove', n: g.n, id: g.id, why: 'removed' }
  }
  if (g.removing) return emptied(record, g) ?? { do: 'remove', n: g.n, id: g.id, why: g.why }
  if (sight.keys.get(g.id)?.fields.disabled === false) return { do: 'disable', n: g.n, id: g.id, why: g.why }
  const until = at(g.disabledAt) + hold
  if (sight.now < until) return { do: 'rest', until, open: false }
  return emptied(record, g) ?? { do: 'remove', n: g.n, id: g.id, why: g.why }
}

/** Where a key cannot be switched off and on again, it stays valid for its grace, so that a revert in time keeps the same secret. */
function revoke({ record, sight }: Seen, g: LiveGeneration): Decision {
  if (g.phase === 'active') return { do: 'supersede', n: g.n }
  if (g.phase === 'superseded' && g.removing !== true) {
    const until = g.graceUntil === undefined ? at(g.supersededAt) + record.policy.grace : at(g.graceUntil)
    if (sight.now < until) return { do: 'rest', until, open: false }
  }
  return emptied(record, g) ?? { do: 'remove', n: g.n, id: g.id, why: 'removed' }
}

/**
 * Places are emptied before the delete, and only where they still hold this key's fingerprint. What a younger generation needs, should the
 * key come back, stays until that one ends.
 */
function emptied({ places, generations }: KeyRecord, g: LiveGeneration): Decision | null {
  const place = places.find((p) => p.fingerprint !== undefined && (p.n === g.n || generations.length === 1))
  return place ? { do: 'empty', place } : null
}
