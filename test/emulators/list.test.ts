import { expect, test } from 'vitest'
import { caller, create, emulate, keyOf, keysOf, names } from './client.ts'

const UNKNOWN_UUID = '00000000-0000-4000-8000-000000000000'

test('D1.13 lists newest first, 100 a page, without a total, and ends with an empty page', async () => {
  const call = caller(await emulate({ keys: 205 }))
  const { key } = await create(call, { name: 'newest' })
  const pages = [
    await call('GET', '/keys'),
    await call('GET', '/keys?offset=100'),
    await call('GET', '/keys?offset=200'),
  ]
  expect(pages.map((page) => keysOf(page).length)).toEqual([100, 100, 6])
  expect(pages.map((page) => Object.keys(page.body))).toEqual([['data'], ['data'], ['data']])
  expect(keysOf(await call('GET', '/keys?offset=206'))).toEqual([])
  expect(keysOf(await call('GET', '/keys?offset=9999999'))).toEqual([])
  const all = pages.flatMap(keysOf)
  expect(all[0]?.hash).toBe(key.hash)
  const stamps = all.map(({ created_at }) => created_at)
  expect(stamps).toEqual([...stamps].sort().reverse())
  expect(new Set(all.map(({ hash }) => hash)).size).toBe(206)
})

test('D1.13 has no limit parameter', async () => {
  const call = caller(await emulate({ keys: 3 }))
  expect(keysOf(await call('GET', '/keys?limit=1'))).toHaveLength(3)
})

test.each(['-1', '1.5', 'x', '1e2'])('D1.13 refuses the offset %s with 400', async (offset) => {
  const answer = await caller(await emulate())('GET', `/keys?offset=${offset}`)
  expect(answer).toMatchObject({ status: 400, body: { error: { code: 400 } } })
})

test('D1.13 serves pages of another length, as configured', async () => {
  const call = caller(await emulate({ keys: 5, readings: { pageSize: 2 } }))
  expect(await names(call, '?offset=2')).toEqual(['foreign 3', 'foreign 2'])
})

test('D1.14 hides disabled keys unless include_disabled is the text true', async () => {
  const call = caller(await emulate())
  const { key } = await create(call, { name: 'off' })
  await create(call, { name: 'on' })
  await call('PATCH', `/keys/${key.hash}`, { disabled: true })
  expect(await names(call)).toEqual(['on'])
  expect(await names(call, '?include_disabled=false')).toEqual(['on'])
  expect(await names(call, '?include_disabled=true')).toEqual(['on', 'off'])
})

test('D1.14 puts a key that is enabled again back into its old place', async () => {
  const call = caller(await emulate())
  await create(call, { name: 'first' })
  const { key } = await create(call, { name: 'second' })
  await create(call, { name: 'third' })
  await call('PATCH', `/keys/${key.hash}`, { disabled: true })
  await call('PATCH', `/keys/${key.hash}`, { disabled: false })
  expect(await names(call)).toEqual(['third', 'second', 'first'])
})

test('D1.14 counts offsets over what is shown only', async () => {
  const emulator = await emulate({ keys: 120 })
  for (const { hash } of emulator.world.openrouter.keys().slice(0, 20))
    emulator.world.openrouter.edit(hash, { disabled: true })
  const call = caller(emulator)
  expect(await names(call, '?offset=99')).toEqual(['foreign 21'])
  expect(await names(call, '?offset=119&include_disabled=true')).toEqual(['foreign 1'])
})

test('D1.15 lists the default workspace unless told, and one workspace at a time', async () => {
  const emulator = await emulate()
  const call = caller(emulator)
  const [home, research] = emulator.world.openrouter.workspaces
  await create(call, { name: 'at home' })
  await create(call, { name: 'away', workspace_id: research?.id })
  expect(await names(call)).toEqual(['at home'])
  expect(await names(call, `?workspace_id=${home?.id}`)).toEqual(['at home'])
  expect(await names(call, `?workspace_id=${research?.id}`)).toEqual(['away'])
  expect((await call('GET', '/keys?workspace_id=research')).status).toBe(400)
})

