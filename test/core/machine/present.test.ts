import { describe, expect, test } from 'vitest'
import { DAY, HOUR } from '../../../src/core/time.ts'
import { aKey, aPlace, aRotation } from '../../fakes/desired.ts'
import {
  active,
  ago,
  creating,
  delivering,
  disabled,
  holding,
  live,
  next,
  readBack,
  record,
  seeing,
  sight,
  superseded,
} from './build.ts'

describe('a key that should be', () => {
  test('is issued when there is none, as generation 1', () => {
    expect(next(record([]))).toMatchObject({ do: 'issue', n: 1, harmless: false, reasons: [{ kind: 'new' }] })
  })

  test('rests when it is as it should be', () => {
    expect(next(record([active(1)]))).toEqual({ do: 'rest', until: null, open: false })
  })

  test('is left alone while nobody knows whether it still lives', () => {
    const state = record([active(1)])
    expect(next(state, aKey(), sight(state, { keys: new Map() }))).toEqual({ do: 'rest', until: null, open: true })
  })

  test('that was deleted outside is noted as gone first, and issued anew then, with the next number', () => {
    const state = record([active(3)])
    expect(next(state, aKey(), seeing(state, 3, null))).toEqual({ do: 'note-gone', n: 3 })
    const gone = record([], { highest: 3, places: [holding(3)] })
    expect(next(gone)).toMatchObject({ do: 'issue', n: 4, reasons: [{ kind: 'missing' }] })
  })

  test('whose first create was lost is unfinished, not missing', () => {
    const state = record([], { highest: 1, abandoned: [{ n: 1, claimedAt: ago(HOUR) }] })
    expect(next(state)).toMatchObject({ do: 'issue', n: 2, reasons: [{ kind: 'unfinished' }] })
  })

  test('changes in place what the API can change in place, all of it in one update', () => {
    const desired = aKey({ name: 'A', fields: { limit: 20, limitReset: 'daily' } })
    expect(next(record([active(1)]), desired)).toEqual({
      do: 'update',
      n: 1,
      id: 'id-1',
      fields: { limit: 20, limitReset: 'daily', name: 'A [kw:test-1/a#1.abcdefgh]' },
    })
  })

  test('keeps the live value of a field that is unmanaged', () => {
    const state = record([active(1)])
    const seen = seeing(state, 1, { fields: { ...aKey().fields, limit: 99 } })
    expect(next(state, aKey({ unmanaged: ['limit'] }), seen)).toMatchObject({ do: 'rest' })
  })
})

describe('the places of a key', () => {
  const two = aKey({ places: [aPlace('a'), aPlace('b')] })

  test('that are new get the secret from a place that can be read, not from a new key', () => {
    const state = record([active(1)])
    expect(next(state, two)).toMatchObject({ do: 'recover', n: 1, places: [{ identity: aPlace('a').identity }] })
    const inHand = sight(state, { inHand: 1, places: readBack('a') })
    expect(next(state, two, inHand)).toMatchObject({ do: 'write', n: 1, place: aPlace('b') })
  })

  test('that are new mean a rotation when no place can be read, or none gave the secret back', () => {
    const blind = record([active(1)], { places: [holding(1, { readable: false, status: 'unverifiable' })] })
    expect(next(blind, two)).toMatchObject({ do: 'issue', n: 2, reasons: [{ kind: 'place', places: ['memory:b'] }] })
    const state = record([active(1)])
    expect(next(state, two, sight(state, { places: readBack('a') }))).toMatchObject({ do: 'issue', n: 2 })
  })

  test('that lost the secret get it again', () => {
    const state = record([active(1)], { places: [holding(1), holding(0, { ...aPlace('b'), status: 'lost' })] })
    expect(next(state, two)).toMatchObject({ do: 'recover', n: 1 })
  })

  test('that are written are read back', () => {
    const state = record([active(1)], { places: [holding(1, { status: 'written' })] })
    expect(next(state, aKey(), sight(state, { inHand: 1 }))).toMatchObject({ do: 'check', n: 1 })
  })

  test('that left the manifest are emptied, or only forgotten when we do not know what we wrote', () => {
    const left = holding(1, aPlace('b'))
    const state = record([active(1)], { places: [holding(1), left] })
    expect(next(state)).toEqual({ do: 'empty', place: left })
    const { fingerprint: _, ...unknown } = left
    expect(next(record([active(1)], { places: [holding(1), unknown] }))).toMatchObject({ do: 'drop-place' })
  })

  test('get another form of the same secret when their template changes', () => {
    const place = { ...aPlace('a'), template: 'Bearer ${secret}' }
    expect(next(record([active(1)]), aKey({ places: [place] }))).toMatchObject({ do: 'recover', n: 1 })
  })
})

describe('a key that is back in the manifests', () => {
  test('gets its old secret back while it is only disabled', () => {
    const state = record([disabled(1, { why: 'removed' })])
    expect(next(state)).toEqual({ do: 'enable', n: 1, id: 'id-1', fields: { disabled: false } })
    expect(next(state, aKey({ fields: { disabled: true } }))).toMatchObject({ fields: { disabled: true } })
  })

  test('gets the secret of its newest generation back, whatever older ones went along', () => {
    const state = record([disabled(1, { why: 'removed' }), disabled(2, { why: 'removed' })])
    expect(next(state)).toMatchObject({ do: 'enable', n: 2 })
  })

  test('gets a new one once the delete was announced', () => {
    const state = record([disabled(1, { why: 'removed', removing: true })])
    expect(next(state)).toMatchObject({ do: 'issue', n: 2, reasons: [{ kind: 'unfinished' }] })
  })

  test('gets a new one when the last was retired, not removed', () => {
    expect(next(record([disabled(1)]))).toMatchObject({ do: 'issue', n: 2 })
  })
})

test('a create whose answer never came is given up before anything else', () => {
  const state = record([superseded(1), active(2), creating(3)])
  expect(next(state)).toEqual({ do: 'abandon', n: 3 })
  expect(next(state, null)).toEqual({ do: 'abandon', n: 3 })
})

test('a delivery that is under way comes before the next rotation', () => {
  const state = record([active(1), delivering(2)], { places: [holding(1)] })
  const desired = aKey({ rotation: aRotation({ every: null, grace: DAY, hold: HOUR, serial: 9 }) })
  expect(next(state, desired)).toMatchObject({ do: 'supersede', n: 2 })
  expect(live(1).id).toBe('id-1')
})
