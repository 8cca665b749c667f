/** The claim of the next generation. */
import { formatName } from '../address.ts'
import type { DesiredKey } from '../key.ts'
import { activeOf } from '../record.ts'
import { breaker } from './breaker.ts'
import type { Reason } from './reason.ts'
import { issueFields } from './rotation.ts'
import type { Decision, Inputs } from './step.ts'

/** Claims the next generation, unless the breaker or the clock says no. */
export function issue(inputs: Inputs, desired: DesiredKey, reasons: readonly Reason[]): Decision {
  const { record, sight, rules } = inputs
  const replaces = activeOf(record) !== null
  if (sight.skewed && replaces) return { do: 'rest', until: null, open: true, code: 'CLOCK_SKEW' }
  const stopped = breaker(record, desired, { now: sight.now, rules })
  if (stopped) return stopped
  return {
    do: 'issue',
    n: record.highest + 1,
    fields: issueFields(desired, sight.now),
    harmless: desired.bornHarmless,
    reasons,
  }
}

/** The whole live name of generation `n`. */
export function nameOf(desired: DesiredKey, lineage: string, n: number): string {
  return formatName(desired.name, { stack: desired.stack, id: desired.id, n, lineage })
}
