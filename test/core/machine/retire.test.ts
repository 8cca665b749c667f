import { describe, expect, test } from 'vitest'
import { decide } from '../../../src/core/machine/next-step.ts'
import { RULES } from '../../../src/core/machine/rules.ts'
import { transition } from '../../../src/core/machine/transition.ts'
import type { KeyRecord } from '../../../src/core/record.ts'
import { DAY, HOUR } from '../../../src/core/time.ts'
import { aKey, aRotation } from '../../fakes/desired.ts'
import { active, ago, disabled, holding, NOW, next, readBack, record, seeing, sight, superseded } from './build.ts'

const GRACE = DAY
const HOLD = HOUR
const over = (g: Parameters<typeof superseded>[1] = {}) => superseded(1, { supersededAt: ago(GRACE), ...g })
const serving = active(2, { activeAt: ago(GRACE) })
const checked = (state: KeyRecord) => sight(state, { places: readBack('a') })

describe('a superseded generation', () => {
  test('works until grace is over, and the rest says when that is', () => {
    const state = record([superseded(1, { supersededAt: ago(GRACE - 1) }), serving])
    expect(next(state)).toEqual({ do: 'rest', until: NOW + 1, open: false })
  })

  test('has its grace counted from when its successor was active', () => {
    const state = record([over(), active(2, { activeAt: ago(HOUR) })])
    expect(next(state)).toMatchObject({ do: 'rest', until: NOW + GRACE - HOUR })
  })

  test('is disabled after grace, once every readable place was read back (R6)', () => {
    const state = record([over(), serving])
    expect(next(state)).toMatchObject({ do: 'inspect', places: [{ n: 2 }] })
    expect(next(state, aKey(), checked(state))).toEqual({ do: 'disable', n: 1, id: 'id-1', why: 'retired' })
    expect(decide(aKey(), state, sight(state), { ...RULES, readsBack: false })).toMatchObject({ do: 'disable' })
  })

  test('is deleted after grace when there is no hold', () => {
    const state = record([over(), serving], { policy: { grace: GRACE, hold: 0, removalHold: 0 } })
    expect(next(state, aKey(), checked(state))).toEqual({ do: 'remove', n: 1, id: 'id-1', why: 'retired' })
  })

  test('stays while there is no active generation after it (R8)', () => {
    const state = record([over()], { issuedAt: Array.from({ length: 12 }, () => ago(HOUR)) })
    expect(next(state)).toMatchObject({ do: 'rest', open: true, code: 'ROTATION_STORM' })
  })

  test('stays while a late write may have reached a place that cannot be read (R7)', () => {
    const tainted = record([over(), serving], { tainted: { n: 1 } })
    expect(next(tainted, aKey(), checked(tainted))).toMatchObject({ do: 'rest', open: true })
    const blind = decide(aKey(), tainted, checked(tainted), { ...RULES, heedsTaint: false })
    expect(blind).toMatchObject({ do: 'disable' })
  })

  test('is followed by another generation when the taint is as young as the one in service', () => {
    const tainted = record([over(), serving], { tainted: { n: 2 } })
    expect(next(tainted)).toMatchObject({ do: 'issue', n: 3, reasons: [{ kind: 'tainted' }] })
  })

  test('stays while clocks disagree', () => {
    const state = record([over(), serving])
    const seen = sight(state, { places: readBack('a'), skewed: true })
    expect(next(state, aKey(), seen)).toMatchObject({ do: 'rest', open: true, code: 'CLOCK_SKEW' })
  })

  test.each([
    ['can be read and conditioned', {}],
    ['cannot be read', { readable: false, status: 'unverifiable' }],
    ['has no condition', { conditional: false }],
  ] as const)('that never served has the whole grace where a place %s: it may have held it (R10)', (_, kind) => {
    const state = record([superseded(1, { everActive: false }), active(2)], { places: [holding(2, kind)] })
    expect(next(state, aKey(), checked(state))).toMatchObject({ do: 'rest', until: NOW + GRACE })
    const bold = decide(aKey(), state, checked(state), { ...RULES, gracesClaimed: false })
    expect(bold).toMatchObject({ do: 'remove' })
  })

  test('whose life is over is deleted at once, whatever window or freeze would keep it', () => {
    const state = record([superseded(1), serving])
    const freezes = [{ from: ago(DAY), to: ago(-DAY), reason: 'release' }]
    const frozen = aKey({ rotation: aRotation({ freezes }) })
    const dead = { fields: { ...aKey().fields, expiresAt: ago(0) } }
    expect(next(state, frozen, seeing(state, 1, dead, { places: readBack('a') }))).toMatchObject({ do: 'remove', n: 1 })
    expect(next(state, frozen, checked(state))).toMatchObject({ do: 'rest' })
  })

  test('whose delete was announced is deleted, after one more look at the places', () => {
    const state = record([superseded(1, { removing: true }), serving])
    expect(next(state)).toMatchObject({ do: 'inspect' })
    expect(next(state, aKey(), checked(state))).toMatchObject({ do: 'remove', n: 1 })
  })
})

