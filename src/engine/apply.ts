/**
 * Carries a plan out: header, moves and hand-overs first, then every address through the machine, removals last.
 * After an outcome that was never learned it looks again and goes on, at most five passes; what is still open then is safe, and
 * the next run finishes it.
 */
import type { LiveKey } from '../core/key.ts'
import { transition } from '../core/machine/transition.ts'
import type { Subject } from '../core/plan.ts'
import { type KeyRecord, newRecord, policyOf } from '../core/record.ts'
import { SECOND } from '../core/time.ts'
import { isUnbornAside } from './away.ts'
import type { WriteContext } from './context.ts'
import { execute } from './execute.ts'
import type { Job, Outcome } from './job.ts'
import { inLanes, type ProviderView } from './refresh.ts'
import { type Filter, observe, type Session, UNMINTED, type Wanted } from './session.ts'
import { bookWrites, settleStack } from './stack.ts'

export interface ApplyInputs {
  readonly session: Session
  readonly wanted: Wanted
  readonly filter?: Filter
  /** Eight of `[a-z2-7]`, fresh each time. */
  readonly mint: () => string
  /** Hears how each address came out, as soon as it rests; once per pass that looked at it. */
  readonly onOutcome?: (outcome: Outcome) => void
}

export interface ApplyResult {
  /** The last outcome of each address that had something to do. */
  readonly outcomes: readonly Outcome[]
  /** Removals that wait because a create of the same plan is not active yet. */
  readonly postponed: readonly string[]
}

const MOST_PASSES = 5
/** Doubles with each pass: a late create gets time to show up, and an API in trouble time to recover. */
const FIRST_PAUSE = SECOND / 2

export async function apply(context: WriteContext, inputs: ApplyInputs): Promise<ApplyResult> {
  const outcomes = new Map<string, Outcome>()
  const { wanted, filter } = inputs
  let { session } = inputs
  let only: ReadonlySet<string> | null = null
  let postponed: readonly string[] = []
  const header = await settleStack(context, session, wanted)
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const subjects = session.subjects.filter(
      (subject) => !session.stops.has(subject.address) && (only?.has(subject.address) ?? true),
    )
    const unsure = new Set<string>()
    const run = async (subject: Subject): Promise<void> => {
      const outcome = await execute(jobOf(subject, session, inputs.mint), context)
      inputs.onOutcome?.(outcome)
      if (outcome.steps.length > 0 || outcome.problem || outcome.status !== 'settled')
        outcomes.set(subject.address, outcome)
      if (outcome.unknownOutcome) unsure.add(subject.address)
    }
    const here = subjects.filter((subject) => !subject.handedOver)
    await inLanes(
      here.filter((subject) => subject.desired),
      lanesOf(context),
      run,
    )
    const waits =
      session.subjects.some((subject) => subject.desired && isUnborn(outcomes.get(subject.address))) ||
      session.aside.some(isUnbornAside)
    const leaving = here.filter((subject) => !subject.desired)
    if (!waits) await inLanes(leaving, lanesOf(context), run)
    postponed = waits ? leaving.map((subject) => subject.address) : []
    if ((unsure.size === 0 && postponed.length === 0) || (unsure.size === 0 && waits) || context.signal.aborted) break
    only = new Set([...unsure, ...postponed])
    await context.clock.sleep(FIRST_PAUSE * 2 ** pass, context.signal)
    session = await observe(readSide(context), wanted, filter)
  }
  await bookWrites(context, header)
  return { outcomes: [...outcomes.values()], postponed }
}

/** More addresses in flight than requests: while one waits for the disk, another can use the wire. The slower the store, the more of them share a flush. */
function lanesOf({ parallelism, store }: WriteContext): number {
  return Math.max(8, parallelism * 3, store.pace?.lanes ?? 0)
}

/** A create of this plan that is not active: its address has no working key yet. */
function isUnborn(outcome: Outcome | undefined): boolean {
  return (
    outcome !== undefined &&
    outcome.status !== 'settled' &&
    !outcome.record?.generations.some((g) => g.phase === 'active')
  )
}

export function readSide(context: WriteContext): Parameters<typeof observe>[0] {
  return {
    stack: context.stack,
    store: context.store,
    clock: context.clock,
    reader: context.api,
    parallelism: context.parallelism,
    mayLack: context.mayLack ?? false,
  }
}

export function jobOf(subject: Subject, session: Session, mint: () => string): Job {
  const { desired, sight, address } = subject
  const view = viewOf(subject, session)
  const stored = subject.record.serial > 0 ? subject.record : null
  const base = stored ?? (desired ? unsaved(subject, desired, mint) : subject.record)
  return {
    address,
    desired,
    record: desired ? noted(base, desired) : base,
    saved: base,
    keys: new Map<string, LiveKey | null>(sight.keys),
    marked: sight.marked,
    places: new Map(),
    hand: null,
    skew: view?.skew ?? 0,
    skewed: sight.skewed,
    unknownOutcome: false,
    failure: null,
    attempts: new Map(),
    ended: false,
  }
}

/** A key that is taken over has a history before its first save. */
function unsaved({ record }: Subject, desired: NonNullable<Subject['desired']>, mint: () => string): KeyRecord {
  if (record.generations.length === 0) return newRecord(desired, mint())
  return record.lineage === UNMINTED ? { ...record, lineage: mint() } : record
}

function viewOf({ record, desired }: Subject, session: Session): ProviderView | undefined {
  return session.world.providers.get(record.serial > 0 ? record.provider : (desired?.provider ?? ''))
}

/** Grace, hold, protect, owner and the names of provider and sinks follow the manifest without a write at the API. */
function noted(record: KeyRecord, desired: NonNullable<Subject['desired']>): KeyRecord {
  const policy = policyOf(desired)
  const same =
    record.provider === desired.provider &&
    record.places.every(({ identity, sink }) =>
      desired.places.every((place) => place.identity !== identity || place.sink === sink),
    ) &&
    record.protect === desired.protect &&
    record.owner === desired.owner &&
    record.policy.grace === policy.grace &&
    record.policy.hold === policy.hold &&
    record.policy.removalHold === policy.removalHold &&
    record.policy.sharedLimit === policy.sharedLimit
  return same || record.serial === 0 ? record : transition(record, { on: 'noted', desired })
}
