/** Everything the service or the way to it can answer, and what is made of it. */
import { describe, expect, it } from 'vitest'
import { fingerprint } from '../../../src/sinks/bytes.ts'
import { failure as answered } from '../../fakes/gcp-secret-manager/secrets.ts'
import { type Fault, seed } from '../../fakes/gcp-secret-manager/server.ts'
import { tlsServer } from '../../fakes/tls-server.ts'
import { FIRST, failure, NAME, SECOND, stage } from './stage.ts'

const reply = (status: number, word: string): Fault => ({ reply: answered(status, word) })

const TABLE: readonly (readonly [string, Fault, { code: string; message: RegExp; hint: RegExp; tries: number }])[] = [
  ['400', reply(400, 'INVALID_ARGUMENT'), { code: 'SINK_DENIED', message: /answered 400/, hint: /describe/, tries: 1 }],
  [
    '401',
    reply(401, 'UNAUTHENTICATED'),
    { code: 'SINK_DENIED', message: /expired, revoked or unknown/, hint: /gcloud auth/, tries: 1 },
  ],
  [
    '403',
    reply(403, 'PERMISSION_DENIED'),
    {
      code: 'SINK_DENIED',
      message: /lack the permission secretmanager\.secrets\.get on projects\/acme-prod\/secrets\/ci-openrouter/,
      hint: /add-iam-policy-binding ci-openrouter .*roles\/secretmanager\.viewer/,
      tries: 1,
    },
  ],
  [
    '429',
    reply(429, 'RESOURCE_EXHAUSTED'),
    { code: 'SINK_UNREACHABLE', message: /429: too many requests/, hint: /later/, tries: 5 },
  ],
  ['500', reply(500, 'INTERNAL'), { code: 'SINK_UNREACHABLE', message: /answered 500/, hint: /gcloud/, tries: 5 }],
  ['503', reply(503, 'UNAVAILABLE'), { code: 'SINK_UNREACHABLE', message: /answered 503/, hint: /gcloud/, tries: 5 }],
  ['a cut', { cut: true }, { code: 'SINK_UNREACHABLE', message: /connection failed \(/, hint: /gcloud/, tries: 5 }],
  ['silence', { hang: true }, { code: 'SINK_UNREACHABLE', message: /no answer in time/, hint: /gcloud/, tries: 5 }],
]

describe('a read that meets', () => {
  it.each(TABLE)('%s says what happened and what to type', async (_, fault, expected) => {
    const { fake, sink, place } = await stage('hang' in fault ? { timeoutMillis: 150 } : {})
    fake.fault = () => fault
    const { code, message, hint } = await failure(sink.read(place))
    expect(code).toBe(expected.code)
    expect(message).toMatch(expected.message)
    expect(hint).toMatch(expected.hint)
    expect(fake.seen.filter(({ url }) => url.includes('/secrets/')).length).toBe(expected.tries)
  })

  it('404 finds the place empty', async () => {
    const { fake, sink, place } = await stage()
    fake.fault = () => reply(404, 'NOT_FOUND')
    expect(await sink.read(place)).toBeNull()
  })

  it('a server that is not there', async () => {
    const { fake, sink, place } = await stage()
    fake.close()
    expect(await failure(sink.read(place))).toMatchObject({
      code: 'SINK_UNREACHABLE',
      message: 'the sink here: connection failed (ECONNREFUSED)',
    })
  })

  it('TLS that nobody vouches for is not tried again', async () => {
    const server = await tlsServer()
    const { sink, place, clock } = await stage({ endpoint: server.address })
    const error = await failure(sink.read(place))
    expect(error.message).toMatch(/connection failed \(\w*(?:SIGNED|CERT|VERIFY)/)
    expect(clock.sleeps).toEqual([])
    server.close()
  })
})

describe('a preflight', () => {
  it.each(['versions.add', 'versions.access', 'secrets.get'])('names the missing permission %s', async (name) => {
    const { fake, sink, place } = await stage()
    seed(fake, NAME, 'x')
    const missing = `secretmanager.${name}`
    fake.permits = (permission) => permission !== missing
    const { code, message } = await failure(sink.preflight(place))
    expect(code).toBe('SINK_DENIED')
    expect(message).toContain(`lack the permission ${missing} on`)
  })

  it('asks the project about a secret that is not there yet, and leaves nothing behind', async () => {
    const { fake, sink, place } = await stage({ alias: 'live' })
    expect(await sink.preflight(place)).toEqual({ version: null })
    fake.permits = (permission) => permission !== 'secretmanager.secrets.create'
    expect((await failure(sink.preflight(place))).message).toMatch(/secrets\.create on projects\/acme-prod$/)
    fake.permits = () => true
    fake.fault = ({ url }) => (url.startsWith('/v3/') ? reply(403, 'PERMISSION_DENIED') : null)
    const { hint } = await failure(sink.preflight(place))
    expect(hint).toBe('gcloud secrets create ci-openrouter --project=acme-prod')
    expect(fake.secrets.size).toBe(0)
  })

  it('with an alias needs the right to update the secret', async () => {
    const { fake, sink, place } = await stage({ alias: 'live' })
    seed(fake, NAME, 'x', 'live')
    fake.permits = (permission) => permission !== 'secretmanager.secrets.update'
    expect((await failure(sink.preflight(place))).message).toContain('secretmanager.secrets.update')
  })
})

describe('credentials', () => {
  it.each([
    ['no JSON', 'no JSON document'],
    [
      '{"type": "external_account", "token_url": "https://sts.evil.example/v1/token"}',
      'token_url is no address of Google',
    ],
  ])('%s are refused before anything is sent', async (text, message) => {
    const { fake } = await stage()
    const error = await failure(stage({}, { ...fake, credentials: text }))
    expect(error).toMatchObject({ code: 'SINK_DENIED', message: expect.stringContaining(message) })
    expect(fake.seen).toEqual([])
  })
})

it('a secret is never in a URL, and never in an error, whatever the server repeats of it', async () => {
  const { fake, sink, place } = await stage()
  seed(fake, NAME, 'old')
  const errors: unknown[] = []
  for (const status of [400, 401, 403, 404, 409, 429, 500, 503]) {
    fake.fault = ({ method, body }) =>
      method === 'GET' ? null : { reply: { status, body: JSON.stringify({ error: { code: status, message: body } }) } }
    errors.push(await sink.write(place, SECOND, fingerprint(FIRST)).catch((error: unknown) => error))
  }
  const text = errors
    .map((one) =>
      one instanceof Error ? `${one.message} ${one.stack} ${JSON.stringify(one)} ${String(one.cause)}` : '',
    )
    .join('\n')
  const coded = Buffer.from(SECOND.expose()).toString('base64')
  expect(text).toContain('SINK_DENIED')
  expect(text).not.toContain(SECOND.expose())
  expect(text).not.toContain(coded)
  expect(fake.seen.map(({ url }) => url).join('\n')).not.toMatch(/sk-or-v1/)
})
