/** Effects on places: write, read back, take a secret up again, empty. */

import { isKeywrightError, KeywrightError } from '../core/diagnostic.ts'
import type { Place } from '../core/key.ts'
import type { Event } from '../core/machine/event.ts'
import { placeState } from '../core/machine/placing.ts'
import type { Step } from '../core/machine/step.ts'
import { transition } from '../core/machine/transition.ts'
import { generationById, type PlaceState } from '../core/record.ts'
import { valuesOf } from '../core/template.ts'
import { type Instant, instant } from '../core/time.ts'
import type { Reading, SecretSink } from '../ports/secret-sink.ts'
import type { WriteContext } from './context.ts'
import type { Effect } from './effects.ts'
import { type Job, owned, tryAgain } from './job.ts'

type Of<Do extends Step['do']> = Extract<Step, { readonly do: Do }>

/** Writes into one place per run; a place that keeps losing what was written is left for the next run. */
const MOST_WRITES = 4

export function writeEffect(step: Of<'write'>, job: Job, context: WriteContext): Effect {
  const { place, n } = step
  const secret = job.hand?.secret
  if (!secret) return {}
  let sink: SecretSink
  let version: string | null
  const g = generationById(job.record, step.id)
  if (!g) return {}
  const { bytes, fingerprint } = context.bytes.render(secret, place.template, valuesOf(g))
  const effect: Effect = {
    prepare: async () => {
      if (!tryAgain(job, place.identity, MOST_WRITES)) throw unstable(place)
      sink = await context.sink(place.sink)
      effect.unsure = !sink.capabilities.conditional || !sink.capabilities.readable
      version = await versionFor(owned(place, job, n), n, job, sink)
      return [{ on: 'write-claimed', at: when(job, context), n, place, version, fingerprint, ...sink.capabilities }]
    },
    act: async () => {
      await context.lease.check()
      job.places.delete(place.identity)
      try {
        const { version: written } = await sink.write(owned(place, job, n), bytes, version)
        return [{ on: 'written', identity: place.identity, version: written }]
      } catch (error) {
        if (!isKeywrightError(error, 'PLACE_CONFLICT')) throw error
        return await conflicted(step, { job, sink, fingerprint, cause: error })
      }
    },
  }
  return effect
}

/** The version saved with the earliest claim that still stands; else the one of now. */
async function versionFor(place: Place, n: number, job: Job, sink: SecretSink): Promise<string | null> {
  const state = placeState(job.record, place.identity)
  if (state && state.n === n && state.status === 'claimed') return state.version
  const g = job.record.generations.find((one) => one.n === n)
  const untouched = !state || (state.n !== n && state.status !== 'lost')
  const claimed = g?.phase === 'delivering' && untouched ? g.versions[place.identity] : undefined
  return claimed === undefined ? (await sink.preflight(place)).version : claimed
}

interface Conflict {
  readonly job: Job
  readonly sink: SecretSink
  readonly fingerprint: string
  readonly cause: KeywrightError
}

/** An earlier try of ours may have landed although its answer was lost. */
async function conflicted(
  { place, n }: Of<'write'>,
  { job, sink, fingerprint, cause }: Conflict,
): Promise<readonly Event[]> {
  const reading = await sink.read(place)
  if (reading !== null && reading !== 'unreadable' && reading.fingerprint === fingerprint)
    return [{ on: 'seen', identity: place.identity, n, version: reading.version, fingerprint }]
  if (reading !== 'unreadable')
    job.record = transition(job.record, {
      on: 'place-lost',
      identity: place.identity,
      version: reading?.version ?? null,
    })
  throw new KeywrightError('PLACE_CONFLICT', {
    message: `${place.text} changed while a secret was on its way; nothing was overwritten`,
    hint: 'keywright apply',
    retryable: true,
    cause,
  })
}

function unstable(place: Place): KeywrightError {
  return new KeywrightError('PLACE_CONFLICT', {
    message: `${place.text} lost what was written into it ${MOST_WRITES} times in this run`,
    hint: `look for another program that writes ${place.text}, then: keywright apply`,
    retryable: true,
  })
}

export function checkEffect(step: Of<'check'>, job: Job, context: WriteContext): Effect {
  return {
    act: async () => {
      const reading = await readPlace(step.place, job, context)
      if (reading === 'unreadable') return [{ on: 'blinded', identity: step.place.identity }]
      const print = step.place.fingerprint
      if (reading === null || reading.fingerprint !== print)
        return [{ on: 'place-lost', identity: step.place.identity, version: reading?.version ?? null }]
      return [
        {
          on: 'seen',
          identity: step.place.identity,
          n: step.n,
          version: reading.version,
          fingerprint: reading.fingerprint,
        },
      ]
    },
  }
}

export function inspectEffect(step: Of<'inspect'>, job: Job, context: WriteContext): Effect {
  return {
    act: async () => {
      const events: Event[] = []
      for (const place of step.places) {
        const reading = await readPlace(place, job, context)
        if (reading !== 'unreadable' && reading?.fingerprint === place.fingerprint) continue
        // Readable when it was written, and no longer: from now on it gets the caution of a blind place.
        if (reading === 'unreadable') events.push({ on: 'blinded', identity: place.identity })
        else events.push({ on: 'place-lost', identity: place.identity, version: reading?.version ?? null })
      }
      return events
    },
  }
}

