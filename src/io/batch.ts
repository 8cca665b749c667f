import { setImmediate } from 'node:timers/promises'

interface Waiting<T, R> {
  readonly item: T
  readonly resolve: (value: R) => void
  readonly reject: (reason: unknown) => void
}

export interface Batched<T, R> {
  (item: T): Promise<R>
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

/**
 * Turns many single calls into rounds: what is asked for while a round runs is answered together by the next one. `round`
 * returns one outcome per item, in order; when it throws, all of that round fail with that error. Rounds never overlap.
 */
export function batched<T, R>(
  round: (items: readonly T[]) => Promise<readonly PromiseSettledResult<R>[]>,
): Batched<T, R> {
  let waiting: Waiting<T, R>[] = []
  let running: Promise<void> | null = null
  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      await setImmediate() // whoever asks within this turn joins
      const now = waiting
      waiting = []
      await settle(now, round)
    }
    running = null
  }
  const ask = (item: T): Promise<R> =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      running ??= run()
    })
  return Object.assign(ask, { idle: async () => running ?? undefined })
}

async function settle<T, R>(
  now: readonly Waiting<T, R>[],
  round: (items: readonly T[]) => Promise<readonly PromiseSettledResult<R>[]>,
): Promise<void> {
  try {
    const outcomes = await round(now.map((each) => each.item))
    for (const [i, { resolve, reject }] of now.entries()) {
      const outcome = outcomes[i]
      if (outcome?.status === 'fulfilled') resolve(outcome.value)
      else reject(outcome?.reason)
    }
  } catch (error) {
    for (const { reject } of now) reject(error)
  }
}

/** One outcome of a round: what `work` returns or throws. */
export function outcomeOf<R>(work: () => R): PromiseSettledResult<R> {
  try {
    return { status: 'fulfilled', value: work() }
  } catch (reason) {
    return { status: 'rejected', reason }
  }
}
