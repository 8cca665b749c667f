/** What may be said about an address, and what stands against it. */
import { describe, expect, test } from 'vitest'
import { KeywrightError } from '../../src/core/diagnostic.ts'
import type { KeyRecord } from '../../src/core/record.ts'
import { DAY, HOUR, instant, MINUTE } from '../../src/core/time.ts'
import { hear, tell } from '../../src/engine/desk.ts'
import { type Answer, type Ear, earlierOf, toExtend, toRetire, toRollBack, toRotate } from '../../src/engine/words.ts'
import { memoryStore, memoryWorld } from '../../src/stores/memory.ts'
import { active, ago, creating, delivering, disabled, holding, NOW, record, superseded } from '../core/machine/build.ts'
import { aKey } from '../fakes/desired.ts'

const ear = (state: KeyRecord, more: Partial<Ear> = {}): Ear => ({
  record: state,
  desired: aKey(),
  now: NOW,
  unsure: new Set(),
  ...more,
})

function codeOf(answer: Answer): string | null {
  return 'refused' in answer ? answer.refused.code : null
}

const SERVING = record([active(1)])
const IN_GRACE = record([superseded(1), active(2)])
const BLIND = { places: [holding(1, { readable: false })] }

describe('rotate', () => {
  test('takes grace and reason along', () => {
    expect(toRotate(ear(SERVING), { grace: HOUR, reason: 'laptop lost' })).toEqual({
      events: [{ on: 'requested', at: instant(NOW), grace: HOUR, reason: 'laptop lost' }],
    })
  })

  test.each<[string, string, Ear]>([
    ['in no manifest any more', 'ADDRESS_LEAVING', ear(SERVING, { desired: null })],
    ['paused', 'ADDRESS_PAUSED', ear({ ...SERVING, paused: { until: instant(NOW + 1) } })],
    ['held', 'HELD_OUTSIDE', ear({ ...SERVING, frozen: { fields: ['limit'], observedAt: ago(1), entry: 'x' } })],
    ['over', 'MANIFEST_EXPIRY_PAST', ear(SERVING, { desired: aKey({ fields: { expiresAt: ago(1) } }) })],
  ])('is refused for a key that is %s', (_, code, heard) => {
    expect(codeOf(toRotate(heard, {}))).toBe(code)
  })

  test('heeds a pause that is over as little as none', () => {
    expect(codeOf(toRotate(ear({ ...SERVING, paused: { until: ago(0) } }), {}))).toBeNull()
  })

  test('needs a grace where nobody can prove what a place holds', () => {
    const blind = ear({ ...SERVING, ...BLIND })
    const late = ear({ ...SERVING, places: [holding(1, { conditional: false })] })
    const fresh = ear(SERVING, { unsure: new Set(['memory']) })
    for (const one of [blind, late, fresh]) {
      expect(codeOf(toRotate(one, { grace: 0 }))).toBe('GRACE_REQUIRED')
      expect(codeOf(toRotate(one, { grace: 2 * MINUTE }))).toBeNull()
      expect(codeOf(toRotate(one, {}))).toBeNull()
    }
    expect(codeOf(toRotate(ear(SERVING), { grace: 0 }))).toBeNull()
  })

  test('is possible for a protected key, and for one that a rollback pinned', () => {
    const pinned = { n: 1, at: ago(1), entry: 'x', notRestored: {} }
    expect(codeOf(toRotate(ear({ ...SERVING, protect: true, pinned }), {}))).toBeNull()
  })
})

