import { afterEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/io/clock.ts'
import { thisProcess } from '../../src/io/lease-holder.ts'
import { type HttpStore, httpStore } from '../../src/stores/http.ts'
import { aRecord } from '../fakes/records.ts'
import { type StateServer, type StateServerOptions, startStateServer } from '../fakes/state-server.ts'

const servers: StateServer[] = []
const opened: HttpStore[] = []
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
  for (const server of servers.splice(0)) await server.close()
})

async function serve(options: StateServerOptions = {}): Promise<StateServer> {
  const server = await startStateServer(options)
  servers.push(server)
  return server
}

function open({ address, login }: StateServer, more = {}): HttpStore {
  const store = httpStore({ address, ...login, clock: systemClock, ...more })
  opened.push(store)
  return store
}

const save = (store: HttpStore, expectedSerial: number, more = {}) =>
  store.commit('acme', [{ address: 'acme/a', expectedSerial, record: aRecord('acme/a', more) }])
const GITLAB = (address: string) => ({ lockAddress: `${address}/lock`, lockMethod: 'POST', unlockMethod: 'DELETE' })

describe('the http store', () => {
  it('says that it can only lock', async () => {
    expect(open(await serve()).cas).toBe('lockOnly')
  })

  it('works with the methods and addresses of GitLab', async () => {
    const server = await serve({ gitlab: true })
    const store = open(server, GITLAB(server.address))
    await save(store, 0)
    await save(open(server, GITLAB(server.address)), 1)
    expect(JSON.parse(server.world.text ?? '')).toMatchObject({ version: 4, serial: 2, resources: [] })
    expect(server.world.lock).toBeNull()
    await expect(save(open(server), 2)).rejects.toMatchObject({
      code: 'STORE_DENIED',
      hint: expect.stringContaining('lockMethod'),
    })
  })

  it('reads again under the lock before it saves, with two requests more and none for a look', async () => {
    const server = await serve()
    const [one, two] = [open(server), open(server)]
    await save(one, 0)
    await save(two, 1)
    await expect(save(one, 1)).rejects.toMatchObject({ code: 'STATE_CONFLICT' })
    expect(Object.fromEntries(server.world.counts)).toEqual({ LOCK: 3, GET: 3, POST: 2, UNLOCK: 3 })
  })

  it.each([['lost'], ['dropped']] as const)('knows what became of a save whose answer was %s', async (fault) => {
    const server = await serve()
    const store = open(server)
    await save(store, 0)
    server.world.faults.push(fault)
    const outcome = await save(store, 1).then(
      () => 'saved',
      (error: { code: string }) => error.code,
    )
    expect(outcome).toBe(fault === 'lost' ? 'saved' : 'STATE_UNWRITABLE')
    expect((await store.read('acme')).records.get('acme/a')?.serial).toBe(fault === 'lost' ? 2 : 1)
    expect(server.world.lock).toBeNull()
  })

  it('saves nothing when its lock was broken in between, reads again and folds anew', async () => {
    const server = await serve()
    const [one, two] = [open(server), open(server)]
    await save(one, 0)
    server.world.faults.push(() => {
      server.world.lock = null
    })
    const both = await Promise.allSettled([save(one, 1, { highest: 1 }), save(two, 1, { highest: 2 })])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((await one.read('acme')).records.get('acme/a')?.serial).toBe(2)
  })

  it('ends the lock of a process of this machine that is gone, and leaves that of any other to a human', async () => {
    const server = await serve()
    const store = open(server)
    const lockOf = (holder: object) =>
      JSON.stringify({ ID: 'x1', Who: 'keywright@m', Created: 'noon', Info: JSON.stringify(holder) })
    server.world.lock = lockOf({ ...thisProcess(), pid: 2 ** 22 - 3 })
    await save(store, 0)
    expect(server.world.lock).toBeNull()
    server.world.lock = lockOf({ ...thisProcess(), host: 'elsewhere' })
    const waiting = save(store, 1)
    await new Promise((done) => setTimeout(done, 600))
    expect(server.world.lock).toContain('elsewhere')
    await open(server).breakLease('acme')
    expect(await waiting).toEqual([aRecord('acme/a', { serial: 2 })])
  })

  it.each([
    ['a state of Terraform', '{"version":4,"serial":1,"lineage":"x","resources":[]}', 'STATE_CORRUPT'],
    ['no JSON', 'hello', 'STATE_CORRUPT'],
    ['a later format', '{"serial":1,"keywright":{"format":3,"stacks":{}}}', 'STATE_TOO_NEW'],
  ])('leaves %s where it is', async (_, text, code) => {
    const server = await serve()
    server.world.text = text
    await expect(open(server).read('acme')).rejects.toMatchObject({ code })
    await expect(save(open(server), 0)).rejects.toMatchObject({ code })
    expect([server.world.text, server.world.lock]).toEqual([text, null])
  })

  it('says that the login is wrong', async () => {
    const server = await serve()
    await expect(open(server, { username: 'nobody' }).read('acme')).rejects.toMatchObject({ code: 'STORE_DENIED' })
  })
})
