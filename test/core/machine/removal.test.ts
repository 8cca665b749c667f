import { describe, expect, test } from 'vitest'
import { DAY } from '../../../src/core/time.ts'
import { active, ago, delivering, disabled, holding, NOW, next, record, seeing, sight, superseded } from './build.ts'

const WEEK = 7 * DAY
const now = { grace: 0, hold: 0, removalHold: 0 }

describe('a key that left the manifests', () => {
  test('is disabled at once, so that a revert can bring the same secret back', () => {
    expect(next(record([active(1)]), null)).toEqual({ do: 'disable', n: 1, id: 'id-1', why: 'removed' })
  })

  test('takes its older generations along', () => {
    expect(next(record([superseded(1), active(2)]), null)).toMatchObject({ do: 'disable', n: 1, why: 'removed' })
    const half = record([disabled(1, { why: 'removed' }), active(2)])
    expect(next(half, null)).toMatchObject({ do: 'disable', n: 2, why: 'removed' })
  })

  test('waits out its hold', () => {
    const state = record([disabled(1, { why: 'removed', disabledAt: ago(WEEK - 1) })])
    expect(next(state, null)).toEqual({ do: 'rest', until: NOW + 1, open: false })
  })

  test('is disabled again when somebody enabled it', () => {
    const state = record([disabled(1, { why: 'removed', disabledAt: ago(9 * DAY) })])
    expect(next(state, null, seeing(state, 1, { fields: { disabled: false } }))).toMatchObject({ do: 'disable' })
  })

  test('has its places emptied before it is deleted, then the record ends', () => {
    const gone = disabled(1, { why: 'removed', disabledAt: ago(WEEK) })
    const full = record([gone], { places: [holding(1)] })
    expect(next(full, null)).toEqual({ do: 'empty', place: holding(1) })
    expect(next(record([gone]), null)).toEqual({ do: 'remove', n: 1, id: 'id-1', why: 'removed' })
    expect(next(record([], { highest: 1 }), null)).toEqual({ do: 'end' })
  })

  test('with hold 0 is emptied and deleted at once', () => {
    expect(next(record([active(1)], { policy: now }), null)).toMatchObject({ do: 'empty' })
    expect(next(record([active(1)], { policy: now, places: [] }), null)).toMatchObject({ do: 'remove', why: 'removed' })
  })

  test('gives up what was on its way', () => {
    expect(next(record([delivering(1)]), null)).toEqual({ do: 'supersede', n: 1 })
  })

  test('keeps its record while a lost create may still show up', () => {
    const state = record([], { highest: 1, abandoned: [{ n: 1, claimedAt: ago(DAY) }] })
    expect(next(state, null)).toEqual({ do: 'rest', until: null, open: false })
  })

  test('stays untouched while it is protected', () => {
    const state = record([superseded(1, { supersededAt: ago(WEEK) }), active(2)], { protect: true })
    expect(next(state, null)).toEqual({ do: 'rest', until: null, open: false, why: 'protected' })
  })

  test('stays untouched while clocks disagree', () => {
    const state = record([active(1)])
    expect(next(state, null, sight(state, { skewed: true }))).toMatchObject({
      do: 'rest',
      open: true,
      code: 'CLOCK_SKEW',
    })
  })

  test('only forgets a place that lost the secret', () => {
    const { fingerprint: _, ...lost } = holding(0, { status: 'lost' })
    expect(next(record([], { highest: 1, places: [lost] }), null)).toEqual({
      do: 'drop-place',
      identity: lost.identity,
    })
  })
})

test('an older generation of a removed key goes without emptying what the newest one needs to come back', () => {
  const old = disabled(1, { disabledAt: ago(DAY) })
  const state = record([old, active(2)], { places: [holding(2)] })
  expect(next(state, null)).toEqual({ do: 'remove', n: 1, id: 'id-1', why: 'retired' })
  const own = record([old, active(2)], { places: [holding(2), holding(1, { identity: 'memory:memory:b' })] })
  expect(next(own, null)).toMatchObject({ do: 'empty', place: { n: 1 } })
})
