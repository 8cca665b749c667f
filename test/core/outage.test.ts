import { describe, expect, test } from 'vitest'
import { afterBlackout, afterLook, earliest, NO_OUTAGE, nextTry, outageOf } from '../../src/core/loop/outage.ts'
import { HOUR, instant, SECOND } from '../../src/core/time.ts'

const [T1, T2, T3] = [instant(HOUR), instant(2 * HOUR), instant(3 * HOUR)]

describe('outages', () => {
  test('of one begin with the first look without it, and end with the first one that sees it', () => {
    const one = afterLook(NO_OUTAGE, ['jobs'], T1)
    expect(outageOf(afterLook(one, ['jobs'], T2), 'jobs')).toBe(T1)
    expect(outageOf(one, 'openrouter')).toBeNull()
    expect(afterLook(one, [], T3)).toEqual(NO_OUTAGE)
  })

  test('of all are an outage of each, and of that one on which is still away when the others are back', () => {
    const all = afterBlackout(afterBlackout(NO_OUTAGE, T1), T2)
    expect(outageOf(all, 'jobs')).toBe(T1)
    const back = afterLook(all, ['jobs'], T3)
    expect([outageOf(back, 'jobs'), outageOf(back, 'openrouter')]).toEqual([T1, null])
  })

  test('that began earlier than the blackout count from then', () => {
    const both = afterBlackout(afterLook(NO_OUTAGE, ['jobs'], T1), T2)
    expect([outageOf(both, 'jobs'), outageOf(both, 'openrouter')]).toEqual([T1, T2])
  })

  test('are remembered by whoever knew of them first', () => {
    const mine = afterLook(NO_OUTAGE, ['jobs'], T2)
    const saved = { all: T3, of: new Map([['jobs', T1]]) }
    for (const both of [earliest(mine, saved), earliest(saved, mine)])
      expect(both).toEqual({ all: T3, of: new Map([['jobs', T1]]) })
  })

  test('are looked at again soon, and then ever more seldom', () => {
    const away = afterLook(NO_OUTAGE, ['jobs'], T1)
    expect(nextTry(away, HOUR, 15 * SECOND)).toBe(HOUR + 15 * SECOND)
    expect(nextTry(away, HOUR + 40 * SECOND, 15 * SECOND)).toBe(HOUR + 80 * SECOND)
    expect(nextTry(NO_OUTAGE, HOUR, 15 * SECOND)).toBeNull()
  })
})
