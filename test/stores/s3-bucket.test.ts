import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from 's3rver'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { systemClock } from '../../src/io/clock.ts'
import { openS3, type S3Store } from '../../src/stores/s3.ts'
import { aRecord } from '../fakes/records.ts'
import { BUCKET, S3_KEY, type S3Fake, startS3 } from '../fakes/s3.ts'

let s3: S3Fake
const opened: S3Store[] = []

beforeEach(async () => {
  s3 = await startS3()
})
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
  await s3.close()
})

function open(more: Partial<Parameters<typeof openS3>[0]> = {}): S3Store {
  const { accessKeyId, secretAccessKey } = S3_KEY
  const login = { accessKeyId: Secret.of(accessKeyId), secretAccessKey: Secret.of(secretAccessKey) }
  const store = openS3({ bucket: BUCKET, endpoint: s3.endpoint, clock: systemClock, ...login, ...more })
  opened.push(store)
  return store
}

const save = (store: S3Store, address: string, expectedSerial: number, more = {}) =>
  store.commit('acme', [{ address, expectedSerial, record: aRecord(address, more) }])

describe('the s3 store', () => {
  it('refuses a server that ignores the conditions of writes, and leaves nothing there', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'keywright-s3rver-'))
    const configureBuckets = [{ name: BUCKET, configs: [] }]
    const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory, configureBuckets })
    const { port } = await server.run()
    const login = { accessKeyId: Secret.of('S3RVER'), secretAccessKey: Secret.of('S3RVER') }
    const store = open({ endpoint: `http://127.0.0.1:${port}`, ...login })
    await expect(save(store, 'acme/a', 0)).rejects.toMatchObject({ code: 'STORE_UNCONDITIONAL' })
    expect((await store.read('acme')).records.size).toBe(0)
    expect(await store.stacks()).toEqual([])
    await server.close()
    rmSync(directory, { recursive: true })
  })

  it('proves the conditions once for each stack and server', async () => {
    await save(open(), 'acme/a', 0)
    const before = s3.counts.get('PUT')
    await save(open(), 'acme/b', 0)
    expect(s3.counts.get('PUT')).toBe((before ?? 0) + 1)
    expect([...s3.objects.keys()]).toEqual(['keywright/acme/head.json'])
  })

  it.each([['lost'], [500], [409]] as const)('saves once, whatever happens to the answer: %s', async (fault) => {
    const store = open()
    await save(store, 'acme/a', 0)
    s3.faults.push(fault)
    expect(await save(store, 'acme/a', 1, { highest: 4 })).toEqual([aRecord('acme/a', { serial: 2, highest: 4 })])
    expect((await open().read('acme')).records.get('acme/a')).toEqual(aRecord('acme/a', { serial: 2, highest: 4 }))
  })

  it('finds its own write again behind that of another, when the answer was lost', async () => {
    const [one, two] = [open({ region: 'eu-1' }), open()]
    await save(one, 'acme/a', 0)
    // Stored and not answered; the repetition meets the write of another.
    s3.faults.push('lost', () => undefined)
    const both = await Promise.all([save(one, 'acme/a', 1), save(two, 'acme/b', 0)])
    expect(both.flat().map((record) => record?.serial)).toEqual([2, 1])
    expect([...(await open().read('acme')).records.values()].map(({ serial }) => serial).sort()).toEqual([1, 2])
  })

  it('says that nothing was saved when the server fails each time', async () => {
    const store = open()
    await save(store, 'acme/a', 0)
    s3.faults.push(500, 500, 500, 500)
    await expect(save(store, 'acme/a', 1)).rejects.toMatchObject({ code: 'STATE_UNWRITABLE', retryable: true })
    expect(await save(store, 'acme/a', 1)).toEqual([aRecord('acme/a', { serial: 2 })])
  })

  it('writes a new base when the changes have grown, drops the old one, and reads both in two requests', async () => {
    const store = open()
    const many = Array.from({ length: 3_000 }, (_, n) => ({
      address: `acme/k${n}`,
      expectedSerial: 0,
      record: aRecord(`acme/k${n}`),
    }))
    await store.commit('acme', many)
    await save(store, 'acme/k1', 1, { highest: 1 })
    const bases = () => [...s3.objects.keys()].filter((key) => key.includes('/base-'))
    expect(bases()).toHaveLength(1)
    const [first] = bases()
    await store.commit(
      'acme',
      many.map((change) => ({ ...change, expectedSerial: change.address === 'acme/k1' ? 2 : 1 })),
    )
    expect(bases()).toHaveLength(1)
    expect(bases()).not.toEqual([first])
    const before = s3.counts.get('GET') ?? 0
    expect((await open().read('acme')).records.size).toBe(3_000)
    expect((s3.counts.get('GET') ?? 0) - before).toBe(2)
  })

  it.each([
    ['is no JSON', 'STATE_CORRUPT', '<html>'],
    ['lacks its parts', 'STATE_CORRUPT', '{"format":2}'],
    [
      'names a base that is gone',
      'STATE_CORRUPT',
      '{"format":2,"by":[],"changed":{},"header":null,"lease":{"serial":0,"revision":0,"holder":null},"base":{"id":"0123456789abcdef","bytes":1,"format":2}}',
    ],
    [
      'names a base outside',
      'STATE_CORRUPT',
      '{"format":2,"by":[],"changed":{},"header":null,"lease":{"serial":0,"revision":0,"holder":null},"base":{"id":"../../x","bytes":1,"format":2}}',
    ],
    ['is of a later format', 'STATE_TOO_NEW', '{"format":3}'],
  ])('refuses a head that %s', async (_, code, text) => {
    s3.put('keywright/acme/head.json', text)
    await expect(open().read('acme')).rejects.toMatchObject({ code })
    await expect(save(open(), 'acme/a', 0)).rejects.toMatchObject({ code })
    expect(s3.objects.get('keywright/acme/head.json')?.toString()).toBe(text)
  })

  it('says what is wrong with login and bucket, and repeats no secret', async () => {
    const wrong = await open({ accessKeyId: Secret.of('AKIDWRONG') })
      .read('acme')
      .catch((error: unknown) => error)
    expect(wrong).toMatchObject({ code: 'STORE_DENIED', hint: expect.stringContaining('s3:PutObject') })
    expect(JSON.stringify([wrong, String(wrong)])).not.toContain('a-secret')
    await expect(open({ bucket: 'another' }).read('acme')).rejects.toMatchObject({
      code: 'STORE_DENIED',
      message: expect.stringContaining('no such bucket'),
    })
    await s3.close()
    s3 = await startS3()
  })
})
