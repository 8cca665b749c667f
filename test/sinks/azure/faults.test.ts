/** Everything the service or the way to it can answer, and what is made of it. */
import { describe, expect, it } from 'vitest'
import { failure as answered, type Fault, seed } from '../../fakes/azure-key-vault/server.ts'
import { tlsServer } from '../../fakes/tls-server.ts'
import { FIRST, failure, NAME, SECOND, stage } from './stage.ts'

const reply = (status: number, code: string, inner?: string): Fault => ({ reply: answered(status, code, inner) })

const TABLE: readonly (readonly [string, Fault, { code: string; message: RegExp; hint: RegExp; tries: number }])[] = [
  ['400', reply(400, 'BadParameter'), { code: 'SINK_DENIED', message: /answered 400/, hint: /secret show/, tries: 1 }],
  [
    '401',
    reply(401, 'Unauthorized'),
    { code: 'SINK_DENIED', message: /expired, revoked/, hint: /az account/, tries: 1 },
  ],
  [
    '403 of a role',
    reply(403, 'Forbidden', 'ForbiddenByRbac'),
    {
      code: 'SINK_DENIED',
      message: /lack the right to get the secret ci-openrouter/,
      hint: /Key Vault Secrets Officer/,
      tries: 1,
    },
  ],
  [
    '403 of an access policy',
    reply(403, 'Forbidden', 'AccessDenied'),
    {
      code: 'SINK_DENIED',
      message: /lack the right to get/,
      hint: /set-policy .*--secret-permissions get list set/,
      tries: 1,
    },
  ],
  [
    '403 of a firewall',
    reply(403, 'Forbidden', 'ForbiddenByFirewall'),
    { code: 'SINK_DENIED', message: /firewall/, hint: /network-rule/, tries: 1 },
  ],
  ['409', reply(409, 'Conflict', 'Other'), { code: 'SINK_UNREACHABLE', message: /409/, hint: /again/, tries: 5 }],
  ['429', reply(429, 'Throttled'), { code: 'SINK_UNREACHABLE', message: /429: too many/, hint: /later/, tries: 5 }],
  [
    '500',
    reply(500, 'InternalServerError'),
    { code: 'SINK_UNREACHABLE', message: /answered 500/, hint: /az key/, tries: 5 },
  ],
  [
    '503',
    reply(503, 'ServiceUnavailable'),
    { code: 'SINK_UNREACHABLE', message: /answered 503/, hint: /az key/, tries: 5 },
  ],
  ['a cut', { cut: true }, { code: 'SINK_UNREACHABLE', message: /connection failed \(/, hint: /az key/, tries: 5 }],
  ['silence', { hang: true }, { code: 'SINK_UNREACHABLE', message: /no answer in time/, hint: /az key/, tries: 5 }],
]

describe('a read that meets', () => {
  it.each(TABLE)('%s says what happened and what to type', async (_, fault, expected) => {
    const { fake, sink, place } = await stage('hang' in fault ? { timeoutMillis: 150 } : {})
    fake.fault = () => fault
    const { code, message, hint } = await failure(sink.read(place))
    expect(code).toBe(expected.code)
    expect(message).toMatch(expected.message)
    expect(hint).toMatch(expected.hint)
    expect(fake.seen).toHaveLength(expected.tries)
  })

  it('404, or a version that is disabled, finds the place empty', async () => {
    const { fake, sink, place } = await stage()
    for (const fault of [reply(404, 'SecretNotFound'), reply(403, 'Forbidden', 'SecretDisabled')]) {
      fake.fault = () => fault
      expect(await sink.read(place)).toBeNull()
    }
  })

  it('a server that is not there, or that nobody vouches for', async () => {
    const { fake, sink, place } = await stage()
    fake.close()
    expect((await failure(sink.read(place))).message).toBe('the sink here: connection failed (ECONNREFUSED)')
    const server = await tlsServer()
    const secure = await stage({ vault: server.address })
    expect((await failure(secure.sink.read(secure.place))).message).toMatch(
      /connection failed \(\w*(?:SIGNED|CERT|VERIFY)/,
    )
    expect(secure.clock.sleeps).toEqual([])
    server.close()
  })
})

describe('a preflight', () => {
  it.each(['set', 'get'])('names the missing right to %s, and leaves nothing behind', async (right) => {
    const { fake, sink, place } = await stage()
    fake.permits = (one) => one !== right
    expect((await failure(sink.preflight(place))).message).toContain(`lack the right to ${right} the secret`)
    expect(fake.secrets.size).toBe(0)
  })

  it('finds a secret that can be written, and changes no version of it', async () => {
    const { fake, sink, place } = await stage()
    seed(fake, NAME, 'x')
    const before = JSON.stringify(fake.secrets.get(NAME))
    expect((await sink.preflight(place)).version).not.toBeNull()
    expect(JSON.stringify(fake.secrets.get(NAME))).toBe(before)
  })
})

it('a secret is never in a URL, and never in an error, whatever the server repeats of it', async () => {
  const { fake, sink, place } = await stage()
  seed(fake, NAME, 'old')
  const errors: unknown[] = []
  for (const status of [400, 401, 403, 404, 409, 429, 500, 503]) {
    fake.fault = ({ method, body, token }) =>
      method === 'GET' ? null : reply(status, `${body} ${token}`, `${body} ${token}`)
    errors.push(await sink.write(place, SECOND, null).catch((error: unknown) => error))
  }
  const text = errors
    .map((one) =>
      one instanceof Error ? `${one.message} ${one.stack} ${JSON.stringify(one)} ${String(one.cause)}` : '',
    )
    .join('\n')
  expect(text).toContain('SINK_DENIED')
  expect(text).not.toMatch(/sk-or-v1|eyJ-token/)
  expect(fake.seen.map(({ url }) => url).join('\n')).not.toMatch(/sk-or-v1|eyJ-token/)
  expect(FIRST.expose()).not.toBe(SECOND.expose())
})
