import { describe, expect, test } from 'vitest'
import { GUARD_DEFAULTS } from '../../src/core/config/config.ts'
import { refusals } from '../../src/core/guard.ts'
import type { LiveKey } from '../../src/core/key.ts'
import { instant, MINUTE } from '../../src/core/time.ts'
import { tellOne } from '../../src/engine/desk.ts'
import { lettingGo } from '../../src/engine/incident.ts'
import { memoryWorld as ledgerWorld, memoryStore } from '../../src/stores/memory.ts'
import { aKey } from '../fakes/desired.ts'
import { aBench, type Bench, outcomeOf, phases, STACK, settled } from '../fakes/engine.ts'

const GUARD = GUARD_DEFAULTS

async function started(): Promise<{ bench: Bench; live: LiveKey }> {
  const bench = aBench()
  await settled(bench, [aKey()])
  const live = await bench.serving('a')
  if (!live) throw new Error('no key')
  return { bench, live }
}

describe('a key that somebody deleted', () => {
  test('is issued again, under the same address and lineage', async () => {
    const { bench, live } = await started()
    bench.account.remove(live.id)
    expect((await bench.plan([aKey()])).changes).toMatchObject([
      {
        origin: 'scheduled',
        reasons: [{ kind: 'missing' }],
        steps: ['note-gone', 'issue', 'prove', 'write', 'activate'],
      },
    ])
    await settled(bench, [aKey()])
    expect(await phases(bench, 'a')).toBe('2:active')
    expect(bench.held('a')).toBe(bench.secretOf((await bench.serving('a'))?.id ?? ''))
  })

  test('is counted by the guard: four at once look like a wrong account', async () => {
    const bench = aBench()
    const keys = ['a', 'b', 'c', 'd'].map((id) => aKey({ id }))
    await settled(bench, keys)
    const refused = async () => {
      const { plan, records } = await bench.session(keys)
      return refusals({ plan, guard: GUARD, allowance: {}, desired: keys, records }).map((one) => one.code)
    }
    for (const key of bench.account.keys().slice(0, 3)) bench.account.remove(key.id)
    expect(await refused()).toEqual([])
    for (const key of bench.account.keys()) bench.account.remove(key.id)
    expect(await refused()).toEqual(['GUARD_TOO_MANY_MISSING'])
  })

  test('takes along what somebody had made stricter about it', async () => {
    const { bench, live } = await started()
    bench.account.edit(live.id, { fields: { disabled: true } })
    await bench.apply([aKey()])
    bench.account.remove(live.id)
    await settled(bench, [aKey()])
    expect((await bench.record('a'))?.frozen).toBeUndefined()
    expect(outcomeOf(await bench.apply([aKey({ fields: { limit: 20 } })]), 'a').problem).toBeNull()
  })
})

describe('a key that somebody made stricter', () => {
  test.each([{ limit: 1 }, { disabled: true }, { limitReset: 'never' }])('is held: %j', async (fields) => {
    const { bench, live } = await started()
    const key = aKey({ fields: { limitReset: 'daily' } })
    await settled(bench, [key])
    bench.account.edit(live.id, { fields: fields.limitReset ? { limitReset: null } : fields })
    const held = await bench.apply([key])
    expect(outcomeOf(held, 'a')).toMatchObject({
      status: 'settled',
      problem: { severity: 'warning', code: 'HELD_OUTSIDE', hint: 'keywright resume a' },
    })
    const { changes, held: listed } = await bench.plan([key])
    expect(changes).toEqual([])
    expect(listed).toMatchObject([{ address: 'test-1/a', fields: Object.keys(fields) }])
  })

  test('is let go by a later commit that changes its entry', async () => {
    const { bench, live } = await started()
    bench.account.edit(live.id, { fields: { limit: 1 } })
    await bench.apply([aKey()])
    await settled(bench, [aKey({ fields: { limit: 20 } })])
    expect(await bench.serving('a')).toMatchObject({ id: live.id, fields: { limit: 20 } })
  })

  test('is let go by a commit about something else, and its limit follows the manifest again', async () => {
    const { bench, live } = await started()
    bench.account.edit(live.id, { fields: { limit: 1 } })
    await bench.apply([aKey()])
    const plan = await bench.plan([aKey({ owner: 'ops' })])
    expect(plan.changes).toMatchObject([{ action: 'update', origin: 'authored', loosens: true }])
    await settled(bench, [aKey({ owner: 'ops' })])
    expect(await bench.serving('a')).toMatchObject({ fields: { limit: 10 } })
  })

  test('is let go by a human, and the next plan shows the way back as an ordinary change', async () => {
    const ledger = ledgerWorld()
    const { bench, live } = await started()
    bench.account.edit(live.id, { fields: { limit: 1 } })
    await bench.apply([aKey()])
    const record = await bench.record('a')
    const store = memoryStore(ledger, { now: bench.now, sleep: async () => undefined })
    if (record)
      await store.commit(STACK, [{ address: record.address, expectedSerial: 0, record: { ...record, serial: 0 } }])
    const clock = { now: bench.now, sleep: async () => undefined }
    const lowered = bench.account.key(live.id)
    const desk = { stack: STACK, store, clock, actor: { who: 'human' } }
    const saved = await tellOne(desk, 'test-1/a', lettingGo(lowered))
    expect(saved).toMatchObject({ actor: { who: 'human' }, generations: [{ issued: { fields: { limit: 1 } } }] })
    expect(saved?.frozen).toBeUndefined()
  })

  test('stays so during a rotation that is due', async () => {
    const { bench, live } = await started()
    bench.account.edit(live.id, { fields: { disabled: true } })
    await bench.apply([aKey()])
    bench.advance(400 * 24 * 60 * MINUTE)
    await settled(bench, [aKey()])
    expect(await phases(bench, 'a')).toBe('1:active')
    expect(bench.account.key(live.id)).toMatchObject({ fields: { disabled: true } })
  })
})

