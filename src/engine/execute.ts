/**
 * The loop around the machine, for one address: decide, announce, save, do, fold, save.
 *
 * The save at the top of the loop holds the result of the last effect and the claim of the next one together. Nothing external
 * happens between the two, so each effect is preceded and followed by a compare-and-swap (R4), for half the saves.
 */
import { type Diagnostic, isKeywrightError, KeywrightError, toDiagnostic } from '../core/diagnostic.ts'
import type { Event } from '../core/machine/event.ts'
import { remember, type Telling } from '../core/machine/history.ts'
import type { Rest, Step } from '../core/machine/step.ts'
import { hookWords, openHooks } from '../core/machine/tell.ts'
import { transition } from '../core/machine/transition.ts'
import { type Instant, instant } from '../core/time.ts'
import type { WriteContext } from './context.ts'
import { type Effect, effectOf } from './effects.ts'
import { type Job, type Outcome, sightOf } from './job.ts'

/** More steps than any honest history needs; a bug must not become a loop of writes. */
const MOST_STEPS = 120

export async function execute(job: Job, context: WriteContext): Promise<Outcome> {
  const steps: string[] = []
  try {
    while (steps.length < MOST_STEPS) {
      const decision = context.decide(job.desired, job.record, sightOf(job, context.clock.now()))
      if (job.failure && (decision.do === 'rest' || decision.do === 'issue')) throw job.failure
      if (decision.do === 'rest') return await rest(job, context, { rest: decision, steps })
      if (context.signal.aborted) return await rest(job, context, { rest: INTERRUPTED, steps })
      steps.push(decision.do)
      await take(decision, job, context)
      if (job.ended) return outcome(job, { status: 'settled', steps })
      if (job.unknownOutcome) return await rest(job, context, { rest: LOOK_AGAIN, steps })
    }
    throw new KeywrightError('STEP_LIMIT', {
      message: `${job.address} took ${MOST_STEPS} steps without coming to rest`,
      hint: `keywright show ${job.address}`,
    })
  } catch (error) {
    return await failed(error, job, { steps, context })
  }
}

const INTERRUPTED: Rest = { do: 'rest', until: null, open: true, why: 'interrupted' }
const LOOK_AGAIN: Rest = { do: 'rest', until: null, open: true, why: 'a create was never clearly answered' }

async function take(step: Step, job: Job, context: WriteContext): Promise<void> {
  const effect = effectOf(step, job, context)
  const claim = await effect.prepare?.()
  for (const event of claim ?? []) fold(job, { event, step }, context)
  if (effect.act) await save(job, context)
  if (effect.act) report(context, job, { on: 'begin', step })
  const events = (await actOn(effect, job, context)) ?? []
  for (const event of events) fold(job, { event, step }, context)
  if (effect.unsure) await saveOrTaint(job, context)
  if (effect.act) report(context, job, { on: 'done', step })
}

function fold(job: Job, { event, step }: Pick<Telling, 'event' | 'step'>, context: WriteContext): void {
  const before = job.record
  const after = transition(before, event)
  if (after === before) return
  const { actor } = context
  const signed = { ...after, actor, lastChange: { at: now(job, context), what: event.on } }
  job.record = remember(signed, before, { event, step, now: context.clock.now() + job.skew, actor })
}

/** Saves if anything changed since the last save. Throws `STATE_CONFLICT` or `LEASE_LOST`. */
export async function save(job: Job, context: WriteContext): Promise<void> {
  if (job.record === job.saved) return
  const change = { address: job.address, expectedSerial: job.saved.serial, record: job.record }
  const [saved] = await context.store.commit(context.stack, [change], context.lease)
  if (saved) {
    job.record = saved
    job.saved = saved
  }
}

/** A write whose answer was lost may have landed, late: if the record moved meanwhile, that counts like a save that conflicts (R7). */
async function actOn(effect: Effect, job: Job, context: WriteContext): Promise<readonly Event[] | undefined> {
  try {
    return await effect.act?.()
  } catch (error) {
    if (effect.unsure) {
      const record = (await context.store.read(context.stack)).records.get(job.address)
      if (record && record.serial !== job.saved.serial) await taint(job, context)
    }
    throw error
  }
}

/** R7: a write into a place without read-back or condition, and meanwhile the record moved: nothing may be retired on its word. */
async function saveOrTaint(job: Job, context: WriteContext): Promise<void> {
  try {
    await save(job, context)
  } catch (error) {
    if (!isKeywrightError(error, 'STATE_CONFLICT') && !isKeywrightError(error, 'LEASE_LOST')) throw error
    await taint(job, context)
    throw error
  }
}

async function taint(job: Job, context: WriteContext): Promise<void> {
  for (let tries = 0; tries < 10; tries++) {
    const record = (await context.store.read(context.stack)).records.get(job.address)
    if (!record) return
    const change = {
      address: job.address,
      expectedSerial: record.serial,
      record: { ...transition(record, { on: 'tainted' }), actor: context.actor },
    }
    try {
      await context.store.commit(context.stack, [change])
      return
    } catch (error) {
      if (!isKeywrightError(error, 'STATE_CONFLICT')) throw error
    }
  }
}