describe('a disabled generation', () => {
  const held = (age: number) => disabled(1, { disabledAt: ago(age) })

  test('can be enabled again until hold is over', () => {
    const state = record([held(HOLD - 1), serving])
    expect(next(state)).toEqual({ do: 'rest', until: NOW + 1, open: false })
  })

  test('is deleted after hold, with a second look at the places', () => {
    const state = record([held(HOLD), serving])
    expect(next(state)).toMatchObject({ do: 'inspect' })
    expect(next(state, aKey(), checked(state))).toEqual({ do: 'remove', n: 1, id: 'id-1', why: 'retired' })
  })

  test('that somebody enabled again is disabled again', () => {
    const state = record([held(HOLD), serving])
    expect(next(state, aKey(), seeing(state, 1, { fields: { disabled: false } }))).toMatchObject({
      do: 'disable',
      n: 1,
    })
  })

  test('gets its life back when a place lost the new secret and cannot be mended now (R10)', () => {
    const state = record([held(HOLD), serving], { places: [holding(0, { status: 'lost' })] })
    const seen = sight(state, { places: readBack('a'), skewed: true })
    expect(next(state, aKey(), seen)).toEqual({ do: 'enable', n: 1, id: 'id-1', fields: { disabled: false } })
  })

  test('never gets it back once its delete was announced', () => {
    const state = record([disabled(1, { removing: true }), serving], { places: [holding(0, { status: 'lost' })] })
    const seen = sight(state, { places: readBack('a'), skewed: true })
    expect(next(state, aKey(), seen)).toMatchObject({ do: 'rest', open: true })
  })
})

describe('a place that lost the secret of the active generation', () => {
  const lost = holding(0, { status: 'lost' })

  test('has the disabled generation enabled before another key is issued: it may hold that one', () => {
    const state = record([disabled(1), active(2)], { places: [lost] })
    expect(next(state)).toEqual({ do: 'enable', n: 1, id: 'id-1', fields: { disabled: false } })
  })

  test('brings no generation back whose delete was announced, or that never served', () => {
    for (const more of [{ removing: true }, { everActive: false }] as const) {
      const state = record([disabled(1, more), active(2)], { places: [lost] })
      expect(next(state)).not.toMatchObject({ do: 'enable' })
    }
  })

  test('never makes a key that shall be disabled able to spend', () => {
    const desired = aKey({ fields: { disabled: true } })
    const state = record([disabled(1), active(2)], { places: [lost] })
    expect(next(state, desired)).toMatchObject({ do: 'enable', fields: { disabled: true } })
  })
})

test('a place that can no longer be read is not waited for', () => {
  const state = record([over(), serving])
  const blind = transition(state, { on: 'blinded', identity: holding(2).identity })
  expect(blind.places).toMatchObject([{ readable: false, status: 'unverifiable', n: 2 }])
  expect(next(state)).toMatchObject({ do: 'inspect' })
  expect(next(blind)).toMatchObject({ do: 'disable', n: 1 })
})
