import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Window } from '../../../src/core/key.ts'
import { isOpen, nextClosing, nextOpening, openMillisWithin } from '../../../src/core/schedule/window.ts'
import { isZone, offsetAt, zoneNames } from '../../../src/core/schedule/zone.ts'
import { at, DAY, HOUR, instant, MINUTE } from '../../../src/core/time.ts'

const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe']
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

function aWindow(change: Partial<Window> = {}): Window {
  return { days: [1, 2, 3, 4, 5, 6, 7], from: 9 * 60, to: 16 * 60, zone: 'Europe/Berlin', ...change }
}

const hours = (text: string): Pick<Window, 'from' | 'to'> => {
  const [from = 0, to = 0] = text.split('-').map((time) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3)))
  return { from, to }
}

const FORMATS = new Map(
  ZONES.map((timeZone) => [
    timeZone,
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }),
  ]),
)

/** What a person reads off the wall, by another road than the product: weekday and time of day as text. */
function readsOpen({ days, from, to, zone }: Window, now: number): boolean {
  const [weekday = '', time = ''] = (FORMATS.get(zone)?.format(now) ?? '').split(/,? /)
  const day = DAYS.indexOf(weekday) + 1
  const minute = hours(time).from
  const eve = day === 1 ? 7 : day - 1
  if (from < to) return days.includes(day) && minute >= from && minute < to
  return (days.includes(day) && minute >= from) || (days.includes(eve) && minute < to)
}

const windows = fc.record({
  days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
  from: fc.integer({ min: 0, max: 1_439 }),
  to: fc.integer({ min: 1, max: 1_440 }),
  zone: fc.constantFrom(...ZONES),
})
/** Moments around the days on which some of the zones change their clocks, and any others. */
const changes = ['2027-03-14', '2027-03-28', '2027-04-03', '2027-10-02', '2027-10-31', '2027-11-07'].map((day) =>
  at(`${day}T00:00:00Z`),
)
const moments = fc
  .tuple(fc.constantFrom(...changes, at('2028-07-01T00:00:00Z')), fc.integer({ min: -2 * 1_440, max: 3 * 1_440 }))
  .map(([day, minutes]) => day + minutes * MINUTE)

