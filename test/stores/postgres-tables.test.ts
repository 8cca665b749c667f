import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { systemClock } from '../../src/io/clock.ts'
import { openPostgres, type PostgresStore } from '../../src/stores/postgres.ts'
import { type Postgres, startPostgres } from '../fakes/postgres.ts'
import { aHeader, aRecord } from '../fakes/records.ts'
import { AUTHORITY } from '../fakes/vault/certificate.ts'

let server: Postgres
let database: string
const opened: PostgresStore[] = []

beforeAll(async () => {
  server = await startPostgres()
})
beforeEach(async () => {
  database = await server.create()
})
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
})
afterAll(() => server.stop())

function open(more: Partial<Parameters<typeof openPostgres>[0]> = {}): PostgresStore {
  const { host, port, user } = server
  const store = openPostgres({ root: '/', host, port, user, database, clock: systemClock, ...more })
  opened.push(store)
  return store
}

const save = (store: PostgresStore, stack: string, expectedSerial: number, more = {}) =>
  store.commit(stack, [{ address: `${stack}/a`, expectedSerial, record: aRecord(`${stack}/a`, more) }])
const sql = (text: string): string => server.sql(database, text).trim()

describe('the postgres store', () => {
  it('makes its tables at the first write, once, however many ask at once, and none by looking', async () => {
    expect((await open().read('acme')).records.size).toBe(0)
    expect(sql("SELECT count(*) FROM information_schema.schemata WHERE schema_name = 'keywright'")).toBe('0')
    await Promise.all([1, 2, 3, 4].map((n) => save(open(), `acme-${n}`, 0)))
    expect(sql('SELECT count(*) FROM keywright.migrations')).toBe('1')
    expect(await open().stacks()).toEqual(['acme-1', 'acme-2', 'acme-3', 'acme-4'])
  })

  it('has a row for each address that anybody can read', async () => {
    await save(open(), 'acme', 0, { owner: 'ann' })
    expect(sql("SELECT record->>'owner' FROM keywright.records WHERE address = 'acme/a'")).toBe('ann')
  })

  it('refuses tables of a later version, read or written', async () => {
    await save(open(), 'acme', 0)
    sql('INSERT INTO keywright.migrations (version) VALUES (99)')
    await expect(open().read('acme')).rejects.toMatchObject({ code: 'STATE_TOO_NEW' })
    await expect(save(open(), 'acme', 1)).rejects.toMatchObject({ code: 'STATE_TOO_NEW' })
  })

  it('refuses a record that somebody broke, and reads one of an earlier format', async () => {
    await save(open(), 'acme', 0)
    sql(`UPDATE keywright.records SET format = 1, record = '${JSON.stringify(OLD)}'`)
    const record = (await open().read('acme')).records.get('acme/a')
    expect(record?.generations[0]?.issued.words).toEqual({ id: 'a', name: 'A bot' })
    sql(`UPDATE keywright.records SET record = '{"address":"acme/a"}'`)
    await expect(open().read('acme')).rejects.toMatchObject({ code: 'STATE_CORRUPT' })
  })

  it('notices that the database was set back', async () => {
    const store = open()
    for (const serial of [0, 1, 2]) await save(store, 'acme', serial)
    sql(
      `UPDATE keywright.stacks SET revision = 1; UPDATE keywright.records SET revision = 1, record = '${JSON.stringify(aRecord('acme/a', { serial: 1 }))}'`,
    )
    expect((await store.read('acme')).records.get('acme/a')?.serial).toBe(1)
  })

  it('goes on when every connection is cut, within a save and before a look, and saves once', async () => {
    const store = open()
    await save(store, 'acme', 0)
    const cut = (): string =>
      sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'keywright'")
    let serial = 1
    for (let round = 0; round < 10; round++) {
      const saving = save(store, 'acme', serial)
      if (round % 2 === 0) await new Promise((done) => setImmediate(done))
      cut()
      await saving
      serial += 1
      cut()
      expect((await store.read('acme')).records.get('acme/a')?.serial).toBe(serial)
    }
  })

  it('does not wait for ever for one that froze within its transaction', async () => {
    const store = open()
    await save(store, 'acme', 0)
    const { Client } = (await import('pg')).default
    const frozen = new Client({
      host: server.host,
      port: server.port,
      user: server.user,
      database,
      options: '-c idle_in_transaction_session_timeout=300',
    })
    frozen.on('error', () => undefined)
    await frozen.connect()
    await frozen.query('BEGIN')
    await frozen.query("SELECT * FROM keywright.stacks WHERE stack = 'acme' FOR UPDATE")
    expect(await save(store, 'acme', 1)).toEqual([aRecord('acme/a', { serial: 2 })])
    await frozen.end().catch(() => undefined)
  })

  it('keeps stacks in schemas of their own apart, and takes a whole connection from a source', async () => {
    await open().commitHeader(aHeader('acme'), 0)
    const connection = Secret.of(`postgres://${server.user}@/${database}?host=${server.host}&port=${server.port}`)
    const other = openPostgres({ root: '/', connection, schema: 'other', clock: systemClock })
    opened.push(other)
    await other.commitHeader(aHeader('zeta'), 0)
    expect([await open().stacks(), await other.stacks()]).toEqual([['acme'], ['zeta']])
    expect(other.location).not.toContain(database)
  })

  it('comes in by TLS with a password, for a certificate that caFile vouches for, and for no other', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keywright-ca-'))
    writeFileSync(join(folder, 'ca.pem'), AUTHORITY)
    const far = { root: folder, host: 'localhost', password: Secret.of(server.password) }
    await save(open({ ...far, caFile: 'ca.pem' }), 'acme', 0)
    const url = (more: string) =>
      Secret.of(`postgres://${server.user}:${server.password}@localhost:${server.port}/${database}${more}`)
    const byUrl = (connection: Secret, more = {}) => {
      const store = openPostgres({ root: folder, connection, clock: systemClock, ...more })
      opened.push(store)
      return store
    }
    const known = byUrl(url('?sslmode=verify-full&application_name=kw'), { caFile: 'ca.pem' })
    expect((await known.read('acme')).records.size).toBe(1)
    const unknown = byUrl(url('?sslmode=verify-full'))
    const plain = open(far)
    const wrong = open({ ...far, caFile: 'ca.pem', password: Secret.of('hunter22') })
    const ends = await Promise.all(
      [unknown, plain, wrong].map((store) => store.read('acme').catch(({ code }: { code: string }) => code)),
    )
    expect(ends).toEqual(['STATE_UNREADABLE', 'STORE_DENIED', 'STORE_DENIED'])
    rmSync(folder, { recursive: true })
  })

  it('says what is wrong with the way there, and repeats no password', async () => {
    await expect(open({ database: 'nowhere' }).read('acme')).rejects.toMatchObject({
      code: 'STORE_DENIED',
      message: expect.stringContaining('no such database'),
    })
    const failed = await open({ host: '127.0.0.1', port: 1, password: Secret.of('hunter22') })
      .read('acme')
      .catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 'STATE_UNREADABLE' })
    expect(JSON.stringify([failed, String(failed)])).not.toContain('hunter22')
    sql('CREATE ROLE poor LOGIN')
    await expect(save(open({ user: 'poor' }), 'acme', 0)).rejects.toMatchObject({ code: 'STORE_DENIED' })
  })
})

const ISSUED = { name: 'A bot [kw:acme/a#1.k3v7x2ab]', scope: '', fields: {}, expiresIn: null, rotationSerial: 1 }
const TIMES = { claimedAt: '2027-01-01T00:00:00Z', activeAt: '2027-01-01T00:00:00Z' }
const OLD = {
  ...aRecord('acme/a', { serial: 1 }),
  generations: [{ phase: 'active', n: 1, id: 'x', claimed: true, issued: ISSUED, ...TIMES }],
}
