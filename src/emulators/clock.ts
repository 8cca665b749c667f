/**
 * The emulator's own clock. It either runs (real time plus an offset) or stands still at a given instant.
 * Everything the emulator says about time comes from here: `Date` headers, stamps, expiry, usage windows, quota days.
 */
export interface EmulatorClock {
  /** Milliseconds since the epoch. */
  now(): number
  /** An ISO 8601 instant makes the clock stand still there; `real` makes it run with real time again. Throws RangeError on other text. */
  set(to: string): void
  /** Moves by seconds (fractions and negative numbers allowed). A running clock keeps running, a standing one stands. */
  advance(seconds: number): void
}

/** Starts as `set` would: `real` or an ISO 8601 instant. Throws RangeError on other text. */
export function emulatorClock(start: string): EmulatorClock {
  let offset = 0
  let standing: number | null = null
  const clock: EmulatorClock = {
    now: () => standing ?? Date.now() + offset,
    set(to) {
      standing = to === 'real' ? null : parseInstant(to)
      offset = 0
    },
    advance(seconds) {
      if (!Number.isFinite(seconds)) throw new RangeError('advance wants a number of seconds')
      if (standing === null) offset += seconds * 1000
      else standing += seconds * 1000
    },
  }
  clock.set(start)
  return clock
}

/** Milliseconds of an ISO 8601 instant with a zone. Throws RangeError with a message that shows the wanted form. */
export function parseInstant(text: string): number {
  const milliseconds = /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(milliseconds)) throw new RangeError(`"${text}" is not an instant such as 2026-01-31T09:00:00Z`)
  return milliseconds
}
