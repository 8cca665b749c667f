import { describe, expect, test } from 'vitest'
import { decide } from '../../../src/core/machine/next-step.ts'
import { RULES } from '../../../src/core/machine/rules.ts'
import type { KeyRecord } from '../../../src/core/record.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/core/time.ts'
import { aKey, aRotation } from '../../fakes/desired.ts'
import { active, ago, issued, NOW, next, record, seeing, sight, superseded } from './build.ts'

const issues = (count: number, age = 0) => Array.from({ length: count }, () => ago(age))
const unborn = (issuedAt: readonly string[]): KeyRecord => record([], { highest: 20, issuedAt })
const rotating = aKey({ rotation: aRotation({ every: null, grace: DAY, hold: HOUR, serial: 2 }) })

describe('the breaker (R12)', () => {
  test('lets five issues a day pass at once', () => {
    expect(next(unborn(issues(4)))).toMatchObject({ do: 'issue' })
  })

  test('backs off from the sixth on, each time twice as long', () => {
    const waits = [5, 6, 7, 8, 9, 10, 11].map((count) => {
      const decision = next(unborn(issues(count)))
      return decision.do === 'rest' && decision.open && decision.until ? (decision.until - NOW) / SECOND : decision.do
    })
    expect(waits).toEqual([15, 30, 60, 120, 240, 480, 960])
  })

  test('lets the next one pass once that time is over', () => {
    expect(next(unborn(issues(6, 30 * SECOND)))).toMatchObject({ do: 'issue' })
    expect(next(unborn(issues(6, 29 * SECOND)))).toMatchObject({ do: 'rest', until: NOW + SECOND })
  })

  test('stops the address at the twelfth', () => {
    expect(next(unborn(issues(12, HOUR)))).toMatchObject({ do: 'rest', open: true, code: 'ROTATION_STORM' })
  })

  test('forgets what is a day old', () => {
    expect(next(unborn(issues(12, DAY)))).toMatchObject({ do: 'issue' })
  })

  const five = [1, 2, 3, 4].map((n) => superseded(n, { supersededAt: ago(MINUTE) }))

  test('allows five unretired generations while the old ones can be retired', () => {
    const state = record([...five, active(5)])
    expect(next(state, rotating)).toMatchObject({ do: 'rest', open: true, why: '5 generations wait to be retired' })
    expect(decide(rotating, state, sight(state), { ...RULES, maxUnretired: 9 })).toMatchObject({ do: 'issue' })
  })

  test('lets a key be renewed before its end however many wait to be retired', () => {
    const state = record([...five, active(5, { issued: issued(5, { expiresIn: 9 * DAY }) })])
    const soon = seeing(state, 5, { createdAt: ago(8 * DAY), fields: { ...aKey().fields, expiresAt: ago(-DAY) } })
    expect(next(state, aKey({ expiresIn: 9 * DAY }), soon)).toMatchObject({
      do: 'issue',
      reasons: [{ kind: 'renewal' }],
    })
  })

  test('lets a leaked key be replaced however many wait to be retired', () => {
    const state = record([...five, active(5, { compromised: true })], {
      compromised: { n: 5, at: ago(0), afterReplacement: true },
    })
    expect(next(state)).toMatchObject({ do: 'issue', n: 6, reasons: [{ kind: 'compromised' }] })
  })

  test('only slows down where nothing can be retired until a new one is delivered', () => {
    const stuck = record([...five, active(5)], { tainted: { n: 5 }, issuedAt: issues(1, MINUTE) })
    expect(next(stuck)).toMatchObject({ do: 'issue', n: 6 })
  })

  test('lives in the record, so that one-shot runs count like one long run', () => {
    const state = record([], { highest: 5, issuedAt: issues(5) })
    expect(next(JSON.parse(JSON.stringify(state)))).toMatchObject({ do: 'rest', open: true })
  })
})