/** R13: looks for the secret of one generation in the places that may hold it. What is found to hold something else is noted as well. */
export function recoverEffect(step: Of<'recover'>, job: Job, context: WriteContext): Effect {
  return {
    act: async () => {
      const api = await context.api(job.record.provider)
      const g = generationById(job.record, step.id)
      const events: Event[] = []
      for (const place of step.places) {
        const reading = await readPlace(place, job, context)
        if (reading === 'unreadable') continue
        const secret = g && reading?.bytes ? context.bytes.extract(reading.bytes, place.template, valuesOf(g)) : null
        if (!reading || !secret || !(await api.matches(secret, step.id))) {
          if (hasLost(place, reading))
            events.push({ on: 'place-lost', identity: place.identity, version: reading?.version ?? null })
          continue
        }
        job.hand = { n: step.n, secret }
        events.push({
          on: 'seen',
          identity: place.identity,
          n: step.n,
          version: reading.version,
          fingerprint: reading.fingerprint,
        })
      }
      return events
    },
  }
}

/** It was known to hold certain bytes, and holds others. */
function hasLost({ status, fingerprint }: PlaceState, reading: Reading | null): boolean {
  return (status === 'verified' || status === 'written') && reading?.fingerprint !== fingerprint
}

/** Rollback: the version that this place held before, if its sink has kept it. Announced like any other write. */
export function restoreEffect(step: Of<'restore'>, job: Job, context: WriteContext): Effect {
  const { place, n } = step
  const { identity } = place
  const state = placeState(job.record, identity)
  const before = state === null ? undefined : earlierVersion(state, n)
  const refused = (why: string): Event => ({ on: 'not-restored', identity, why })
  let sink: SecretSink
  let version: string | null = null
  if (!state || before === undefined) return { prepare: async () => [refused('what it held before is not known')] }
  const effect: Effect = {
    prepare: async () => {
      sink = await context.sink(place.sink)
      if (!sink.restore) return [refused('its sink keeps no versions')]
      effect.unsure = !sink.capabilities.conditional || !sink.capabilities.readable
      version = isBegun(state, n) ? state.version : (await sink.preflight(owned(place, job, n))).version
      return [
        { on: 'write-claimed', at: when(job, context), n, place, version, fingerprint: before, ...sink.capabilities },
      ]
    },
    act: async () => {
      if (!sink.restore) return []
      await context.lease.check()
      job.places.delete(identity)
      const put = await sink.restore(owned(place, job, n), before, version)
      if (put) return [{ on: 'written', identity, version: put.version }]
      return [notPut(state, version), refused('that version is gone')]
    },
  }
  return effect
}

/** An earlier run announced this very restore and never heard what came of it. */
function isBegun({ n, status }: PlaceState, wanted: number): boolean {
  return n === wanted && status === 'claimed'
}

/** Fingerprint of the version that holds the secret of generation `n`, where that is known. */
function earlierVersion(state: PlaceState, n: number): string | undefined {
  if (isBegun(state, n)) return state.fingerprint
  return state.beforeN === n ? state.before : undefined
}

/** Nothing was put back: the place holds what it held before the claim. */
function notPut({ identity, status, n }: PlaceState, version: string | null): Event {
  const isKnown = status !== 'lost' && status !== 'claimed'
  return isKnown ? { on: 'unwritten', identity, n } : { on: 'place-lost', identity, version }
}

export function emptyEffect(step: Of<'empty'>, job: Job, context: WriteContext): Effect {
  const { place } = step
  return {
    prepare: async () => [{ on: 'empty-claimed', identity: place.identity }],
    act: async () => {
      const sink = await context.sink(place.sink)
      await context.lease.check()
      // A write that was announced and never landed leaves what was there before: that was ours as well.
      const at = { ...owned(place, job, place.n), ...acknowledged(place) }
      for (const print of [place.fingerprint, place.before]) if (print !== undefined) await sink.remove(at, print)
      job.places.delete(place.identity)
      return [{ on: 'place-dropped', identity: place.identity }]
    },
  }
}

/** Only what the sink has said after our own write: the version of a claim is that of whatever was there before. */
function acknowledged({ status, version }: PlaceState): { readonly written?: string } {
  return status === 'claimed' || status === 'lost' || version === null ? {} : { written: version }
}

/** The secret of generation `n` ends: sinks that keep versions lock theirs away. Throws what they throw; repeating it is safe. */
export async function lockAway(n: number, job: Job, context: WriteContext): Promise<void> {
  for (const place of job.record.places) {
    if (!place.readable || place.n === n || place.n === 0) continue
    const sink = await context.sink(place.sink)
    if (sink.retired === undefined) continue
    await context.lease.check()
    await sink.retired(owned(place, job, n))
  }
}

/** Reads a place, and remembers what it was seen to hold. */
export async function readPlace(place: Place, job: Job, context: WriteContext): Promise<Reading | 'unreadable' | null> {
  const sink = await context.sink(place.sink)
  const reading = await sink.read(place)
  const seen =
    reading === null || reading === 'unreadable'
      ? { fingerprint: null, version: null }
      : { fingerprint: reading.fingerprint, version: reading.version }
  job.places.set(place.identity, seen)
  return reading
}

function when(job: Job, context: WriteContext): Instant {
  return instant(context.clock.now() + job.skew)
}
