import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { onTestFinished } from 'vitest'
import type { Clock } from '../../../src/ports/clock.ts'

/** The time that client and server share. */
interface SharedTime {
  now(): number
  advance(seconds: number): void
}

interface Sleeper {
  readonly until: number
  readonly wake: () => void
}

/** Turns of the event loop without any request, after which everybody who could go on has done so. */
const QUIET_TURNS = 4

/**
 * A clock for a client and a server in one process. It moves only when no request is under way and everybody sleeps, and then to the end of
 * the shortest sleep: so a request reaches the server at the very instant it was sent, however slow the machine is.
 */
export function quietClock(time: SharedTime): Clock {
  let sleepers: readonly Sleeper[] = []
  let isPumping = false
  const underWay = requestsUnderWay()
  const pump = async (): Promise<void> => {
    if (isPumping) return
    isPumping = true
    for (let quiet = 0; sleepers.length > 0; ) {
      await new Promise((resolve) => setImmediate(resolve))
      quiet = underWay() === 0 ? quiet + 1 : 0
      if (quiet < QUIET_TURNS) continue
      wakeFirst()
      quiet = 0
    }
    isPumping = false
  }
  const wakeFirst = (): void => {
    const until = Math.min(...sleepers.map((sleeper) => sleeper.until))
    time.advance(Math.max(0, until - time.now()) / 1000)
    const due = sleepers.filter((sleeper) => sleeper.until <= until)
    sleepers = sleepers.filter((sleeper) => sleeper.until > until)
    for (const { wake } of due) wake()
  }
  return {
    now: time.now,
    sleep: (millis) =>
      new Promise((wake) => {
        sleepers = [...sleepers, { until: time.now() + millis, wake }]
        void pump()
      }),
  }
}

/** How many requests of this process have no whole answer yet, by undici's own account. */
function requestsUnderWay(): () => number {
  const open = new Set<unknown>()
  const requestOf = (message: unknown): unknown =>
    typeof message === 'object' && message !== null && 'request' in message ? message.request : null
  const begun = (message: unknown): void => void open.add(requestOf(message))
  const ended = (message: unknown): void => void open.delete(requestOf(message))
  const listeners = [
    ['undici:request:create', begun],
    ['undici:request:trailers', ended],
    ['undici:request:error', ended],
  ] as const
  for (const [name, listener] of listeners) subscribe(name, listener)
  onTestFinished(() => {
    for (const [name, listener] of listeners) unsubscribe(name, listener)
  })
  return () => open.size
}