describe('a key that somebody made looser or renamed', () => {
  test.each<[string, Parameters<Bench['account']['edit']>[1]]>([
    ['limit', { fields: { limit: 500 } }],
    ['name', { name: 'mine now' }],
  ])('is repaired by policy: %s', async (_, change) => {
    const { bench, live } = await started()
    bench.account.edit(live.id, change)
    const { changes } = await bench.plan([aKey()])
    expect(changes).toMatchObject([{ action: 'update', origin: 'scheduled', loosens: false }])
    await settled(bench, [aKey()])
    expect(bench.account.key(live.id)).toMatchObject({ name: live.name, fields: { limit: 10 } })
  })
})

describe('a key that is not ours', () => {
  const plant = (bench: Bench, marker: string) =>
    bench.account.plant({ name: `x ${marker}`, scope: 'workspace-default', fields: {} }).key.id

  test.each([
    ['another lineage', '[kw:test-1/a#1.zzzzzzzz]', 'STACK_IN_USE'],
    ['a higher generation', '[kw:test-1/a#9.aaaaaaaa]', 'STATE_BEHIND'],
  ])('stops the address and is never touched: %s', async (_, marker, code) => {
    const { bench } = await started()
    const id = plant(bench, marker)
    const session = await bench.session([aKey({ fields: { limit: 99 } })])
    expect(session.stops.get('test-1/a')).toMatchObject({ code, hint: expect.stringMatching(/./) })
    expect((await bench.apply([aKey({ fields: { limit: 99 } })])).outcomes).toEqual([])
    expect(bench.account.key(id)?.updatedAt).toBeNull()
  })

  test.each([
    ['an old generation that nobody claimed', '[kw:test-1/a#1.aaaaaaaa]'],
    ['an address that nobody declares', '[kw:test-1/zz#1.aaaaaaab]'],
    ['another stack', '[kw:other/a#1.aaaaaaaa]'],
    ['no marker at all', ''],
    ['a marker with something behind it', '[kw:test-1/a#1.aaaaaaaa] copy'],
    ['a rotation of the API', '[kw:test-1/a#1.aaaaaaaa] (rotated)'],
  ])('is left alone, and so is everything else: %s', async (_, marker) => {
    const { bench } = await started()
    const id = plant(bench, marker)
    await settled(bench, [aKey({ fields: { limit: 99 } })])
    await settled(bench, [])
    expect(bench.account.key(id)?.updatedAt).toBeNull()
  })

  test('and stands where a new one shall be stops that address (ADDRESS_TAKEN)', async () => {
    const { bench } = await started()
    const id = plant(bench, '[kw:test-1/b#1.aaaaaaaa]'.replace('aaaaaaaa', 'bbbbbbbb'))
    const session = await bench.session([aKey(), aKey({ id: 'b' })])
    expect(session.stops.get('test-1/b')).toMatchObject({ code: 'ADDRESS_TAKEN', hint: 'keywright census' })
    await bench.apply([aKey(), aKey({ id: 'b' })])
    expect(bench.account.key(id)?.updatedAt).toBeNull()
    expect(await bench.record('b')).toBeNull()
    expect(instant(bench.now())).toMatch(/^2027/)
  })
})
