import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { windowEnd, windowStart } from '../../../src/core/schedule/calendar.ts'
import { at, instant } from '../../../src/core/time.ts'

const moments = fc.integer({ min: at('1970-01-10T00:00:00Z'), max: at('2100-01-01T00:00:00Z') })

/** Midnight UTC on the first day of the window, by the calendar of `Date`. */
function byDate(reset: 'daily' | 'weekly' | 'monthly', now: number, windows: number): number {
  const date = new Date(now)
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
  if (reset === 'monthly') return Date.UTC(year, month + windows, 1)
  if (reset === 'daily') return Date.UTC(year, month, day + windows)
  return Date.UTC(year, month, day - ((date.getUTCDay() + 6) % 7) + 7 * windows)
}

describe('a spending window', () => {
  test.each(['daily', 'weekly', 'monthly'] as const)('that is %s starts and ends as the calendar says', (reset) => {
    fc.assert(
      fc.property(moments, (now) => {
        expect(windowStart(reset, now)).toBe(byDate(reset, now, 0))
        expect(windowEnd(reset, now)).toBe(byDate(reset, now, 1))
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    ['daily', '2027-03-28T23:59:59.999Z', '2027-03-28T00:00:00.000Z', '2027-03-29T00:00:00.000Z'],
    ['weekly', '2027-01-04T00:00:00.000Z', '2027-01-04T00:00:00.000Z', '2027-01-11T00:00:00.000Z'],
    ['weekly', '2027-01-03T23:59:59.999Z', '2026-12-28T00:00:00.000Z', '2027-01-04T00:00:00.000Z'],
    ['monthly', '2028-02-29T12:00:00.000Z', '2028-02-01T00:00:00.000Z', '2028-03-01T00:00:00.000Z'],
    ['monthly', '2027-12-31T23:59:59.999Z', '2027-12-01T00:00:00.000Z', '2028-01-01T00:00:00.000Z'],
  ] as const)('%s: %s lies between %s and %s', (reset, now, start, end) => {
    expect(instant(windowStart(reset, at(now)))).toBe(start)
    expect(instant(windowEnd(reset, at(now)) ?? 0)).toBe(end)
  })

  test('that never resets began with time and has no end', () => {
    expect(windowStart(null, 1_000)).toBe(0)
    expect(windowEnd(null, 1_000)).toBeNull()
  })
})
