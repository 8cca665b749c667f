import type { Clock } from '../../src/ports/clock.ts'

interface Sleeper {
  readonly until: number
  wake(): void
}

export interface HandClock extends Clock {
  /** Moves time and wakes, in order, whoever's sleep ends by then. Returns after they had a turn. */
  advance(millis: number): Promise<void>
  /** How many are asleep. */
  readonly sleepers: number
}

/** A clock that moves only by hand. Starts at 2027-01-01. */
export function handClock(start = 1_798_761_600_000): HandClock {
  let now = start
  let asleep: Sleeper[] = []
  return {
    now: () => now,
    get sleepers() {
      return asleep.length
    },
    sleep: (millis, signal) =>
      new Promise((resolve) => {
        const sleeper = { until: now + millis, wake: resolve }
        asleep.push(sleeper)
        signal?.addEventListener('abort', () => {
          asleep = asleep.filter((one) => one !== sleeper)
          resolve()
        })
      }),
    advance: async (millis) => {
      now += millis
      const due = asleep.filter(({ until }) => until <= now).sort((a, b) => a.until - b.until)
      asleep = asleep.filter(({ until }) => until > now)
      for (const { wake } of due) wake()
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}
