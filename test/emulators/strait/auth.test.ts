import { expect, test } from 'vitest'
import { emulate } from '../client.ts'
import {
  type Answer,
  type Call,
  caller,
  create,
  FIVE_ROUTES,
  insider,
  keysOf,
  names,
  refusal,
  START,
  straitOf,
  wanted,
} from './client.ts'

test('D2.1 takes the project from the key, whatever header and query say', async () => {
  const emulator = await straitOf()
  await create(emulator, { name: 'ours' })
  emulator.world.strait.createForeign({ name: 'theirs', project_id: 'proj_other' })
  const call = caller(emulator)
  const answer = await call('GET', '/api-keys?project_id=proj_other', undefined, { 'X-Project-Id': 'proj_other' })
  expect(keysOf(answer).map(({ name }) => name)).toEqual(['ours', 'management'])
})

test('D2.1 takes the project of the internal secret from the header, else from the query', async () => {
  const emulator = await straitOf()
  emulator.world.strait.createForeign({ name: 'a', project_id: 'proj_a' })
  emulator.world.strait.createForeign({ name: 'b', project_id: 'proj_b' })
  expect(await names(insider(emulator, 'proj_a'))).toEqual(['a'])
  expect(await names(insider(emulator), '?project_id=proj_b')).toEqual(['b'])
  expect(await names(insider(emulator, 'proj_a'), '?project_id=proj_b')).toEqual(['a'])
  expect(await names(caller(emulator, emulator.strait.internalSecret), '?project_id=proj_b')).toEqual(['b'])
})

test('D2.1 lets the internal secret do without a project, where the route does', async () => {
  const emulator = await straitOf()
  const call = insider(emulator)
  expect(refusal(await call('GET', '/api-keys'))).toEqual([400, 'bad_request', 'project_id is required'])
  expect(refusal(await call('GET', '/api-keys/expiring-soon'))).toEqual([400, 'bad_request', 'project_id is required'])
  const made = await call('POST', '/api-keys', wanted(emulator, { project_id: 'proj_never_heard_of', scopes: ['*'] }))
  expect(made.status).toBe(201)
  expect((await caller(emulator, String(made.body.key))('GET', '/api-keys')).status).toBe(200)
  expect((await call('DELETE', `/api-keys/${made.body.id}`)).status).toBe(200)
})

test('D2.1 does not take the secret as a bearer where an identity provider is configured', async () => {
  const emulator = await straitOf({ oidc: true })
  const { internalSecret, project } = emulator.strait
  const answer = await caller(emulator, internalSecret)('GET', `/api-keys?project_id=${project}`)
  expect(refusal(answer)).toEqual([401, 'authentication_required', 'invalid bearer token'])
  expect((await insider(emulator, project)('GET', '/api-keys')).status).toBe(200)
  expect((await caller(emulator)('GET', '/api-keys')).status).toBe(200)
})

test('D2.1 hands out a managing key that is listed like any other, and says so in its first line', async () => {
  const emulator = await straitOf({ project: 'proj_1' })
  expect(emulator.strait).toMatchObject({ project: 'proj_1', token: expect.stringMatching(/^strait_[0-9a-f]{64}$/) })
  const [token] = keysOf(await caller(emulator)('GET', '/api-keys'))
  expect(token).toMatchObject({
    name: 'management',
    scopes: ['*'],
    project_id: 'proj_1',
    key_prefix: emulator.strait.token.slice(0, 12),
  })
  expect(token).not.toHaveProperty('expires_at')
})

test('D2.1 takes a path with and without a trailing slash', async () => {
  const call = caller(await straitOf())
  expect((await call('GET', '/api-keys/')).text).toBe((await call('GET', '/api-keys')).text)
})

async function unauthorised(call: Call): Promise<string | undefined> {
  const answer: Answer = await call('GET', '/api-keys?limit=1')
  expect(refusal(answer).slice(0, 2)).toEqual([401, 'authentication_required'])
  return answer.body.error?.message
}

