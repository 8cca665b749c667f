import { describe, expect, test } from 'vitest'
import { GUARD_DEFAULTS } from '../../src/core/config/config.ts'
import { type Allowance, type Guard, protectedLeaving, refusals } from '../../src/core/guard.ts'
import type { DesiredKey } from '../../src/core/key.ts'
import { makePlan, type Subject } from '../../src/core/plan.ts'
import type { KeyRecord } from '../../src/core/record.ts'
import { aKey, aPlace, aRotation } from '../fakes/desired.ts'
import { active, holding, NOW, record, seeing, sight } from './machine/build.ts'

const GUARD: Guard = GUARD_DEFAULTS

/** The key `id` with a record in service. */
function subject(id: string, desired: DesiredKey | null, more: Partial<KeyRecord> = {}): Subject {
  const state = record([active(1)], { address: `test-1/${id}`, ...more })
  return { address: state.address, desired, record: state, sight: sight(state), handedOver: false }
}

const fresh = (id: string, change: Parameters<typeof aKey>[0] = {}): Subject => {
  const desired = aKey({ id, places: [aPlace(id)], ...change })
  const state = record([], { address: desired.address, serial: 0, highest: 0 })
  return { address: desired.address, desired, record: state, sight: sight(state), handedOver: false }
}

const ids = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `k${i}`)
/** `gone` keys of `all` left the manifests. */
const leaving = (gone: number, all: number): readonly Subject[] =>
  ids(all).map((id, i) => subject(id, i < gone ? null : aKey({ id, name: 'a', places: [aPlace('a')] })))

function refused(subjects: readonly Subject[], guard: Partial<Guard> = {}, allowance: Allowance = {}) {
  const plan = makePlan({ stack: 'test-1', now: NOW, subjects, stops: new Map(), problems: [], unclaimed: 0, live: 0 })
  const desired = subjects.flatMap((one) => one.desired ?? [])
  const records = new Map(subjects.filter((one) => one.record.serial > 0).map((one) => [one.address, one.record]))
  return refusals({ plan, guard: { ...GUARD, ...guard }, allowance, desired, records })
}

const codes = (...args: Parameters<typeof refused>) => refused(...args).map((one) => one.code)

describe('deletes', () => {
  test('beyond the number are refused with number, threshold and the exact flag', () => {
    const [refusal] = refused(leaving(11, 100))
    expect(refusal).toMatchObject({ severity: 'error', code: 'GUARD_TOO_MANY_DELETES' })
    expect(refusal?.message).toBe('This plan retires 11 of 100 keys (11%); the guard allows 10 and 30%.')
    expect(refusal?.hint).toBe(
      'keywright apply --allow-deletes 11   or raise it for good: guard: { maxDeletes: 11 } in keywright.yaml',
    )
    expect(codes(leaving(10, 100))).toEqual([])
  })

  test('beyond the share are refused, and the line for good names the share', () => {
    expect(refused(leaving(4, 10))[0]?.hint).toContain('guard: { maxDeletePercent: 40 } in keywright.yaml')
    expect(codes(leaving(3, 10))).toEqual([])
  })

  test('of a small set are exempt from the share, unless it is the whole stack', () => {
    expect(codes(leaving(5, 9))).toEqual([])
    expect(codes(leaving(9, 9), {}, { empty: true })).toEqual(['GUARD_TOO_MANY_DELETES'])
    expect(codes(leaving(1, 1), {}, { empty: true })).toEqual([])
  })

  test('pass once as many as were allowed', () => {
    expect(codes(leaving(11, 100), {}, { deletes: 11 })).toEqual([])
    expect(codes(leaving(12, 100), {}, { deletes: 11 })).toEqual(['GUARD_TOO_MANY_DELETES'])
  })

  test('of everything are refused by a word of their own (GUARD_EMPTY)', () => {
    const all = refused(leaving(2, 2))
    expect(all.map((one) => one.code)).toContain('GUARD_EMPTY')
    const hint = all.find((one) => one.code === 'GUARD_EMPTY')?.hint
    expect(hint).toMatch(/^keywright apply --allow-empty --allow-deletes 2 /)
    expect(codes(leaving(2, 2), {}, { empty: true, deletes: 2 })).toEqual([])
  })
})

describe('keys missing from the API', () => {
  const missing = (count: number): readonly Subject[] =>
    ids(count).map((id) => {
      const one = subject(id, aKey({ id, name: 'a', places: [aPlace('a')] }))
      return { ...one, sight: seeing(one.record, 1, null) }
    })

  test('beyond three are refused with number, threshold and the exact flag', () => {
    const [refusal] = refused(missing(4))
    expect(refusal?.code).toBe('GUARD_TOO_MANY_MISSING')
    expect(refusal?.message).toContain('4 recorded keys are gone')
    expect(refusal?.message).toContain('allows 3')
    expect(refusal?.hint).toMatch(/^keywright apply --allow-missing 4 /)
    expect(codes(missing(3))).toEqual([])
    expect(codes(missing(4), {}, { missing: 4 })).toEqual([])
  })

  test('beyond a share are refused as well, small sets apart, and never the whole stack', () => {
    const some = (gone: number, all: number): readonly Subject[] => [
      ...missing(gone),
      ...ids(all)
        .slice(gone)
        .map((id) => subject(id, aKey({ id, name: 'a', places: [aPlace('a')] }))),
    ]
    const [refusal] = refused(some(3, 12), { maxMissingPercent: 20 })
    expect(refusal).toMatchObject({
      code: 'GUARD_TOO_MANY_MISSING',
      message:
        '3 recorded keys are gone from the API and would be issued again (25% of all); the guard allows 3 and 20%.',
      hint: expect.stringMatching(/^keywright apply --allow-missing 3 /),
    })
    expect(codes(some(3, 9), { maxMissingPercent: 20 })).toEqual([])
    expect(codes(some(3, 3), { maxMissingPercent: 20 })).toEqual(['GUARD_TOO_MANY_MISSING'])
  })

  test('do not count when an earlier run noted them as gone already', () => {
    const noted = ids(9).map((id) => {
      const desired = aKey({ id, places: [aPlace('a')] })
      const state = record([], { address: desired.address, highest: 1, places: [holding(1)] })
      return { address: desired.address, desired, record: state, sight: sight(state), handedOver: false }
    })
    expect(codes(noted)).toEqual([])
  })
})

