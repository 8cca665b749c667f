import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Freeze, Window } from '../../../src/core/key.ts'
import { firstAllowed, freezeAt, frozenUntil } from '../../../src/core/schedule/freeze.ts'
import { isOpen } from '../../../src/core/schedule/window.ts'
import { at, DAY, HOUR, instant } from '../../../src/core/time.ts'

const START = at('2027-12-01T00:00:00Z')
const aFreeze = (from: number, to: number, reason = 'holidays'): Freeze => ({
  from: instant(START + from * HOUR),
  to: instant(START + to * HOUR),
  reason,
})
const hour = (count: number): number => START + count * HOUR
const MORNINGS: Window = { days: [1, 2, 3, 4, 5], from: 540, to: 720, zone: 'Europe/Berlin' }

const freezes = fc.array(
  fc.tuple(fc.nat(300), fc.integer({ min: 1, max: 60 })).map(([from, length]) => aFreeze(from, from + length)),
  { maxLength: 6 },
)

describe('a freeze', () => {
  test('holds from its first moment, and no longer at its last', () => {
    expect(frozenUntil([aFreeze(1, 3)], hour(1) - 1)).toBeNull()
    expect(frozenUntil([aFreeze(1, 3)], hour(1))).toBe(hour(3))
    expect(frozenUntil([aFreeze(1, 3)], hour(3) - 1)).toBe(hour(3))
    expect(frozenUntil([aFreeze(1, 3)], hour(3))).toBeNull()
  })

  test('goes on with one that overlaps or adjoins it, in any order', () => {
    const chain = [aFreeze(9, 12), aFreeze(1, 3), aFreeze(2, 5), aFreeze(5, 7)]
    expect(frozenUntil(chain, hour(2))).toBe(hour(7))
    expect(frozenUntil([...chain].reverse(), hour(2))).toBe(hour(7))
  })

  test('ends at the first moment that no freeze covers', () => {
    fc.assert(
      fc.property(freezes, fc.nat(400), (all, count) => {
        const free = (moment: number): boolean => freezeAt(all, moment) === null
        const until = frozenUntil(all, hour(count))
        expect(until === null).toBe(free(hour(count)))
        let moment = hour(count)
        while (!free(moment)) moment += HOUR
        expect(until ?? hour(count)).toBe(moment)
      }),
    )
  })

  test('that ends last is the one that is named', () => {
    const all = [aFreeze(1, 3, 'short'), aFreeze(0, 9, 'long'), aFreeze(2, 4, 'other')]
    expect(freezeAt(all, hour(2))?.reason).toBe('long')
    expect(freezeAt(all, hour(9))).toBeNull()
  })
})

describe('the first allowed moment', () => {
  test('is now when nothing forbids it', () => {
    expect(firstAllowed({ window: null, freezes: [] }, START + 1)).toBe(START + 1)
  })

  test('is the end of a freeze without a window', () => {
    expect(firstAllowed({ window: null, freezes: [aFreeze(0, 5)] }, START)).toBe(hour(5))
  })

  test('waits for an opening that no freeze covers', () => {
    // Friday 3 December to Monday noon, Berlin: Monday's morning is lost, so it is Tuesday at nine.
    const weekend = aFreeze(48, 5 * 24 + 11)
    expect(firstAllowed({ window: MORNINGS, freezes: [weekend] }, hour(60))).toBe(at('2027-12-07T08:00:00Z'))
  })

  test('is none when freezes last longer than 400 days', () => {
    expect(firstAllowed({ window: null, freezes: [aFreeze(0, 401 * 24)] }, START)).toBeNull()
    expect(firstAllowed({ window: null, freezes: [aFreeze(0, 399 * 24)] }, START)).toBe(START + 399 * DAY)
  })

  test('is none for a window that never opens', () => {
    expect(firstAllowed({ window: { ...MORNINGS, days: [] }, freezes: [] }, START)).toBeNull()
  })

  test('is the least moment that window and freezes allow', () => {
    fc.assert(
      fc.property(freezes, fc.nat(400), (all, count) => {
        const allowed = (moment: number): boolean => isOpen(MORNINGS, moment) && freezeAt(all, moment) === null
        let moment = hour(count)
        while (!allowed(moment)) moment += HOUR
        expect(firstAllowed({ window: MORNINGS, freezes: all }, hour(count))).toBe(moment)
      }),
    )
  })
})
