import type { Clock } from '../ports/clock.ts'

/** Node fires a longer timer at once (a signed 32-bit number of milliseconds). */
const LONGEST_TIMER = 2_147_483_647

/** The clock of this machine. Long sleeps are safe; a sleep keeps the process alive until it ends or is aborted. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (millis, signal) => {
    let left = millis
    while (left > 0 && signal?.aborted !== true) {
      const part = Math.min(left, LONGEST_TIMER)
      await pause(part, signal)
      left -= part
    }
  },
}

function pause(millis: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, millis)
    signal?.addEventListener('abort', end)
  })
}
