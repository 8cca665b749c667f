import { expect, test } from 'vitest'
import type { RunningEmulator } from '../../../src/emulators/server.ts'
import { type Answer, caller, create, insider, listed, names, refusal, straitOf } from './client.ts'

function rotate(emulator: RunningEmulator, id: string, body?: unknown): Promise<Answer> {
  return caller(emulator)('POST', `/api-keys/${id}/rotate`, body)
}

test('D2.19 answers 201 with both ids and the new secret', async () => {
  const emulator = await straitOf()
  const old = await create(emulator)
  const answer = await rotate(emulator, old.id)
  expect(answer.status).toBe(201)
  expect(answer.body).toEqual({
    old_key_id: old.id,
    new_key_id: expect.any(String),
    project_id: emulator.strait.project,
    name: 'some key (rotated)',
    key: expect.stringMatching(/^strait_[0-9a-f]{64}$/),
    key_prefix: String(answer.body.key).slice(0, 12),
    scopes: ['jobs:read'],
    expires_at: '2030-01-31T02:00:00+02:00',
    created_at: expect.stringMatching(/^2030-01-01T02:00:00\.000001\d{3}\+02:00$/),
    grace_expires_at: expect.stringMatching(/^2030-01-01T03:00:00\.000000\d{3}\+02:00$/),
  })
  expect(answer.body.new_key_id).not.toBe(old.id)
  expect(answer.body.key).not.toBe(old.key)
})

test('D2.19 inherits everything but the rate limits, extends no expiry and starts the interval anew', async () => {
  const emulator = await straitOf()
  const fields = {
    org_id: 'org_1',
    scopes: ['jobs:read', 'runs:read'],
    environment_id: 'production',
    rotation_interval_days: 7,
    rotation_webhook_url: 'https://hooks.acme.com/x',
  }
  const { id } = emulator.world.strait.createForeign({ ...fields, rate_limit_requests: 5, rate_limit_window_secs: 10 })
  const { expires_at } = await listed(emulator, id)
  emulator.world.clock.advance(3 * 86_400)
  const { body } = await rotate(emulator, id)
  const next = await listed(emulator, String(body.new_key_id))
  expect(next).toMatchObject({ ...fields, expires_at, next_rotation_at: '2030-01-11T00:00:00Z' })
  expect(next).not.toHaveProperty('rate_limit_requests')
  expect(next).not.toHaveProperty('rate_limit_window_secs')
})

test('D2.19 lets the suffix pile up, past 255 characters too', async () => {
  const emulator = await straitOf()
  const { id } = await create(emulator, { name: 'x'.repeat(250) })
  const { body } = await rotate(emulator, id)
  expect((await rotate(emulator, String(body.new_key_id))).body.name).toBe(`${'x'.repeat(250)} (rotated) (rotated)`)
})

test.each([
  [undefined, 60],
  [{}, 60],
  [{ grace_period_minutes: null }, 60],
  [{ grace_period_minutes: 0 }, 60],
  [{ grace_period_minutes: -1 }, 60],
  [{ grace_period_minutes: 1 }, 1],
  [{ grace_period_minutes: 10_080 }, 10_080],
])('D2.20 reads %j as %i minutes of grace', async (body, minutes) => {
  const emulator = await straitOf()
  const { id } = await create(emulator)
  expect((await rotate(emulator, id, body)).status).toBe(201)
  const graceEnd = new Date(Date.parse('2030-01-01T00:00:00Z') + minutes * 60_000).toISOString().replace('.000', '')
  expect((await listed(emulator, id)).grace_expires_at).toBe(graceEnd)
})

test('D2.20 answers 400 to more than 10080 minutes, to fractions and to texts', async () => {
  const emulator = await straitOf()
  const { id } = await create(emulator)
  const answer = await rotate(emulator, id, { grace_period_minutes: 10_081 })
  expect(refusal(answer)).toEqual([400, 'bad_request', 'grace_period_minutes must be <= 10080'])
  for (const grace_period_minutes of [1.5, '60', true])
    expect((await rotate(emulator, id, { grace_period_minutes })).status).toBe(400)
  expect(await names(caller(emulator))).toEqual(['some key'])
})

