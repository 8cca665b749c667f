import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { caller, create, insider, listed, names, refusal, straitOf, wanted } from './client.ts'

test('D2.8 answers 201 with a flat body: the secret once, its prefix, a version 7 UUID', async () => {
  const emulator = await straitOf()
  const answer = await caller(emulator)('POST', '/api-keys', wanted(emulator))
  expect(answer.status).toBe(201)
  expect(answer.body).toEqual({
    id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
    project_id: emulator.strait.project,
    name: 'some key',
    key: expect.stringMatching(/^strait_[0-9a-f]{64}$/),
    key_prefix: String(answer.body.key).slice(0, 12),
    scopes: ['jobs:read'],
    expires_at: expect.any(String),
    created_at: expect.any(String),
  })
  expect((await caller(emulator)('GET', '/api-keys')).text).not.toContain(String(answer.body.key))
})

test('D2.8 echoes neither environment nor organization nor rotation; a list shows them', async () => {
  const emulator = await straitOf()
  const fields = {
    environment_id: 'production',
    org_id: 'org_1',
    rotation_interval_days: 7,
    rotation_webhook_url: 'https://hooks.acme.com/t0ken',
  }
  const made = await insider(emulator)('POST', '/api-keys', wanted(emulator, fields))
  for (const field of [
    'environment_id',
    'org_id',
    'rotation_interval_days',
    'rotation_webhook_url',
    'next_rotation_at',
  ])
    expect(made.body).not.toHaveProperty(field)
  expect(await listed(emulator, String(made.body.id))).toMatchObject({
    ...fields,
    next_rotation_at: '2030-01-08T00:00:00Z',
  })
})

test("D2.8 shows nanoseconds in the server's own offset, where a list shows microseconds in UTC", async () => {
  const emulator = await straitOf()
  const { id, created_at, expires_at } = await create(emulator)
  expect(created_at).toMatch(/^2030-01-01T02:00:00\.000000\d{3}\+02:00$/)
  expect(expires_at).toMatch(/^2030-01-31T02:00:00\.000000\d{3}\+02:00$/)
  expect(await listed(emulator, id)).toMatchObject({
    created_at: '2030-01-01T00:00:00Z',
    expires_at: '2030-01-31T00:00:00Z',
  })
})

test('D2.8 keeps the SHA-256 of the secret and never shows it', async () => {
  const emulator = await straitOf()
  const { id, key } = await create(emulator)
  const hash = createHash('sha256').update(key).digest('hex')
  expect(emulator.world.strait.keys().at(-1)).toMatchObject({ id, key_hash: hash, origin: 'api' })
  expect((await caller(emulator)('GET', '/api-keys')).text).not.toContain(hash)
})

test.each([
  [{ project_id: undefined }, "project_id: failed on 'required'"],
  [{ project_id: '' }, "project_id: failed on 'required'"],
  [{ name: undefined }, "name: failed on 'required'"],
  [{ name: null }, "name: failed on 'required'"],
  [{ name: 'ä'.repeat(256) }, "name: failed on 'max'"],
  [{ expires_in_days: 0 }, "expires_in_days: failed on 'min'"],
  [{ expires_in_days: 36_501 }, "expires_in_days: failed on 'max'"],
  [{ rotation_interval_days: 0 }, "rotation_interval_days: failed on 'min'"],
  [{ rotation_interval_days: 36_501 }, "rotation_interval_days: failed on 'max'"],
  [{ rotation_webhook_url: 'hooks.acme.com/x' }, "rotation_webhook_url: failed on 'url'"],
  [{ rotation_webhook_url: `https://acme.com/${'x'.repeat(2048)}` }, "rotation_webhook_url: failed on 'max'"],
])('D2.9 answers 422 to %j', async (fields, detail) => {
  const emulator = await straitOf()
  const answer = await caller(emulator)('POST', '/api-keys', wanted(emulator, fields))
  expect(refusal(answer)).toEqual([422, 'validation_failed', 'validation failed'])
  expect(answer.body.error?.details).toEqual([detail])
})

test('D2.9 takes what is just in range: 255 characters however long in bytes, 36500 days', async () => {
  const emulator = await straitOf()
  const { name } = await create(emulator, { name: '😀'.repeat(255), expires_in_days: 36_500 })
  expect(name).toHaveLength(510)
})

