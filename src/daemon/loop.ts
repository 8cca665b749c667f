/** Round after round, until somebody says stop. */

import { type Diagnostic, inOneLine } from '../core/diagnostic.ts'
import type { Alert } from '../core/loop/news.ts'
import { type Instant, instant, type Millis } from '../core/time.ts'
import type { Board } from '../engine/board.ts'
import { type Ended, NO_PAST, type RoundOptions, runRound } from './round.ts'
import type { Waker } from './waker.ts'

/** How the loop itself is. */
export interface LoopState {
  readonly source: string
  readonly commit: string | null
  readonly every: Millis
  readonly rounds: number
  readonly failures: number
  readonly lastGood: Instant | null
  readonly next: Instant | null
  /** Why the last round came to nothing, or did not use the newest manifests. */
  readonly problem: string | null
  readonly apiUp: boolean
  readonly backedOff: readonly string[]
}

/** What there is to see: the last good look, and how the loop is now. */
export interface View {
  readonly at: Instant
  readonly board: Board | null
  readonly loop: LoopState
  readonly alerts: readonly Alert[]
}

export interface LoopOptions extends RoundOptions {
  readonly waker: Waker
  readonly poll: Millis | null
  readonly once: boolean
  readonly publish: (view: View, ended: Ended) => void
}

/** Returns how the last round ended. */
export async function runLoop(options: LoopOptions): Promise<Ended> {
  const { shell, once, publish } = options
  let past = NO_PAST
  let view: View | null = null
  let rounds = 0
  for (;;) {
    const ended = await runRound(options, past)
    past = ended.past
    rounds += 1
    view = viewOf(ended, { options, before: view, rounds, now: shell.clock.now() })
    publish(view, ended)
    if (once || shell.signal.aborted) return ended
    await nap(options, ended)
    if (shell.signal.aborted) return ended
  }
}

/** Until it is time, somebody wakes us, or the repository has something new. */
async function nap({ shell, source, waker, poll, log }: LoopOptions, { wake }: Ended): Promise<void> {
  log.info('next look', { at: instant(wake) })
  while (!shell.signal.aborted) {
    const left = wake - shell.clock.now()
    if (left <= 0) return
    if (await waker.sleep(poll === null ? left : Math.min(left, poll))) return
    if (poll !== null && !shell.signal.aborted && (await source.hasMoved())) return
  }
}

interface Before {
  readonly options: LoopOptions
  readonly before: View | null
  readonly rounds: number
  readonly now: Millis
}

function viewOf(ended: Ended, { options, before, rounds, now }: Before): View {
  const { past, board, alerts, problem, commit, every, wake, round } = ended
  const isGood = board !== null
  return {
    at: instant(now),
    board: board ?? before?.board ?? null,
    alerts: isGood ? alerts : merged(before?.alerts ?? [], alerts),
    loop: {
      source: options.source.name,
      commit: commit ?? before?.loop.commit ?? null,
      every,
      rounds,
      failures: past.failures,
      lastGood: isGood ? instant(now) : (before?.loop.lastGood ?? null),
      next: options.once ? null : instant(wake),
      problem: wordsOf(problem ?? board?.away[0]?.problem ?? null),
      apiUp: past.outages.all === null && past.outages.of.size === 0,
      backedOff: round?.backedOff ?? before?.loop.backedOff ?? [],
    },
  }
}

function wordsOf(problem: Diagnostic | null): string | null {
  return problem === null ? null : inOneLine(problem)
}

/** After a failed round what was seen before still holds, as far as anybody knows. */
function merged(before: readonly Alert[], now: readonly Alert[]): readonly Alert[] {
  const old = before.filter(({ kind }) => kind !== 'rotated' && kind !== 'loop-failed')
  return [...now, ...old]
}
