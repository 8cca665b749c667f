import { describe, expect, test } from 'vitest'
import type { DesiredKey } from '../../src/core/key.ts'
import { type Change, makePlan, type Plan, type Subject } from '../../src/core/plan.ts'
import type { KeyRecord } from '../../src/core/record.ts'
import { DAY, HOUR } from '../../src/core/time.ts'
import { aKey, aPlace, aRotation } from '../fakes/desired.ts'
import { active, ago, disabled, holding, issued, NOW, record, seeing, sight, superseded } from './machine/build.ts'

const NEW = record([], { serial: 0, highest: 0 })
const KEPT = record([active(1)])

function subjectOf(desired: DesiredKey | null, state: KeyRecord, seen = sight(state)): Subject {
  return { address: state.address, desired, record: state, sight: seen, handedOver: false }
}

function planOf(...subjects: readonly Subject[]): Plan {
  return makePlan({ stack: 'test-1', now: NOW, subjects, stops: new Map(), problems: [], unclaimed: 0, live: 0 })
}

const changeOf = (...args: Parameters<typeof subjectOf>): Change | undefined => planOf(subjectOf(...args)).changes[0]
const turned = (serial: number) => aKey({ rotation: aRotation({ every: null, grace: DAY, hold: HOUR, serial }) })

describe('a plan', () => {
  test('is empty when everything is as it should be', () => {
    expect(planOf(subjectOf(aKey(), KEPT))).toMatchObject({ changes: [], writes: 0, keys: 1, held: [], waiting: [] })
  })

  test('is empty while a grace or a hold runs', () => {
    expect(changeOf(aKey(), record([superseded(1), active(2)]))).toBeUndefined()
    expect(changeOf(aKey(), record([disabled(1), active(2)]))).toBeUndefined()
    expect(changeOf(null, record([disabled(1, { why: 'removed' })]))).toBeUndefined()
  })

  test('leaves a stopped address out, and shows why', () => {
    const stop = { severity: 'error', code: 'STATE_BEHIND', message: 'x', address: KEPT.address } as const
    const inputs = { stack: 'test-1', now: NOW, problems: [], unclaimed: 3, live: 5 }
    const plan = makePlan({ ...inputs, subjects: [subjectOf(turned(2), KEPT)], stops: new Map([[KEPT.address, stop]]) })
    expect(plan).toMatchObject({ changes: [], stops: [stop], unclaimed: 3, live: 5, spend: { before: 10, after: 10 } })
  })
})

describe('a change', () => {
  test.each<[string, DesiredKey | null, KeyRecord, Partial<Change>]>([
    ['create', aKey(), NEW, { origin: 'authored', writes: 1, reasons: [{ kind: 'new' }] }],
    ['update', aKey({ fields: { limit: 20 } }), KEPT, { origin: 'authored', writes: 1 }],
    ['rotate', turned(2), KEPT, { origin: 'authored', writes: 1, reasons: [{ kind: 'serial', to: 2 }] }],
    ['place', aKey({ places: [aPlace('a'), aPlace('b')] }), KEPT, { origin: 'authored', writes: 0 }],
    ['retire', null, KEPT, { origin: 'authored', writes: 1, retires: [1] }],
    [
      'update',
      aKey(),
      record([disabled(1, { why: 'removed' })], { places: [holding(1)] }),
      { origin: 'authored', steps: ['enable'] },
    ],
  ])('that somebody wrote is authored: %s', (action, desired, state, more) => {
    expect(changeOf(desired, state)).toMatchObject({ action, ...more })
  })

  test.each<[string, DesiredKey, Partial<Change>]>([
    [
      'rotate',
      aKey({ rotation: aRotation({ every: 5 * DAY, grace: DAY, hold: HOUR, serial: 1 }) }),
      { reasons: [{ kind: 'due' }] },
    ],
  ])('that policy asks for is scheduled: %s', (action, desired, more) => {
    const old = record([active(1, { activeAt: ago(5 * DAY) })])
    expect(changeOf(desired, old)).toMatchObject({ action, origin: 'scheduled', ...more })
  })

  test('that ends a grace is scheduled, and names the generation', () => {
    const over = record([superseded(1, { supersededAt: ago(DAY) }), active(2, { activeAt: ago(DAY) })])
    expect(changeOf(aKey(), over)).toMatchObject({ action: 'finish', origin: 'scheduled', retires: [1], writes: 1 })
  })

  test('that puts an outside edit right is scheduled; one that somebody wrote meanwhile is not', () => {
    const raised = seeing(KEPT, 1, { fields: { ...aKey().fields, limit: 500 } })
    expect(changeOf(aKey(), KEPT, raised)).toMatchObject({ action: 'update', origin: 'scheduled', loosens: false })
    expect(changeOf(aKey({ fields: { limit: 20 } }), KEPT, raised)).toMatchObject({ origin: 'authored' })
    expect(changeOf(aKey(), KEPT, seeing(KEPT, 1, { name: 'mine' }))).toMatchObject({ origin: 'scheduled' })
    expect(changeOf(aKey({ name: 'B' }), KEPT)).toMatchObject({ origin: 'authored', rename: { from: 'a', to: 'B' } })
  })

  test('shows old and new value of each field', () => {
    expect(changeOf(aKey({ fields: { limit: 20 } }), KEPT)?.fields).toEqual([
      { field: 'limit', from: 10, to: 20, mutability: 'update', loosens: true },
    ])
  })

  test('costs what it writes at the API: one to create, two for a key that is born harmless', () => {
    expect(changeOf(aKey(), NEW)?.writes).toBe(1)
    expect(changeOf(aKey({ fields: { disabled: true } }), NEW)?.writes).toBe(2)
    const now = { policy: { grace: 0, hold: 0, removalHold: 0 } }
    const atOnce = aKey({ rotation: aRotation({ every: null, grace: 0, hold: 0, serial: 2 }) })
    expect(changeOf(atOnce, record([active(1)], now))?.writes).toBe(2)
  })

  test('says which places are new, kept or dropped', () => {
    const state = record([active(1)], { places: [holding(1), holding(1, aPlace('b'))] })
    expect(changeOf(aKey({ places: [aPlace('a'), aPlace('c')] }), state)?.places).toEqual([
      { text: 'memory:a', change: 'same' },
      { text: 'memory:c', change: 'new' },
      { text: 'memory:b', change: 'dropped' },
    ])
  })

  test('loosens when it allows more than before, and a create does not', () => {
    expect(changeOf(aKey({ fields: { limit: 20 } }), KEPT)?.loosens).toBe(true)
    expect(changeOf(aKey({ fields: { limit: 5 } }), KEPT)?.loosens).toBe(false)
    expect(changeOf(aKey({ fields: { limit: null } }), NEW)?.loosens).toBe(false)
    const lowered = record([active(1, { issued: issued(1, { fields: { ...aKey().fields, limit: 1 } }) })])
    expect(changeOf(aKey(), lowered)).toMatchObject({ origin: 'authored', loosens: true })
  })
})

