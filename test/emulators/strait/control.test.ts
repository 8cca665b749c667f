import { expect, test } from 'vitest'
import type { RunningEmulator } from '../../../src/emulators/server.ts'
import { type Call, controller, emulate } from '../client.ts'
import { caller, create, listed, names, START, straitOf } from './client.ts'

async function controlled(): Promise<{ emulator: RunningEmulator; control: Call }> {
  const emulator = await straitOf()
  return { emulator, control: controller(emulator) }
}

test('serves no control routes unless asked to', async () => {
  const emulator = await emulate()
  for (const path of ['/tick', '/strait/keys', '/strait/stamps'])
    expect((await controller(emulator)('POST', path, {})).status).toBe(404)
  expect(emulator.world.strait.keys()).toHaveLength(1)
})

test('tells the whole truth about keys beside those of OpenRouter: revoked, rotated, of every project, and why they do not work', async () => {
  const { emulator, control } = await controlled()
  const old = await create(emulator, { name: 'old' })
  await caller(emulator)('POST', `/api-keys/${old.id}/rotate`)
  await caller(emulator)('DELETE', `/api-keys/${old.id}`)
  await control('POST', '/strait/keys', { name: 'theirs', project_id: 'proj_2', expires_at: '2029-01-01T00:00:00Z' })
  const { body } = await control('GET', '/keys')
  expect(body.keys).toEqual([])
  expect(body.strait).toMatchObject([
    { name: 'management', origin: 'birth', refusal: null, revoked_at: null, last_used_at: START },
    {
      name: 'old',
      origin: 'api',
      revoked_at: START,
      refusal: 'api key has been revoked',
      replaced_by_key_id: expect.any(String),
    },
    { name: 'old (rotated)', origin: 'api', revoked_at: null, refusal: null },
    { name: 'theirs', origin: 'outside', project_id: 'proj_2', refusal: 'api key has expired' },
  ])
})

test('makes foreign keys, which work like any other: bound, legacy, of the past, with limits', async () => {
  const { emulator, control } = await controlled()
  const made = await control('POST', '/strait/keys', {
    name: 'bound',
    scopes: [],
    environment_id: 'production',
    org_id: 'org_1',
    expires_at: null,
    created_at: '2029-06-01T00:00:00.5Z',
    rotation_webhook_url: 'https://hooks.acme.com/x',
    rate_limit_requests: 5,
    rate_limit_window_secs: 10,
  })
  expect(made.body).toEqual({
    id: expect.any(String),
    key: expect.stringMatching(/^strait_/),
    rotation_webhook_secret: expect.stringMatching(/^whsec_/),
  })
  expect(await listed(emulator, String(made.body.id))).toMatchObject({
    environment_id: 'production',
    created_at: '2029-06-01T00:00:00.5Z',
    rate_limit_requests: 5,
  })
  expect((await caller(emulator, String(made.body.key))('GET', '/api-keys')).status).toBe(200)
  expect((await control('POST', '/strait/keys')).body).toEqual({ id: expect.any(String), key: expect.any(String) })
})

test('edits, uses and revokes keys out of band', async () => {
  const { emulator, control } = await controlled()
  const { id, key } = await create(emulator)
  expect(
    (
      await control('POST', `/strait/keys/${id}`, {
        name: 'edited',
        expires_at: '2030-01-02T00:00:00Z',
        last_used_at: null,
      })
    ).body,
  ).toEqual({ ok: true })
  expect(await listed(emulator, id)).toMatchObject({ name: 'edited', expires_at: '2030-01-02T00:00:00Z' })
  expect((await control('POST', '/strait/usage', { id })).body).toEqual({ ok: true })
  expect(await listed(emulator, id)).toMatchObject({ last_used_at: START })
  expect((await control('DELETE', `/strait/keys/${id}`)).body).toEqual({ ok: true })
  expect((await caller(emulator, key)('GET', '/api-keys')).status).toBe(401)
  for (const [method, path] of [
    ['DELETE', `/strait/keys/${id}`],
    ['DELETE', '/strait/keys/nobody'],
    ['POST', '/strait/keys/nobody'],
  ] as const)
    expect((await control(method, path, {})).status).toBe(404)
  expect((await control('POST', '/strait/usage', { id: 'nobody' })).status).toBe(404)
})