test('D2.2 tells a missing, an invalid, a revoked, an expired and a grace-ended credential apart', async () => {
  const emulator = await straitOf()
  const { strait, clock } = emulator.world
  const [revoked, expired, rotated] = [
    await create(emulator),
    await create(emulator, { expires_in_days: 1 }),
    await create(emulator),
  ]
  strait.revoke(revoked.id)
  await caller(emulator)('POST', `/api-keys/${rotated.id}/rotate`, { grace_period_minutes: 1 })
  clock.advance(2 * 86_400)
  expect(await unauthorised(caller(emulator, null))).toBe('invalid or missing internal secret')
  expect(await unauthorised(caller(emulator, 'no-key-of-strait'))).toBe('invalid or missing internal secret')
  expect(await unauthorised(caller(emulator, `strait_${'0'.repeat(64)}`))).toBe('invalid api key')
  expect(await unauthorised(caller(emulator, revoked.key))).toBe('api key has been revoked')
  expect(await unauthorised(caller(emulator, expired.key))).toBe('api key has expired')
  expect(await unauthorised(caller(emulator, rotated.key))).toBe('api key rotation grace period has ended')
})

test('D2.2 lets a key work until the very instant of its end', async () => {
  const emulator = await straitOf()
  const { key } = await create(emulator, { expires_in_days: 1, scopes: ['api-keys:manage'] })
  emulator.world.clock.advance(86_400)
  expect((await caller(emulator, key)('GET', '/api-keys')).status).toBe(200)
  emulator.world.clock.advance(0.001)
  expect((await caller(emulator, key)('GET', '/api-keys')).status).toBe(401)
})

test('D2.2 knows a bearer by its exact beginning', async () => {
  const emulator = await straitOf()
  const send = caller(emulator, null)
  for (const authorization of [
    `bearer ${emulator.strait.token}`,
    `Basic ${emulator.strait.token}`,
    emulator.strait.token,
  ])
    expect((await send('GET', '/api-keys', undefined, { authorization })).status).toBe(401)
})

test('D2.3 answers 403 on all routes to a key without api-keys:manage, which proves that it authenticates', async () => {
  const emulator = await straitOf()
  const { key } = await create(emulator, { scopes: ['jobs:read', 'projects:manage'] })
  for (const [method, path] of FIVE_ROUTES) {
    const answer = await caller(emulator, key)(method, path)
    expect(refusal(answer)).toEqual([403, 'forbidden', 'insufficient permissions: requires api-keys:manage'])
  }
  expect((await create(emulator, { scopes: ['api-keys:manage'] })).key).toHaveLength(71)
})

test('D2.3 lets api-keys:manage, the wildcard and a legacy key without scopes manage keys', async () => {
  const emulator = await straitOf()
  const secrets = [['api-keys:manage'], ['jobs:read', '*'], []].map(
    (scopes) => emulator.world.strait.createForeign({ scopes }).secret,
  )
  for (const secret of secrets) expect((await caller(emulator, secret)('GET', '/api-keys')).status).toBe(200)
})

test("marks a key as used by itself, at most once a minute of the emulator's clock", async () => {
  const emulator = await straitOf()
  const { id, key } = await create(emulator)
  const used = async (): Promise<unknown> =>
    keysOf(await caller(emulator)('GET', '/api-keys')).find((each) => each.id === id)?.last_used_at
  expect(await used()).toBeUndefined()
  expect((await caller(emulator, key)('GET', '/api-keys?limit=1')).status).toBe(403)
  expect(await used()).toBe(START)
  emulator.world.clock.advance(59)
  await caller(emulator, key)('GET', '/api-keys?limit=1')
  expect(await used()).toBe(START)
  emulator.world.clock.advance(1)
  await caller(emulator, key)('GET', '/api-keys?limit=1')
  expect(await used()).toBe('2030-01-01T00:01:00Z')
})

test('shares one house with OpenRouter: each answers for its own paths and its own keys', async () => {
  const emulator = await emulate()
  const { openrouter, strait } = emulator
  expect(new URL(openrouter.baseUrl).origin).toBe(strait.baseUrl)
  const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } })
  expect((await fetch(`${openrouter.baseUrl}/keys`, bearer(strait.token))).status).toBe(401)
  expect((await fetch(`${strait.baseUrl}/v1/api-keys`, bearer(openrouter.managementKey))).status).toBe(401)
  expect((await fetch(`${openrouter.baseUrl}/keys`, bearer(openrouter.managementKey))).status).toBe(200)
  expect((await fetch(`${strait.baseUrl}/v1/api-keys`, bearer(strait.token))).status).toBe(200)
})
