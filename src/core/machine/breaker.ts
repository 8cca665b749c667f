/** R12: the breaker. It lives in the record, so that fifty one-shot runs are counted like one long one. */
import { activeOf, type KeyRecord } from '../record.ts'
import { at, DAY, type Millis } from '../time.ts'
import type { Rules } from './rules.ts'
import type { Rest } from './step.ts'

/**
 * `null` when another generation may be issued now. With an active generation the cap is hard, since a working secret is in
 * place; without one only the back-off slows down, for otherwise five half-delivered generations could never be overtaken.
 */
export function breaker(record: KeyRecord, now: Millis, rules: Rules): Rest | null {
  const recent = record.issuedAt.map(at).filter((when) => now - when < DAY)
  const unretired = record.generations.length
  if (recent.length >= rules.stormIssues) return { do: 'rest', until: null, open: true, code: 'ROTATION_STORM' }
  if (unretired >= rules.maxUnretired && activeOf(record))
    return { do: 'rest', until: null, open: true, why: `${unretired} generations wait to be retired` }
  const excess = Math.max(recent.length, unretired) - rules.freeIssues
  if (excess < 0 || recent.length === 0) return null
  const until = Math.max(...recent) + rules.firstBackoff * 2 ** excess
  return now < until ? { do: 'rest', until, open: true, why: 'backing off after repeated issues' } : null
}