test("D2.21 lets the old key work until its grace has ended by the emulator's clock", async () => {
  const emulator = await straitOf()
  const { id, key } = await create(emulator)
  const { body } = await rotate(emulator, id, { grace_period_minutes: 5 })
  const status = async (secret: string): Promise<number> =>
    (await caller(emulator, secret)('GET', '/api-keys?limit=1')).status
  emulator.world.clock.advance(300)
  expect([await status(key), await status(String(body.key))]).toEqual([403, 403])
  emulator.world.clock.advance(0.001)
  expect([await status(key), await status(String(body.key))]).toEqual([401, 403])
})

test('D2.22 answers 409 to a revoked key', async () => {
  const emulator = await straitOf()
  const { id } = await create(emulator)
  await caller(emulator)('DELETE', `/api-keys/${id}`)
  expect(refusal(await rotate(emulator, id))).toEqual([409, 'conflict', 'api key is already revoked'])
})

test('D2.22 answers 500 to a key that was rotated before, and leaves no ghost', async () => {
  const emulator = await straitOf()
  const { id } = await create(emulator)
  await rotate(emulator, id)
  const before = emulator.world.strait.keys()
  expect(refusal(await rotate(emulator, id))).toEqual([500, 'internal_error', 'internal server error'])
  expect(emulator.world.strait.keys()).toEqual(before)
})

test('D2.22 answers 404 to unknown keys and to those of another project or environment', async () => {
  const emulator = await straitOf()
  const { strait } = emulator.world
  const foreign = strait.createForeign({ project_id: 'proj_2' })
  const staging = strait.createForeign({ environment_id: 'staging' })
  const bound = caller(emulator, strait.createForeign({ scopes: ['*'], environment_id: 'production' }).secret)
  for (const id of ['nobody', foreign.id])
    expect(refusal(await rotate(emulator, id))).toEqual([404, 'not_found', 'api key not found'])
  expect(refusal(await bound('POST', `/api-keys/${staging.id}/rotate`))).toEqual([
    404,
    'not_found',
    'api key not found',
  ])
  expect((await insider(emulator)('POST', `/api-keys/${foreign.id}/rotate`)).status).toBe(201)
})

test('D2.22 answers 403 to a caller that lacks a scope of the old key; a legacy key counts as the wildcard', async () => {
  const emulator = await straitOf()
  const { strait } = emulator.world
  const call = caller(emulator, strait.createForeign({ scopes: ['api-keys:manage'] }).secret)
  const broader = await call('POST', `/api-keys/${strait.createForeign({ scopes: ['jobs:read'] }).id}/rotate`)
  expect(refusal(broader)).toEqual([403, 'forbidden', 'cannot grant permission jobs:read: caller does not have it'])
  const legacy = await call('POST', `/api-keys/${strait.createForeign({ scopes: [] }).id}/rotate`)
  expect(refusal(legacy)).toEqual([
    403,
    'forbidden',
    'cannot grant wildcard permission: caller does not have wildcard scope',
  ])
})

test('D2.22 answers 400 to a key without expiry where there is no policy; a policy gives it one', async () => {
  const emulator = await straitOf()
  const { id } = emulator.world.strait.createForeign({ expires_at: null })
  const message = 'expires_in_days is required when project max_key_lifetime_days is not configured'
  expect(refusal(await rotate(emulator, id))).toEqual([400, 'bad_request', message])
  emulator.world.strait.setProject(emulator.strait.project, { max_key_lifetime_days: 10 })
  expect((await rotate(emulator, id)).body.expires_at).toBe('2030-01-11T02:00:00+02:00')
})

test('D2.22 answers 400 to a key whose expiry lies beyond a policy that came later', async () => {
  const emulator = await straitOf()
  const { id } = await create(emulator, { expires_in_days: 90 })
  emulator.world.strait.setProject(emulator.strait.project, { max_key_lifetime_days: 30 })
  expect(refusal(await rotate(emulator, id))).toEqual([
    400,
    'bad_request',
    'expires_in_days exceeds project maximum of 30 days',
  ])
})

