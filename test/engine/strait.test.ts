/** Keys that are fixed at birth and cannot be switched off. */
import { describe, expect, test } from 'vitest'
import { at, DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { aKey, aRotation } from '../fakes/desired.ts'
import { aBench, outcomeOf, phases, settled } from '../fakes/engine.ts'

const PLAIN = { scopes: ['jobs:read'], environmentId: null } as const

function worker(change: Parameters<typeof aKey>[0] = {}) {
  const key = aKey({ kind: 'strait', expiresIn: 90 * DAY, rotation: aRotation({ hold: 0 }), removalHold: 0, ...change })
  const { limit, limitReset, includeByokInLimit, disabled, expiresAt, ...rest } = key.fields
  return { ...key, fields: { ...PLAIN, ...rest, ...change.fields } }
}

describe('a key that cannot be changed', () => {
  test('is replaced with overlap when its scopes change, and the old one is revoked after its grace', async () => {
    const bench = aBench({ kind: 'strait' })
    await settled(bench, [worker()])
    const old = bench.held('a')
    const wider = worker({ fields: { scopes: ['jobs:read', 'jobs:write'] }, digest: 'other' } as never)
    await bench.apply([wider])
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
    expect(bench.held('a')).not.toBe(old)
    expect(bench.account.keys()).toHaveLength(2)
    bench.advance(DAY)
    await settled(bench, [wider])
    expect(await phases(bench, 'a')).toBe('2:active')
    expect(bench.account.keys()).toHaveLength(1)
  })

  test('takes a new display name with its next rotation only', async () => {
    const bench = aBench({ kind: 'strait' })
    await settled(bench, [worker()])
    const renamed = worker({ name: 'Nightly worker' })
    expect((await bench.plan([renamed])).changes).toEqual([])
    await bench.apply([worker({ name: 'Nightly worker', rotation: aRotation({ hold: 0, serial: 2 }) })])
    expect((await bench.serving('a'))?.name).toMatch(/^Nightly worker /)
  })

  test('is renewed before its end', async () => {
    const bench = aBench({ kind: 'strait' })
    await settled(bench, [worker()])
    bench.advance(75 * DAY)
    expect((await bench.plan([worker()])).changes).toEqual([])
    bench.advance(2 * DAY)
    await bench.apply([worker()])
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
  })

  test('that left the manifests works for its grace, comes back with the same secret, and is revoked afterwards', async () => {
    const bench = aBench({ kind: 'strait' })
    await settled(bench, [worker(), worker({ id: 'b', places: [] })])
    const secret = bench.held('a')
    const others = [worker({ id: 'b', places: [] })]
    await bench.apply(others)
    expect(await phases(bench, 'a')).toBe('1:superseded')
    bench.advance(HOUR)
    await settled(bench, [worker(), ...others])
    expect(await phases(bench, 'a')).toBe('1:active')
    expect(bench.held('a')).toBe(secret)
    await bench.apply(others)
    bench.advance(DAY)
    await settled(bench, others)
    expect(await phases(bench, 'a')).toBe('none')
    expect(bench.held('a')).toBeNull()
    expect(bench.account.keys()).toHaveLength(1)
  })

  test('that somebody else rotated is followed by one of ours before it ends, and the stranger is left alone', async () => {
    const bench = aBench({ kind: 'strait' })
    await settled(bench, [worker()])
    const id = (await bench.serving('a'))?.id ?? ''
    await bench.account.handle().rotate?.(id, HOUR)
    const plan = await bench.plan([worker()])
    expect(plan.changes).toMatchObject([{ action: 'rotate', origin: 'scheduled', reasons: [{ kind: 'ending' }] }])
    await bench.apply([worker()])
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
    bench.advance(2 * DAY)
    await settled(bench, [worker()])
    expect(bench.account.keys().map(({ name }) => name.endsWith('(rotated)'))).toEqual([true, false])
  })
})

describe('a lifetime that nobody asked for', () => {
  test('is renewed like one that was', async () => {
    const bench = aBench({ kind: 'strait' })
    bench.faults = (api) => ({ ...api, create: (request) => api.create({ ...request, lifetime: 30 * DAY }) })
    const open = worker({ expiresIn: null })
    await settled(bench, [open])
    bench.advance(21 * DAY)
    expect((await bench.plan([open])).changes).toMatchObject([{ reasons: [{ kind: 'renewal' }] }])
  })
})

describe('native rotation', () => {
  const every = (change = {}) =>
    worker({ rotation: aRotation({ every: 30 * DAY, grace: DAY, hold: 0, native: true }), ...change })

  test('is asked of the API, and its successor is delivered like any other', async () => {
    const bench = aBench({ kind: 'strait' })
    await settled(bench, [every()])
    const first = await bench.serving('a')
    bench.advance(30 * DAY)
    await bench.apply([every()])
    const second = await bench.serving('a')
    expect(bench.account.key(first?.id ?? '')?.replacedBy).toBe(second?.id)
    expect(second?.name).toMatch(/\(rotated\)$/)
    expect(bench.held('a')).toBe(bench.secretOf(second?.id ?? ''))
    bench.advance(DAY)
    await settled(bench, [every()])
    expect(bench.account.keys()).toHaveLength(1)
  })

  test('leaves the old key its whole grace from the delivery on, also by the clock of the API', async () => {
    const bench = aBench({ kind: 'strait' })
    await settled(bench, [every()])
    const first = (await bench.serving('a'))?.id ?? ''
    bench.advance(30 * DAY)
    bench.faults = (api) => ({
      ...api,
      prove: async (secret) => {
        bench.advance(20 * MINUTE)
        return await api.prove(secret)
      },
    })
    await bench.apply([every()])
    expect(at(bench.account.key(first)?.graceEndsAt ?? '')).toBeGreaterThanOrEqual(bench.now() + DAY)
  })

  test('whose answer was lost: its successor is revoked, and a key of our own follows before the old one ends', async () => {
    const bench = aBench({ kind: 'strait' })
    await settled(bench, [every()])
    bench.advance(30 * DAY)
    bench.faults = (api) => ({
      ...api,
      rotate: async (id, grace) => {
        await api.rotate?.(id, grace)
        bench.faults = (same) => same
        return { kind: 'unknown', reason: 'cut' }
      },
    })
    const outcome = outcomeOf(await bench.apply([every()]), 'a')
    expect(outcome.status).toBe('settled')
    expect(await phases(bench, 'a')).toBe('1:superseded 3:active')
    const serving = await bench.serving('a')
    expect(serving?.name).not.toMatch(/rotated/)
    expect(bench.account.keys().filter(({ name }) => name.endsWith('(rotated)'))).toEqual([])
    expect(bench.held('a')).toBe(bench.secretOf(serving?.id ?? ''))
  })

  test('keeps the margin of the whole life, however often the rest of it was passed on', async () => {
    const bench = aBench({ kind: 'strait' })
    const weekly = every({
      expiresIn: 30 * DAY,
      rotation: aRotation({ every: 7 * DAY, grace: DAY, hold: 0, native: true }),
    })
    await settled(bench, [weekly])
    for (let day = 0; day < 60; day++) {
      bench.advance(DAY)
      await bench.apply([weekly])
      const end = (await bench.serving('a'))?.fields.expiresAt
      expect(Date.parse(`${end}`) - bench.now()).toBeGreaterThan(9 * DAY)
    }
  })

  test('gives way to a create where the expiry has to move', async () => {
    const bench = aBench({ kind: 'strait' })
    const short = every({ rotation: aRotation({ every: 60 * DAY, grace: DAY, hold: 0, native: true }) })
    await settled(bench, [short])
    bench.advance(60 * DAY)
    await bench.apply([short])
    bench.advance(DAY)
    await bench.apply([short])
    const end = (await bench.serving('a'))?.fields.expiresAt
    bench.advance(19 * DAY)
    await bench.apply([short])
    expect((await bench.serving('a'))?.fields.expiresAt).not.toBe(end)
    expect((await bench.serving('a'))?.name).not.toMatch(/rotated/)
  })
})