test.each([
  [400, 400, 400],
  [404, 404, 404],
  ['empty', 200, 400],
] as const)('D1.15 reads an unknown workspace as %s: list %i, create %i', async (unknownWorkspace, listed, created) => {
  const call = caller(await emulate({ keys: 1, readings: { unknownWorkspace } }))
  const list = await call('GET', `/keys?workspace_id=${UNKNOWN_UUID}`)
  expect(list.status).toBe(listed)
  if (listed === 200) expect(list.body).toEqual({ data: [] })
  expect((await call('POST', '/keys', { name: 'x', workspace_id: UNKNOWN_UUID })).status).toBe(created)
  expect(await names(call)).toEqual(['foreign 1'])
})

test('D1.16 reads disabled keys and those of any workspace by hash', async () => {
  const emulator = await emulate()
  const call = caller(emulator)
  const { key } = await create(call, { workspace_id: emulator.world.openrouter.workspaces[1]?.id })
  await call('PATCH', `/keys/${key.hash}`, { disabled: true })
  expect(keyOf(await call('GET', `/keys/${key.hash}`))).toMatchObject({ hash: key.hash, disabled: true })
})

test.each(['0'.repeat(64), 'not-a-hash', '%E0%A4%A'])('D1.16 answers 404 for the unknown hash %s', async (hash) => {
  const call = caller(await emulate())
  for (const method of ['GET', 'DELETE']) expect((await call(method, `/keys/${hash}`)).status).toBe(404)
  expect((await call('PATCH', `/keys/${hash}`, { name: 'x' })).status).toBe(404)
})

test('D1.17 shows on GET /key neither hash, name, disabled, workspace nor birthday, to either kind of key', async () => {
  const emulator = await emulate()
  const { secret } = await create(caller(emulator), {
    limit: 3,
    limit_reset: 'daily',
    expires_at: '2999-01-01T00:00:00Z',
  })
  const own = (await caller(emulator, secret)('GET', '/key')).body.data as Record<string, unknown>
  const management = (await caller(emulator)('GET', '/key')).body.data as Record<string, unknown>
  for (const data of [own, management]) {
    for (const absent of ['hash', 'name', 'disabled', 'workspace_id', 'created_at'])
      expect(data).not.toHaveProperty(absent)
    expect(data.rate_limit).toMatchObject({ requests: -1 })
  }
  expect(own).toMatchObject({
    limit: 3,
    limit_remaining: 3,
    limit_reset: 'daily',
    expires_at: '2999-01-01T00:00:00.000Z',
  })
})

test('gives the newer shape of GET /key to clients that need it, or to all, as configured', async () => {
  const newer = await emulate({ readings: { currentKeyShape: 'newer' } })
  expect((await caller(newer)('GET', '/key')).body.data).toMatchObject({
    workspace_id: newer.world.openrouter.workspaces[0]?.id,
  })
})

test('lets a key over its limit read GET /key, but none that is disabled, expired, deleted or unborn', async () => {
  const emulator = await emulate({ clock: '2030-01-01T00:00:00Z', readings: { birthMs: 5000 } })
  const call = caller(emulator)
  const { key, secret } = await create(call, { limit: 1, expires_at: '2030-01-02T00:00:00Z' })
  const status = async (): Promise<number> => (await caller(emulator, secret)('GET', '/key')).status
  expect(await status()).toBe(401)
  emulator.world.clock.advance(5)
  emulator.world.openrouter.addUsage(key.hash, 2)
  expect(await status()).toBe(200)
  await call('PATCH', `/keys/${key.hash}`, { disabled: true })
  expect(await status()).toBe(401)
  await call('PATCH', `/keys/${key.hash}`, { disabled: false })
  expect(await status()).toBe(200)
  emulator.world.clock.set('2030-01-02T00:00:00Z')
  expect(await status()).toBe(401)
  emulator.world.clock.set('2030-01-01T12:00:00Z')
  await call('DELETE', `/keys/${key.hash}`)
  expect(await status()).toBe(401)
})

test.each([
  [true, ['late', 'fresh']],
  [false, ['fresh']],
] as const)('lists keys past their expiry: %s, as configured', async (expiredAreListed, expected) => {
  const emulator = await emulate({ clock: '2030-01-01T00:00:00Z', readings: { expiredAreListed } })
  const call = caller(emulator)
  await create(call, { name: 'fresh' })
  const { key } = await create(call, { name: 'late', expires_at: '2030-01-02T00:00:00Z' })
  emulator.world.clock.set('2030-01-03T00:00:00Z')
  expect(await names(call)).toEqual(expected)
  expect(keyOf(await call('GET', `/keys/${key.hash}`))).toMatchObject({ name: 'late', disabled: false })
})
