/**
 * Runs the machine over one record until it rests, as any apply of keywright does, with at most three looks after an answer that was
 * lost: what is left of the free issues of a day is for the next apply.
 */
import type { Diagnostic } from '../../core/diagnostic.ts'
import { isKeywrightError, toDiagnostic } from '../../core/diagnostic.ts'
import type { DesiredKey, LiveKey } from '../../core/key.ts'
import type { KeyRecord, ProviderIdentity } from '../../core/record.ts'
import { type Millis, SECOND } from '../../core/time.ts'
import { execute } from '../../engine/execute.ts'
import type { Job } from '../../engine/job.ts'
import { MOST_SKEW } from '../../engine/refresh.ts'
import { type Look, lookAt } from '../record/sight.ts'
import { type Writing, writeContext } from './context.ts'

export interface Run extends Omit<Writing, 'onSecret'> {
  readonly desired: DesiredKey | null
  readonly identity: ProviderIdentity | undefined
  readonly look: Pick<Look, 'keys' | 'strays' | 'skew'>
}

export interface Ran {
  /** `null` when nothing of the address is left. */
  readonly record: KeyRecord | null
  readonly keys: ReadonlyMap<string, LiveKey | null>
  readonly problem: Diagnostic | null
  /** When it makes sense to go on, by the clock of the API; `null` when nothing is waited for. */
  readonly until: Millis | null
  /** Fingerprints of secrets, by generation. */
  readonly fingerprints: ReadonlyMap<number, string>
}

const MOST_PASSES = 3
const FIRST_PAUSE = SECOND / 2

export async function run(first: Run): Promise<Ran> {
  const { world, signal } = first
  const fingerprints = new Map<number, string>()
  let { record, look } = first
  for (let pass = 0; ; pass++) {
    const job = jobOf(first, record, look)
    const context = writeContext({ ...first, record, onSecret: (n, print) => void fingerprints.set(n, print) })
    const end = await outcome(job, context)
    record = job.record
    if (job.ended) return { record: null, keys: job.keys, problem: null, until: null, fingerprints }
    const isOver = !job.unknownOutcome || pass + 1 >= MOST_PASSES || signal.aborted
    if (isOver) return { record, keys: job.keys, ...end, fingerprints }
    await world.clock.sleep(FIRST_PAUSE * 2 ** pass, signal)
    const again = await lookedAgain(first, record)
    if ('problem' in again) return { record, keys: job.keys, problem: again.problem, until: null, fingerprints }
    look = again
  }
}

/** The answer may stay away as well: what was announced so far is kept all the same. */
async function lookedAgain(
  { world, kind, identity }: Run,
  record: KeyRecord,
): Promise<Run['look'] | { readonly problem: Diagnostic }> {
  world.forget(kind, record.scope)
  try {
    return await lookAt(world, kind, { record, identity, scopes: [] })
  } catch (error) {
    if (!isKeywrightError(error)) throw error
    return { problem: toDiagnostic(error, record.address) }
  }
}

/** Whatever happens, the record as it stands is what the state keeps. */
async function outcome(job: Job, context: ReturnType<typeof writeContext>): Promise<Pick<Ran, 'problem' | 'until'>> {
  try {
    const { problem, until } = await execute(job, context)
    return { problem, until }
  } catch (error) {
    if (!isKeywrightError(error)) throw error
    return { problem: toDiagnostic(error, job.address), until: null }
  }
}

function jobOf({ desired }: Run, record: KeyRecord, { keys, strays, skew }: Run['look']): Job {
  return {
    address: record.address,
    desired,
    record,
    saved: record,
    keys: new Map(keys),
    marked: strays,
    places: new Map(),
    hand: null,
    skew,
    skewed: Math.abs(skew) > MOST_SKEW,
    unknownOutcome: false,
    failure: null,
    attempts: new Map(),
    ended: false,
  }
}
