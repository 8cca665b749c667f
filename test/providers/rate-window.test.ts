import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { slidingMinute } from '../../src/emulators/strait/windows.ts'
import { rateWindow } from '../../src/io/http/rate-window.ts'

const MINUTE = 60_000

/** Sends whenever it may, after each idle time; the server is given every send, and says which of them it refused. */
function refusals(
  limit: number,
  { start, idle }: { readonly start: number; readonly idle: readonly number[] },
): number {
  const window = rateWindow(limit, MINUTE)
  const server = slidingMinute(limit)
  let [now, refused] = [start, 0]
  for (const millis of idle) {
    now += millis
    now += window.waitAt(now)
    window.book(now)
    if (!server(now).passes) refused += 1
  }
  return refused
}

/** Bursts, trickles and long pauses. */
const idleTimes = (size: number) =>
  fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 8_000 }), fc.integer({ min: 20_000, max: 200_000 })), {
    minLength: size,
    maxLength: size,
  })
const starts = fc.integer({ min: 1_800_000_000_000, max: 1_800_000_060_000 })

describe('a rate window', () => {
  it('never sends what a sliding estimate refuses, wherever the windows of the server begin', () => {
    fc.assert(
      fc.property(starts, idleTimes(60), fc.integer({ min: 2, max: 20 }), (start, idle, limit) => {
        expect(refusals(limit, { start, idle })).toBe(0)
      }),
    )
  })

  it.each([10, 100])('of %i a minute is used to more than nine tenths', (limit) => {
    const window = rateWindow(limit, MINUTE)
    let now = 0
    for (let sent = 0; sent < 3 * limit; sent++) {
      now += window.waitAt(now)
      window.book(now)
    }
    expect(now / MINUTE).toBeLessThan(3 / 0.9 + 0.5)
  })

  it('lets a first burst through at once, but for one', () => {
    const window = rateWindow(10, MINUTE)
    for (let sent = 0; sent < 9; sent++) {
      expect(window.waitAt(5)).toBe(0)
      window.book(5)
    }
    expect(window.waitAt(5)).toBeGreaterThan(MINUTE)
  })

  it('is stricter than a log of the last minute, which the server would refuse', () => {
    const [server, window] = [slidingMinute(10), rateWindow(10, MINUTE)]
    const start = 30_000_000 * MINUTE
    for (let sent = 0; sent < 10; sent++) {
      server(start)
      window.book(start)
    }
    expect(server(start + MINUTE + 500).passes).toBe(false)
    expect(window.waitAt(start + MINUTE + 500)).toBeGreaterThan(0)
  })

  it('waits no longer than two minutes after the clock was set back by an hour', () => {
    const window = rateWindow(10, MINUTE)
    for (let sent = 0; sent < 9; sent++) window.book(60 * MINUTE)
    const wait = window.waitAt(0)
    expect(wait).toBeGreaterThan(0)
    expect(window.waitAt(wait)).toBe(0)
  })

  it('waits exactly as long as it says', () => {
    fc.assert(
      fc.property(starts, idleTimes(30), (start, idle) => {
        const window = rateWindow(5, MINUTE)
        let now = start
        for (const millis of idle) {
          now += millis
          const wait = window.waitAt(now)
          expect(window.waitAt(now + wait)).toBe(0)
          if (wait > 0) expect(window.waitAt(now + wait - 1)).toBe(1)
          now += wait
          window.book(now)
        }
      }),
    )
  })
})