describe('what a human has to say yes to', () => {
  test('is counted: loosening, new places and removals, of authored changes', () => {
    const plan = planOf(
      subjectOf(aKey({ fields: { limit: 20 } }), KEPT),
      subjectOf(aKey({ id: 'b', places: [aPlace('b'), aPlace('c')] }), record([], { address: 'test-1/b', serial: 0 })),
      subjectOf(null, record([active(1)], { address: 'test-1/c' })),
    )
    expect(plan.approval).toEqual({ loosen: 1, newPlaces: 2, retire: 1 })
    expect(plan.writes).toBe(3)
  })

  test('is a hold that a later commit lets go: it loosens, and somebody wrote it', () => {
    const frozen = { fields: ['limit'], observedAt: ago(HOUR), entry: aKey().digest }
    const state = record([active(1)], { frozen })
    const lowered = seeing(state, 1, { fields: { ...aKey().fields, limit: 1 } })
    expect(planOf(subjectOf(aKey(), state, lowered))).toMatchObject({ changes: [], held: [{ fields: ['limit'] }] })
    const later = planOf(subjectOf(aKey({ owner: 'ops' }), state, lowered))
    expect(later).toMatchObject({ held: [], changes: [{ origin: 'authored', loosens: true }], approval: { loosen: 1 } })
  })
})

describe('the worst month', () => {
  test('is summed before and after', () => {
    const daily = aKey({ fields: { limit: 50, limitReset: 'daily' } })
    expect(planOf(subjectOf(daily, KEPT), subjectOf(null, KEPT)).spend).toEqual({ before: 20, after: 1_550 })
  })

  test('has no end as soon as one key has none', () => {
    expect(planOf(subjectOf(aKey({ fields: { limit: null } }), KEPT)).spend).toEqual({ before: 10, after: null })
  })

  test('counts a held key as it is', () => {
    const frozen = { fields: ['limit'], observedAt: ago(HOUR), entry: aKey().digest }
    const state = record([active(1)], { frozen })
    const seen = seeing(state, 1, { fields: { ...aKey().fields, limit: 1 } })
    expect(planOf(subjectOf(aKey(), state, seen)).spend).toEqual({ before: 1, after: 1 })
  })
})

test('what cannot go on is waiting, with the reason', () => {
  const issuedAt = Array.from({ length: 12 }, () => ago(HOUR))
  expect(planOf(subjectOf(aKey(), record([], { highest: 12, issuedAt })))).toMatchObject({
    changes: [],
    waiting: [{ address: 'test-1/a' }],
  })
})
