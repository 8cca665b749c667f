import { describe, expect, test } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../../src/core/time.ts'
import { aKey, aRotation } from '../../fakes/desired.ts'
import { active, ago, issued, next, record, seeing, sight, superseded } from './build.ts'

describe('a key made stricter outside', () => {
  const state = record([active(1)])
  const lowered = seeing(state, 1, { fields: { ...aKey().fields, limit: 1 } })
  const frozen = { fields: ['limit'], observedAt: ago(HOUR), entry: aKey().digest }
  const held = record([active(1)], { frozen })

  test('is frozen', () => {
    expect(next(state, aKey(), lowered)).toEqual({ do: 'freeze', fields: ['limit'] })
  })

  test('is frozen also where its share of a limit is even less at the moment', () => {
    const carrying = aKey({ rotation: aRotation({ budget: 'carry' }) })
    const both = record([superseded(1), active(2)])
    expect(next(both, carrying, seeing(both, 2, { fields: { ...aKey().fields, limit: 1 } }))).toMatchObject({
      do: 'freeze',
      fields: ['limit'],
    })
  })

  test('stays so, rotation included, while its entry stays the same', () => {
    const due = record([active(1, { activeAt: ago(9 * DAY) })], { frozen })
    expect(next(due, aKey(), lowered)).toMatchObject({ do: 'rest', open: false, code: 'HELD_OUTSIDE' })
  })

  test('is thawed by another entry, and what is live is the base from then on', () => {
    const desired = aKey({ fields: { limit: 30 } })
    expect(next(held, desired, lowered)).toEqual({ do: 'thaw', n: 1, fields: { limit: 1 } })
    const thawed = record([active(1, { issued: issued(1, { fields: { ...aKey().fields, limit: 1 } }) })])
    expect(next(thawed, desired, lowered)).toMatchObject({ do: 'update', fields: { limit: 30 } })
  })

  test('is thawed when whoever made it takes it back', () => {
    expect(next(held, aKey(), sight(held))).toMatchObject({ do: 'thaw' })
  })

  test('is no such thing when the manifest asks for exactly that', () => {
    expect(next(state, aKey({ fields: { limit: 1 } }), lowered)).toMatchObject({ do: 'rest' })
  })

  test('is no such thing when an update of ours, whose answer was lost, landed', () => {
    const sent = record([active(1)], { patches: [{ n: 1, fields: { limit: 1 }, claimedAt: ago(MINUTE) }] })
    const fields = { limit: 1 }
    expect(next(sent, aKey(), lowered)).toEqual({ do: 'confirm', n: 1, fields, landed: fields })
  })

  test('is no such thing either when somebody changed another value of that update since', () => {
    const landed = { limit: 5, disabled: true }
    const sent = record([active(1)], { patches: [{ n: 1, fields: landed, claimedAt: ago(MINUTE) }] })
    const seen = seeing(sent, 1, { fields: { ...aKey().fields, limit: 500, disabled: true } })
    const step = next(sent, aKey(), seen)
    expect(step).toEqual({ do: 'confirm', n: 1, fields: { disabled: true }, landed })
  })

  test('is put right at once when it was made looser instead', () => {
    const raised = seeing(state, 1, { fields: { ...aKey().fields, limit: 500 } })
    expect(next(state, aKey(), raised)).toMatchObject({ do: 'update', fields: { limit: 10 } })
  })
})
