/** Rounds of the loop over a bench in memory: what the daemon does around `reconcile`, without files. */
import { GUARD_DEFAULTS } from '../../src/core/config/guard.ts'
import type { Diagnostic } from '../../src/core/diagnostic.ts'
import { refusals } from '../../src/core/guard.ts'
import type { DesiredKey } from '../../src/core/key.ts'
import { NO_OUTAGE } from '../../src/core/loop/outage.ts'
import { MINUTE } from '../../src/core/time.ts'
import { type Round, type RoundInputs, reconcile } from '../../src/engine/reconcile.ts'
import type { Bench } from './engine.ts'

export interface Rounds {
  run(keys: readonly DesiredKey[], more?: Partial<RoundInputs>): Promise<Round>
}

const GUARD = { ...GUARD_DEFAULTS, maxDeletes: 1, maxDeletePercent: 100 }

/** Each round goes on from the back-off of the one before. */
export function roundsOf(bench: Bench): Rounds {
  let backoff: RoundInputs['backoff'] = new Map()
  let minted = 0
  return {
    run: (keys, more = {}) =>
      bench.underLease(async (context) => {
        const wanted = { keys, moved: [], handedOver: [], declaredStacks: [context.stack] }
        const round = await reconcile(
          { ...context, mayLack: true },
          {
            wanted,
            mint: () => `bbbbbb${String.fromCharCode(97 + (minted >> 4))}${String.fromCharCode(97 + (minted++ & 15))}`,
            refusalsOf: (session, plan): readonly Diagnostic[] =>
              refusals({ plan, guard: GUARD, allowance: {}, desired: keys, records: session.records }),
            onMissing: 'hold',
            retireOnly: false,
            backoff,
            every: 10 * MINUTE,
            outages: NO_OUTAGE,
            ...more,
          },
        )
        backoff = round.backoff
        return round
      }),
  }
}
