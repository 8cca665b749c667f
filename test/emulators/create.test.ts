import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { caller, create, emulate, keyOf, send } from './client.ts'

test('D1.6 answers 201 with data and a top-level key that no other answer repeats', async () => {
  const call = caller(await emulate())
  const created = await call('POST', '/keys', { name: 'once' })
  const secret = String(created.body.key)
  const { hash } = keyOf(created)
  expect(created.status).toBe(201)
  expect(Object.keys(created.body).sort()).toEqual(['data', 'key'])
  expect(JSON.stringify(created.body.data)).not.toContain(secret)
  const later = [
    await call('GET', `/keys/${hash}`),
    await call('GET', '/keys'),
    await call('PATCH', `/keys/${hash}`, { name: 'twice' }),
    await call('DELETE', `/keys/${hash}`),
  ]
  for (const answer of later) expect(answer.text).not.toContain(secret)
})

test('D1.7 makes secrets of the known form, hashes them with SHA-256 and masks them in the label', async () => {
  const { key, secret } = await create(caller(await emulate()))
  expect(secret).toMatch(/^sk-or-v1-[0-9a-f]{64}$/)
  expect(key.hash).toBe(createHash('sha256').update(secret).digest('hex'))
  expect(key.label).toBe(`${secret.slice(0, 12)}...${secret.slice(-4)}`)
})

const REFUSED: readonly (readonly [string, unknown])[] = [
  ['no name', {}],
  ['an empty name', { name: '' }],
  ['a name that is no text', { name: 7 }],
  ['a null name', { name: null }],
  ['an unknown reset', { name: 'x', limit_reset: 'yearly' }],
  ['a limit that is text', { name: 'x', limit: '5' }],
  ['an expiry with another offset', { name: 'x', expires_at: '2030-01-01T12:00:00+02:00' }],
  ['an expiry with a zero offset instead of Z', { name: 'x', expires_at: '2030-01-01T12:00:00+00:00' }],
  ['an expiry without a zone', { name: 'x', expires_at: '2030-01-01T00:00:00' }],
  ['an expiry with minute precision', { name: 'x', expires_at: '2030-01-01T00:00Z' }],
  ['an expiry on a day that is not', { name: 'x', expires_at: '2030-02-30T00:00:00Z' }],
  ['a workspace that is no UUID', { name: 'x', workspace_id: 'default' }],
  ['a null flag', { name: 'x', include_byok_in_limit: null }],
  ['an empty creator', { name: 'x', creator_user_id: '' }],
  ['a list', []],
  ['null', null],
  ['broken JSON', '{"name": "x"'],
  ['no body', undefined],
]

test.each(REFUSED)('D1.8 refuses %s with 400 and makes nothing', async (_, body) => {
  const emulator = await emulate()
  const answer = await caller(emulator)('POST', '/keys', body)
  expect(answer).toMatchObject({ status: 400, body: { error: { code: 400, message: 'Invalid request parameters' } } })
  expect(emulator.world.openrouter.keys()).toEqual([])
})

test('D1.8 takes seconds and fractions of seconds in an expiry', async () => {
  const call = caller(await emulate())
  for (const expires_at of ['2030-01-01T00:00:00Z', '2030-01-01T00:00:00.000Z', '2030-01-01T00:00:00.000000Z']) {
    const { key } = await create(call, { expires_at })
    expect(Date.parse(String(key.expires_at))).toBe(Date.UTC(2030, 0, 1))
  }
})

test('D1.9 makes another key for the same name and the same Idempotency-Key', async () => {
  const { openrouter, world } = await emulate()
  const headers = { authorization: `Bearer ${openrouter.managementKey}`, 'idempotency-key': 'same' }
  const one = await send(`${openrouter.baseUrl}/keys`, 'POST', headers, { name: 'twin' })
  const other = await send(`${openrouter.baseUrl}/keys`, 'POST', headers, { name: 'twin' })
  expect([one.status, other.status]).toEqual([201, 201])
  expect(keyOf(other).hash).not.toBe(keyOf(one).hash)
  expect(world.openrouter.keys().map(({ name }) => name)).toEqual(['twin', 'twin'])
})

test('D1.10 bears keys enabled, unused, never updated, with the whole limit left', async () => {
  const { key } = await create(caller(await emulate()), { limit: 12.5, limit_reset: 'monthly', disabled: true })
  expect(key).toMatchObject({ disabled: false, updated_at: null, limit: 12.5, limit_remaining: 12.5 })
  const counters = Object.entries(key).filter(([name]) => name.includes('usage'))
  expect(counters).toHaveLength(8)
  expect(counters.map(([, value]) => value)).toEqual(counters.map(() => 0))
})

test('D1.11 fills in the defaults', async () => {
  const emulator = await emulate()
  const { key } = await create(caller(emulator))
  const [home] = emulator.world.openrouter.workspaces
  expect(key).toMatchObject({
    workspace_id: home?.id,
    include_byok_in_limit: false,
    limit: null,
    limit_remaining: null,
    limit_reset: null,
    expires_at: null,
    creator_user_id: emulator.world.openrouter.userId,
    external_user: null,
  })
})

test('D1.12 keeps limit 0 as 0 and limit null as null', async () => {
  const emulator = await emulate()
  const call = caller(emulator)
  const zero = await create(call, { limit: 0 })
  const open = await create(call, { limit: null })
  expect(keyOf(await call('GET', `/keys/${zero.key.hash}`))).toMatchObject({ limit: 0, limit_remaining: 0 })
  expect(keyOf(await call('GET', `/keys/${open.key.hash}`))).toMatchObject({ limit: null, limit_remaining: null })
  expect((await caller(emulator, zero.secret)('GET', '/key')).status).toBe(200)
})

test('keeps creator and workspace where they are given', async () => {
  const emulator = await emulate()
  const [, research] = emulator.world.openrouter.workspaces
  const { key } = await create(caller(emulator), { workspace_id: research?.id, creator_user_id: 'user_other' })
  expect(key).toMatchObject({ workspace_id: research?.id, creator_user_id: 'user_other' })
})

test('gives each key a later created_at, even while the clock stands', async () => {
  const emulator = await emulate({ clock: '2030-01-01T00:00:00Z' })
  const call = caller(emulator)
  await Promise.all(Array.from({ length: 30 }, () => create(call)))
  const stamps = emulator.world.openrouter.keys().map(({ created_at }) => created_at)
  expect(stamps[0]).toBe('2030-01-01T00:00:00.000000+00:00')
  expect(new Set(stamps).size).toBe(30)
  expect(stamps).toEqual([...stamps].sort())
})

test('may store an expiry that is off by seconds, as configured', async () => {
  const emulator = await emulate({ readings: { expiryOffSeconds: 41 } })
  const { key } = await create(caller(emulator), { expires_at: '2030-01-01T00:00:00Z' })
  expect(key.expires_at).toBe('2030-01-01T00:00:41.000Z')
})
