import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startEmulator } from '../../src/emulators/server.ts'
import { type Answer, type Call, caller, create, emulate, names, temporaryFolder } from './client.ts'

interface WireWorkspace {
  readonly id: string
  readonly slug: string
  readonly default_guardrail_id: string
}

async function workspace(call: Call, slug = 'jobs'): Promise<WireWorkspace> {
  const answer = await call('POST', '/workspaces', { name: 'Jobs', slug })
  if (answer.status !== 201) throw new Error(`create answered ${answer.status}: ${answer.text}`)
  return answer.body.data as WireWorkspace
}

async function slugs(call: Call): Promise<readonly string[]> {
  return ((await call('GET', '/workspaces')).body.data as WireWorkspace[]).map(({ slug }) => slug)
}

test('a new workspace is found by id and by slug and takes keys', async () => {
  const call = caller(await emulate())
  const made = await workspace(call)
  expect(await slugs(call)).toEqual(['default', 'research', 'jobs'])
  for (const name of [made.id, made.slug]) expect((await call('GET', `/workspaces/${name}`)).body.data).toEqual(made)
  await create(call, { name: 'in jobs', workspace_id: made.id })
  expect(await names(call, `?workspace_id=${made.id}`)).toEqual(['in jobs'])
  expect((await call('GET', `/guardrails/${made.default_guardrail_id}`)).status).toBe(404)
})

test.each([
  {},
  { name: 'x' },
  { name: '', slug: 'x' },
  { name: 'x'.repeat(101), slug: 'x' },
  { name: 'x', slug: 'Jobs' },
  { name: 'x', slug: 'a--b' },
  { name: 'x', slug: 'x'.repeat(51) },
  { name: 'x', slug: 'research' },
  { name: 'x', slug: 'x', description: 7 },
])('refuses to make a workspace of %j', async (body) => {
  const call = caller(await emulate())
  expect((await call('POST', '/workspaces', body)).status).toBe(400)
  expect(await slugs(call)).toEqual(['default', 'research'])
})

test('D1.25 a workspace is not deleted while a key lives in it, a disabled one too', async () => {
  const call = caller(await emulate())
  const { id } = await workspace(call)
  const { key } = await create(call, { workspace_id: id })
  expect((await call('DELETE', `/workspaces/${id}`)).status).toBe(400)
  await call('PATCH', `/keys/${key.hash}`, { disabled: true })
  expect((await call('DELETE', `/workspaces/${id}`)).status).toBe(400)
  await call('DELETE', `/keys/${key.hash}`)
  const gone = await call('DELETE', `/workspaces/${id}`)
  expect([gone.status, gone.body]).toEqual([200, { deleted: true }])
  for (const method of ['GET', 'DELETE']) expect((await call(method, `/workspaces/${id}`)).status).toBe(404)
  expect((await call('POST', '/keys', { name: 'x', workspace_id: id })).status).toBe(400)
})

test('D1.25 a deleted workspace takes its guardrails, assignments and budgets along', async () => {
  const call = caller(await emulate())
  const { id } = await workspace(call)
  const made = await call('POST', '/guardrails', { name: 'x', workspace_id: id })
  const guardrail = (made.body.data as { id: string }).id
  const { key } = await create(call, { workspace_id: id })
  await call('POST', `/guardrails/${guardrail}/assignments/keys`, { key_hashes: [key.hash] })
  await call('PUT', `/workspaces/${id}/budgets/daily`, { limit_usd: 1 })
  await call('DELETE', `/keys/${key.hash}`)
  await call('DELETE', `/workspaces/${id}`)
  expect((await call('GET', `/guardrails/${guardrail}`)).status).toBe(404)
  expect((await call('GET', '/guardrails/assignments/keys')).body.total_count).toBe(0)
  expect((await call('GET', `/workspaces/${id}/budgets/daily`)).status).toBe(404)
})

