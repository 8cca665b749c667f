import { expect, test } from 'vitest'
import { caller, create, emulate, send } from './client.ts'

test('D1.1 serves below /api/v1 and nowhere else', async () => {
  const emulator = await emulate()
  const origin = emulator.openrouter.baseUrl.replace('/api/v1', '')
  const headers = { authorization: `Bearer ${emulator.openrouter.managementKey}` }
  expect((await send(`${origin}/api/v1/keys`, 'GET', headers)).status).toBe(200)
  expect((await send(`${origin}/keys`, 'GET', headers)).status).toBe(404)
})

test('D1.1 takes /keys and /keys/ for the same', async () => {
  const call = caller(await emulate())
  expect((await call('POST', '/keys/', { name: 'with slash' })).status).toBe(201)
  expect((await call('GET', '/keys/')).text).toBe((await call('GET', '/keys')).text)
})

test('listens on the loopback address only', async () => {
  const { firstLine, openrouter, strait } = await emulate()
  expect(openrouter.baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api\/v1$/)
  expect(openrouter.baseUrl).toBe(`${strait.baseUrl}/api/v1`)
  const { baseUrl, token, project } = strait
  expect(firstLine).toEqual({ openrouter, strait: { baseUrl, token, project } })
})

test('D1.2 answers 401 without a credential, with an unknown one, and with another scheme', async () => {
  const emulator = await emulate()
  for (const key of [null, 'sk-or-v1-unknown', '']) {
    const answer = await caller(emulator, key)('GET', '/keys')
    expect(answer).toMatchObject({ status: 401, body: { error: { code: 401 } } })
  }
  const basic = { authorization: `Basic ${emulator.openrouter.managementKey}` }
  expect((await send(`${emulator.openrouter.baseUrl}/keys`, 'GET', basic)).status).toBe(401)
  expect((await caller(emulator, null)('GET', '/key')).body.error?.message).toBe('Missing Authentication header')
})

test('D1.3 lets no inference key create, and says so in the documented words', async () => {
  const emulator = await emulate()
  const { secret } = await create(caller(emulator))
  const answer = await caller(emulator, secret)('POST', '/keys', { name: 'more' })
  expect(answer).toMatchObject({
    status: 403,
    body: { error: { message: 'Only management keys can perform this operation' } },
  })
  expect(emulator.world.openrouter.keys()).toHaveLength(1)
})

test('D1.3 tells management and inference keys apart on GET /key, under the old name too', async () => {
  const emulator = await emulate()
  const call = caller(emulator)
  const { secret } = await create(call)
  expect((await call('GET', '/key')).body.data).toMatchObject({ is_management_key: true, is_provisioning_key: true })
  const inference = await caller(emulator, secret)('GET', '/key')
  expect(inference.body.data).toMatchObject({ is_management_key: false, is_provisioning_key: false })
})

test.each([401, 403] as const)(
  'D1.3 answers an inference key on other key routes with %i, as configured',
  async (status) => {
    const emulator = await emulate({ readings: { inferenceKeyOnManagement: status } })
    const { key, secret } = await create(caller(emulator))
    const call = caller(emulator, secret)
    const answers = [
      await call('GET', '/keys'),
      await call('GET', `/keys/${key.hash}`),
      await call('PATCH', `/keys/${key.hash}`, { disabled: true }),
      await call('DELETE', `/keys/${key.hash}`),
      await call('GET', '/workspaces'),
    ]
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => status))
    expect(emulator.world.openrouter.keys()).toMatchObject([{ disabled: false, deleted_at: null }])
  },
)

test('reads an inference key on reads as 401, the only documented status, unless told otherwise', async () => {
  const emulator = await emulate()
  const { secret } = await create(caller(emulator))
  expect((await caller(emulator, secret)('GET', '/keys')).status).toBe(401)
})

test('D1.4 puts code and message into each error, and the user once it is known', async () => {
  const emulator = await emulate()
  const { openrouter } = emulator.world
  const missing = await caller(emulator)('GET', `/keys/${'0'.repeat(64)}`)
  expect(missing.body).toEqual({ error: { code: 404, message: 'Resource not found' }, user_id: openrouter.userId })
  const invalid = await caller(emulator)('POST', '/keys', {})
  expect(invalid.body.error).toEqual({
    code: 400,
    message: 'Invalid request parameters',
    metadata: { invalid: ['name'] },
  })
  expect((await caller(emulator, null)('GET', '/keys')).body).not.toHaveProperty('user_id')
})

test('repeats no value of a bad request in its error', async () => {
  const call = caller(await emulate())
  const answer = await call('POST', '/keys', { name: 'x', workspace_id: 'sk-or-v1-canary' })
  expect(answer.status).toBe(400)
  expect(answer.text).not.toContain('canary')
})

test.each(['/nothing', '/keys/a/b', '/key/x', '/credits'])(
  'answers 404 in the envelope on the unknown route %s',
  async (path) => {
    const answer = await caller(await emulate())('GET', path)
    expect(answer).toMatchObject({ status: 404, body: { error: { code: 404, message: 'Resource not found' } } })
  },
)

test('follows its own clock in the Date header', async () => {
  const emulator = await emulate({ clock: '2030-02-03T04:05:06Z' })
  const call = caller(emulator)
  expect((await call('GET', '/keys')).headers.get('date')).toBe('Sun, 03 Feb 2030 04:05:06 GMT')
  emulator.world.clock.advance(60)
  expect((await call('GET', '/key')).headers.get('date')).toBe('Sun, 03 Feb 2030 04:06:06 GMT')
})

test('serves workspaces by UUID and by slug, a default one and one more', async () => {
  const emulator = await emulate()
  const call = caller(emulator)
  const list = (await call('GET', '/workspaces')).body
  expect(list).toMatchObject({ total_count: 2, data: [{ slug: 'default' }, { slug: 'research' }] })
  const [, research] = emulator.world.openrouter.workspaces
  expect((await call('GET', '/workspaces/research')).body.data).toMatchObject({ id: research?.id })
  expect((await call('GET', `/workspaces/${research?.id}`)).body.data).toMatchObject({ slug: 'research' })
  expect((await call('GET', '/workspaces/nowhere')).status).toBe(404)
})

test('pages workspaces by offset and limit', async () => {
  const call = caller(await emulate())
  expect((await call('GET', '/workspaces?offset=1&limit=1')).body).toMatchObject({
    total_count: 2,
    data: [{ slug: 'research' }],
  })
  expect((await call('GET', '/workspaces?offset=2')).body.data).toEqual([])
  for (const query of ['limit=0', 'limit=101', 'offset=-1', 'offset=x']) {
    expect((await call('GET', `/workspaces?${query}`)).status).toBe(400)
  }
})
