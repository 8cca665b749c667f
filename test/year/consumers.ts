/**
 * Whoever uses the keys. Each place has two readers, and after every effect that touched the place or one of its live keys both call the
 * API with what they hold: one reads the place anew each time; the other reads it once in every grace, at an hour of its own, and goes on
 * with that until then. Where the old key ends by its use, there is a third one after each rotation: a worker that goes on with the old
 * secret for up to some days, and calls with it in every run.
 *
 * Whoever is refused has found an outage.
 */
import type { DesiredKey, Place } from '../../src/core/key.ts'
import { jitterOf } from '../../src/core/schedule/jitter.ts'
import { DAY, instant } from '../../src/core/time.ts'
import type { Clock } from '../../src/ports/clock.ts'

export interface Door {
  /** Calls the API with a secret. False when it is refused. */
  use(secret: string): Promise<boolean>
  /** The work that comes with a call leaves traces in the counters of the key. */
  spend(secret: string): void
}

export interface Consumers {
  /** Somebody did something to a place or a live key of that address. */
  look(address: string): Promise<void>
  /** Workers that still hold an old secret call with it. */
  work(): Promise<void>
  /** Everybody calls: keys also end without anybody doing anything. */
  callAll(): Promise<void>
  readonly findings: readonly string[]
  readonly calls: number
}

interface Version {
  readonly secret: string
  readonly since: number
}

interface Seat {
  readonly key: DesiredKey
  readonly place: Place
  /** What the place held, newest last. */
  readonly versions: Version[]
  slow: { readonly secret: string; readonly until: number } | null
}

interface Parts {
  readonly keys: readonly DesiredKey[]
  readonly clock: Pick<Clock, 'now'>
  readonly door: Door
  /** What stands in a place, without the help of its sink. */
  readonly peek: (place: Place) => string | null
}

/** Most time for which a worker goes on with an old secret. */
const SLOWEST = 5 * DAY

export function consumers({ keys, clock, door, peek }: Parts): Consumers {
  const findings: string[] = []
  const seats = new Map(keys.map((key) => [key.address, seatsOf(key)]))
  let calls = 0
  const call = async (secret: string, { place }: Seat, who: string): Promise<void> => {
    calls += 1
    if (await door.use(secret)) return
    findings.push(`${instant(clock.now())} ${place.text}: ${who} was refused`)
  }
  const lookAt = async (seat: Seat): Promise<void> => {
    notice(seat, peek(seat.place), clock.now())
    const [held, read] = [heldAt(seat, clock.now()), seat.versions.at(-1)]
    if (read) await call(read.secret, seat, 'who read it just now')
    else if (seat.versions.length > 0) findings.push(`${seat.place.text} is empty`)
    if (held && held !== read) await call(held.secret, seat, 'who read it within the grace')
  }
  const all = (): readonly Seat[] => [...seats.values()].flat()
  return {
    findings,
    get calls() {
      return calls
    },
    look: async (address) => {
      for (const seat of seats.get(address) ?? []) await lookAt(seat)
    },
    work: async () => {
      const slow = all().flatMap((seat) =>
        seat.slow && clock.now() <= seat.slow.until ? [[seat, seat.slow] as const] : [],
      )
      await Promise.all(
        slow.map(([seat, { secret }]) => {
          door.spend(secret)
          return call(secret, seat, 'a worker that has not been restarted yet')
        }),
      )
    },
    callAll: async () => {
      for (const seat of all()) await lookAt(seat)
    },
  }
}

function seatsOf(key: DesiredKey): readonly Seat[] {
  return key.places.map((place) => ({ key, place, versions: [], slow: null }))
}

function notice(seat: Seat, secret: string | null, now: number): void {
  const last = seat.versions.at(-1)
  if (secret === null || last?.secret === secret) return
  seat.versions.push({ secret, since: now })
  const isSlow = seat.key.rotation.retire.when === 'unused' && last !== undefined
  if (isSlow) seat.slow = { secret: last.secret, until: now + jitterOf(seat.key.id, seat.versions.length, SLOWEST) }
}

/** What somebody holds who reads the place once in every grace. */
function heldAt({ key, versions }: Seat, now: number): Version | null {
  const period = key.rotation.grace
  const phase = jitterOf(key.id, 0, period)
  const lastRead = Math.floor((now - phase) / period) * period + phase
  return versions.findLast(({ since }) => since <= lastRead) ?? null
}
