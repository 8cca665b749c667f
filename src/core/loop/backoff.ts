/**
 * Which addresses are left alone for a while because they failed, so that one broken key neither stops the rest nor is hammered.
 * It lives in the loop's memory: after a restart everything is tried once. What must hold across runs is the breaker in the record.
 */
import type { Diagnostic } from '../diagnostic.ts'
import type { Millis } from '../time.ts'
import { HOUR, MINUTE } from '../time.ts'

/** One address that failed, and how it looked then: an edit or a human's word is a reason to try at once. */
export interface Failing {
  readonly failures: number
  /** Not before then. */
  readonly next: Millis
  /** Digest of its manifest entry; empty when it has none. */
  readonly entry: string
  readonly serial: number
  readonly problem: Diagnostic
}

export type Backoff = ReadonlyMap<string, Failing>

/** An address as it is seen now. */
export interface Looks {
  readonly address: string
  readonly entry: string
  readonly serial: number
}

/** How an attempt ended; `problem: null` is well. */
export interface Attempt extends Looks {
  readonly problem: Diagnostic | null
}

export const FIRST_PAUSE: Millis = MINUTE
export const LONGEST_PAUSE: Millis = HOUR

/** True while the address is to be left alone. */
export function isBackedOff(backoff: Backoff, { address, entry, serial }: Looks, now: Millis): boolean {
  const failing = backoff.get(address)
  return failing !== undefined && now < failing.next && failing.entry === entry && failing.serial === serial
}

/** The pauses after a round. `present` are all addresses there are: of others nothing is kept. */
export function afterAttempts(
  backoff: Backoff,
  attempts: readonly Attempt[],
  { present, now }: { readonly present: ReadonlySet<string>; readonly now: Millis },
): Backoff {
  const next = new Map([...backoff].filter(([address]) => present.has(address)))
  for (const { address, entry, serial, problem } of attempts) {
    if (problem === null) next.delete(address)
    else {
      const failures = (backoff.get(address)?.failures ?? 0) + 1
      next.set(address, { failures, next: now + pauseAfter(failures), entry, serial, problem })
    }
  }
  return next
}

/** 1 min, 2 min, 4 min and so on, an hour at most. */
export function pauseAfter(failures: number, first: Millis = FIRST_PAUSE): Millis {
  return Math.min(LONGEST_PAUSE, first * 2 ** Math.min(failures - 1, 30))
}
