import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startEmulator } from '../../src/emulators/server.ts'
import { type Call, caller, create, emulate, keysOf, temporaryFolder } from './client.ts'
import { assign, defaultGuardrailOf, guardrail, keys, NOWHERE, truth, type WireGuardrail } from './guarded.ts'

test('a guardrail is created, read, merged and deleted', async () => {
  const call = caller(await emulate())
  const made = await guardrail(call, { limit_usd: 5, reset_interval: 'daily', allowed_models: ['a/b'] })
  expect(made).toMatchObject({ name: 'no training', limit_usd: 5, updated_at: null, include_byok_in_budgets: false })
  const path = `/guardrails/${made.id}`
  expect((await call('GET', path)).body.data).toEqual(made)
  const changed = await call('PATCH', path, { name: 'renamed', allowed_models: null })
  expect(changed.body.data).toMatchObject({ id: made.id, name: 'renamed', allowed_models: null, limit_usd: 5 })
  expect((await call('GET', path)).body.data).toEqual(changed.body.data)
  expect((await call('DELETE', path)).body).toEqual({ deleted: true })
  for (const method of ['GET', 'DELETE']) expect((await call(method, path)).status).toBe(404)
  expect((await call('PATCH', path, {})).status).toBe(404)
})

test('guardrails are listed for one workspace, the default one unless told, newest first, with a total', async () => {
  const emulator = await emulate()
  const call = caller(emulator)
  const away = emulator.world.openrouter.workspaces[1]?.id
  await guardrail(call, { name: 'first' })
  await guardrail(call, { name: 'elsewhere', workspace_id: away })
  await guardrail(call, { name: 'second' })
  const names = async (query: string) => {
    const { body } = await call('GET', `/guardrails${query}`)
    return [body.total_count, ...(body.data as WireGuardrail[]).map(({ name }) => name)]
  }
  expect(await names('')).toEqual([2, 'second', 'first'])
  expect(await names('?limit=1&offset=1')).toEqual([2, 'first'])
  expect(await names('?offset=7')).toEqual([2])
  expect(await names(`?workspace_id=${away}`)).toEqual([1, 'elsewhere'])
})

test.each(['?limit=0', '?limit=101', '?limit=x', '?offset=-1', '?workspace_id=research', `?workspace_id=${NOWHERE}`])(
  'refuses to list guardrails with %s',
  async (query) => {
    expect((await caller(await emulate())('GET', `/guardrails${query}`)).status).toBe(400)
  },
)

test.each([
  {},
  { name: '' },
  { name: 'x'.repeat(201) },
  { name: 'x', description: 'x'.repeat(1001) },
  { name: 'x', allowed_models: [] },
  { name: 'x', ignored_providers: [7] },
  { name: 'x', content_filters: [{ pattern: 'x', action: 'explode' }] },
  { name: 'x', enforce_zdr: 'yes' },
  { name: 'x', workspace_id: 'research' },
  { name: 'x', workspace_id: NOWHERE },
])('refuses to make a guardrail of %j', async (body) => {
  const emulator = await emulate()
  expect((await caller(emulator)('POST', '/guardrails', body)).status).toBe(400)
  expect((await caller(emulator)('GET', '/guardrails')).body.total_count).toBe(0)
})

test.each([
  { limit_usd: 5 },
  { reset_interval: 'daily' },
  { limit_usd: null },
  { limit_usd: 5, reset_interval: null },
  { limit_usd: null, reset_interval: 'daily' },
])('D1.25 refuses a guardrail limit without its interval, in create and update: %j', async (fields) => {
  const call = caller(await emulate())
  expect((await call('POST', '/guardrails', { name: 'x', ...fields })).status).toBe(400)
  const { id } = await guardrail(call, { limit_usd: 1, reset_interval: 'weekly' })
  expect((await call('PATCH', `/guardrails/${id}`, fields)).status).toBe(400)
  expect((await call('GET', `/guardrails/${id}`)).body.data).toMatchObject({ limit_usd: 1, reset_interval: 'weekly' })
})

test('D1.25 takes both off a guardrail at once', async () => {
  const call = caller(await emulate())
  const { id } = await guardrail(call, { limit_usd: 1, reset_interval: 'weekly' })
  const { status, body } = await call('PATCH', `/guardrails/${id}`, { limit_usd: null, reset_interval: null })
  expect([status, body.data]).toEqual([200, expect.objectContaining({ limit_usd: null, reset_interval: null })])
})

test('the deprecated retention flag speaks for each of its successors that is not named', async () => {
  const made = await guardrail(caller(await emulate()), { enforce_zdr: true, enforce_zdr_google: false })
  expect(made).toMatchObject({ enforce_zdr: true, enforce_zdr_openai: true, enforce_zdr_google: false })
})

test('a default guardrail is unseen until its first update, keeps its name, and cannot be deleted', async () => {
  const emulator = await emulate()
  const call = caller(emulator)
  const id = await defaultGuardrailOf(call)
  const path = `/guardrails/${id}`
  for (const method of ['GET', 'DELETE']) expect((await call(method, path)).status).toBe(404)
  expect((await call('GET', '/guardrails')).body.total_count).toBe(0)
  const home = emulator.world.openrouter.workspaces[0]?.id
  const name = `Workspace ${home} Default`
  const updated = await call('PATCH', path, { name: 'mine', enforce_zdr_openai: true })
  expect(updated.body.data).toMatchObject({ id, name, workspace_id: home, enforce_zdr_openai: true })
  expect((await call('GET', path)).body).toEqual(updated.body)
  expect(keysOf(await call('GET', '/guardrails'))).toMatchObject([{ id, name }])
  expect((await call('DELETE', path)).status).toBe(400)
})

test('guardrail routes need a management key and count for no quota', async () => {
  const emulator = await emulate({ writeQuota: 1 })
  const call = caller(emulator)
  const { key, secret } = await create(call)
  const one = await guardrail(call)
  expect((await assign(call, one, [key.hash])).status).toBe(200)
  for (const path of ['/guardrails', `/guardrails/${one.id}`, '/guardrails/assignments/keys']) {
    expect((await caller(emulator, secret)('GET', path)).status).toBe(401)
    expect((await caller(emulator, null)('GET', path)).status).toBe(401)
  }
  const { requests } = emulator.world.traffic.counts()
  expect(requests['POST /guardrails/{id}/assignments/keys']).toBe(1)
})

test('remembers guardrails and assignments over a restart', async () => {
  const options = { state: join(temporaryFolder(), 'state'), clock: '2030-01-01T00:00:00Z' }
  const before = await startEmulator(options)
  const call = caller(before)
  const [one, other] = [await guardrail(call), await guardrail(call)]
  const [first = '', second = '', third = ''] = await keys(call, 3)
  await assign(call, one, [first, second, third])
  await assign(call, other, [second])
  await call('POST', `/guardrails/${one.id}/assignments/keys/remove`, { key_hashes: [third] })
  await call('PATCH', `/guardrails/${await defaultGuardrailOf(call)}`, { enforce_zdr_xai: true })
  const paths = ['/guardrails', '/guardrails/assignments/keys', `/guardrails/${other.id}`]
  const seen = async (from: Call) => Promise.all(paths.map(async (path) => (await from('GET', path)).body))
  const kept = await seen(call)
  const held = truth(before)
  await before.close()
  const after = await emulate(options)
  expect(await seen(caller(after))).toEqual(kept)
  expect(truth(after)).toEqual(held)
  expect((await guardrail(caller(after))).id).not.toBe(one.id)
})
