import { describe, expect, test } from 'vitest'
import { derivedName } from '../../../src/core/address.ts'
import type { LiveKey } from '../../../src/core/key.ts'
import { decide } from '../../../src/core/machine/next-step.ts'
import { RULES } from '../../../src/core/machine/rules.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/core/time.ts'
import { aKey } from '../../fakes/desired.ts'
import { active, ago, live, next, record, seeing, sight } from './build.ts'

const claim = { n: 2, claimedAt: ago(HOUR) }
const state = record([active(1)], { highest: 2, abandoned: [claim] })
const found = (more: Partial<LiveKey> = {}) => ({
  ...sight(state),
  marked: [live(2, { id: 'id-x', createdAt: ago(HOUR), ...more })],
})
const BURNS = { do: 'remove', n: 2, id: 'id-x', why: 'leftover' }
const USED = { total: 0.01, daily: 0, weekly: 0, monthly: 0 }

describe('a live key found by its name', () => {
  test('is deleted as a leftover when our claim, its age and its silence all say so', () => {
    expect(next(state, aKey(), found())).toEqual(BURNS)
    expect(next(state, null, found())).toEqual(BURNS)
  })

  test('may be two minutes older than the claim, for clocks differ', () => {
    expect(next(state, aKey(), found({ createdAt: ago(HOUR + 2 * MINUTE) }))).toEqual(BURNS)
    expect(next(state, aKey(), found({ createdAt: ago(HOUR + 2 * MINUTE + SECOND) }))).not.toEqual(BURNS)
  })

  test.each<[string, Partial<LiveKey>]>([
    ['was ever updated', { updatedAt: ago(MINUTE) }],
    ['was ever used', { usage: USED }],
    ['has a generation that nobody claimed', { name: live(1).name }],
    ['carries no marker any more', { name: 'renamed by hand' }],
  ])('is never touched when it %s', (_, more) => {
    expect(next(state, aKey(), found(more))).toMatchObject({ do: 'rest' })
  })

  test('is never touched when its id is recorded', () => {
    const seen = { ...sight(state), marked: [live(1)] }
    expect(next(state, aKey(), seen)).toMatchObject({ do: 'rest' })
  })

  test('would be deleted by its marker alone without the rule (R11)', () => {
    const used = found({ usage: USED })
    expect(decide(aKey(), state, used, { ...RULES, needsEvidence: false })).toEqual(BURNS)
  })
})

describe('a key that the API made by a rotation whose answer was lost', () => {
  const name = derivedName(live(1).name)
  const asked = { ...claim, rotates: 'id-1', becomes: name }
  const born = { id: 'id-x', name, createdAt: ago(HOUR), lastUsedAt: null }
  const marked = [live(1, born)]

  test('is deleted where the key it replaced says so', () => {
    const rotated = record([active(1)], { highest: 2, abandoned: [asked] })
    const linked = { ...seeing(rotated, 1, { replacedBy: 'id-x' }), marked }
    expect(next(rotated, aKey(), linked)).toEqual(BURNS)
    expect(next(rotated, aKey(), { ...sight(rotated), marked })).not.toMatchObject({ do: 'remove' })
  })

  test('is known by the name it was given once the key it replaced is gone, and by no other', () => {
    const gone = record([active(3)], { highest: 3, abandoned: [asked] })
    expect(next(gone, aKey(), { ...sight(gone), marked })).toEqual(BURNS)
    const other = [live(1, { ...born, name: `${live(1).name} (auto-rotated)` })]
    expect(next(gone, aKey(), { ...sight(gone), marked: other })).not.toMatchObject({ do: 'remove' })
    const used = [live(1, { ...born, lastUsedAt: ago(0) })]
    expect(next(gone, aKey(), { ...sight(gone), marked: used })).not.toMatchObject({ do: 'remove' })
  })
})

describe('a claim', () => {
  test('is kept for 30 days, for a leftover may show up late', () => {
    const old = (age: number) => record([active(1)], { highest: 2, abandoned: [{ n: 2, claimedAt: ago(age) }] })
    expect(next(old(30 * DAY))).toMatchObject({ do: 'rest' })
    expect(next(old(30 * DAY + 1))).toEqual({ do: 'drop-claim', n: 2 })
  })
})
