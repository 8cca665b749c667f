import { describe, expect, test } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { memoryWorld as accountWorld } from '../../src/providers/memory.ts'
import { aKey, aPlace, aRotation } from '../fakes/desired.ts'
import { aBench, type Bench, outcomeOf, phases, settled } from '../fakes/engine.ts'

const serial = (n: number) => aKey({ rotation: aRotation({ every: null, grace: DAY, hold: HOUR, serial: n }) })

function otherAccount(bench: Bench): ReturnType<typeof accountWorld> {
  const clock = { now: bench.now, sleep: async () => undefined }
  return accountWorld({ clock, seed: 'other', workspaces: { default: 'workspace-other' } })
}

describe('moved', () => {
  const moved = [{ from: 'a', to: 'b' }]
  const there = aKey({ id: 'b', name: 'a', places: [aPlace('a')] })

  test('keeps key, lineage and secret, and renames the marker', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    const before = await bench.serving('a')
    const secret = bench.held('a')
    await settled(bench, [there], { moved })
    expect(await bench.serving('b')).toMatchObject({ id: before?.id, name: 'a [kw:test-1/b#1.aaaaaaaa]' })
    expect(await bench.record('a')).toBeNull()
    expect(bench.held('a')).toBe(secret)
    await settled(bench, [there], { moved })
    await settled(bench, [there])
  })

  test('takes the leftover of a lost create along', async () => {
    const bench = aBench()
    await settled(bench, [serial(1)])
    bench.faults = (api) => ({
      ...api,
      create: async (request) => {
        await api.create(request)
        throw new Error('power cut')
      },
    })
    await expect(bench.apply([serial(2)])).rejects.toThrow('power cut')
    bench.faults = (api) => api
    const next = aKey({ id: 'b', name: 'a', places: [aPlace('a')], rotation: serial(2).rotation })
    await bench.apply([next], { moved })
    await settled(bench, [next], { moved })
    const names = bench.account.keys().map((key) => key.name)
    expect(names).toEqual(['a [kw:test-1/b#1.aaaaaaaa]', 'a [kw:test-1/b#3.aaaaaaaa]'])
  })
})

describe('handedOver', () => {
  test('forgets the record and leaves the key live and its place full', async () => {
    const bench = aBench()
    await settled(bench, [aKey(), aKey({ id: 'b' })])
    const secret = bench.held('b')
    const plan = await bench.plan([aKey()], { handedOver: ['b'] })
    expect(plan.changes).toMatchObject([{ address: 'test-1/b', action: 'forget', writes: 0 }])
    await settled(bench, [aKey()], { handedOver: ['b'] })
    expect(await bench.record('b')).toBeNull()
    expect(bench.account.keys()).toMatchObject([{}, { fields: { disabled: false } }])
    expect(bench.held('b')).toBe(secret)
  })
})

describe('the account', () => {
  test('may not change under the records (PROVIDER_IDENTITY_CHANGED): nothing at all is done', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    bench.providers.set('memory', otherAccount(bench))
    const before = bench.sent.length
    await expect(bench.apply([serial(2), aKey({ id: 'b' })])).rejects.toMatchObject({
      code: 'PROVIDER_IDENTITY_CHANGED',
      hint: expect.stringContaining('keywright state accept-identity'),
    })
    expect(bench.sent.length).toBe(before)
  })

  test('keeps a key whose manifest names a provider of another account', async () => {
    const bench = aBench()
    const other = otherAccount(bench)
    bench.providers.set('other', other)
    await settled(bench, [aKey()])
    const session = await bench.session([aKey({ provider: 'other' })])
    expect(session.stops.get('test-1/a')).toMatchObject({ code: 'RECORD_PROVIDER_CHANGED' })
    expect((await bench.apply([aKey({ provider: 'other' })])).outcomes).toEqual([])
    expect(other.keys()).toEqual([])
    expect(bench.account.keys()).toMatchObject([{ fields: { disabled: false } }])
  })

  test('may be reached under another provider name', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    await settled(bench, [aKey({ provider: 'renamed' })])
    expect(await phases(bench, 'a')).toBe('1:active')
    expect(await bench.record('a')).toMatchObject({ provider: 'renamed' })
  })

  test('without the workspace of a key is a problem at its line; other keys go on, and the key is not taken for removed', async () => {
    const bench = aBench()
    await settled(bench, [aKey(), aKey({ id: 'b' })])
    const lost = aKey({ scope: 'nowhere', origin: { file: 'keys/a.keys.yaml', line: 7, column: 3 } })
    const session = await bench.session([lost, aKey({ id: 'b', fields: { limit: 20 } })])
    expect(session.plan.problems).toMatchObject([
      {
        code: 'API_WORKSPACE_UNKNOWN',
        at: { file: 'keys/a.keys.yaml', line: 7 },
        hint: expect.stringMatching(/^workspaceId: default/),
      },
    ])
    expect(session.plan.changes).toMatchObject([{ address: 'test-1/b', action: 'update' }])
    await bench.apply([lost, aKey({ id: 'b', fields: { limit: 20 } })])
    expect(await phases(bench, 'a')).toBe('1:active')
    expect(bench.account.keys().every((key) => key.fields.disabled === false)).toBe(true)
  })
})

