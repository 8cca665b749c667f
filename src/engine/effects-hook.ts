/** Effect of a hook: announced, run, folded. A failure is a fact for the record, never the end of the run. */
import { isKeywrightError } from '../core/diagnostic.ts'
import type { Event } from '../core/machine/event.ts'
import type { Step } from '../core/machine/step.ts'
import { instant } from '../core/time.ts'
import type { WriteContext } from './context.ts'
import type { Effect } from './effects.ts'
import type { Job } from './job.ts'

export function hookEffect({ n, hook }: Extract<Step, { do: 'hook' }>, job: Job, context: WriteContext): Effect {
  const { identity } = hook
  const { address, lineage } = job.record
  return {
    prepare: async () => [{ on: 'hook-claimed', identity }],
    act: async () => {
      await context.lease.check()
      try {
        if (!context.hook) return [failed('RECORD_UNCONFIGURED')]
        const opened = await context.hook(hook)
        await opened.run({ id: `${lineage}-${n}-${identity}`, address, n })
        return [{ on: 'hook-done', identity }]
      } catch (error) {
        if (!isKeywrightError(error)) throw error
        return [failed(error.code)]
      }
    },
  }

  function failed(code: string): Event {
    return { on: 'hook-failed', identity, at: instant(context.clock.now() + job.skew), code }
  }
}
