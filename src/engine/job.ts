/** One address in one run: the record as saved, the record as it stands, and what was seen. */
import type { Diagnostic, KeywrightError } from '../core/diagnostic.ts'
import type { DesiredKey, LiveKey } from '../core/key.ts'
import type { Seen, Sight } from '../core/machine/step.ts'
import type { KeyRecord } from '../core/record.ts'
import type { Secret } from '../core/secret.ts'
import type { Clock } from '../ports/clock.ts'
import type { Owner } from '../ports/secret-sink.ts'

export interface Job {
  readonly address: string
  readonly desired: DesiredKey | null
  record: KeyRecord
  /** What the store holds; `serial` 0 when the record was never saved. */
  saved: KeyRecord
  readonly keys: Map<string, LiveKey | null>
  marked: readonly LiveKey[]
  readonly places: Map<string, Seen>
  /** The secret of the generation this run issued or took up again. Lives in memory only. */
  hand: { readonly n: number; readonly secret: Secret } | null
  /** Clock of the API minus ours. */
  readonly skew: number
  readonly skewed: boolean
  /** A create was sent and never clearly answered: look again before the next one. */
  unknownOutcome: boolean
  /** What went wrong and is being cleaned up after: nothing new is issued in this run. */
  failure: KeywrightError | null
  /** Attempts of effects in this run by place or kind, so that nothing is tried for ever. */
  readonly attempts: Map<string, number>
  ended: boolean
}

/** How one address came out of a run. `open`: unfinished but safe, the next run goes on. `stopped`: a code needs a human. */
export interface Outcome {
  readonly address: string
  readonly status: 'settled' | 'open' | 'stopped' | 'yielded'
  readonly record: KeyRecord | null
  readonly problem: Diagnostic | null
  /** Steps that were done, in order. */
  readonly steps: readonly string[]
  readonly unknownOutcome: boolean
  readonly until: number | null
}

export function sightOf(job: Job, now: number): Sight {
  return {
    now: now + job.skew,
    keys: job.keys,
    marked: job.marked,
    places: job.places,
    inHand: job.hand?.n ?? null,
    skewed: job.skewed,
  }
}

/** Live keys as last seen, and the time by the clock of the API. */
export function seenBy(job: Job, { clock }: { readonly clock: Clock }): Pick<Sight, 'keys' | 'now'> {
  return { keys: job.keys, now: clock.now() + job.skew }
}

/** Counts one more try; true while fewer than `most` were made. */
export function tryAgain(job: Job, what: string, most: number): boolean {
  const tries = (job.attempts.get(what) ?? 0) + 1
  job.attempts.set(what, tries)
  return tries <= most
}

/** A place, and whose secret is on its way there or was. */
export function owned<At extends object>(place: At, { record }: Job, n: number): At & { readonly owner: Owner } {
  return { ...place, owner: { address: record.address, lineage: record.lineage, n } }
}
