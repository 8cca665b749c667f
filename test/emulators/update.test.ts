import { expect, test } from 'vitest'
import { caller, create, emulate, keyOf, names } from './client.ts'

const FULL = { name: 'before', limit: 5, limit_reset: 'weekly', include_byok_in_limit: true }

test('D1.18 changes what an update sends and leaves the rest', async () => {
  const call = caller(await emulate())
  const { key } = await create(call, FULL)
  const changed = keyOf(await call('PATCH', `/keys/${key.hash}`, { limit: 7, disabled: true }))
  expect(changed).toMatchObject({ ...FULL, limit: 7, disabled: true })
  expect(keyOf(await call('GET', `/keys/${key.hash}`))).toEqual(changed)
})

test('D1.18 clears limit and reset with null', async () => {
  const call = caller(await emulate())
  const { key } = await create(call, FULL)
  const cleared = keyOf(await call('PATCH', `/keys/${key.hash}`, { limit: null, limit_reset: null }))
  expect(cleared).toMatchObject({
    name: 'before',
    limit: null,
    limit_remaining: null,
    limit_reset: null,
    include_byok_in_limit: true,
  })
})

test.each([
  { name: null },
  { disabled: null },
  { include_byok_in_limit: null },
  { disabled: 'true' },
  { limit_reset: 'yearly' },
  { limit: '1' },
  { name: 'other', limit: {} },
])('D1.18 refuses %j with 400 and changes nothing', async (body) => {
  const call = caller(await emulate())
  const { key } = await create(call, FULL)
  expect((await call('PATCH', `/keys/${key.hash}`, body)).status).toBe(400)
  expect(keyOf(await call('GET', `/keys/${key.hash}`))).toEqual(key)
})

test('D1.18 wants a body, and takes an empty name', async () => {
  const call = caller(await emulate())
  const { key } = await create(call, FULL)
  expect((await call('PATCH', `/keys/${key.hash}`)).status).toBe(400)
  expect(keyOf(await call('PATCH', `/keys/${key.hash}`, { name: '' })).name).toBe('')
})

const IMMUTABLE = {
  expires_at: '2031-01-01T00:00:00Z',
  workspace_id: '00000000-0000-4000-8000-000000000000',
  creator_user_id: 'x',
}

test.each(Object.entries(IMMUTABLE))(
  'D1.19 ignores %s in an update, or refuses it, as configured',
  async (field, value) => {
    const lax = caller(await emulate())
    const { key } = await create(lax)
    const changed = keyOf(await lax('PATCH', `/keys/${key.hash}`, { name: 'new', [field]: value }))
    expect(changed).toMatchObject({ name: 'new', [field]: key[field] })
    const strict = caller(await emulate({ readings: { immutableInUpdate: 'rejected' } }))
    const other = await create(strict)
    expect((await strict('PATCH', `/keys/${other.key.hash}`, { name: 'new', [field]: value })).status).toBe(400)
    expect(await names(strict)).toEqual(['some key'])
  },
)

test('D1.20 moves updated_at with each update, and leaves hash, label, birthday and secret', async () => {
  const emulator = await emulate({ clock: '2030-01-01T00:00:00Z' })
  const call = caller(emulator)
  const { key, secret } = await create(call)
  const once = keyOf(await call('PATCH', `/keys/${key.hash}`, { name: 'new' }))
  const twice = keyOf(await call('PATCH', `/keys/${key.hash}`, { name: 'new' }))
  const stamps = [key.created_at, String(once.updated_at), String(twice.updated_at)]
  expect(stamps).toEqual([...stamps].sort())
  expect(new Set(stamps).size).toBe(3)
  const { hash, label, created_at } = key
  expect(twice).toMatchObject({ hash, label, created_at })
  expect((await caller(emulator, secret)('GET', '/key')).status).toBe(200)
})

test.each([true, false])('D1.20 an empty update moves updated_at: %s, as configured', async (emptyUpdateTouches) => {
  const call = caller(await emulate({ readings: { emptyUpdateTouches } }))
  const { key } = await create(call)
  const updated = await call('PATCH', `/keys/${key.hash}`, {})
  expect(updated.status).toBe(200)
  expect(keyOf(updated).updated_at !== null).toBe(emptyUpdateTouches)
})