describe('money', () => {
  test('beyond the cap is refused with the worst month and the line to type', () => {
    const [refusal] = refused([fresh('a', { fields: { limit: 50, limitReset: 'daily' } })], { maxMonthlyUsd: 1_549 })
    expect(refusal).toMatchObject({ code: 'GUARD_OVER_BUDGET' })
    expect(refusal?.message).toContain('1550 USD a month; the guard allows 1549 USD')
    expect(refusal?.hint).toMatch(/^keywright apply --allow-spend 1550 .*guard: { maxMonthlyUsd: 1550 }/)
    const once = { spend: 1_550 }
    expect(codes([fresh('a', { fields: { limit: 50, limitReset: 'daily' } })], { maxMonthlyUsd: 9 }, once)).toEqual([])
    expect(codes([fresh('a', { fields: { limit: 50, limitReset: 'daily' } })], { maxMonthlyUsd: 1_550 })).toEqual([])
  })

  test('that is over the cap already holds up nothing that does not raise it', () => {
    const over = (limit: number, serial = 1): readonly Subject[] => {
      const desired = aKey({
        id: 'a',
        name: 'a',
        places: [aPlace('a')],
        fields: { limit },
        rotation: aRotation({ serial }),
      })
      return [subject('a', desired)]
    }
    expect(codes(over(10, 9), { maxMonthlyUsd: 5 })).toEqual([])
    expect(codes(over(9), { maxMonthlyUsd: 5 })).toEqual([])
    expect(codes(over(11), { maxMonthlyUsd: 5 })).toEqual(['GUARD_OVER_BUDGET'])
    expect(codes([...over(10), fresh('b', { fields: { limit: 1 } })], { maxMonthlyUsd: 5 })).toEqual([
      'GUARD_OVER_BUDGET',
    ])
  })

  test('without limit is beyond every cap', () => {
    const [refusal] = refused([fresh('a', { fields: { limit: null } })], { maxMonthlyUsd: 1e9 })
    expect(refusal?.message).toContain('without limit')
    expect(refusal?.hint).toMatch(/^limit: 50 /)
  })
})

describe('protection', () => {
  const off = { fields: { disabled: true } }

  test.each([
    ['the manifest', true, false],
    ['the record', false, true],
  ])('in %s is enough to refuse a disable', (_, inManifest, inRecord) => {
    const desired = aKey({ protect: inManifest, ...off, bornHarmless: false })
    const [refusal] = refused([subject('a', desired, { protect: inRecord })])
    expect(refusal).toMatchObject({ code: 'GUARD_PROTECTED', address: 'test-1/a' })
    expect(refusal?.message).toContain('disabled')
    expect(refusal?.hint).toContain('protect: false')
  })

  test('refuses to forget, and to remove', () => {
    expect(codes([{ ...subject('a', null, { protect: true }), handedOver: true }, fresh('b')])).toEqual([
      'GUARD_PROTECTED',
    ])
    expect(protectedLeaving([subject('a', null, { protect: true })])).toMatchObject([{ code: 'GUARD_PROTECTED' }])
    expect(protectedLeaving([subject('a', null)])).toEqual([])
  })

  test('does not stand in the way of rotation or other changes', () => {
    const turned = aKey({
      protect: true,
      fields: { limit: 20 },
      rotation: aRotation({ every: null, grace: 0, hold: 0, serial: 9 }),
    })
    expect(codes([subject('a', turned, { protect: true })])).toEqual([])
  })
})

test('an expiry can be asked of every key', () => {
  const keys = [fresh('a'), fresh('b', { expiresIn: 1 }), fresh('c', { fields: { expiresAt: '2029-01-01T00:00:00Z' } })]
  expect(refused(keys, { requireExpiry: true })).toMatchObject([
    { code: 'GUARD_EXPIRY_REQUIRED', address: 'test-1/a', hint: expect.stringMatching(/^add expiresIn: 90d /) },
  ])
})

test('a removal and a create that share a place are refused with the moved line to paste', () => {
  const [refusal] = refused([subject('old', null), fresh('new', { places: [aPlace('a')] })])
  expect(refusal).toMatchObject({
    code: 'PLACE_SHARED_BY_REMOVAL',
    hint: 'moved: [{ from: old, to: new }]   or, if it is no rename: keywright apply --allow PLACE_SHARED_BY_REMOVAL:new',
  })
})
