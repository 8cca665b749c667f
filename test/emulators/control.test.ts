import { expect, test } from 'vitest'
import type { RunningEmulator } from '../../src/emulators/server.ts'
import { type Call, caller, controller, create, emulate, keyOf, names } from './client.ts'

async function controlled(): Promise<{ emulator: RunningEmulator; call: Call; control: Call }> {
  const emulator = await emulate({ control: true, clock: '2030-01-01T00:00:00Z' })
  return { emulator, call: caller(emulator), control: controller(emulator) }
}

test('serves no control routes unless asked to', async () => {
  const emulator = await emulate()
  expect((await controller(emulator)('GET', '/keys')).status).toBe(404)
  expect((await controller(emulator)('POST', '/keys', {})).status).toBe(404)
  expect(emulator.world.openrouter.keys()).toEqual([])
})

test('moves the clock to an instant and by seconds', async () => {
  const { call, control } = await controlled()
  expect((await control('POST', '/clock', { now: '2030-05-06T07:08:09Z' })).body).toEqual({
    now: '2030-05-06T07:08:09.000Z',
  })
  expect((await control('POST', '/clock', { advance: 3600 })).body).toEqual({ now: '2030-05-06T08:08:09.000Z' })
  expect((await call('GET', '/key')).headers.get('date')).toBe('Mon, 06 May 2030 08:08:09 GMT')
  expect((await create(call)).key.created_at).toBe('2030-05-06T08:08:09.000000+00:00')
})

test('lets the clock run with real time again, and ahead of it', async () => {
  const { emulator, control } = await controlled()
  await control('POST', '/clock', { now: 'real' })
  expect(Math.abs(emulator.world.clock.now() - Date.now())).toBeLessThan(1000)
  await control('POST', '/clock', { advance: 86_400 })
  expect(Math.abs(emulator.world.clock.now() - Date.now() - 86_400_000)).toBeLessThan(1000)
})

test('adds usage', async () => {
  const { call, control } = await controlled()
  const { key } = await create(call, { limit: 10 })
  expect((await control('POST', '/usage', { hash: key.hash, usd: 2.5, byokUsd: 1 })).body).toEqual({ ok: true })
  expect(keyOf(await call('GET', `/keys/${key.hash}`))).toMatchObject({
    usage: 2.5,
    byok_usage: 1,
    limit_remaining: 7.5,
  })
  expect((await control('POST', '/usage', { hash: 'unknown', usd: 1 })).status).toBe(404)
})

test('adds, shows and clears faults', async () => {
  const { call, control } = await controlled()
  const added = await control('POST', '/faults', { add: ['GET /key=html:2', 'POST *=rate-limit'] })
  expect(added.body.rules).toEqual([
    { method: 'GET', pattern: '/key', kind: 'html', count: 2 },
    { method: 'POST', pattern: '*', kind: 'rate-limit', count: null },
  ])
  expect((await call('GET', '/key')).status).toBe(503)
  expect((await control('GET', '/faults')).body.rules).toMatchObject([{ count: 1 }, { count: null }])
  expect((await control('POST', '/faults', { clear: true, add: 'GET /key=rate-limit:1' })).body.rules).toHaveLength(1)
  expect((await call('POST', '/keys', { name: 'x' })).status).toBe(201)
  expect((await call('GET', '/key')).status).toBe(429)
  expect((await call('GET', '/key')).status).toBe(200)
})

test('D1.27 disables all live keys of a leaver, in every workspace, and only those', async () => {
  const { emulator, call, control } = await controlled()
  const away = emulator.world.openrouter.workspaces[1]?.id
  const { secret } = await create(call, { name: 'one', creator_user_id: 'user_leaver' })
  await create(call, { name: 'two', creator_user_id: 'user_leaver', workspace_id: away })
  await create(call, { name: 'other' })
  expect((await control('POST', '/leaver', { creator_user_id: 'user_leaver' })).body).toEqual({ disabled: 2 })
  expect((await control('POST', '/leaver', { creator_user_id: 'user_leaver' })).body).toEqual({ disabled: 0 })
  const disabled = emulator.world.openrouter.keys().filter((key) => key.disabled)
  expect(disabled.map(({ name }) => name)).toEqual(['one', 'two'])
  expect((await caller(emulator, secret)('GET', '/key')).status).toBe(401)
})

test('logs method, path, status and fault of API requests, and neither bodies nor keys', async () => {
  const { call, control } = await controlled()
  await control('POST', '/faults', { add: 'DELETE *=cut-before-commit' })
  const { secret } = await create(call, { name: 'canary-in-body' })
  await call('GET', `/keys/${secret}?offset=1`)
  await expect(call('DELETE', '/keys/x')).rejects.toThrow(TypeError)
  const answer = await control('GET', '/log')
  const at = '2030-01-01T00:00:00.000Z'
  expect(answer.body.log).toEqual([
    { at, method: 'POST', path: '/keys', status: 201, fault: null },
    { at, method: 'GET', path: '/keys/sk-or-(blanked)?offset=1', status: 404, fault: null },
    { at, method: 'DELETE', path: '/keys/x', status: null, fault: 'cut-before-commit' },
  ])
  expect(answer.text).not.toContain('canary')
})

