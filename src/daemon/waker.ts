/** Something that sleeps and can be woken: by time, by a signal of the system, by a push. A call while nobody sleeps ends the next sleep at once. */

import type { Millis } from '../core/time.ts'
import type { Clock } from '../ports/clock.ts'

export interface Waker {
  wake(): void
  /** Ends early when woken or when `signal` aborts. Returns whether it was woken. */
  sleep(millis: Millis): Promise<boolean>
}

export function waker(clock: Clock, signal: AbortSignal): Waker {
  let isAsked = false
  let asleep: AbortController | null = null
  signal.addEventListener('abort', () => asleep?.abort())
  return {
    wake() {
      isAsked = true
      asleep?.abort()
    },
    async sleep(millis) {
      if (!isAsked && !signal.aborted) {
        asleep = new AbortController()
        await clock.sleep(millis, asleep.signal)
        asleep = null
      }
      const woken = isAsked
      isAsked = false
      return woken
    },
  }
}
