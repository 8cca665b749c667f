import { describe, expect, test } from 'vitest'
import { DAY, HOUR } from '../../../src/core/time.ts'
import { aKey, aRotation } from '../../fakes/desired.ts'
import { active, ago, issued, next, record, seeing, sight } from './build.ts'

describe('a rotation begins', () => {
  const old = record([active(1, { activeAt: ago(30 * DAY) })])
  const YEAR_END = '2027-12-31T23:59:59Z'

  test.each([
    ['when a create-only field changes', aKey({ fields: { expiresAt: YEAR_END } }), 'fields'],
    ['when the workspace changes', aKey({ scope: 'side' }), 'workspace'],
    ['when a lifetime is asked for', aKey({ expiresIn: 90 * DAY }), 'lifetime'],
    [
      'when the serial is raised',
      aKey({ rotation: aRotation({ every: null, grace: DAY, hold: HOUR, serial: 2 }) }),
      'serial',
    ],
    ['when it is due', aKey({ rotation: aRotation({ every: 30 * DAY, grace: DAY, hold: HOUR, serial: 1 }) }), 'due'],
  ])('%s', (_, desired, kind) => {
    expect(next(old, desired)).toMatchObject({ do: 'issue', n: 2, reasons: [{ kind }] })
  })

  test('not a millisecond before it is due, and says when that is', () => {
    const desired = aKey({ rotation: aRotation({ every: 30 * DAY + 1, grace: DAY, hold: HOUR, serial: 1 }) })
    expect(next(old, desired)).toEqual({ do: 'rest', until: sight(old).now + 1, open: false })
  })

  test('not when the serial is lowered', () => {
    expect(next(old, aKey({ rotation: aRotation({ every: null, grace: DAY, hold: HOUR, serial: 0 }) }))).toMatchObject({
      do: 'rest',
    })
  })

  test('a third of the lifetime before the expiry, and at most 14 days', () => {
    const lived = (days: number, left: number) => {
      const expiresAt = ago(-left * DAY)
      const state = record([active(1, { issued: issued(1, { expiresIn: days * DAY }) })])
      const seen = seeing(state, 1, { createdAt: ago((days - left) * DAY), fields: { ...aKey().fields, expiresAt } })
      return next(state, aKey({ expiresIn: days * DAY }), seen)
    }
    expect(lived(30, 10)).toMatchObject({ do: 'issue', reasons: [{ kind: 'renewal' }] })
    expect(lived(30, 11)).toMatchObject({ do: 'rest', until: sight(old).now + DAY })
    expect(lived(180, 14)).toMatchObject({ do: 'issue', reasons: [{ kind: 'renewal' }] })
    expect(lived(180, 15)).toMatchObject({ do: 'rest', until: sight(old).now + DAY })
  })

  test('by lifetime alone, so that an API which cuts lifetimes short is not asked again and again', () => {
    const state = record([active(2, { issued: issued(2, { expiresIn: 180 * DAY }) })])
    const cut = seeing(state, 2, { createdAt: ago(0), fields: { ...aKey().fields, expiresAt: ago(-3 * DAY) } })
    expect(next(state, aKey({ expiresIn: 180 * DAY }), cut)).toMatchObject({ do: 'rest', until: cut.now + 2 * DAY })
  })

  test('with limit 0 when the key shall be disabled, and never with "disabled" itself', () => {
    const decision = next(record([]), aKey({ fields: { disabled: true } }))
    expect(decision).toMatchObject({ do: 'issue', harmless: true, fields: { limit: 0 } })
    expect(decision).not.toHaveProperty('fields.disabled')
  })

  test('with an expiry in whole seconds', () => {
    const seen = sight(record([]), { now: sight(old).now + 999 })
    const decision = next(record([]), aKey({ expiresIn: DAY }), seen)
    expect(decision).toMatchObject({ fields: { expiresAt: '2027-01-11T00:00:00Z' } })
  })

  test('not while clocks disagree, unless there is no key at all', () => {
    const desired = aKey({ rotation: aRotation({ every: null, grace: DAY, hold: HOUR, serial: 2 }) })
    expect(next(old, desired, sight(old, { skewed: true }))).toMatchObject({
      do: 'rest',
      open: true,
      code: 'CLOCK_SKEW',
    })
    expect(next(record([]), desired, sight(record([]), { skewed: true }))).toMatchObject({ do: 'issue' })
  })
})
