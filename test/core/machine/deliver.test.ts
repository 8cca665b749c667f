import { describe, expect, test } from 'vitest'
import { decide } from '../../../src/core/machine/next-step.ts'
import { RULES } from '../../../src/core/machine/rules.ts'
import type { KeyRecord } from '../../../src/core/record.ts'
import { aKey, aPlace } from '../../fakes/desired.ts'
import { active, delivering, holding, issued, next, readBack, record, sight, superseded } from './build.ts'

const two = aKey({ places: [aPlace('a'), aPlace('b')] })
const inHand = (state: KeyRecord, n: number) => sight(state, { inHand: n })

describe('a generation with its secret in hand', () => {
  test('is proven before it goes anywhere', () => {
    const state = record([delivering(1)])
    expect(next(state, two, inHand(state, 1))).toEqual({ do: 'prove', n: 1, id: 'id-1' })
  })

  test('is written to each place in turn, read back, and then active', () => {
    const proven = delivering(1, { proven: true, claimed: true })
    const steps = [
      [],
      [holding(1, { status: 'written' })],
      [holding(1)],
      [holding(1), holding(1, { ...aPlace('b'), status: 'written' })],
      [holding(1), holding(1, aPlace('b'))],
    ].map((places) => {
      const state = record([proven], { places })
      const step = next(state, two, inHand(state, 1))
      return `${step.do} ${'place' in step ? step.place.text : ''}`.trim()
    })
    expect(steps).toEqual(['write memory:a', 'check memory:a', 'write memory:b', 'check memory:b', 'activate'])
  })

  test('is active without read-back where a place cannot be read', () => {
    const places = [holding(1, { readable: false, status: 'unverifiable' })]
    const state = record([delivering(1, { proven: true })], { places })
    expect(next(state, aKey(), inHand(state, 1))).toEqual({ do: 'activate', n: 1 })
  })

  test('that was born harmless is lifted before it is proven and delivered', () => {
    const state = record([delivering(1, { harmless: true, issued: issued(1, { fields: { limit: 0 } }) })])
    const step = next(state, aKey({ bornHarmless: true }), inHand(state, 1))
    expect(step).toEqual({ do: 'lift', n: 1, id: 'id-1', fields: { limit: 10 } })
  })

  test('that shall be disabled is proven while it cannot spend, then lifted and disabled in one update', () => {
    const desired = aKey({ fields: { disabled: true } })
    const fresh = record([delivering(1, { harmless: true })])
    expect(next(fresh, desired, inHand(fresh, 1))).toMatchObject({ do: 'prove' })
    const proven = record([delivering(1, { harmless: true, proven: true })])
    expect(next(proven, desired, inHand(proven, 1))).toMatchObject({
      do: 'lift',
      fields: { limit: 10, disabled: true },
    })
  })

  test('with no limit at all is lifted to none', () => {
    const state = record([delivering(1, { harmless: true })])
    const step = next(state, aKey({ bornHarmless: true, fields: { limit: null } }), inHand(state, 1))
    expect(step).toMatchObject({ do: 'lift', fields: { limit: null } })
  })
})

describe('a generation whose secret was lost with a process (R13)', () => {
  const claimed = delivering(2, { claimed: true, proven: true })

  test('is taken up again from a readable place that may hold it', () => {
    const state = record([active(1), claimed], { places: [holding(2, { status: 'claimed' })] })
    expect(next(state)).toMatchObject({ do: 'recover', n: 2, id: 'id-2' })
  })

  test('is given up when no readable place had it', () => {
    const state = record([active(1), claimed], { places: [holding(2, { status: 'claimed' })] })
    expect(next(state, aKey(), sight(state, { places: readBack('a') }))).toEqual({ do: 'supersede', n: 2 })
    const blind = record([active(1), claimed], { places: [holding(2, { readable: false, status: 'unverifiable' })] })
    expect(next(blind)).toEqual({ do: 'supersede', n: 2 })
  })

  test('is given up at once when it was never on its way to a place', () => {
    const state = record([active(1), delivering(2)], { places: [holding(1)] })
    expect(next(state)).toEqual({ do: 'supersede', n: 2 })
  })

  test('would be burned on each crash without the rule', () => {
    const state = record([active(1), claimed], { places: [holding(2, { status: 'claimed' })] })
    expect(decide(aKey(), state, sight(state), { ...RULES, resumes: false })).toEqual({ do: 'supersede', n: 2 })
  })
})

describe('a generation that was given up (R3)', () => {
  test('is deleted at once when its secret went nowhere', () => {
    const state = record([active(1), superseded(2, { everActive: false, claimed: false })])
    expect(next(state)).toEqual({ do: 'remove', n: 2, id: 'id-2', why: 'leftover' })
    expect(next(state, null)).toMatchObject({ do: 'remove', n: 2, why: 'leftover' })
  })

  test('is kept until a later one is active when a place may hold its secret', () => {
    const state = record([superseded(1, { everActive: false })], { places: [holding(1, { status: 'claimed' })] })
    expect(next(state)).toMatchObject({ do: 'issue', n: 2, reasons: [{ kind: 'unfinished' }] })
  })
})