test('D2.22 rotates an expired key into one that is born expired', async () => {
  const emulator = await straitOf()
  const { id } = await create(emulator, { expires_in_days: 1 })
  emulator.world.clock.advance(2 * 86_400)
  const { status, body } = await rotate(emulator, id)
  expect([status, body.expires_at]).toEqual([201, '2030-01-02T02:00:00+02:00'])
  const answer = await caller(emulator, String(body.key))('GET', '/api-keys')
  expect(refusal(answer)).toEqual([401, 'authentication_required', 'api key has expired'])
})

test('D2.23 revokes at once, for ever and as often as one likes', async () => {
  const emulator = await straitOf()
  const { id, key } = await create(emulator)
  const revoke = (): Promise<Answer> => caller(emulator)('DELETE', `/api-keys/${id}`)
  const answer = await revoke()
  expect([answer.status, answer.body]).toEqual([200, { status: 'revoked' }])
  expect(refusal(await caller(emulator, key)('GET', '/api-keys'))).toEqual([
    401,
    'authentication_required',
    'api key has been revoked',
  ])
  expect(await names(caller(emulator))).toEqual([])
  emulator.world.clock.advance(60)
  expect((await revoke()).status).toBe(200)
  expect(emulator.world.strait.keys().at(-1)).toMatchObject({ id, revoked_at: '2030-01-01T00:00:00Z' })
})

test('D2.23 answers 404 to unknown keys and to those of another project or environment', async () => {
  const emulator = await straitOf()
  const { strait } = emulator.world
  const foreign = strait.createForeign({ project_id: 'proj_2' })
  const bound = caller(emulator, strait.createForeign({ scopes: ['*'], environment_id: 'production' }).secret)
  const wide = strait.createForeign({ name: 'project-wide' })
  for (const id of ['nobody', foreign.id])
    expect(refusal(await caller(emulator)('DELETE', `/api-keys/${id}`))).toEqual([
      404,
      'not_found',
      'api key not found',
    ])
  expect((await bound('DELETE', `/api-keys/${wide.id}`)).status).toBe(404)
  expect(strait.keys().filter(({ revoked_at }) => revoked_at !== null)).toEqual([])
})

test('D2.23 lets a key revoke and rotate itself', async () => {
  const emulator = await straitOf()
  const rotating = emulator.world.strait.createForeign({ scopes: ['api-keys:manage'] })
  const call = caller(emulator, rotating.secret)
  expect((await call('POST', `/api-keys/${rotating.id}/rotate`)).status).toBe(201)
  expect((await call('DELETE', `/api-keys/${rotating.id}`)).status).toBe(200)
  expect((await call('GET', '/api-keys')).status).toBe(401)
})

test('D2.24 leaves the other link of a chain alone when one is revoked', async () => {
  const emulator = await straitOf()
  const old = await create(emulator)
  const { body } = await rotate(emulator, old.id)
  await caller(emulator)('DELETE', `/api-keys/${old.id}`)
  expect((await caller(emulator, String(body.key))('GET', '/api-keys')).status).toBe(403)
  expect(await names(caller(emulator))).toEqual(['some key (rotated)'])
})

test('D2.24 never rotates a key again whose successor was revoked', async () => {
  const emulator = await straitOf()
  const old = await create(emulator)
  const { body } = await rotate(emulator, old.id)
  await caller(emulator)('DELETE', `/api-keys/${body.new_key_id}`)
  expect((await caller(emulator, old.key)('GET', '/api-keys')).status).toBe(403)
  expect((await rotate(emulator, old.id)).status).toBe(500)
  expect(await listed(emulator, old.id)).toMatchObject({ replaced_by_key_id: body.new_key_id })
})

test('a rotate whose answer is lost has happened: both keys are there, and the secret is nowhere', async () => {
  const emulator = await straitOf()
  const { id } = await create(emulator)
  emulator.world.faults.add({ method: 'POST', pattern: '/v1/api-keys/:id/rotate', kind: 'cut-after-commit', count: 1 })
  await expect(rotate(emulator, id)).rejects.toThrow(TypeError)
  expect(await names(caller(emulator))).toEqual(['some key (rotated)', 'some key'])
  expect((await rotate(emulator, id)).status).toBe(500)
})
