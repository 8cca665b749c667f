import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RowDecoder } from '../../../src/providers/strait/codec.ts'
import { instantOf, microsText, readMicros } from '../../../src/providers/strait/stamps.ts'
import { idOf, PROJECT, row, stamp } from './scripted.ts'

const decode = (change: object) => new RowDecoder().decode(row(1, change))

describe('an instant of Strait', () => {
  it.each([
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000000Z'],
    ['2026-01-01T00:00:00.1Z', '2026-01-01T00:00:00.100000Z'],
    ['2026-01-01T00:00:00.123456Z', '2026-01-01T00:00:00.123456Z'],
    ['2026-01-01T00:00:00.123456789Z', '2026-01-01T00:00:00.123456Z'],
    ['2026-01-01T02:00:00.123456789+02:00', '2026-01-01T00:00:00.123456Z'],
    ['2025-12-31T19:30:00.000001-04:30', '2026-01-01T00:00:00.000001Z'],
  ])('%s is read as %s', (text, wanted) => {
    expect(microsText(readMicros(text) ?? 0)).toBe(wanted)
  })

  it.each([null, undefined, 5, '', 'soon', '2026-01-01', '2026-01-01T00:00:00', '2026-02-30T00:00:00Z'])(
    '%j is none',
    (value) => {
      expect(readMicros(value)).toBeNull()
    },
  )

  it('keeps every microsecond from text to number and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000_000_000 }), (micros) => {
        expect(readMicros(microsText(micros))).toBe(micros)
        expect(instantOf(micros)).toBe(`${microsText(micros).slice(0, -4)}Z`)
      }),
    )
  })
})

describe('an entry of a list', () => {
  it('with nothing optional is an unused key without end and environment', () => {
    expect(decode({})).toEqual({
      micros: readMicros(stamp(1)),
      isRevoked: false,
      key: {
        id: idOf(1),
        name: 'key 1',
        scope: PROJECT,
        fields: { scopes: ['jobs:read'], environmentId: null, expiresAt: null },
        createdAt: '2026-01-01T00:00:00.000Z',
        updatedAt: null,
        label: 'strait_fffff',
        usage: { total: 0, daily: 0, weekly: 0, monthly: 0 },
        lastUsedAt: null,
      },
    })
  })

  it('with everything has all of it, and leaves out what nobody knows', () => {
    const told = {
      environment_id: 'production',
      expires_at: '2027-01-01T02:00:00+02:00',
      last_used_at: '2026-06-01T00:00:00.5Z',
      grace_expires_at: '2026-07-01T00:00:00Z',
      replaced_by_key_id: idOf(2),
      rotation_webhook_url: 'https://hooks.example.com/token',
      future: { deep: true },
    }
    const key = decode(told)?.key
    expect(key).toMatchObject({
      fields: { environmentId: 'production', expiresAt: '2027-01-01T00:00:00.000Z' },
      lastUsedAt: '2026-06-01T00:00:00.500Z',
      graceEndsAt: '2026-07-01T00:00:00.000Z',
      replacedBy: idOf(2),
    })
    expect(JSON.stringify(key)).not.toContain('hooks.example.com')
  })

  it('may have empty texts and nulls where there is nothing', () => {
    const empty = {
      environment_id: '',
      expires_at: null,
      last_used_at: null,
      grace_expires_at: '',
      replaced_by_key_id: '',
    }
    expect(decode(empty)).toEqual(decode({}))
  })

  it('keeps the order of its scopes, and tells none as none', () => {
    expect(decode({ scopes: ['b:c', 'a:b', 'b:c'] })?.key.fields.scopes).toEqual(['b:c', 'a:b', 'b:c'])
    for (const scopes of [null, undefined, []]) expect(decode({ scopes })?.key.fields.scopes).toEqual([])
  })

  it('was used, also when the time of use cannot be read', () => {
    expect(decode({ last_used_at: 'a while ago' })?.key.lastUsedAt).toBe('1970-01-01T00:00:00.000Z')
  })

  it('shares equal fields with others', () => {
    const decoder = new RowDecoder()
    const [one, other] = [decoder.decode(row(1)), decoder.decode(row(2))]
    expect(one?.key.fields).toBe(other?.key.fields)
  })

  it('is known to be revoked, though lists never hold such a key', () => {
    expect(decode({ revoked_at: stamp(9) })?.isRevoked).toBe(true)
  })
})
