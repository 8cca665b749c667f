/**
 * What the machine can do next, and the order in which it wants to.
 *
 * `nextStep` is pure and names ONE effect. It does not know whether a run is new, resumed after a crash, or racing another:
 * it looks at what should be, what is recorded and what was seen, and says what follows. There is no recovery path beside it.
 * Rejected: a saga per operation (create, rotate, replace) with its own undo steps; every crash point then needs a case of
 * its own, and the simulation found one more each time.
 */
import type { DesiredKey } from '../key.ts'
import type { KeyRecord } from '../record.ts'
import { burnLeftovers, noteGone } from './leftovers.ts'
import { present } from './present.ts'
import { removal } from './removal.ts'
import { contain } from './retire.ts'
import { RULES, type Rules } from './rules.ts'
import type { Decision, Inputs, Sight, Step } from './step.ts'

/** The next step or the reason there is none. */
export function decide(desired: DesiredKey | null, record: KeyRecord, sight: Sight, rules: Rules = RULES): Decision {
  const inputs: Inputs = { desired, record, sight, rules }
  const creating = record.generations.find((g) => g.phase === 'creating')
  if (creating) return { do: 'abandon', n: creating.n }
  return (
    noteGone(inputs) ??
    burnLeftovers(inputs) ??
    contain(inputs) ??
    (desired ? present(inputs, desired) : removal(inputs))
  )
}

/** One external or internal step, or `null` when nothing is to be done now. */
export function nextStep(
  desired: DesiredKey | null,
  record: KeyRecord,
  sight: Sight,
  rules: Rules = RULES,
): Step | null {
  const decision = decide(desired, record, sight, rules)
  return decision.do === 'rest' ? null : decision
}