test.each([
  [{ scopes: [] }, 'scopes must contain at least one explicit permission'],
  [{ scopes: null }, 'scopes must contain at least one explicit permission'],
  [{ scopes: ['jobs:read', 'jobs:reed', 'x'] }, 'unknown scope: "jobs:reed"'],
  [{ expires_in_days: undefined }, 'expires_in_days is required when project max_key_lifetime_days is not configured'],
  [{ expires_in_days: null }, 'expires_in_days is required when project max_key_lifetime_days is not configured'],
  [{ rotation_interval_days: 7 }, 'rotation_webhook_url is required when rotation_interval_days is set'],
])('D2.10 answers 400 to %j', async (fields, message) => {
  const emulator = await straitOf()
  const answer = await caller(emulator)('POST', '/api-keys', wanted(emulator, fields))
  expect(refusal(answer)).toEqual([400, 'bad_request', message])
  expect(emulator.world.strait.keys()).toHaveLength(1)
})

const PRIVATE_URLS = [
  'http://hooks.acme.com/x',
  'ftp://hooks.acme.com/x',
  'https://localhost/x',
  'https://api.localhost/x',
  'https://intranet/x',
  'https://vault.internal/x',
  'https://127.0.0.1/x',
  'https://0x7f.1/x',
  'https://10.1.2.3:8443/x',
  'https://172.31.0.1/x',
  'https://192.168.1.1/x',
  'https://169.254.169.254/latest',
  'https://[::1]/x',
  'https://[::ffff:10.0.0.1]/x',
  'https://[fd00::1]/x',
]

test.each(PRIVATE_URLS)('D2.10 answers 400 to the webhook %s', async (rotation_webhook_url) => {
  const emulator = await straitOf()
  const answer = await caller(emulator)('POST', '/api-keys', wanted(emulator, { rotation_webhook_url }))
  expect(refusal(answer)).toEqual([400, 'bad_request', 'invalid rotation_webhook_url'])
})

test('D2.10 takes private webhooks where private endpoints are allowed, and plain http on this machine only', async () => {
  const emulator = await straitOf({ allowPrivateEndpoints: true })
  const status = async (rotation_webhook_url: string): Promise<number> =>
    (await caller(emulator)('POST', '/api-keys', wanted(emulator, { rotation_webhook_url }))).status
  for (const url of ['https://10.1.2.3/x', 'http://127.0.0.1:9/x', 'http://[::1]:9/x', 'http://localhost:9/x'])
    expect(await status(url)).toBe(201)
  for (const url of ['http://10.1.2.3/x', 'http://hooks.acme.com/x']) expect(await status(url)).toBe(400)
})

test('D2.10 answers 400 to an expiry above the maximum of the project', async () => {
  const emulator = await straitOf({ project: 'proj_1', projects: { proj_1: { max_key_lifetime_days: 20 } } })
  const answer = await caller(emulator)('POST', '/api-keys', wanted(emulator, { expires_in_days: 21 }))
  expect(refusal(answer)).toEqual([400, 'bad_request', 'expires_in_days exceeds project maximum of 20 days'])
  expect((await create(emulator, { expires_in_days: 20 })).expires_at).toContain('2030-01-21T02:00:00')
})

test('D2.10 checks in a fixed order: fields, project, environment, scopes, grant, webhook, lifetime', async () => {
  const emulator = await straitOf()
  const { secret } = emulator.world.strait.createForeign({ scopes: ['api-keys:manage'], environment_id: 'production' })
  const wrong = {
    project_id: 'other',
    name: '',
    environment_id: 'staging',
    scopes: ['x'],
    rotation_webhook_url: 'http://a.b',
    expires_in_days: null,
  }
  const right = {
    name: 'a',
    project_id: emulator.strait.project,
    environment_id: 'production',
    rotation_webhook_url: '',
    expires_in_days: 1,
  }
  const steps: readonly [object, number][] = [
    [{}, 422],
    [{ name: right.name }, 403],
    [{ project_id: right.project_id }, 404],
    [{ environment_id: right.environment_id }, 400],
    [{ scopes: ['jobs:read'] }, 403],
    [{ scopes: ['api-keys:manage'] }, 400],
    [{ rotation_webhook_url: right.rotation_webhook_url }, 400],
    [{ expires_in_days: right.expires_in_days }, 201],
  ]
  let body = wrong
  for (const [step, status] of steps) {
    body = { ...body, ...step }
    expect((await caller(emulator, secret)('POST', '/api-keys', body)).status).toBe(status)
  }
})

test('D2.11 caps an absent expiry at the maximum of the project', async () => {
  const emulator = await straitOf()
  emulator.world.strait.setProject(emulator.strait.project, { max_key_lifetime_days: 10 })
  expect((await create(emulator, { expires_in_days: undefined })).expires_at).toContain('2030-01-11T02:00:00')
})

