/** Issue and proof of a generation. */
import { derivedName } from '../core/address.ts'
import { KeywrightError } from '../core/diagnostic.ts'
import type { DesiredKey } from '../core/key.ts'
import type { Event } from '../core/machine/event.ts'
import { nameOf } from '../core/machine/issue.ts'
import type { Step } from '../core/machine/step.ts'
import { transition } from '../core/machine/transition.ts'
import type { Issued } from '../core/record.ts'
import { DAY, HOUR, type Instant, instant, MINUTE, type Millis, SECOND } from '../core/time.ts'
import type { CreateOutcome, KeyApi } from '../ports/key-api.ts'
import type { WriteContext } from './context.ts'
import type { Effect } from './effects.ts'
import { type Job, owned, tryAgain } from './job.ts'

type Issue = Extract<Step, { do: 'issue' }>

export function issueEffect(step: Issue, job: Job, context: WriteContext): Effect {
  const { desired } = job
  if (!desired) return {}
  const name = bornName(step, job, desired)
  return {
    prepare: async () => {
      assertQuota(await context.api(desired.provider), job, step)
      const versions = await preflight(step.n, job, context)
      const issued: Issued = {
        name,
        scope: desired.scope,
        fields: { disabled: false, ...step.fields },
        expiresIn: desired.expiresIn,
        rotationSerial: desired.rotation.serial,
        words: { id: desired.id, name: desired.name },
      }
      const at = instant(context.clock.now() + job.skew)
      const { n, harmless, rotates } = step
      return [
        {
          on: 'issue-claimed',
          at,
          n,
          issued,
          harmless,
          versions,
          desired,
          ...(rotates === undefined ? {} : { rotates }),
        },
      ]
    },
    act: async () => {
      const api = await context.api(desired.provider)
      const outcome = await mint(step, { api, desired, name })
      return await concluded(outcome, { step, job, context, api, name })
    },
  }
}

/** The API's own rotation names the successor. */
function bornName({ n, rotates }: Issue, { record, keys }: Job, desired: DesiredKey): string {
  const old = rotates === undefined ? null : keys.get(rotates)
  return old ? derivedName(old.name) : nameOf(desired, record.lineage, n)
}

/** One request, by the API's own rotation where the machine chose that. */
async function mint(
  { fields, rotates }: Issue,
  { api, desired, name }: { readonly api: KeyApi; readonly desired: DesiredKey; readonly name: string },
): Promise<CreateOutcome> {
  if (rotates !== undefined && api.rotate) return await api.rotate(rotates, graceFromNow(desired.rotation.grace))
  return await api.create({ name, scope: desired.scope, fields, lifetime: desired.expiresIn })
}

/** Most time that a delivery takes which nothing holds up, and the longest grace that Strait knows. */
const DELIVERY = HOUR
const LONGEST_GRACE = 7 * DAY

/** The API's clock starts now, the grace of a consumer when the new secret is delivered: nobody may be cut off in between. */
function graceFromNow(grace: Millis): Millis {
  return Math.max(grace, Math.min(grace + DELIVERY, LONGEST_GRACE))
}

/** A chain that could not be finished today is not begun: create, and the lift of a generation born harmless. */
function assertQuota(api: KeyApi, job: Job, { harmless }: Issue): void {
  const left = api.writesLeft?.() ?? null
  const needed = harmless ? 2 : 1
  if (left === null || left >= needed) return
  throw new KeywrightError('API_WRITE_QUOTA', {
    message: `${job.address} needs ${needed} ${needed === 1 ? 'write' : 'writes'}, and ${left} are left until 00:00 UTC`,
    hint: 'keywright apply   after 00:00 UTC',
    retryable: true,
  })
}

/** Every place must be writable before a key exists. */
async function preflight(n: number, job: Job, context: WriteContext): Promise<Record<string, string | null>> {
  const versions: Record<string, string | null> = {}
  for (const place of job.desired?.places ?? []) {
    const sink = await context.sink(place.sink)
    versions[place.identity] = (await sink.preflight(owned(place, job, n))).version
  }
  return versions
}

interface Sent {
  readonly step: Issue
  readonly job: Job
  readonly context: WriteContext
  readonly api: KeyApi
  readonly name: string
}

