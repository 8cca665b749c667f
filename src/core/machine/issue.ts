/** The claim of the next generation. */
import { abilitiesOf } from '../abilities.ts'
import { formatName } from '../address.ts'
import type { DesiredKey, LiveKey } from '../key.ts'
import { activeOf } from '../record.ts'
import { breaker } from './breaker.ts'
import { sharedLimit, shareOf } from './budget.ts'
import { cutFor } from './cut.ts'
import { isOver } from './due.ts'
import type { Reason } from './reason.ts'
import { issueFields } from './rotation.ts'
import { type Decision, type Inputs, REST } from './step.ts'

/** Claims the next generation, unless the breaker or the clock says no, or the key has a fixed end that has come. */
export function issue(inputs: Inputs, desired: DesiredKey, reasons: readonly Reason[]): Decision {
  const { record, sight, rules } = inputs
  const active = activeOf(record)
  if (record.highest > 0 && desired.places.length === 0)
    return { ...REST, why: 'it has no deliverTo, so a new secret would reach nobody' }
  if (isOver(desired, sight.now)) return REST
  if (sight.skewed && active) return { do: 'rest', until: null, open: true, code: 'CLOCK_SKEW' }
  const stopped = breaker(record, desired, { now: sight.now, rules, isUrgent: reasons.some(isUrgent) })
  if (stopped) return stopped
  const live = active ? (sight.keys.get(active.id) ?? null) : null
  const cut = cutFor(desired, record, { sight, n: record.highest + 1 })
  if (cut) return { do: 'cut', ...cut }
  return {
    do: 'issue',
    n: record.highest + 1,
    fields: { ...issueFields(desired, sight.now), ...share(inputs, desired) },
    harmless: desired.bornHarmless,
    reasons,
    ...(active && live && isNative(desired, live, reasons) ? { rotates: active.id } : {}),
  }
}

function isUrgent({ kind }: Reason): boolean {
  return kind === 'compromised' || kind === 'renewal' || kind === 'ending'
}

/** The new one gets what the others leave of a shared limit. */
function share({ record, sight }: Inputs, desired: DesiredKey): { readonly limit?: number } {
  if (desired.bornHarmless || sharedLimit(desired) === null) return {}
  return { limit: shareOf(desired, record, { sight, n: record.highest + 1 }) }
}

/**
 * The API's own rotation keeps every field, expiry included, so it is for rotations by age or by word only, and never for a key it has
 * rotated before.
 */
function isNative({ rotation, kind }: DesiredKey, live: LiveKey, reasons: readonly Reason[]): boolean {
  const fits = reasons.every(({ kind: why }) => why === 'due' || why === 'serial' || why === 'requested')
  return rotation.native && abilitiesOf(kind).rotate && fits && live.replacedBy === undefined
}

/** The whole live name of generation `n`. */
export function nameOf(desired: DesiredKey, lineage: string, n: number): string {
  return formatName(desired.name, { stack: desired.stack, id: desired.id, n, lineage })
}