describe('a window', () => {
  test('is open when the wall clock of its zone says so', () => {
    fc.assert(
      fc.property(windows, moments, (window, now) => {
        expect(isOpen(window, now)).toBe(readsOpen(window, now))
      }),
      { numRuns: 1_000 },
    )
  })

  test('opens next at the first open minute, and closes at the first closed one', () => {
    fc.assert(
      fc.property(windows, moments, (window, now) => {
        for (const [found, wanted] of [
          [nextOpening(window, now), true],
          [nextClosing(window, now), false],
        ] as const) {
          const end = Math.min(found, now + 9 * DAY)
          for (let minute = now; minute < end; minute += 7 * MINUTE) expect(isOpen(window, minute)).toBe(!wanted)
          if (end > now) expect(isOpen(window, end - 1)).toBe(!wanted)
          if (found < Number.POSITIVE_INFINITY) expect(isOpen(window, found)).toBe(wanted)
        }
      }),
      { numRuns: 150 },
    )
  })

  test('is open for as long as its open minutes', () => {
    fc.assert(
      fc.property(windows, moments, fc.integer({ min: 0, max: 2_000 }), (window, from, minutes) => {
        let open = 0
        for (let minute = 0; minute < minutes; minute++) if (isOpen(window, from + minute * MINUTE)) open += MINUTE
        expect(openMillisWithin(window, from, from + minutes * MINUTE)).toBe(open)
      }),
      { numRuns: 100 },
    )
  })

  test.each<[rule: string, window: Window, from: string, opens: string, closes: string]>([
    [
      'opens at nine in winter, which is eight in UTC',
      aWindow(),
      '2027-01-11T00:00:00Z',
      '2027-01-11T08:00:00Z',
      '2027-01-11T15:00:00Z',
    ],
    [
      'opens at nine in summer, which is seven in UTC',
      aWindow(),
      '2027-07-12T00:00:00Z',
      '2027-07-12T07:00:00Z',
      '2027-07-12T14:00:00Z',
    ],
    [
      'waits for Monday',
      aWindow({ days: [1, 2, 3, 4, 5] }),
      '2027-01-08T15:00:00Z',
      '2027-01-11T08:00:00Z',
      '2027-01-11T15:00:00Z',
    ],
    [
      'opens now when it is open',
      aWindow(),
      '2027-01-11T10:30:00.250Z',
      '2027-01-11T10:30:00.250Z',
      '2027-01-11T15:00:00Z',
    ],
    [
      'skips an hour that does not exist (Berlin, 28 March 2027, 02:00 to 03:00)',
      aWindow(hours('02:00-03:00')),
      '2027-03-27T12:00:00Z',
      '2027-03-29T00:00:00Z',
      '2027-03-29T01:00:00Z',
    ],
    [
      'opens at once where the clocks jump into it',
      aWindow(hours('02:30-05:00')),
      '2027-03-27T12:00:00Z',
      '2027-03-28T01:00:00Z',
      '2027-03-28T03:00:00Z',
    ],
    [
      'is open through an hour that comes twice (Berlin, 31 October 2027)',
      aWindow(hours('02:00-03:00')),
      '2027-10-30T12:00:00Z',
      '2027-10-31T00:00:00Z',
      '2027-10-31T02:00:00Z',
    ],
    [
      'opens a second time when its minutes come twice',
      aWindow(hours('02:10-02:20')),
      '2027-10-31T00:20:00Z',
      '2027-10-31T01:10:00Z',
      '2027-10-31T01:20:00Z',
    ],
    [
      'begins on its day and runs past midnight',
      aWindow({ days: [5], ...hours('22:00-06:00') }),
      '2027-01-11T00:00:00Z',
      '2027-01-15T21:00:00Z',
      '2027-01-16T05:00:00Z',
    ],
    [
      'is one hour shorter past a midnight in spring (New York, 14 March 2027)',
      aWindow({ days: [6], ...hours('22:00-06:00'), zone: 'America/New_York' }),
      '2027-03-13T00:00:00Z',
      '2027-03-14T03:00:00Z',
      '2027-03-14T10:00:00Z',
    ],
    [
      'is one hour longer past a midnight in autumn (New York, 7 November 2027)',
      aWindow({ days: [6], ...hours('22:00-06:00'), zone: 'America/New_York' }),
      '2027-11-06T12:00:00Z',
      '2027-11-07T02:00:00Z',
      '2027-11-07T11:00:00Z',
    ],
    [
      'knows zones that are half an hour off',
      aWindow({ ...hours('09:00-16:00'), zone: 'Asia/Kolkata' }),
      '2027-06-01T00:00:00Z',
      '2027-06-01T03:30:00Z',
      '2027-06-01T10:30:00Z',
    ],
    [
      'knows summer time of half an hour, when it begins (Lord Howe, 3 October 2027, 02:00 to 02:30)',
      aWindow({ ...hours('02:00-03:00'), zone: 'Australia/Lord_Howe' }),
      '2027-10-02T12:00:00Z',
      '2027-10-02T15:30:00Z',
      '2027-10-02T16:00:00Z',
    ],
    [
      'knows summer time of half an hour, when it ends (Lord Howe, 4 April 2027, 02:00 back to 01:30)',
      aWindow({ ...hours('01:00-02:00'), zone: 'Australia/Lord_Howe' }),
      '2027-04-03T12:00:00Z',
      '2027-04-03T14:00:00Z',
      '2027-04-03T15:30:00Z',
    ],
  ])('%s', (_rule, window, from, opens, closes) => {
    const opening = nextOpening(window, at(from))
    expect(instant(opening)).toBe(instant(at(opens)))
    expect(instant(nextClosing(window, opening))).toBe(instant(at(closes)))
  })

  test('of all hours and days never closes', () => {
    const window = aWindow(hours('00:00-24:00'))
    expect(nextClosing(window, at('2027-03-01T00:00:00Z'))).toBe(Number.POSITIVE_INFINITY)
    expect(openMillisWithin(window, 0, 90 * DAY)).toBe(90 * DAY)
  })

  test('without days never opens', () => {
    expect(nextOpening(aWindow({ days: [] }), 0)).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('a zone', () => {
  test.each([
    ['Europe/Berlin', '2027-01-01T00:00:00Z', 1],
    ['Europe/Berlin', '2027-03-28T00:59:59.999Z', 1],
    ['Europe/Berlin', '2027-03-28T01:00:00Z', 2],
    ['Europe/Berlin', '2027-10-31T00:59:59.999Z', 2],
    ['Europe/Berlin', '2027-10-31T01:00:00Z', 1],
    ['America/New_York', '2027-03-14T06:59:59.999Z', -5],
    ['America/New_York', '2027-03-14T07:00:00Z', -4],
    ['Asia/Kolkata', '2027-03-28T01:00:00Z', 5.5],
    ['Australia/Lord_Howe', '2027-10-02T15:29:59.999Z', 10.5],
    ['Australia/Lord_Howe', '2027-10-02T15:30:00Z', 11],
    ['UTC', '2027-10-31T01:00:00Z', 0],
  ])('%s at %s is %d hours ahead of UTC', (zone, moment, ahead) => {
    expect(offsetAt(zone, at(moment))).toBe(ahead * HOUR)
  })

  test.each([
    ['Europe/Berlin', true],
    ['UTC', true],
    ['Etc/GMT+2', true],
    ['Europe/Berln', false],
    ['+02:00', false],
    ['local', false],
    ['', false],
  ])('%j is one: %j', (name, known) => {
    expect(isZone(name)).toBe(known)
  })

  test('is offered by names that are zones', () => {
    expect(zoneNames().length).toBeGreaterThan(300)
    expect(zoneNames().every(isZone)).toBe(true)
    expect(zoneNames()).toContain('Europe/Berlin')
  })
})
