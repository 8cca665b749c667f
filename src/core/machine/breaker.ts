/** R12: the breaker. It lives in the record, so that fifty one-shot runs are counted like one long one. */
import type { DesiredKey } from '../key.ts'
import { activeOf, type KeyRecord } from '../record.ts'
import { at, DAY, type Millis } from '../time.ts'
import { unplaced } from './placing.ts'
import type { Rules } from './rules.ts'
import type { Rest } from './step.ts'

/**
 * `null` when another generation may be issued now. The cap is hard while the old ones can be retired, that is while every place
 * holds an active generation. Where nothing can be retired until a new one is delivered, the cap would be for ever, and only the
 * back-off slows down. What is urgent, a leak or an end that comes near, does not wait for graces to end.
 */
export function breaker(
  record: KeyRecord,
  desired: DesiredKey,
  { now, rules, isUrgent = false }: { readonly now: Millis; readonly rules: Rules; readonly isUrgent?: boolean },
): Rest | null {
  const recent = record.issuedAt.map(at).filter((when) => now - when < DAY)
  const unretired = record.generations.length
  if (recent.length >= rules.stormIssues) return { do: 'rest', until: null, open: true, code: 'ROTATION_STORM' }
  if (unretired >= rules.maxUnretired && !isUrgent && canRetire(record, desired))
    return { do: 'rest', until: null, open: true, why: `${unretired} generations wait to be retired` }
  const excess = Math.max(recent.length, unretired) - rules.freeIssues
  if (excess < 0 || recent.length === 0) return null
  const until = Math.max(...recent) + rules.firstBackoff * 2 ** excess
  return now < until ? { do: 'rest', until, open: true, why: 'backing off after repeated issues' } : null
}

function canRetire(record: KeyRecord, desired: DesiredKey): boolean {
  const active = activeOf(record)
  return active !== null && !record.tainted && unplaced(desired, record, active.n).length === 0
}