describe('rollback', () => {
  test('goes back to the newest earlier generation that served and still lives', () => {
    const state = record([superseded(1), disabled(2), superseded(3, { everActive: false }), active(4), creating(5)])
    expect(earlierOf(state)).toMatchObject({ n: 2 })
    expect(toRollBack(ear(state), { reason: 'slow' })).toMatchObject({
      events: [{ on: 'pinned', n: 2, entry: aKey().digest, reason: 'slow' }],
    })
  })

  test('goes past one that leaked, that is being deleted, or that never served', () => {
    const gone = [disabled(2, { removing: true }), superseded(3, { compromised: true }), delivering(4)]
    expect(earlierOf(record([superseded(1), ...gone.slice(0, 2), active(5)]))).toMatchObject({ n: 1 })
    expect(codeOf(toRollBack(ear(record([...gone.slice(0, 2), active(5)])), {}))).toBe('ROLLBACK_IMPOSSIBLE')
  })

  test('finds a way back also where nothing serves', () => {
    expect(earlierOf(record([disabled(1), disabled(2, { compromised: true })]))).toMatchObject({ n: 1 })
  })

  test('of a rollback finds nothing further back to take for an earlier one', () => {
    expect(earlierOf(record([active(1), superseded(2)]))).toBeNull()
  })
})

describe('extend', () => {
  test('counts from now, and leaves an end that is later already', () => {
    expect(toExtend(ear(IN_GRACE), NOW + 2 * DAY)).toMatchObject({ events: [{ until: instant(NOW + 2 * DAY) }] })
    expect(toExtend(ear(IN_GRACE), NOW + HOUR)).toEqual({ events: [] })
  })

  test('has nothing to do without an old secret in grace', () => {
    expect(codeOf(toExtend(ear(SERVING), NOW + DAY))).toBe('GRACE_OVER')
    expect(codeOf(toExtend(ear(record([disabled(1), active(2)])), NOW + DAY))).toBe('GRACE_OVER')
  })
})

describe('retire', () => {
  test('ends it now', () => {
    expect(toRetire(ear(IN_GRACE))).toEqual({ events: [{ on: 'extended', until: instant(NOW), atOnce: true }] })
  })

  test.each<[string, string, Ear]>([
    ['protected by its record', 'GUARD_PROTECTED', ear({ ...IN_GRACE, protect: true })],
    ['protected by its manifest', 'GUARD_PROTECTED', ear(IN_GRACE, { desired: aKey({ protect: true }) })],
    ['blind', 'GRACE_REQUIRED', ear({ ...IN_GRACE, places: [holding(2, { readable: false })] })],
    ['paused', 'ADDRESS_PAUSED', ear({ ...IN_GRACE, paused: { until: instant(NOW + 1) } })],
    ['without an old secret', 'GRACE_OVER', ear(SERVING)],
  ])('is refused where the key is %s', (_, code, heard) => {
    expect(codeOf(toRetire(heard))).toBe(code)
  })
})

describe('a word', () => {
  const clock = { now: () => NOW, sleep: async () => undefined }
  const actor = { who: 'ann' }

  test('is signed, and leaves a line of history', () => {
    const heard = hear(SERVING, () => [{ on: 'paused', until: instant(NOW + DAY) }], { clock, actor })
    expect(heard).toMatchObject({ actor, lastChange: { what: 'paused' }, history: [{ what: 'paused', who: 'ann' }] })
  })

  test('that changes nothing saves nothing', () => {
    expect(hear(SERVING, () => [], { clock, actor })).toBe(SERVING)
  })

  test('about several addresses is saved for all or none, again and again until nobody is in between', async () => {
    const store = memoryStore(memoryWorld(), clock)
    const [a, b] = [SERVING, { ...SERVING, address: 'test-1/b' }]
    await store.commit(
      'test-1',
      [a, b].map((one) => ({ address: one.address, expectedSerial: 0, record: one })),
    )
    let tries = 0
    const commit: typeof store.commit = async (...args) => {
      tries += 1
      if (tries < 3) throw new KeywrightError('STATE_CONFLICT', { message: 'another run' })
      return store.commit(...args)
    }
    const desk = { stack: 'test-1', store: { read: store.read, commit }, clock, actor }
    const pause = () => [{ on: 'paused', until: instant(NOW + DAY) } as const]
    const told = await tell(desk, new Map([a.address, b.address, 'test-1/nobody'].map((one) => [one, pause])))
    expect([...told.values()].map(({ address, serial, paused }) => [address, serial, paused !== undefined])).toEqual([
      ['test-1/a', 2, true],
      ['test-1/b', 2, true],
    ])
  })
})