test('D1.21 takes spend of the running UTC day, week or month off the limit', async () => {
  const emulator = await emulate({ clock: '2030-01-30T23:00:00Z' }) // a Wednesday
  const call = caller(emulator)
  const resets = ['daily', 'weekly', 'monthly', null]
  const hashes = await Promise.all(
    resets.map(async (limit_reset) => (await create(call, { limit: 10, limit_reset })).key.hash),
  )
  for (const hash of hashes) emulator.world.openrouter.addUsage(hash, 4)
  const left = async (): Promise<(number | null)[]> =>
    Promise.all(hashes.map(async (hash) => keyOf(await call('GET', `/keys/${hash}`)).limit_remaining))
  expect(await left()).toEqual([6, 6, 6, 6])
  emulator.world.clock.set('2030-01-31T00:00:00Z')
  expect(await left()).toEqual([10, 6, 6, 6])
  emulator.world.clock.set('2030-02-01T00:00:00Z')
  expect(await left()).toEqual([10, 6, 10, 6])
  emulator.world.clock.set('2030-02-03T23:59:59Z') // Sunday
  expect(await left()).toEqual([10, 6, 10, 6])
  emulator.world.clock.set('2030-02-04T00:00:00Z') // Monday
  expect(await left()).toEqual([10, 10, 10, 6])
})

test('D1.21 counts each window apart and all time for ever', async () => {
  const emulator = await emulate({ clock: '2030-01-30T12:00:00Z' })
  const call = caller(emulator)
  const { key } = await create(call)
  emulator.world.openrouter.addUsage(key.hash, 1.1, 0.5)
  emulator.world.clock.set('2030-02-01T12:00:00Z')
  emulator.world.openrouter.addUsage(key.hash, 2.2)
  expect(keyOf(await call('GET', `/keys/${key.hash}`))).toMatchObject({
    usage: 3.3,
    usage_daily: 2.2,
    usage_weekly: 3.3,
    usage_monthly: 2.2,
    byok_usage: 0.5,
    byok_usage_daily: 0,
    byok_usage_weekly: 0.5,
    byok_usage_monthly: 0,
  })
})

test('D1.21 counts BYOK spend only where the key includes it, and never goes below zero', async () => {
  const emulator = await emulate()
  const call = caller(emulator)
  const { key, secret } = await create(call, { limit: 10 })
  emulator.world.openrouter.addUsage(key.hash, 1, 3)
  expect(keyOf(await call('GET', `/keys/${key.hash}`)).limit_remaining).toBe(9)
  expect(keyOf(await call('PATCH', `/keys/${key.hash}`, { include_byok_in_limit: true })).limit_remaining).toBe(6)
  emulator.world.openrouter.addUsage(key.hash, 50)
  expect(keyOf(await call('GET', `/keys/${key.hash}`)).limit_remaining).toBe(0)
  expect((await caller(emulator, secret)('GET', '/key')).body.data).toMatchObject({
    limit_remaining: 0,
    usage: 51,
    byok_usage: 3,
  })
})

test('D1.22 deletes for good', async () => {
  const emulator = await emulate()
  const call = caller(emulator)
  const { key } = await create(call)
  const deleted = await call('DELETE', `/keys/${key.hash}`)
  expect(deleted).toMatchObject({ status: 200, text: '{"deleted":true}' })
  expect((await call('GET', `/keys/${key.hash}`)).status).toBe(404)
  expect((await call('DELETE', `/keys/${key.hash}`)).status).toBe(404)
  expect((await call('PATCH', `/keys/${key.hash}`, { name: 'back' })).status).toBe(404)
  expect(await names(call, '?include_disabled=true')).toEqual([])
})

test('D1.23 lets a disabled key and an old limit live on at the inference side for a while, as configured', async () => {
  const emulator = await emulate({ clock: '2030-01-01T00:00:00Z', readings: { propagationMs: 25_000 } })
  const call = caller(emulator)
  const { key, secret } = await create(call, { limit: 1 })
  const own = caller(emulator, secret)
  expect(keyOf(await call('PATCH', `/keys/${key.hash}`, { limit: 9 })).limit).toBe(9)
  expect((await own('GET', '/key')).body.data).toMatchObject({ limit: 1 })
  emulator.world.clock.advance(25)
  expect((await own('GET', '/key')).body.data).toMatchObject({ limit: 9 })
  await call('PATCH', `/keys/${key.hash}`, { disabled: true })
  emulator.world.clock.advance(24)
  expect((await own('GET', '/key')).status).toBe(200)
  emulator.world.clock.advance(1)
  expect((await own('GET', '/key')).status).toBe(401)
})

test('D1.23 lets changes act at once unless told otherwise', async () => {
  const emulator = await emulate({ clock: '2030-01-01T00:00:00Z' })
  const call = caller(emulator)
  const { key, secret } = await create(call)
  await call('PATCH', `/keys/${key.hash}`, { disabled: true })
  expect((await caller(emulator, secret)('GET', '/key')).status).toBe(401)
})