test('D1.25 the default workspace is not for deleting', async () => {
  const call = caller(await emulate())
  expect((await call('DELETE', '/workspaces/default')).status).toBe(403)
  expect((await call('DELETE', '/workspaces/research')).status).toBe(200)
  expect(await slugs(call)).toEqual(['default'])
})

const put = (call: Call, interval: string, limit_usd: unknown): Promise<Answer> =>
  call('PUT', `/workspaces/research/budgets/${interval}`, { limit_usd })

test('D1.25 each budget is strictly below the wider ones, whatever is written first', async () => {
  const call = caller(await emulate())
  expect((await put(call, 'monthly', 100)).status).toBe(200)
  expect((await put(call, 'weekly', 100)).status).toBe(400)
  expect((await put(call, 'daily', 101)).status).toBe(400)
  expect((await put(call, 'lifetime', 99)).status).toBe(400)
  expect((await put(call, 'daily', 20)).status).toBe(200)
  expect((await put(call, 'weekly', 20)).status).toBe(400)
  expect((await put(call, 'weekly', 50)).status).toBe(200)
  expect((await put(call, 'monthly', 50)).status).toBe(400)
  expect((await put(call, 'lifetime', 500)).body.data).toMatchObject({ limit_usd: 500, reset_interval: null })
  const { body } = await call('GET', '/workspaces/research/budgets')
  expect((body.data as { limit_usd: number }[]).map(({ limit_usd }) => limit_usd)).toEqual([20, 50, 100, 500])
})

test.each([0, -1, '5', null, undefined])('refuses a budget of %j', async (limit) => {
  expect((await put(caller(await emulate()), 'daily', limit)).status).toBe(400)
})

test('deletes a budget once and again, and knows four intervals', async () => {
  const call = caller(await emulate())
  await put(call, 'daily', 5)
  for (const _ of [1, 2])
    expect((await call('DELETE', '/workspaces/default/budgets/daily')).body).toEqual({ deleted: true })
  expect((await call('DELETE', '/workspaces/research/budgets/daily')).body).toEqual({ deleted: true })
  expect((await call('GET', '/workspaces/research/budgets/daily')).status).toBe(404)
  expect((await put(call, 'hourly', 5)).status).toBe(400)
  expect((await call('GET', '/workspaces/nowhere/budgets')).status).toBe(404)
})

test.each([
  [404, 404],
  ['empty', 200],
] as const)('reads a workspace without budgets as %s', async (noBudgets, status) => {
  const call = caller(await emulate({ readings: { noBudgets } }))
  expect((await call('GET', '/workspaces/default/budgets')).status).toBe(status)
})

test('counts BYOK spend for all budgets of a workspace or for none', async () => {
  const call = caller(await emulate())
  const path = '/workspaces/research/budgets'
  await call('PUT', `${path}/daily`, { limit_usd: 1, include_byok_in_budgets: true })
  expect((await call('PUT', `${path}/weekly`, { limit_usd: 2 })).body.include_byok_in_budgets).toBe(true)
  expect((await call('GET', path)).body.include_byok_in_budgets).toBe(true)
  expect((await call('GET', '/workspaces/research')).body.data).toMatchObject({ include_byok_in_budgets: true })
})

test('remembers workspaces and budgets over a restart', async () => {
  const options = { state: join(temporaryFolder(), 'state'), clock: '2030-01-01T00:00:00Z' }
  const before = await startEmulator(options)
  const { id } = await workspace(caller(before))
  await create(caller(before), { name: 'in jobs', workspace_id: id })
  await put(caller(before), 'daily', 5)
  await workspace(caller(before), 'gone')
  await caller(before)('DELETE', '/workspaces/gone')
  await before.close()
  const call = caller(await emulate(options))
  expect(await slugs(call)).toEqual(['default', 'research', 'jobs'])
  expect(await names(call, `?workspace_id=${id}`)).toEqual(['in jobs'])
  expect((await call('GET', '/workspaces/research/budgets/daily')).body.data).toMatchObject({ limit_usd: 5 })
})
