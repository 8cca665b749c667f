import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  at,
  DAY,
  formatDuration,
  HOUR,
  instant,
  MINUTE,
  parseDuration,
  parseInstant,
  SECOND,
} from '../../src/core/time.ts'

const millis = fc.integer({ min: Date.parse('0000-01-01T00:00:00Z'), max: Date.parse('9999-12-31T23:59:59.999Z') })

describe('an instant', () => {
  test('is written as Date writes it, and read back, for all years from 0 to 9999', () => {
    fc.assert(
      fc.property(millis, (value) => {
        expect(instant(value)).toBe(new Date(value).toISOString())
        expect(parseInstant(instant(value))).toBe(value)
      }),
      { numRuns: 2_000 },
    )
  })

  test('may be written with any offset', () => {
    const offsets = fc.integer({ min: -(23 * 60 + 59), max: 23 * 60 + 59 })
    fc.assert(
      fc.property(millis, offsets, (value, minutes) => {
        const wall = new Date(value).toISOString().slice(0, -1)
        const size = Math.abs(minutes)
        const text = `${wall}${minutes < 0 ? '-' : '+'}${two(size / 60)}:${two(size % 60)}`
        expect(parseInstant(text)).toBe(Date.parse(text))
      }),
    )
  })

  test('of our own form with one wrong character is as good as Date finds it', () => {
    fc.assert(
      fc.property(millis, fc.integer({ min: 0, max: 23 }), fc.constantFrom(...'0159-:.TZ+ a/'), (value, at, other) => {
        const text = new Date(value).toISOString()
        const changed = text.slice(0, at) + other + text.slice(at + 1)
        const real = new Date(changed)
        const isSame = !Number.isNaN(real.getTime()) && real.toISOString() === changed
        expect(parseInstant(changed)).toBe(isSame ? real.getTime() : null)
      }),
      { numRuns: 2_000 },
    )
  })

  test('is a date that exists, as Date sees it, or none', () => {
    const parts = fc.tuple(...[9999, 13, 32, 25, 61, 61].map((max) => fc.integer({ min: 0, max })))
    fc.assert(
      fc.property(parts, ([year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0]) => {
        const text = `${`${year}`.padStart(4, '0')}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}Z`
        // Date rolls 31 February over and knows 24:00; both are mistakes in a manifest.
        const real = new Date(text).toJSON()?.slice(0, 19) === text.slice(0, 19)
        expect(parseInstant(text) !== null).toBe(real)
      }),
      { numRuns: 1_000 },
    )
  })

  test.each([
    ['2024-02-29', true],
    ['2023-02-29', false],
    ['2000-02-29', true],
    ['1900-02-29', false],
    ['2100-02-29', false],
    ['2027-04-31', false],
    ['2027-12-31', true],
  ])('knows leap years: %s', (day, exists) => {
    expect(parseInstant(`${day}T00:00:00Z`) !== null).toBe(exists)
  })

  test.each([
    '',
    '2027-01-01',
    '2027-01-01T00:00Z',
    '2027-01-01T00:00:00',
    '2027-01-01 00:00:00Z',
    '2027-01-01T00:00:00z',
    '2027-01-01T24:00:00Z',
    '2027-01-01T23:59:60Z',
    '2027-01-01T00:00:00+0100',
    '2027-01-01T00:00:00+24:00',
    '2027-01-01T00:00:00+99:99',
    '2027-01-01T00:00:00Z ',
    '2027-1-1T00:00:00Z',
    '+002027-01-01T00:00:00Z',
  ])('is none without seconds, zone or exact form: %j', (text) => {
    expect(parseInstant(text)).toBeNull()
    expect(() => at(text)).toThrow(RangeError)
  })

  test('keeps fractions of a second', () => {
    expect(at('2027-01-01T00:00:00.25Z') - at('2027-01-01T00:00:00Z')).toBe(250)
  })
})

describe('a duration', () => {
  test('survives writing and reading, to the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000 * 86_400 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds * SECOND))).toBe(seconds * SECOND)
      }),
    )
  })

  test.each([
    ['0', 0],
    ['90s', 90 * SECOND],
    ['1h30m', 90 * MINUTE],
    ['1.5h', 90 * MINUTE],
    ['30d', 30 * DAY],
    ['2w', 14 * DAY],
    ['1d12h', 36 * HOUR],
  ])('%s is %d milliseconds', (text, value) => {
    expect(parseDuration(text)).toBe(value)
  })

  test.each(['', '5', 'd', '-1d', '1y', ' 1d', '1d ', '1 d', '1,5h', '1e3s', '.5h', 'Infinity', '1D'])(
    'is none: %j',
    (text) => {
      expect(parseDuration(text)).toBeNull()
    },
  )

  test.each([
    [0, '0'],
    [90 * MINUTE, '1h30m'],
    [DAY, '1d'],
    [25 * HOUR, '1d1h'],
    [61 * SECOND, '1m1s'],
  ])('of %d milliseconds is shown as %s', (value, text) => {
    expect(formatDuration(value)).toBe(text)
  })
})

function two(value: number): string {
  return `${Math.floor(value)}`.padStart(2, '0')
}