test('tells projects their policy, and deletes them with all their keys', async () => {
  const { emulator, control } = await controlled()
  const { project } = emulator.strait
  expect((await control('POST', `/strait/projects/${project}`, { max_key_lifetime_days: 5 })).body).toEqual({
    ok: true,
  })
  expect((await create(emulator, { expires_in_days: undefined })).expires_at).toContain('2030-01-06')
  await control('POST', `/strait/projects/${project}`, {})
  await expect(create(emulator, { expires_in_days: undefined })).rejects.toThrow('400')
  expect((await control('DELETE', `/strait/projects/${project}`)).body).toEqual({ deleted: 2 })
  expect((await caller(emulator)('GET', '/api-keys')).status).toBe(401)
})

test('changes how instants are given out', async () => {
  const { emulator, control } = await controlled()
  expect((await control('POST', '/strait/stamps', { by: 'clock' })).body).toEqual({ ok: true })
  const [one, other] = [await create(emulator), await create(emulator)]
  expect((await listed(emulator, one.id)).created_at).toBe((await listed(emulator, other.id)).created_at)
})

test.each([
  ['POST', '/strait/keys', { colour: 'red' }],
  ['POST', '/strait/keys', { scopes: 'jobs:read' }],
  ['POST', '/strait/keys', { created_at: null }],
  ['POST', '/strait/keys', { expires_at: 'tomorrow' }],
  ['POST', '/strait/keys/x', { rotation_interval_days: 1.5 }],
  ['POST', '/strait/usage', {}],
  ['POST', '/strait/stamps', { by: 'moon' }],
  ['POST', '/strait/projects/x', { max_key_lifetime_days: '5' }],
  ['POST', '/tick', '['],
])('says what is wrong with %s %s %j', async (method, path, body) => {
  const { emulator, control } = await controlled()
  const answer = await control(method, path, body)
  expect(answer.status).toBe(400)
  expect(answer.body.problem).toEqual(expect.any(String))
  expect(emulator.world.strait.keys()).toHaveLength(1)
})

test('answers 404 on control routes that are not there', async () => {
  const { control } = await controlled()
  for (const [method, path] of [
    ['GET', '/tick'],
    ['POST', '/strait'],
    ['POST', '/strait/keys/a/b'],
    ['POST', '/strait/projects/'],
    ['GET', '/strait/keys'],
  ] as const)
    expect((await control(method, path)).status).toBe(404)
})

test('counts requests of both sides by route and status, and logs paths without secrets', async () => {
  const { emulator, control } = await controlled()
  const { id } = await create(emulator)
  const call = caller(emulator)
  await call('POST', `/api-keys/${id}/rotate`)
  await call('POST', `/api-keys/${id}/rotate`)
  await call('PATCH', `/api-keys/${id}`)
  await call('GET', '/api-keys/?limit=1')
  await call('GET', '/nowhere')
  await call('DELETE', `/api-keys/${emulator.strait.token}`)
  await fetch(`${emulator.openrouter.baseUrl}/keys`)
  expect((await control('GET', '/counts')).body).toMatchObject({
    requests: { 'POST /v1/api-keys/{id}/rotate': 2, 'GET /v1/api-keys': 1, 'GET /keys': 1 },
    statuses: {
      'POST /v1/api-keys': { 201: 1 },
      'POST /v1/api-keys/{id}/rotate': { 201: 1, 500: 1 },
      'PATCH /v1/api-keys/{id}': { 405: 1 },
      'GET /v1/api-keys': { 200: 1 },
      'GET (unknown)': { 404: 1 },
      'DELETE /v1/api-keys/{id}': { 404: 1 },
      'GET /keys': { 401: 1 },
    },
    total: 8,
    writes: 5,
  })
  const log = (await control('GET', '/log')).text
  expect(log).toContain('/v1/api-keys?limit=1')
  expect(log).toContain('/v1/api-keys/strait_(blanked)')
  expect(log).not.toContain(emulator.strait.token)
})

test("plays faults on Strait routes and leaves OpenRouter's alone", async () => {
  const { emulator, control } = await controlled()
  await control('POST', '/faults', {
    add: ['POST /v1/api-keys=cut-after-commit:1', 'DELETE /v1/api-keys/:id=cut-before-commit:1', 'GET /v1/*=html:1'],
  })
  await expect(create(emulator, { name: 'lost' })).rejects.toThrow(TypeError)
  const [, lost] = emulator.world.strait.keys()
  await expect(caller(emulator)('DELETE', `/api-keys/${lost?.id}`)).rejects.toThrow(TypeError)
  expect((await fetch(`${emulator.openrouter.baseUrl}/keys`)).status).toBe(401)
  const page = await caller(emulator)('GET', '/api-keys')
  expect([page.status, page.headers.get('content-type')]).toEqual([503, 'text/html; charset=UTF-8'])
  expect(await names(caller(emulator))).toEqual(['lost'])
})
