import { rmSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import type { KeyRecord } from '../../src/core/record.ts'
import type { RecordChange, StateStore } from '../../src/ports/state-store.ts'
import { openStore, STORES } from '../../src/stores/registry.ts'
import { handClock } from '../fakes/hand-clock.ts'
import { aHeader, aRecord } from '../fakes/records.ts'
import { closeStoreServers, STORE_FIXTURES, type StoreFixture, scratchFolder, secretFrom } from '../fakes/stores.ts'

const A = 'acme/a'
const B = 'acme/b'
const LEASE = { ttlMillis: 60_000, waitMillis: 0, command: 'keywright apply' }

function change(address: string, expectedSerial: number, more: Partial<KeyRecord> | null = {}): RecordChange {
  return { address, expectedSerial, record: more === null ? null : aRecord(address, more) }
}

afterAll(closeStoreServers)

test('has a fixture for every kind of store', () => {
  expect(Object.keys(STORE_FIXTURES).sort()).toEqual(Object.keys(STORES).sort())
})

interface World {
  readonly fixture: StoreFixture
  readonly one: StateStore
  readonly two: StateStore
  readonly records: (store: StateStore, stack?: string) => Promise<Readonly<Record<string, KeyRecord>>>
  /** Time goes by, a little at a time, until it is settled. */
  readonly passing: <T>(awaited: Promise<T>) => Promise<T>
}

async function worldOf(kind: string): Promise<World> {
  const make = STORE_FIXTURES[kind]
  if (!make) throw new Error(`test/fakes/stores.ts has no fixture for ${kind}`)
  const fixture = await make()
  return {
    fixture,
    one: fixture.open(),
    two: fixture.open(),
    records: async (store, stack = 'acme') => Object.fromEntries((await store.read(stack)).records),
    async passing(awaited) {
      let isSettled = false
      const settled = awaited.finally(() => {
        isSettled = true
      })
      settled.catch(() => undefined)
      for (let i = 0; i < 2_000 && !isSettled; i++) {
        await fixture.clock.advance(50)
        await new Promise((done) => setTimeout(done, 1))
      }
      return settled
    },
  }
}

/** Some at a time, each in a world of its own: most of what shared stores do is to wait for a server or a git. */
describe.concurrent.each(Object.keys(STORES))('store %s', (kind) => {
  const it = test.extend<{ world: World }>({
    // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern that it needs no other fixture
    world: async ({}, use) => {
      const world = await worldOf(kind)
      await use(world)
      await world.fixture.cleanUp()
    },
  })

  it('opens from keywright.yaml, and writes nothing by that', async ({ world: { fixture } }) => {
    const root = scratchFolder()
    const env = { ...process.env, ...fixture.env }
    const store = await openStore(fixture.config, { root, clock: handClock(), env, secretOf: secretFrom(env) })
    expect(store.kind).toBe(kind)
    expect(await store.stacks()).toEqual([])
    expect(fixture.flushes()).toBe(0)
    await store.close()
    rmSync(root, { recursive: true })
  })

  it('shows an unknown stack as empty, without a holder', async ({ world: { one } }) => {
    expect(await one.read('acme')).toEqual({ header: null, records: new Map() })
    expect(await one.leaseHolder('acme')).toBeNull()
    await one.breakLease('acme')
  })

  it('creates, updates and deletes a record, each time with the next serial, for every handle', async ({
    world: { one, two, records },
  }) => {
    expect(await one.commit('acme', [change(A, 0)])).toEqual([aRecord(A, { serial: 1 })])
    expect(await two.commit('acme', [change(A, 1, { highest: 7 })])).toEqual([aRecord(A, { serial: 2, highest: 7 })])
    expect(await records(one)).toEqual({ [A]: aRecord(A, { serial: 2, highest: 7 }) })
    expect(await one.commit('acme', [change(A, 2, null)])).toEqual([null])
    expect(await records(two)).toEqual({})
    expect(await two.commit('acme', [change(A, 0)])).toEqual([aRecord(A, { serial: 1 })])
  })

  it('keeps members of a record that it does not know', async ({ world: { one, two, records } }) => {
    const odd = Object.assign(aRecord(A), { future: { sum: '\u2028 "é\t\n' } })
    await one.commit('acme', [{ address: A, expectedSerial: 0, record: odd }])
    expect(await records(two)).toEqual({ [A]: { ...odd, serial: 1 } })
  })

  it('lets exactly one of many racing writers win each serial', async ({ world: { fixture, one, two, records } }) => {
    const handles = [one, two, fixture.open(), fixture.open()]
    for (const serial of [0, 1, 2]) {
      const tries = handles.map((store, n) => store.commit('acme', [change(A, serial, { highest: n })]))
      const outcomes = await Promise.allSettled(tries)
      const winners = outcomes.flatMap((outcome, n) => (outcome.status === 'fulfilled' ? [n] : []))
      expect(winners).toHaveLength(1)
      for (const outcome of outcomes)
        if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'STATE_CONFLICT' })
      expect(await records(two)).toEqual({ [A]: aRecord(A, { serial: serial + 1, highest: winners[0] ?? -1 }) })
    }
  })

  it('saves several changes all or none', async ({ world: { one, two, records } }) => {
    await one.commit('acme', [change(A, 0), change(B, 0)])
    await expect(two.commit('acme', [change(A, 1, { highest: 9 }), change(B, 0)])).rejects.toMatchObject({
      code: 'STATE_CONFLICT',
    })
    await expect(two.commit('acme', [change(A, 1, null), change('acme/c', 3)])).rejects.toMatchObject({
      code: 'STATE_CONFLICT',
    })
    expect(await records(one)).toEqual({ [A]: aRecord(A, { serial: 1 }), [B]: aRecord(B, { serial: 1 }) })
    const saved = await two.commit('acme', [change(A, 1, null), change(B, 1), change('acme/c', 0)])
    expect(saved.map((record) => record?.serial ?? null)).toEqual([null, 2, 1])
    expect(Object.keys(await records(one)).sort()).toEqual([B, 'acme/c'])
  })

  it('refuses one address twice in one commit', async ({ world: { one, two, records } }) => {
    await expect(one.commit('acme', [change(A, 0), change(A, 0)])).rejects.toMatchObject({ code: 'STATE_CONFLICT' })
    expect(await records(two)).toEqual({})
  })

  it('compares and swaps the header', async ({ world: { one, two } }) => {
    const saved = await one.commitHeader(aHeader('acme'), 0)
    expect(saved).toEqual(aHeader('acme', { serial: 1 }))
    await expect(two.commitHeader(aHeader('acme'), 0)).rejects.toMatchObject({ code: 'STATE_CONFLICT' })
    const identities = { openrouter: { origin: 'https://openrouter.ai', account: 'w1' } }
    await two.commitHeader(aHeader('acme', { identities }), 1)
    expect((await one.read('acme')).header).toEqual(aHeader('acme', { serial: 2, identities }))
  })

  it('keeps stacks apart', async ({ world: { one, two, records } }) => {
    await one.commit('acme', [change(A, 0)])
    await two.commitHeader(aHeader('zeta'), 0)
    const lease = await one.lease('acme', LEASE)
    await (await two.lease('zeta', LEASE)).check()
    await expect(two.commit('zeta', [change('zeta/a', 0)], lease)).rejects.toMatchObject({ code: 'LEASE_LOST' })
    expect(await two.stacks()).toEqual(['acme', 'zeta'])
    expect(await records(two, 'zeta')).toEqual({})
  })

  it('lists no stack that only had a lease', async ({ world: { one, two } }) => {
    await one.lease('acme', LEASE)
    expect(await two.stacks()).toEqual([])
  })

  it('leaves a picture that was read as it was', async ({ world: { one } }) => {
    await one.commit('acme', [change(A, 0)])
    const { records: before } = await one.read('acme')
    await one.commit('acme', [change(A, 1, null), change(B, 0)])
    expect([...before.keys()]).toEqual([A])
  })

  it('shows everything to a handle that opens later', async ({ world: { fixture, one, two, records } }) => {
    await one.commit('acme', [change(A, 0)])
    await one.commitHeader(aHeader('acme'), 0)
    await one.close()
    const later = fixture.open()
    expect(await later.read('acme')).toEqual(await two.read('acme'))
    expect(Object.keys(await records(later))).toEqual([A])
  })

  it('names the holder of a lease and refuses a second one', async ({ world: { one, two } }) => {
    await one.lease('acme', LEASE)
    expect(await two.leaseHolder('acme')).toMatchObject({
      command: 'keywright apply',
      expiresAt: '2027-01-01T00:01:00.000Z',
    })
    await expect(two.lease('acme', LEASE)).rejects.toMatchObject({
      code: 'LOCK_HELD',
      message: expect.stringContaining('"keywright apply" (pid '),
    })
  })

  it('gives a lease to one of two who ask at once', async ({ world: { one, two } }) => {
    const outcomes = await Promise.allSettled([one.lease('acme', LEASE), two.lease('acme', LEASE)])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('waits for a lease until it is released', async ({ world: { fixture, one, two, passing } }) => {
    const first = await one.lease('acme', LEASE)
    const second = two.lease('acme', { ...LEASE, waitMillis: 50_000 })
    await fixture.clock.advance(300)
    await first.release()
    await (await passing(second)).check()
    await expect(first.check()).rejects.toMatchObject({ code: 'LEASE_LOST' })
  })

  it('waits for a lease no longer than asked', async ({ world: { fixture, one, two, passing } }) => {
    await one.lease('acme', LEASE)
    const before = fixture.clock.now()
    const second = two.lease('acme', { ...LEASE, waitMillis: 5_000 })
    await expect(passing(second)).rejects.toMatchObject({ code: 'LOCK_HELD' })
    expect(fixture.clock.now() - before).toBeGreaterThanOrEqual(5_000)
  })

  it('saves with a lease that is held', async ({ world: { one, two } }) => {
    const lease = await one.lease('acme', LEASE)
    await one.commit('acme', [change(A, 0)], lease)
    await one.commitHeader(aHeader('acme'), 0, lease)
    expect(await two.stacks()).toEqual(['acme'])
  })

  it('hands an expired lease on, and refuses the earlier holder also where its serial matches', async ({
    world: { fixture, one, two, records },
  }) => {
    const first = await one.lease('acme', LEASE)
    await fixture.clock.advance(60_000)
    const second = await two.lease('acme', LEASE)
    await expect(one.commit('acme', [change(A, 0)], first)).rejects.toMatchObject({ code: 'LEASE_LOST' })
    await expect(one.commitHeader(aHeader('acme'), 0, first)).rejects.toMatchObject({ code: 'LEASE_LOST' })
    await expect(first.check()).rejects.toMatchObject({ code: 'LEASE_LOST' })
    await two.commit('acme', [change(A, 0)], second)
    expect(Object.keys(await records(one))).toEqual([A])
  })

  it('loses a lease that ran out for good, even when nobody took it', async ({
    world: { fixture, one, two, records },
  }) => {
    const lease = await one.lease('acme', LEASE)
    await fixture.clock.advance(60_000)
    await expect(one.commit('acme', [change(A, 0)], lease)).rejects.toMatchObject({ code: 'LEASE_LOST' })
    await fixture.clock.advance(-30_000)
    await expect(lease.check()).rejects.toMatchObject({ code: 'LEASE_LOST' })
    expect(await records(two)).toEqual({})
  })

  it('keeps a lease alive that is checked in time', async ({ world: { fixture, one, two } }) => {
    const lease = await one.lease('acme', LEASE)
    for (let i = 0; i < 5; i++) {
      await fixture.clock.advance(40_000)
      await lease.check()
    }
    await expect(two.lease('acme', LEASE)).rejects.toMatchObject({ code: 'LOCK_HELD' })
  })

  it('releases a lease twice, and after it was lost, without a word, and never ends the next one', async ({
    world: { fixture, one, two },
  }) => {
    const first = await one.lease('acme', LEASE)
    await fixture.clock.advance(60_000)
    const second = await two.lease('acme', LEASE)
    await first.release()
    await first.release()
    await second.check()
    await second.release()
    expect(await one.leaseHolder('acme')).toBeNull()
    await expect(two.commit('acme', [change(A, 0)], second)).rejects.toMatchObject({ code: 'LEASE_LOST' })
  })

  it('ends a lease by a human word', async ({ world: { one, two } }) => {
    const lease = await one.lease('acme', LEASE)
    await two.breakLease('acme')
    expect(await two.leaseHolder('acme')).toBeNull()
    await expect(lease.check()).rejects.toMatchObject({ code: 'LEASE_LOST' })
    await two.lease('acme', LEASE)
    await expect(one.commit('acme', [change(A, 0)], lease)).rejects.toMatchObject({ code: 'LEASE_LOST' })
  })

  it('releases its leases when it closes', async ({ world: { fixture, one, two } }) => {
    await one.lease('acme', LEASE)
    await one.close()
    expect(fixture.clock.sleepers).toBe(0)
    await two.lease('acme', LEASE)
  })

  it('saves 1,000 concurrent changes of two stacks with few flushes', async ({ world: { fixture, one, two } }) => {
    const before = fixture.flushes()
    const changes = Array.from({ length: 1_000 }, (_, n) => (n % 2 ? 'acme' : 'zeta'))
    await Promise.all(changes.map((stack, n) => one.commit(stack, [change(`${stack}/k${n}`, 0)])))
    expect((await two.read('acme')).records.size).toBe(500)
    expect((await two.read('zeta')).records.size).toBe(500)
    expect(fixture.flushes() - before).toBeLessThan(20)
  })

  it('holds 10,000 records', async ({ world: { fixture, one } }) => {
    const changes = Array.from({ length: 10_000 }, (_, n) => change(`acme/k${n}`, 0, { highest: n }))
    await one.commit('acme', changes)
    await one.commit('acme', [change('acme/k7', 1, { highest: 1 })])
    const { records: all } = await fixture.open().read('acme')
    expect(all.size).toBe(10_000)
    expect([all.get('acme/k7')?.highest, all.get('acme/k9999')?.highest]).toEqual([1, 9_999])
  })
})

test('refuses an unknown kind of store and an unknown option, naming what exists', async () => {
  const context = { root: 'nowhere', clock: handClock(), env: {}, secretOf: async () => null }
  await expect(openStore({ kind: 'loca' }, context)).rejects.toMatchObject({
    code: 'STORE_UNKNOWN',
    hint: expect.stringContaining('local'),
  })
  await expect(openStore({ kind: 'toString' }, context)).rejects.toMatchObject({ code: 'STORE_UNKNOWN' })
  await expect(openStore({ kind: 'local', pth: '.state' }, context)).rejects.toMatchObject({
    code: 'STORE_OPTION',
    hint: expect.stringContaining('path'),
  })
  await expect(openStore({ kind: 'local', path: 3 }, context)).rejects.toMatchObject({ code: 'STORE_OPTION' })
})
