/** What a round has to say, in the log. */
import { type Diagnostic, inOneLine } from '../core/diagnostic.ts'
import type { Instant } from '../core/time.ts'
import type { Round } from '../engine/reconcile.ts'
import type { Log } from './log.ts'

export interface Reporting {
  readonly round: Round
  readonly stale: Diagnostic | null
  readonly silent: readonly string[]
  readonly late: Instant | null
}

export function report(log: Log, { round, stale, silent, late }: Reporting): void {
  if (late !== null) log.warn(`RUN_LATE: nothing ran since ${late}, more than half of the shortest grace`)
  for (const { address, status, steps, problem } of round.result.outcomes) {
    const fields = { address, status, code: problem?.code, steps: steps.length }
    if (problem !== null && status !== 'settled') log.warn(inOneLine(problem), fields)
    else log.info(steps.length > 0 ? steps.join(', ') : (problem?.message ?? status), fields)
  }
  const asides = [
    ...round.refusals,
    ...(round.stop ? [round.stop] : []),
    ...(stale ? [stale] : []),
    ...round.after.world.away.values(),
  ]
  for (const one of asides) log.warn(inOneLine(one), { code: one.code, hint: String(one.hint ?? '') })
  for (const address of round.missing) log.warn('deleted outside; left so', { address })
  for (const line of silent) log.warn(`not told: ${line}`)
}
