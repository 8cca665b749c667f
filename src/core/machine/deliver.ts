/** Rules that bring the secret of a generation to its places: lift, prove, write, read back, activate. */
import type { DesiredKey } from '../key.ts'
import { type Active, type Delivering, deliveringOf, type LiveGeneration } from '../record.ts'
import { sharedLimit, shareOf } from './budget.ts'
import { issue } from './issue.ts'
import { isTurnedBack, placeState, sourcesOf, unplaced } from './placing.ts'
import type { Decision, Inputs } from './step.ts'
import { seek } from './take-over.ts'

/** Brings a half-delivered generation to its end, or gives it up. `null` when none is under way. */
export function deliver(inputs: Inputs, desired: DesiredKey): Decision | null {
  const g = deliveringOf(inputs.record)
  if (!g) return null
  if (inputs.sight.inHand !== g.n) return resume(inputs, g)
  return (
    ready(inputs, desired, g) ?? hand(inputs, desired, g) ?? settle(inputs, desired, g) ?? { do: 'activate', n: g.n }
  )
}

/** The secret is not in memory: take it from a place that holds it, else a later generation has to follow. */
function resume({ record, sight, rules }: Inputs, g: Delivering): Decision {
  const unread = sourcesOf(record, g.n).filter((p) => !sight.places.has(p.identity))
  if (rules.resumes && g.claimed && unread.length > 0) return { do: 'recover', n: g.n, id: g.id, places: unread }
  return { do: 'supersede', n: g.n }
}

/** Under its guardrail, lifted and proven before anything is written anywhere. */
function ready(inputs: Inputs, desired: DesiredKey, g: Delivering): Decision | null {
  const { rules } = inputs
  const disabled = desired.fields.disabled === true
  if (desired.guardrail !== undefined && g.issued.guardrail !== desired.guardrail)
    return { do: 'assign', n: g.n, id: g.id, guardrail: desired.guardrail, from: g.issued.guardrail ?? null }
  if (g.harmless && !disabled && rules.liftsBeforeDelivery)
    return { do: 'lift', n: g.n, id: g.id, fields: lifted(inputs, desired, g) }
  if (!g.proven && rules.provesBeforeDelivery) return { do: 'prove', n: g.n, id: g.id }
  // A key that shall be disabled is lifted and disabled in one update: it never has a moment in which it could spend.
  if (g.harmless && disabled)
    return { do: 'lift', n: g.n, id: g.id, fields: { ...lifted(inputs, desired, g), disabled: true } }
  return null
}

function lifted({ record, sight }: Inputs, desired: DesiredKey, g: Delivering): { readonly limit: number | null } {
  if (sharedLimit(desired) !== null) return { limit: shareOf(desired, record, { sight, n: g.n }) }
  const { limit = g.issued.fields.limit } = desired.fields
  return { limit: typeof limit === 'number' ? limit : null }
}

export function hand(inputs: Inputs, desired: DesiredKey, g: LiveGeneration): Decision | null {
  const { record } = inputs
  const place = unplaced(desired, record, g.n)[0]
  if (!place) return null
  const state = placeState(record, place.identity)
  const written = state !== null && state.n === g.n && state.status === 'written' && state.template === place.template
  return written ? { do: 'check', n: g.n, place: state } : { do: 'write', n: g.n, id: g.id, place }
}

/** Only reached where a rule is taken away: what should have been lifted before is lifted after. */
function settle(inputs: Inputs, desired: DesiredKey, g: Delivering): Decision | null {
  const { liftsBeforeDelivery, provesBeforeDelivery } = inputs.rules
  if (g.harmless && !liftsBeforeDelivery) return { do: 'lift', n: g.n, id: g.id, fields: lifted(inputs, desired, g) }
  return g.proven || provesBeforeDelivery ? null : { do: 'prove', n: g.n, id: g.id }
}

/** Places of the active generation that lack its secret: copied from a readable place, else a rotation. */
export function place(inputs: Inputs, desired: DesiredKey, active: Active): Decision | null {
  const { record, sight } = inputs
  const missing = unplaced(desired, record, active.n).filter((p) => !isTurnedBack(record, p))
  if (missing.length === 0) return null
  if (sight.inHand === active.n) return hand(inputs, desired, active)
  const sources = sourcesOf(record, active.n)
  const unread = sources.filter((p) => !sight.places.has(p.identity))
  if (unread.length > 0) return { do: 'recover', n: active.n, id: active.id, places: unread }
  return seek(active, missing, sight) ?? issue(inputs, desired, [{ kind: 'place', places: missing.map((p) => p.text) }])
}
