import { describe, expect, test } from 'vitest'
import { aKey, aRotation } from '../../fakes/desired.ts'
import { active, disabled, issued, next, record, seeing, superseded } from './build.ts'

const off = { ...aKey().fields, disabled: true }
const OFF = aKey({ fields: { disabled: true } })

describe('a key that shall be disabled', () => {
  const state = record([superseded(1), active(2, { issued: issued(2, { fields: off }) })])

  test('is disabled with every secret of it that is still in grace', () => {
    const seen = seeing(state, 2, { fields: off })
    expect(next(state, OFF, seen)).toEqual({ do: 'update', n: 1, id: 'id-1', fields: { disabled: true } })
    const both = seeing(state, 2, { fields: off }, { keys: new Map(seen.keys).set('id-1', null) })
    expect(next(state, OFF, both)).toMatchObject({ do: 'note-gone' })
  })

  test('has them enabled again with it, but not one that somebody switched off by hand, nor one that got out', () => {
    const old = issued(1, { fields: off })
    const ours = record([superseded(1, { issued: old }), active(2)])
    const seen = seeing(ours, 1, { fields: off })
    expect(next(ours, aKey(), seen)).toEqual({ do: 'update', n: 1, id: 'id-1', fields: { disabled: false } })
    const byHand = record([superseded(1), active(2)])
    expect(next(byHand, aKey(), seeing(byHand, 1, { fields: off }))).toMatchObject({ do: 'rest' })
    const leaked = record([disabled(1, { issued: old, compromised: true }), active(2)])
    expect(next(leaked)).toMatchObject({ do: 'rest' })
  })

  test('under a shared limit makes room for them first', () => {
    const carrying = aKey({ rotation: aRotation({ budget: 'carry' }) })
    const ours = record([superseded(1, { issued: issued(1, { fields: off }) }), active(2)])
    expect(next(ours, carrying, seeing(ours, 1, { fields: off }))).toMatchObject({
      do: 'cut',
      n: 2,
      fields: { limit: 5 },
    })
  })
})