test('D2.11 lets a caller hand out only scopes it holds, and the wildcard only if it has that', async () => {
  const emulator = await straitOf()
  const { secret } = emulator.world.strait.createForeign({ scopes: ['api-keys:manage', 'jobs:read'] })
  const grant = async (...scopes: string[]): Promise<readonly unknown[]> =>
    refusal(await caller(emulator, secret)('POST', '/api-keys', wanted(emulator, { scopes })))
  expect(await grant('jobs:read', 'jobs:write')).toEqual([
    403,
    'forbidden',
    'cannot grant permission jobs:write: caller does not have it',
  ])
  expect(await grant('*')).toEqual([
    403,
    'forbidden',
    'cannot grant wildcard permission: caller does not have wildcard scope',
  ])
  expect(await grant('jobs:read', 'jobs:read')).toEqual([201, undefined, undefined])
})

test('D2.11 lets the wildcard, a legacy key and the internal secret hand out anything', async () => {
  const emulator = await straitOf()
  const legacy = emulator.world.strait.createForeign({ scopes: [] }).secret
  for (const call of [caller(emulator), caller(emulator, legacy), insider(emulator)])
    expect((await call('POST', '/api-keys', wanted(emulator, { scopes: ['*'] }))).status).toBe(201)
})

test('D2.11 refuses another project with 403 and another organization too', async () => {
  const emulator = await straitOf()
  const call = caller(emulator)
  expect(refusal(await call('POST', '/api-keys', wanted(emulator, { project_id: 'proj_other' })))).toEqual([
    403,
    'forbidden',
    'project_id does not match authenticated project',
  ])
  expect(refusal(await call('POST', '/api-keys', wanted(emulator, { org_id: 'org_1' })))).toEqual([
    403,
    'forbidden',
    'org_id does not match authenticated organization',
  ])
  expect((await insider(emulator, 'proj_other')('POST', '/api-keys', wanted(emulator))).status).toBe(403)
  const { secret } = emulator.world.strait.createForeign({ scopes: ['*'], org_id: 'org_1' })
  expect((await caller(emulator, secret)('POST', '/api-keys', wanted(emulator, { org_id: 'org_1' }))).status).toBe(201)
})

test('D2.11 lets a key of an environment create in its own only; any other is 404', async () => {
  const emulator = await straitOf()
  const { secret } = emulator.world.strait.createForeign({ scopes: ['*'], environment_id: 'production' })
  const status = async (environment_id?: string): Promise<readonly unknown[]> =>
    refusal(await caller(emulator, secret)('POST', '/api-keys', wanted(emulator, { environment_id })))
  expect(await status('staging')).toEqual([404, 'not_found', 'environment not found'])
  expect(await status()).toEqual([404, 'not_found', 'environment not found'])
  expect((await status('production'))[0]).toBe(201)
})

test('D2.12 shows the signing secret once, and only where there is a webhook', async () => {
  const emulator = await straitOf()
  const rotation_webhook_url = 'https://hooks.acme.com/x'
  const made = await create(emulator, { rotation_webhook_url })
  expect(made.rotation_webhook_secret).toMatch(/^whsec_[0-9a-f]{64}$/)
  expect(await create(emulator)).not.toHaveProperty('rotation_webhook_secret')
  expect(await create(emulator, { rotation_webhook_url: '' })).not.toHaveProperty('rotation_webhook_secret')
  expect((await create(emulator, { rotation_webhook_url })).rotation_webhook_secret).not.toBe(
    made.rotation_webhook_secret,
  )
  const list = (await caller(emulator)('GET', '/api-keys')).text
  expect(list).toContain(rotation_webhook_url)
  expect(list).not.toContain('whsec_')
})

test('D2.13 makes keys of the same name, in environments that nobody made', async () => {
  const emulator = await straitOf()
  const one = await create(emulator, { name: 'same', environment_id: 'prodution' })
  const other = await create(emulator, { name: 'same', environment_id: 'prodution' })
  expect(one.id).not.toBe(other.id)
  expect(one.key).not.toBe(other.key)
  expect(await names(caller(emulator))).toEqual(['same', 'same'])
  expect(await listed(emulator, one.id)).toMatchObject({ environment_id: 'prodution' })
})

test('D2.13 keeps scopes as they came: in order, twice if need be', async () => {
  const emulator = await straitOf()
  const scopes = ['runs:read', 'jobs:read', 'runs:read']
  const { id } = await create(emulator, { scopes })
  expect((await listed(emulator, id)).scopes).toEqual(scopes)
})