test('counts requests by method and path template, writes, and how many were in the house at once', async () => {
  const emulator = await emulate({ control: true, latencyMs: 40 })
  const call = caller(emulator)
  await Promise.all([
    create(call),
    create(call),
    call('GET', '/keys/x'),
    call('GET', '/keys/y/'),
    call('GET', '/nothing'),
  ])
  await call('GET', '/key')
  const expected = { 'POST /keys': 2, 'GET /keys/{hash}': 2, 'GET (unknown)': 1, 'GET /key': 1 }
  expect((await controller(emulator)('GET', '/counts')).body).toEqual({
    requests: expected,
    statuses: {
      'POST /keys': { 201: 2 },
      'GET /keys/{hash}': { 404: 2 },
      'GET (unknown)': { 404: 1 },
      'GET /key': { 200: 1 },
    },
    total: 6,
    writes: 2,
    peakConcurrency: 5,
  })
})

test('counts answers by status, and connections that were cut', async () => {
  const { call, control } = await controlled()
  await control('POST', '/faults', { add: 'GET /key=cut-before-commit:1' })
  await expect(call('GET', '/key')).rejects.toThrow(TypeError)
  await call('GET', '/key')
  expect((await control('GET', '/counts')).body.statuses).toEqual({ 'GET /key': { cut: 1, 200: 1 } })
})

test('forgets log and counts on demand', async () => {
  const { call, control } = await controlled()
  await create(call)
  expect((await control('DELETE', '/log')).status).toBe(200)
  expect((await control('GET', '/log')).body.log).toEqual([])
  expect((await control('GET', '/counts')).body).toMatchObject({ requests: {}, statuses: {}, total: 0, writes: 0 })
})

test('tells the whole truth about keys: disabled, deleted, everywhere, in order of creation', async () => {
  const { emulator, call, control } = await controlled()
  const { key } = await create(call, { name: 'deleted' })
  await create(call, { name: 'away', workspace_id: emulator.world.openrouter.workspaces[1]?.id })
  await call('DELETE', `/keys/${key.hash}`)
  await control('POST', '/keys', { name: 'foreign', disabled: true })
  expect((await control('GET', '/keys')).body.keys).toMatchObject([
    { name: 'deleted', hash: key.hash, deleted_at: '2030-01-01T00:00:00.000002+00:00', origin: 'api' },
    { name: 'away', deleted_at: null, origin: 'api' },
    { name: 'foreign', deleted_at: null, disabled: true, origin: 'outside' },
  ])
})

test('makes foreign keys, which work like any other', async () => {
  const { emulator, call, control } = await controlled()
  const made = await control('POST', '/keys', {
    name: 'theirs',
    workspace_id: 'research',
    limit_reset: 'quarterly',
    creator_user_id: null,
  })
  expect(keyOf(await call('GET', `/keys/${made.body.hash}`))).toMatchObject({
    name: 'theirs',
    workspace_id: emulator.world.openrouter.workspaces[1]?.id,
    limit_reset: 'quarterly',
    creator_user_id: null,
  })
  expect((await caller(emulator, String(made.body.key))('GET', '/key')).status).toBe(200)
  expect((await control('POST', '/keys', { workspace_id: 'nowhere' })).status).toBe(400)
})

test('edits and deletes keys as a dashboard would', async () => {
  const { call, control } = await controlled()
  const { key } = await create(call)
  expect((await control('POST', `/keys/${key.hash}`, { disabled: true, limit: 1 })).body).toEqual({ ok: true })
  const edited = keyOf(await call('GET', `/keys/${key.hash}`))
  expect(edited).toMatchObject({ name: 'some key', disabled: true, limit: 1 })
  expect(edited.updated_at).not.toBeNull()
  expect((await control('DELETE', `/keys/${key.hash}`)).body).toEqual({ ok: true })
  expect((await call('GET', `/keys/${key.hash}`)).status).toBe(404)
  expect((await control('DELETE', `/keys/${key.hash}`)).status).toBe(404)
  expect((await control('POST', `/keys/${key.hash}`, { name: 'x' })).status).toBe(404)
})

test.each([
  ['POST', '/clock', { now: 'tomorrow' }],
  ['POST', '/clock', {}],
  ['POST', '/usage', { hash: 'x', usd: '1' }],
  ['POST', '/faults', { add: 'POST /keys=explode' }],
  ['POST', '/leaver', {}],
  ['POST', '/keys', { colour: 'red' }],
  ['POST', '/keys', { limit: '5' }],
  ['POST', '/keys', '[]'],
  ['POST', '/keys', '{'],
])('says what is wrong with %s %s %j', async (method, path, body) => {
  const { emulator, control } = await controlled()
  const answer = await control(method, path, body)
  expect(answer.status).toBe(400)
  expect(answer.body.problem).toEqual(expect.any(String))
  expect(emulator.world.openrouter.keys()).toEqual([])
})

test('answers 404 on control routes that are not there, and does nothing', async () => {
  const { call, control } = await controlled()
  const { key } = await create(call)
  for (const path of ['/nothing', '/', `/keys/${key.hash}/more`]) {
    for (const method of ['GET', 'POST', 'DELETE']) expect((await control(method, path)).status).toBe(404)
  }
  expect(await names(call)).toEqual(['some key'])
})