async function rest(
  job: Job,
  context: WriteContext,
  end: { readonly rest: Rest; readonly steps: readonly string[] },
): Promise<Outcome> {
  if (job.saved.serial > 0 || job.record.highest > 0) await save(job, context)
  const { code, why, open, until } = end.rest
  const stopped = code === 'ROTATION_STORM'
  const problem: Diagnostic | null = code
    ? {
        severity: stopped ? 'error' : 'warning',
        code,
        message: why ?? restMessage(code, job),
        hint: restHint(code, job),
        address: job.address,
      }
    : null
  report(context, job, { on: 'rest' })
  return outcome(job, { status: stopped ? 'stopped' : open ? 'open' : 'settled', problem, steps: end.steps, until })
}

function restMessage(code: NonNullable<Rest['code']>, job: Job): string {
  switch (code) {
    case 'ROTATION_STORM':
      return `${job.address} was issued ${job.record.issuedAt.length} times within 24 hours`
    case 'HELD_OUTSIDE':
      return `${job.address} was made stricter outside keywright (${job.record.frozen?.fields.join(', ') ?? ''}); left alone`
    case 'CLOCK_SKEW':
      return `${job.address}: the clock differs from the API's by ${Math.round(Math.abs(job.skew) / 1000)} s; nothing is rotated or retired`
    case 'ADDRESS_PAUSED':
      return `${job.address} is paused until ${job.record.paused?.until ?? ''}${because(job.record.paused?.reason)}`
    case 'ADDRESS_PINNED':
      return `${job.address} is pinned to #${job.record.pinned?.n ?? 0}${because(job.record.pinned?.reason)}; nothing rotates it by age`
    case 'HOOK_FAILED':
      return hookWords(job.record)
    default:
      return code satisfies never
  }
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : ` (${reason})`
}

function restHint(code: NonNullable<Rest['code']>, job: Job): string {
  switch (code) {
    case 'ROTATION_STORM':
      return `mend what undoes them, then: keywright resume ${job.address.slice(job.address.indexOf('/') + 1)}`
    case 'HELD_OUTSIDE':
    case 'ADDRESS_PAUSED':
    case 'ADDRESS_PINNED':
      return `keywright resume ${job.address.slice(job.address.indexOf('/') + 1)}`
    case 'HOOK_FAILED':
      return `keywright explain ${openHooks(job.record).find((one) => one.code)?.code ?? code}   or remove it from after:; the key itself is in service`
    case 'CLOCK_SKEW':
      return 'set the clock of this machine (NTP), then: keywright apply'
    default:
      return code satisfies never
  }
}

async function failed(
  error: unknown,
  job: Job,
  { steps, context }: { readonly steps: readonly string[]; readonly context: WriteContext },
): Promise<Outcome> {
  if (isKeywrightError(error, 'STATE_CONFLICT'))
    return outcome(job, { status: 'yielded', steps, problem: toDiagnostic(error, job.address) })
  if (!isKeywrightError(error) || STOPS_THE_RUN.has(error.code)) throw error
  report(context, job, { on: 'failed', code: error.code, message: error.message })
  const kept = await keep(job, context)
  const status = error.retryable || kept !== null ? 'open' : 'stopped'
  return outcome(job, { status, steps, problem: toDiagnostic(error, job.address) })
}

/** The last result is saved also when the next effect could not be prepared. */
async function keep(job: Job, context: WriteContext): Promise<Diagnostic | null> {
  if (job.record === job.saved || (job.saved.serial === 0 && job.record.highest === 0)) return null
  try {
    await save(job, context)
    return null
  } catch (error) {
    if (!isKeywrightError(error)) throw error
    return toDiagnostic(error, job.address)
  }
}

/** Failures that concern every address alike. */
const STOPS_THE_RUN: ReadonlySet<string> = new Set([
  'LEASE_LOST',
  'STATE_UNWRITABLE',
  'STATE_CORRUPT',
  'API_UNAUTHORIZED',
  'API_NOT_MANAGEMENT_KEY',
  'MARKER_NOT_KEPT',
])

function outcome(
  job: Job,
  part: {
    readonly status: Outcome['status']
    readonly steps: readonly string[]
    readonly problem?: Diagnostic | null
    readonly until?: number | null
  },
): Outcome {
  return {
    address: job.address,
    status: part.status,
    record: job.ended ? null : job.record,
    problem: part.problem ?? null,
    steps: part.steps,
    unknownOutcome: job.unknownOutcome,
    until: part.until ?? null,
  }
}

function now(job: Job, context: WriteContext): Instant {
  return instant(context.clock.now() + job.skew)
}

function report(
  context: WriteContext,
  job: Job,
  part: { on: 'begin' | 'done' | 'failed' | 'rest'; step?: Step; code?: string; message?: string },
): void {
  const { step, ...rest } = part
  const n = step && 'n' in step ? { n: step.n } : {}
  const place = step && 'place' in step ? { place: step.place.text } : {}
  context.reporter.event({
    at: now(job, context),
    address: job.address,
    step: step?.do ?? 'rest',
    ...n,
    ...place,
    ...rest,
  })
}
