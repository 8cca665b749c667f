import { describe, expect, test } from 'vitest'
import { HOUR } from '../../../src/core/time.ts'
import { aKey, aPlace } from '../../fakes/desired.ts'
import { active, ago, disabled, holding, next, readBack, record, seeing, sight, superseded } from './build.ts'

const pinned = { n: 1, at: ago(0), entry: aKey().digest, notRestored: {} }

describe('a rollback', () => {
  test('gives a disabled generation its life back first', () => {
    const state = record([disabled(1), active(2)], { pinned })
    expect(next(state)).toEqual({ do: 'enable', n: 1, id: 'id-1', fields: { disabled: false } })
  })

  test('asks the sink for an earlier version where no place holds the secret', () => {
    const state = record([superseded(1), active(2)], { pinned })
    expect(next(state)).toMatchObject({ do: 'restore', n: 1, place: { text: 'memory:a' } })
  })

  test('copies the secret from a place that holds it', () => {
    const both = aKey({ places: [aPlace('a'), aPlace('b')] })
    const state = record([superseded(1), active(2)], { pinned, places: [holding(1), holding(2, aPlace('b'))] })
    expect(next(state, both)).toMatchObject({ do: 'recover', n: 1, places: [{ text: 'memory:a' }] })
    const inHand = sight(state, { inHand: 1, places: readBack('a') })
    expect(next(state, both, inHand)).toMatchObject({ do: 'write', n: 1, place: { text: 'memory:b' } })
  })

  test('ends with the earlier generation in service once every place holds it', () => {
    const state = record([superseded(1), active(2)], { pinned, places: [holding(1)] })
    expect(next(state)).toEqual({ do: 'reinstate', n: 1 })
  })

  test('goes no further where nothing can give the secret back', () => {
    const state = record([superseded(1), active(2)], {
      pinned: { ...pinned, notRestored: { [aPlace('a').identity]: 'gone' } },
    })
    expect(next(state)).toEqual({ do: 'settle-pin' })
  })

  test('never goes to a generation that got out, or that the API has ended or will end', () => {
    const leaked = record([disabled(1, { compromised: true }), active(2)], { pinned })
    expect(next(leaked)).toEqual({ do: 'settle-pin' })
    const state = record([superseded(1), active(2)], { pinned })
    expect(next(state, aKey(), seeing(state, 1, { graceEndsAt: ago(-HOUR) }))).toEqual({ do: 'settle-pin' })
    const over = seeing(state, 1, { fields: { ...aKey().fields, expiresAt: ago(0) } })
    expect(next(state, aKey(), over)).toEqual({ do: 'settle-pin' })
  })

  test('leaves a place that could be put back as it is while the address is pinned, and mends any other', () => {
    const both = aKey({ places: [aPlace('a'), aPlace('b')] })
    const settled = { ...pinned, settled: true } as const
    const put = record([superseded(1), active(2)], { pinned: settled, places: [holding(1), holding(2, aPlace('b'))] })
    expect(next(put, both)).toMatchObject({ do: 'rest', code: 'ADDRESS_PINNED' })
    const unsure = record([superseded(1), active(2)], {
      pinned: settled,
      places: [holding(1, { status: 'claimed' }), holding(2, aPlace('b'))],
    })
    expect(next(unsure, both)).toMatchObject({ do: 'recover', n: 2 })
  })
})