async function concluded(outcome: CreateOutcome, sent: Sent): Promise<readonly Event[]> {
  const { step, job } = sent
  switch (outcome.kind) {
    case 'created':
      if (step.rotates === undefined && outcome.key.name !== sent.name) return await markerNotKept(outcome.key.id, sent)
      job.keys.set(outcome.key.id, outcome.key)
      job.hand = { n: step.n, secret: outcome.secret }
      return [{ on: 'created', n: step.n, id: outcome.key.id }]
    case 'unknown':
      job.unknownOutcome = true
      return [{ on: 'abandoned', n: step.n }]
    case 'rejected':
      return await rejected(outcome, sent)
    default:
      return outcome satisfies never
  }
}

/** We could not recognise this key later: it goes at once, and the run stops. */
async function markerNotKept(id: string, { step, api, job, context }: Sent): Promise<never> {
  try {
    await api.remove(id)
  } catch (error) {
    // Its name says nothing, so the record has to: by its id the next run deletes it.
    for (const event of wasted(id, step.n, instant(context.clock.now() + job.skew)))
      job.record = transition(job.record, event)
    throw error
  }
  throw new KeywrightError('MARKER_NOT_KEPT', {
    message: `the API stored another name for ${job.address} #${step.n} than the one that was sent; the key was deleted`,
    hint: 'shorten the display name, then: keywright apply',
  })
}

/** Created, and given up before its secret went anywhere. */
function wasted(id: string, n: number, at: Instant): readonly Event[] {
  return [
    { on: 'created', n, id },
    { on: 'superseded', n, at },
  ]
}

/** A clear no: nothing was created, so the claim is taken back. Asked to wait a little, we wait and let the machine decide anew. */
async function rejected(
  outcome: Extract<CreateOutcome, { kind: 'rejected' }>,
  { step, job, context }: Sent,
): Promise<readonly Event[]> {
  const withdrawn: Event = { on: 'withdrawn', n: step.n }
  const wait = outcome.retryAfter ?? SECOND
  if (outcome.status === 429 && wait <= MINUTE && tryAgain(job, 'rate-limit', 6)) {
    await context.clock.sleep(wait, context.signal)
    return [withdrawn]
  }
  job.record = transition(job.record, withdrawn)
  throw rejection(outcome, job)
}

type Rejected = Extract<CreateOutcome, { kind: 'rejected' }>

function rejection({ status, reason, quota, retryAfter }: Rejected, job: Job): KeywrightError {
  if (quota)
    return new KeywrightError('API_WRITE_QUOTA', {
      message: `${job.address}: the writes of this UTC day are used up`,
      hint: 'keywright apply   after 00:00 UTC',
      retryable: true,
      ...(retryAfter === undefined ? {} : { retryAfter }),
    })
  if (status === 401)
    return new KeywrightError('API_UNAUTHORIZED', {
      message: 'the key API refused the management key',
      hint: 'keywright census   with a management key that works',
    })
  if (status === 429)
    return new KeywrightError('API_RATE_LIMITED', {
      message: `${job.address}: ${reason}`,
      hint: 'keywright apply',
      retryable: true,
    })
  return new KeywrightError('API_REJECTED', {
    message: `${job.address}: the API answered ${status}: ${reason}`,
    hint: `keywright show ${job.address}`,
  })
}

/** A fresh key may take a moment to be known everywhere: a 401 is believed only after a minute. */
const PROOF_PATIENCE = MINUTE

export function proveEffect(step: Extract<Step, { do: 'prove' }>, job: Job, context: WriteContext): Effect {
  return {
    act: async () => {
      const api = await context.api(job.record.provider)
      const secret = job.hand?.secret
      if (!secret) return []
      const start = context.clock.now()
      for (let wait = SECOND; ; wait = Math.min(wait * 2, 15 * SECOND)) {
        if ((await api.prove(secret)) === 'works') return [{ on: 'proven', n: step.n }]
        if (context.signal.aborted || isFinal(api) || context.clock.now() - start >= PROOF_PATIENCE) break
        await context.clock.sleep(wait, context.signal)
        // Frozen meanwhile, another run may have taken over and deleted this very key: its 401s then mean nothing to wait for.
        await context.lease.check()
      }
      if (context.signal.aborted) return []
      job.hand = null
      job.failure = proofFailed(job, step.n)
      return [{ on: 'superseded', n: step.n, at: instant(context.clock.now() + job.skew) }]
    },
  }
}

function isFinal({ capabilities }: KeyApi): boolean {
  return capabilities.refusesForGood === true
}

function proofFailed(job: Job, n: number): KeywrightError {
  return new KeywrightError('PROOF_FAILED', {
    message: `the API refused the new secret of ${job.address} #${n}; it was delivered nowhere`,
    hint: 'keywright apply   issues the next generation',
    retryable: true,
  })
}