describe('a clock that is wrong', () => {
  test('stops rotation, retirement and removal, not creates and updates', async () => {
    const bench = aBench()
    await settled(bench, [serial(1), aKey({ id: 'gone' })])
    await settled(bench, [serial(2), aKey({ id: 'gone' })])
    bench.advance(2 * DAY)
    bench.skew = 3 * MINUTE
    const result = await bench.apply([aKey({ ...serial(3), fields: { limit: 77 } }), aKey({ id: 'new' })])
    expect(outcomeOf(result, 'a')).toMatchObject({
      status: 'open',
      problem: { code: 'CLOCK_SKEW', severity: 'warning', hint: expect.stringContaining('keywright apply') },
    })
    expect(outcomeOf(result, 'new').status).toBe('settled')
    expect(outcomeOf(result, 'gone').problem?.code).toBe('CLOCK_SKEW')
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
    expect(await phases(bench, 'gone')).toBe('1:active')
    expect(await bench.serving('a')).toMatchObject({ fields: { limit: 77 } })
  })

  test('of two minutes is still good, and times are those of the API', async () => {
    const bench = aBench()
    bench.skew = -2 * MINUTE
    await settled(bench, [aKey()])
    expect((await bench.record('a'))?.generations).toMatchObject([{ claimedAt: '2027-01-01T00:00:00.000Z' }])
  })
})

describe('state that was lost', () => {
  test('stops the whole stack, and nothing is touched (STATE_MISSING)', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    const fresh = aBench()
    const name = bench.account.keys()[0]?.name ?? ''
    fresh.account.plant({ name, scope: 'workspace-default', fields: {} })
    const session = await fresh.session([aKey()])
    expect(session.world.survey.stackStop).toMatchObject({ code: 'STATE_MISSING' })
    expect(session.plan.problems).toMatchObject([{ code: 'STATE_MISSING', hint: 'keywright state rebuild' }])
  })
})

describe('a run', () => {
  test('that is interrupted finishes the effect in flight, saves, and goes on next time', async () => {
    const bench = aBench()
    bench.faults = (api) => ({
      ...api,
      prove: async (secret) => {
        bench.abort.abort()
        return await api.prove(secret)
      },
    })
    expect(outcomeOf(await bench.apply([aKey()]), 'a')).toMatchObject({ status: 'open', steps: ['issue', 'prove'] })
    expect((await bench.record('a'))?.generations).toMatchObject([{ phase: 'delivering', proven: true }])
  })

  test('never writes a secret into the store or an event', async () => {
    const bench = aBench()
    const bearer = { ...aPlace('b'), template: '{"key":"${secret}"}' }
    await settled(bench, [aKey({ places: [aPlace('a'), bearer] }), aKey({ id: 'c', fields: { disabled: true } })])
    await settled(bench, [aKey({ ...serial(2), places: [aPlace('a'), aPlace('d')] })])
    const seen = (await bench.journal()) + JSON.stringify(bench.events)
    for (const key of bench.account.keys()) expect(seen).not.toContain(bench.secretOf(key.id))
    expect(seen).toContain('sha256:')
    expect(bench.held('a')).toContain('sk-memory-')
    expect(seen).not.toContain('sk-memory-')
  })

  test('plans without writing anything anywhere', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    const before = [await bench.journal(), bench.sent.length, bench.cells.changes]
    await bench.plan([serial(2), aKey({ id: 'b' })])
    await bench.plan([])
    expect([await bench.journal(), bench.sent.length, bench.cells.changes]).toEqual(before)
  })
})
