import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startEmulator } from '../../src/emulators/server.ts'
import { type Call, caller, create, emulate, temporaryFolder } from './client.ts'

/** One create, one update, one delete. */
async function threeWrites(call: Call): Promise<void> {
  const { key } = await create(call)
  await call('PATCH', `/keys/${key.hash}`, { name: 'changed' })
  await call('DELETE', `/keys/${key.hash}`)
}

test('refuses the write after the last one of the day with 429, naming limit, size and reset', async () => {
  const emulator = await emulate({ writeQuota: 3, clock: '2030-01-01T22:00:00Z' })
  const call = caller(emulator)
  await threeWrites(call)
  const refused = await call('POST', '/keys', { name: 'one too many' })
  expect(refused.status).toBe(429)
  expect(refused.body.error?.message).toContain('keys-modify-api-rpd-v2')
  expect(refused.headers.get('x-ratelimit-limit')).toBe('3')
  expect(refused.headers.get('x-ratelimit-remaining')).toBe('0')
  expect(Number(refused.headers.get('x-ratelimit-reset'))).toBe(Date.UTC(2030, 0, 2))
  expect(emulator.world.openrouter.keys()).toHaveLength(1)
})

test('refuses updates and deletes over the quota too, and lets reads through', async () => {
  const emulator = await emulate({ writeQuota: 1 })
  const call = caller(emulator)
  const { key, secret } = await create(call)
  expect((await call('PATCH', `/keys/${key.hash}`, { name: 'x' })).status).toBe(429)
  expect((await call('DELETE', `/keys/${key.hash}`)).status).toBe(429)
  expect((await call('GET', `/keys/${key.hash}`)).status).toBe(200)
  expect((await call('GET', '/keys')).status).toBe(200)
  expect((await caller(emulator, secret)('GET', '/key')).status).toBe(200)
})

test('counts neither reads nor refused writes nor what others do', async () => {
  const emulator = await emulate({ writeQuota: 1 })
  const call = caller(emulator)
  for (let times = 0; times < 3; times += 1) await call('GET', '/keys')
  await call('POST', '/keys', {})
  await call('DELETE', '/keys/unknown')
  emulator.world.openrouter.createForeign()
  expect((await call('POST', '/keys', { name: 'first' })).status).toBe(201)
  expect((await call('POST', '/keys', { name: 'second' })).status).toBe(429)
})

test('starts anew at 00:00 UTC', async () => {
  const emulator = await emulate({ writeQuota: 3, clock: '2030-01-01T22:00:00Z' })
  const call = caller(emulator)
  await threeWrites(call)
  emulator.world.clock.set('2030-01-01T23:59:59.999Z')
  expect((await call('POST', '/keys', { name: 'x' })).status).toBe(429)
  emulator.world.clock.set('2030-01-02T00:00:00Z')
  expect((await call('POST', '/keys', { name: 'x' })).status).toBe(201)
})

test('remembers the writes of the day over a restart', async () => {
  const options = { state: join(temporaryFolder(), 'state'), writeQuota: 3, clock: '2030-01-01T00:00:00Z' }
  const before = await startEmulator(options)
  await threeWrites(caller(before))
  await before.close()
  expect((await caller(await emulate(options))('POST', '/keys', { name: 'x' })).status).toBe(429)
})

test('shows rate limit headers on no success', async () => {
  const call = caller(await emulate({ writeQuota: 3 }))
  const answer = await call('POST', '/keys', { name: 'x' })
  expect([...answer.headers.keys()].filter((name) => name.startsWith('x-ratelimit'))).toEqual([])
})
