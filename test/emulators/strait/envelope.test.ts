import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { parseFault } from '../../../src/emulators/flags.ts'
import { emulate } from '../client.ts'
import { caller, create, names, refusal, straitOf, wanted } from './client.ts'

test('D2.4 puts a string code, a message and the number of the request into each error', async () => {
  const emulator = await straitOf()
  const answer = await caller(emulator)('DELETE', '/api-keys/nobody')
  expect(answer.body).toEqual({
    error: { code: 'not_found', message: 'api key not found' },
    request_id: expect.stringMatching(/^emulator-\d{6}$/),
  })
  expect(answer.headers.get('content-type')).toBe('application/json')
})

test('D2.4 lists what failed validation in details', async () => {
  const emulator = await straitOf()
  const answer = await caller(emulator)('POST', '/api-keys', {})
  expect(refusal(answer)).toEqual([422, 'validation_failed', 'validation failed'])
  expect(answer.body.error?.details).toEqual(["project_id: failed on 'required'", "name: failed on 'required'"])
})

test('D2.4 tells nothing about what went wrong behind a 5xx', async () => {
  const emulator = await straitOf()
  emulator.world.faults.add(parseFault('GET /v1/api-keys=error-before-commit'))
  const call = caller(emulator)
  const answers = await Promise.all(Array.from({ length: 20 }, () => call('GET', '/api-keys')))
  const seen = new Set(answers.map((answer) => refusal(answer).join(' ')))
  expect(seen).toEqual(
    new Set(['500 internal_error internal server error', '503 service_unavailable internal server error']),
  )
})

test('D2.4 answers 406 where JSON is not accepted, under the code internal_error', async () => {
  const emulator = await straitOf()
  const status = async (accept: string): Promise<number> =>
    (await caller(emulator)('GET', '/api-keys', undefined, { accept })).status
  for (const accept of ['text/html', 'text/plain, image/*', 'application/xml;q=1'])
    expect(await status(accept)).toBe(406)
  for (const accept of ['*/*', 'application/*', 'text/html, application/json;q=0.5'])
    expect(await status(accept)).toBe(200)
  const answer = await caller(emulator)('GET', '/api-keys', undefined, { accept: 'text/html' })
  expect(answer.body.error).toEqual({ code: 'internal_error', message: 'this API only serves application/json' })
})

test('D2.4 answers 405 without a body, once authenticated', async () => {
  const emulator = await straitOf()
  const { id } = await create(emulator)
  for (const [method, path] of [
    ['PUT', '/api-keys'],
    ['PATCH', `/api-keys/${id}`],
    ['GET', `/api-keys/${id}/rotate`],
    ['POST', `/api-keys/${id}`],
  ] as const) {
    const answer = await caller(emulator)(method, path)
    expect([answer.status, answer.text]).toEqual([405, ''])
    expect((await caller(emulator, null)(method, path)).status).toBe(401)
  }
})

test.each(['/', '/jobs', '/api-keys/a/b', '/api-keys/a/rotate/b', '/api-keys-x'])(
  'answers 404 in plain text on the unknown route %s',
  async (path) => {
    const emulator = await straitOf()
    const answer = await caller(emulator)('GET', path)
    expect([answer.status, answer.text]).toEqual([404, '404 page not found\n'])
    expect((await caller(emulator, null)('GET', path)).status).toBe(401)
  },
)

test('says its version and that nothing may be stored, and follows its own clock', async () => {
  const emulator = await straitOf()
  for (const key of [emulator.strait.token, null]) {
    const { headers } = await caller(emulator, key)('GET', '/api-keys')
    expect([headers.get('x-api-version'), headers.get('cache-control')]).toEqual(['v1', 'no-store'])
    expect(headers.get('date')).toBe('Tue, 01 Jan 2030 00:00:00 GMT')
  }
})

test('D2.5 takes bodies as JSON only, with or without a character set', async () => {
  const emulator = await straitOf()
  const call = caller(emulator)
  const body = JSON.stringify(wanted(emulator))
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx']) {
    const answer = await call('POST', '/api-keys', body, { 'content-type': type })
    expect(refusal(answer)).toEqual([415, 'internal_error', 'Content-Type must be application/json'])
  }
  const utf8 = { 'content-type': 'application/json; charset=utf-8' }
  expect((await call('POST', '/api-keys', body, utf8)).status).toBe(201)
  expect(emulator.world.strait.keys()).toHaveLength(2)
})

