/**
 * How each step is done. `prepare` looks without changing anything and returns the claim; `act` is the one external effect and
 * returns what came of it. Steps without `act` only change the record.
 */

import type { Event } from '../core/machine/event.ts'
import { confirmed } from '../core/machine/facts.ts'
import type { Step } from '../core/machine/step.ts'
import { owedBy } from '../core/machine/tell.ts'
import { instant } from '../core/time.ts'
import type { WriteContext } from './context.ts'
import { adoptEffect } from './effects-adopt.ts'
import { hookEffect } from './effects-hook.ts'
import { issueEffect, proveEffect } from './effects-issue.ts'
import { assignEffect, cutEffect, disableEffect, enableEffect, removeEffect, updateEffect } from './effects-key.ts'
import { checkEffect, emptyEffect, inspectEffect, recoverEffect, restoreEffect, writeEffect } from './effects-place.ts'
import type { Job } from './job.ts'

export interface Effect {
  readonly prepare?: () => Promise<readonly Event[]>
  readonly act?: () => Promise<readonly Event[]>
  /** The effect cannot be checked afterwards: if the save behind it conflicts, the address is tainted. */
  unsure?: boolean
}

export function effectOf(step: Step, job: Job, context: WriteContext): Effect {
  const when = instant(context.clock.now() + job.skew)
  switch (step.do) {
    case 'abandon':
      return note({ on: 'abandoned', n: step.n })
    case 'adopt':
      return adoptEffect(step, job, context)
    case 'note-gone':
      return note({ on: 'gone', n: step.n }, () => job.places.clear())
    case 'note-use':
      return note({ on: 'use-noted', n: step.n, mark: step.mark, at: when })
    case 'uncut':
      return note({ on: 'uncut' })
    case 'settle-pin':
      return note({ on: 'pin-settled' })
    case 'reinstate':
      return note({ on: 'reinstated', n: step.n, at: when, ...owedBy(job.desired) }, () => job.places.clear())
    case 'hook':
      return hookEffect(step, job, context)
    case 'drop-hook':
      return note({ on: 'hook-done', identity: step.identity })
    case 'assign':
      return assignEffect(step, job, context)
    case 'restore':
      return restoreEffect(step, job, context)
    case 'cut':
      return cutEffect(step, job, context)
    case 'drop-claim':
      return note({ on: 'claim-dropped', n: step.n })
    case 'supersede':
      return note({ on: 'superseded', n: step.n, at: when })
    case 'activate':
      return note({ on: 'activated', n: step.n, at: when, ...owedBy(job.desired) }, () => job.places.clear())
    case 'freeze':
      return note({ on: 'frozen', fields: step.fields, entry: job.desired?.digest ?? '', at: when })
    case 'thaw':
      return {
        prepare: async () => [{ on: 'thawed' }, { on: 'updated', n: step.n, fields: step.fields, lifted: false }],
      }
    case 'confirm':
      return { prepare: async () => confirmed(step) }
    case 'drop-place':
      return note({ on: 'place-dropped', identity: step.identity })
    case 'end':
      return endEffect(job, context)
    case 'issue':
      return issueEffect(step, job, context)
    case 'prove':
      return proveEffect(step, job, context)
    case 'recover':
      return recoverEffect(step, job, context)
    case 'write':
      return writeEffect(step, job, context)
    case 'check':
      return checkEffect(step, job, context)
    case 'inspect':
      return inspectEffect(step, job, context)
    case 'empty':
      return emptyEffect(step, job, context)
    case 'lift':
    case 'update':
      return updateEffect(step, job, context)
    case 'disable':
      return disableEffect(step, job, context)
    case 'enable':
      return enableEffect(step, job, context)
    case 'remove':
      return removeEffect(step, job, context)
    default:
      return step satisfies never
  }
}

function note(event: Event, also?: () => void): Effect {
  return {
    prepare: async () => {
      also?.()
      return [event]
    },
  }
}

/** The record itself ends: nothing of this address is left anywhere. */
function endEffect(job: Job, context: WriteContext): Effect {
  return {
    prepare: async () => {
      if (job.saved.serial > 0)
        await context.store.commit(
          context.stack,
          [{ address: job.address, expectedSerial: job.saved.serial, record: null }],
          context.lease,
        )
      job.ended = true
      return []
    },
  }
}
