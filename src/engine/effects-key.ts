/** Effects on a live key that exists: update, disable, enable, delete. Each is announced in the record first. */
import { isKeywrightError } from '../core/diagnostic.ts'
import type { Fields } from '../core/key.ts'
import { cutClaim, removeClaim } from '../core/machine/facts.ts'
import type { Step } from '../core/machine/step.ts'
import { transition } from '../core/machine/transition.ts'
import { generationOf } from '../core/record.ts'
import { type Instant, instant } from '../core/time.ts'
import type { WriteContext } from './context.ts'
import type { Effect } from './effects.ts'
import { lockAway } from './effects-place.ts'
import { type Job, seenBy } from './job.ts'

type Of<Do extends Step['do']> = Extract<Step, { readonly do: Do }>

export function updateEffect(step: Of<'update'> | Of<'lift'>, job: Job, context: WriteContext): Effect {
  const { n, fields } = step
  return {
    prepare: async () => [{ on: 'update-claimed', at: when(job, context), n, fields }],
    act: async () => {
      try {
        const found = await patch(step, job, context)
        return found ? [{ on: 'updated', n, fields, lifted: step.do === 'lift' }] : []
      } catch (error) {
        // A clear no changed nothing, so the announcement is taken back.
        if (isKeywrightError(error, 'API_REJECTED'))
          job.record = transition(job.record, { on: 'update-withdrawn', n, fields })
        throw error
      }
    },
  }
}

export function cutEffect(step: Of<'cut'>, job: Job, context: WriteContext): Effect {
  const { n, fields } = step
  const { desired } = job
  if (!desired) return {}
  const inner = updateEffect({ ...step, do: 'update' }, job, context)
  return {
    ...inner,
    prepare: async () => [
      cutClaim(step, desired, seenBy(job, context).now),
      { on: 'update-claimed', at: when(job, context), n, fields },
    ],
  }
}

/** Assigned before it is taken out of another: one key has one guardrail, and an assignment moves it. */
export function assignEffect(step: Of<'assign'>, job: Job, context: WriteContext): Effect {
  const { n, id, guardrail, from } = step
  return {
    prepare: async () => [{ on: 'assign-claimed', n, guardrail }],
    act: async () => {
      const api = await context.api(job.record.provider)
      if (guardrail !== null) await api.assign?.(id, guardrail)
      else if (from !== null) await api.unassign?.(id, from)
      const key = job.keys.get(id)
      if (key) job.keys.set(id, { ...key, guardrail })
      return [{ on: 'assigned', n, guardrail }]
    },
  }
}

export function disableEffect(step: Of<'disable'>, job: Job, context: WriteContext): Effect {
  return {
    prepare: async () => [{ on: 'disable-claimed', at: when(job, context), n: step.n, why: step.why }],
    act: async () => {
      await patch({ ...step, fields: { disabled: true } }, job, context)
      await tryToLockAway(step.n, job, context)
      job.places.clear()
      return [{ on: 'disabled', at: when(job, context), n: step.n }]
    },
  }
}

export function enableEffect(step: Of<'enable'>, job: Job, context: WriteContext): Effect {
  return {
    prepare: async () => [{ on: 'update-claimed', at: when(job, context), n: step.n, fields: step.fields }],
    act: async () => {
      const found = await patch(step, job, context)
      job.places.clear()
      return found ? [{ on: 'enabled', at: when(job, context), n: step.n, fields: step.fields }] : []
    },
  }
}

export function removeEffect(step: Of<'remove'>, job: Job, context: WriteContext): Effect {
  return {
    prepare: async () => [removeClaim(step.n, { record: job.record, sight: seenBy(job, context) }, job.desired)],
    act: async () => {
      const api = await context.api(job.record.provider)
      const isUrgent = generationOf(job.record, step.n)?.compromised === true
      if (!isUrgent) await lockAway(step.n, job, context)
      await api.remove(step.id)
      if (isUrgent) await tryToLockAway(step.n, job, context)
      job.keys.set(step.id, null)
      job.marked = job.marked.filter((key) => key.id !== step.id)
      job.places.clear()
      return [{ on: 'gone', n: step.n }]
    },
  }
}

/**
 * Kept versions wait for the delete where their sink is down now, since a run that finds the key disabled does not disable it again. The
 * delete comes after them: then they are locked or it is repeated. Only a leak waits for no sink.
 */
async function tryToLockAway(n: number, job: Job, context: WriteContext): Promise<void> {
  try {
    await lockAway(n, job, context)
  } catch (error) {
    if (!isKeywrightError(error) || error.code === 'LEASE_LOST') throw error
  }
}

async function patch(
  { id, fields }: { readonly id: string; readonly fields: Fields },
  job: Job,
  context: WriteContext,
): Promise<boolean> {
  const api = await context.api(job.record.provider)
  const key = await api.update(id, fields)
  // An answer to an update tells no guardrail: what was read before still holds.
  const guardrail = job.keys.get(id)?.guardrail
  job.keys.set(id, key && guardrail !== undefined ? { ...key, guardrail } : key)
  return key !== null
}

function when(job: Job, context: WriteContext): Instant {
  return instant(context.clock.now() + job.skew)
}