test('D2.5 refuses a type that is named although there is no body', async () => {
  const emulator = await straitOf()
  const { id } = await create(emulator)
  const plain = { 'content-type': 'text/plain' }
  expect((await caller(emulator)('POST', `/api-keys/${id}/rotate`, undefined, plain)).status).toBe(415)
  expect((await caller(emulator)('DELETE', `/api-keys/${id}`, undefined, plain)).status).toBe(200)
})

test('D2.5 ignores fields nobody has heard of: expires_at, grace_period and rate limits do nothing', async () => {
  const emulator = await straitOf()
  const made = await create(emulator, {
    expires_at: '2031-01-01T00:00:00Z',
    rate_limit_requests: 1,
    rate_limit_window_secs: 1,
    id: 'mine',
  })
  const [, truth] = emulator.world.strait.keys()
  expect(made.id).not.toBe('mine')
  expect(truth).toMatchObject({ expires_at: '2030-01-31T00:00:00Z' })
  expect(truth).not.toHaveProperty('rate_limit_requests')
  const rotated = await caller(emulator)('POST', `/api-keys/${made.id}/rotate`, { grace_period: 5 })
  expect(rotated.body.grace_expires_at).toContain('T03:00:00')
})

test('D2.5 takes an empty body: rotate uses its defaults, create finds everything missing', async () => {
  const emulator = await straitOf()
  const { id } = await create(emulator)
  expect((await caller(emulator)('POST', `/api-keys/${id}/rotate`)).status).toBe(201)
  expect((await caller(emulator)('POST', '/api-keys')).status).toBe(422)
  expect((await caller(emulator)('POST', '/api-keys', 'null')).status).toBe(422)
})

test('D2.5 cuts a body at 1 MiB, which then is no JSON', async () => {
  const emulator = await straitOf()
  const filler = 'x'.repeat(1_048_576)
  const answer = await caller(emulator)('POST', '/api-keys', wanted(emulator, { filler }))
  expect(refusal(answer)).toEqual([400, 'bad_request', 'invalid request body'])
})

test.each([
  '{',
  '[]',
  '"text"',
  '5',
  '{"name": 5}',
  '{"scopes": "jobs:read"}',
  '{"scopes": [1]}',
  '{"expires_in_days": "30"}',
  '{"expires_in_days": 1.5}',
  '{"rotation_interval_days": true}',
])('D2.5 answers 400 to the body %s, which does not decode', async (body) => {
  const emulator = await straitOf()
  expect(refusal(await caller(emulator)('POST', '/api-keys', body))).toEqual([
    400,
    'bad_request',
    'invalid request body',
  ])
})

test('D2.5 takes a body of unknown length for what it is', async () => {
  const emulator = await straitOf()
  const { port, hostname } = new URL(emulator.strait.baseUrl)
  const body = JSON.stringify(wanted(emulator))
  const head = `POST /v1/api-keys HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${emulator.strait.token}\r\ntransfer-encoding: chunked\r\n\r\n`
  const socket = connect(Number(port), hostname)
  socket.end(`${head}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`)
  const [first = ''] = (await socket.setEncoding('utf8').toArray()).join('').split('\r\n')
  expect(first).toBe('HTTP/1.1 201 Created')
})

test.each(['Idempotency-Key', 'X-Idempotency-Key'])(
  'D2.7 makes a key for each create, whatever %s says',
  async (header) => {
    const emulator = await straitOf()
    const send = () => caller(emulator)('POST', '/api-keys', wanted(emulator), { [header]: 'same' })
    const ids = [(await send()).body.id, (await send()).body.id]
    expect(new Set(ids).size).toBe(2)
    expect(await names(caller(emulator))).toEqual(['some key', 'some key'])
  },
)

test('repeats no value of a bad request in its error', async () => {
  const emulator = await straitOf()
  const answer = await caller(emulator)(
    'POST',
    '/api-keys',
    wanted(emulator, { rotation_webhook_url: 'strait_canary' }),
  )
  expect(answer.status).toBe(422)
  expect(answer.text).not.toContain('canary')
})

test('adds unknown fields on demand: at the top, in data, and in bare lists', async () => {
  const emulator = await emulate({ faults: [parseFault('* *=extra-fields')] })
  const call = caller(emulator)
  expect((await call('GET', '/api-keys')).body).toMatchObject({ data: [{ x_unknown: {} }], x_unknown: {} })
  expect(JSON.parse((await call('GET', '/api-keys/expiring-soon')).text)).toMatchObject([{ x_unknown: {} }])
  expect((await call('POST', '/api-keys', wanted(emulator))).body).toMatchObject({
    id: expect.any(String),
    x_unknown: {},
  })
})
