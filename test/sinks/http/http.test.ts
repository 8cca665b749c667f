import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, it, test } from 'vitest'
import { hookOf } from '../../../src/core/hook-kinds.ts'
import type { HttpConfig } from '../../../src/core/http-kind.ts'
import type { Place } from '../../../src/core/key.ts'
import { Secret } from '../../../src/core/secret.ts'
import { fingerprint } from '../../../src/sinks/bytes.ts'
import { openHook } from '../../../src/sinks/hooks/registry.ts'
import { openHttp } from '../../../src/sinks/http.ts'
import { leapingClock } from '../../fakes/key-apis.ts'
import { KEY, startReceiver } from '../../fakes/receiver/fixture.ts'
import { contextOf, placeOf } from '../../fakes/sinks.ts'
import { type Asked, json, type Reply, type Web, web } from '../../fakes/web.ts'
import { type Answers, meets, outlasts, PASSING, reply, type Scene } from '../rest-faults.ts'

const FIRST = Secret.of('sk-or-v1-first-0123456789')

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

async function stage(
  change: Partial<HttpConfig> & { readonly key2?: string } = {},
  answer: (asked: Asked) => Reply = () => json(200, {}),
) {
  const { key2 = KEY, ...rest } = change
  const server: Web = await web(answer)
  open.push(server)
  const config: HttpConfig = { kind: 'http', url: `${server.origin}/keep`, ...rest }
  const clock = leapingClock()
  const context = contextOf('/nowhere', { env: { KEYWRIGHT_WEBHOOK_KEY: key2 } })
  const sink = await openHttp(config, context, { clock, random: () => 0, timeoutMillis: 300 })
  open.push({ close: () => sink.close?.() })
  const place: Place = placeOf('here:ci/openrouter#api_key', config)
  return { server, sink, clock, place, config, context }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error) => error.code,
  )
}

const idOf = ({ headers }: Asked): unknown => headers['webhook-id']

describe('a request', () => {
  it('is signed as Standard Webhooks are: their own library verifies it, and no changed one', async () => {
    const now = Date.now()
    const { server, sink, place, clock } = await stage()
    clock.advance(now - clock.now())
    await sink.write({ ...place, owner: { address: 'acme/bot', lineage: 'k3v7x2ab', n: 4 } }, FIRST, null)
    const [asked] = server.seen
    const headers = Object.fromEntries(
      Object.entries(asked?.headers ?? {}).map(([name, value]) => [name, String(value)]),
    )
    const verified = new Webhook(KEY).verify(asked?.body ?? '', headers)
    expect(verified).toMatchObject({
      version: 1,
      op: 'write',
      place: { path: 'ci/openrouter', field: 'api_key' },
      secret: FIRST.expose(),
      fingerprint: fingerprint(FIRST),
      owner: { address: 'acme/bot', lineage: 'k3v7x2ab', n: 4 },
      nonce: expect.any(String),
    })
    expect(() => new Webhook(KEY).verify(`${asked?.body} `, headers)).toThrow()
    expect(() => new Webhook(KEY).verify(asked?.body ?? '', { ...headers, 'webhook-id': 'kw_other' })).toThrow()
  })

  it('that is tried again has the same id, and a timestamp and nonce of its own', async () => {
    const { server, sink, place } = await stage()
    server.fault = (_, count) => (count < 3 ? reply(503, { 'retry-after': '5' }) : null)
    await sink.write(place, FIRST, null)
    await sink.write(place, FIRST, null)
    const [a, b, c, d] = server.seen
    if (!a || !b || !c || !d) throw new Error('too few')
    expect(idOf(a)).toBe(idOf(c))
    expect(idOf(c)).not.toBe(idOf(d))
    expect(new Set(server.seen.map((one) => one.json.nonce)).size).toBe(4)
    expect(Number(c.headers['webhook-timestamp']) - Number(a.headers['webhook-timestamp'])).toBe(10)
  })

  it('says ifVersion only to a receiver that honours it, and its 409 is a conflict', async () => {
    const plain = await stage()
    await plain.sink.write(plain.place, FIRST, 'v1')
    expect(plain.server.seen[0]?.json).not.toHaveProperty('ifVersion')
    const strict = await stage({ conditional: true }, () => json(409, {}))
    expect(await codeOf(strict.sink.write(strict.place, FIRST, 'v1'))).toBe('PLACE_CONFLICT')
    expect(strict.server.seen[0]?.json.ifVersion).toBe('v1')
  })

  it.each(['', 'secret', 'whsec_c2hvcnQ='])('is not sent under the key %j', async (key2) => {
    const { server, sink, place } = await stage({ key2 })
    expect(await codeOf(sink.preflight(place))).toBe('SINK_DENIED')
    expect(server.seen).toEqual([])
  })

  it('is read back only where that is said, and by its fingerprint alone', async () => {
    const print = fingerprint(FIRST)
    const blind = await stage()
    expect(await blind.sink.read(blind.place)).toBe('unreadable')
    expect(blind.server.seen).toEqual([])
    const seeing = await stage({ readable: true }, () => json(200, { fingerprint: print, version: '7' }))
    expect(await seeing.sink.read(seeing.place)).toEqual({ fingerprint: print, version: '7' })
    const empty = await stage({ readable: true }, () => json(200, { fingerprint: null }))
    expect(await empty.sink.read(empty.place)).toBeNull()
    const odd = await stage({ readable: true }, () => json(200, { fingerprint: FIRST.expose() }))
    expect(await codeOf(odd.sink.read(odd.place))).toBe('SINK_MISFIT')
  })
})

const TABLE: Answers = [
  ...PASSING,
  ['400', reply(400), { code: 'SINK_DENIED', message: /answered 400/, hint: /log of that receiver/, tries: 1 }],
  ['401', reply(401), { code: 'SINK_DENIED', message: /does not know our signature/, hint: /whsec_/, tries: 1 }],
  ['403', reply(403), { code: 'SINK_DENIED', message: /answered 403/, hint: /log of that receiver/, tries: 1 }],
  ['404', reply(404), { code: 'SINK_MISFIT', message: /answered 404/, hint: /url:/, tries: 1 }],
  ['409', reply(409), { code: 'SINK_DENIED', message: /answered 409/, hint: /log of that receiver/, tries: 1 }],
  ['422', reply(422), { code: 'SINK_DENIED', message: /answered 422/, hint: /log of that receiver/, tries: 1 }],
  [
    'no JSON',
    { reply: { status: 200, body: 'sk-or-v1-first' } },
    { code: 'SINK_MISFIT', message: /without a JSON object/, hint: /examples\/sinks\/http/, tries: 1 },
  ],
]

describe('a preflight that meets', () => meets(TABLE, () => stage() as Promise<Scene>))

describe('while the receiver is in trouble', () => {
  outlasts(
    () => stage() as Promise<Scene>,
    ({ sink, place }) => sink.write(place, FIRST, null),
  )
})

describe('the receiver of the examples', () => {
  const sent = (url: string, headers: Record<string, string>, body: string): Promise<number> =>
    fetch(url, { method: 'POST', headers, body }).then((answer) => answer.status)

  async function overheard(url: string): Promise<{ readonly body: string; readonly headers: Record<string, string> }> {
    const seen: Asked[] = []
    const listener = await web((asked) => {
      seen.push(asked)
      return json(200, {})
    })
    const config: HttpConfig = { kind: 'http', url: listener.origin }
    const sink = await openHttp(config, contextOf('/nowhere', { env: { KEYWRIGHT_WEBHOOK_KEY: KEY } }))
    await sink.write(placeOf('here:a#b', config), FIRST, null)
    await sink.close?.()
    listener.close()
    expect(url).toMatch(/^http/)
    const { body = '', headers = {} } = seen[0] ?? {}
    const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature']
    return {
      body,
      headers: Object.fromEntries(names.map((name) => [name, String(headers[name as keyof typeof headers])])),
    }
  }

  it('does what was signed once, and nothing that was changed, repeated or kept for later', async () => {
    const running = await startReceiver()
    open.push(running)
    const { body, headers } = await overheard(running.url)
    expect(await sent(running.url, headers, body.replace('sk-or', 'sk-xx'))).toBe(401)
    expect(
      await sent(running.url, { ...headers, 'webhook-timestamp': String(Math.floor(Date.now() / 1000) - 400) }, body),
    ).toBe(401)
    expect(await sent(running.url, {}, body)).toBe(401)
    expect(running.kept()).toEqual({})
    expect(await sent(running.url, headers, body)).toBe(200)
    expect(running.kept()).toEqual({ 'a#b': FIRST.expose() })
    expect(await sent(running.url, headers, body)).toBe(401)
  })
})

test('a hook is the same signed request, with the address and never a secret, and one id however often it is sent', async () => {
  const { server, config, context } = await stage()
  const hook = hookOf('http', 'here', { path: 'reload/web' })
  const run = async (n: number): Promise<void> =>
    (await openHook({ hook, config, context })).run({ id: `k3v7x2ab-${n}-x`, address: 'acme/bot', n })
  await run(4)
  await run(4)
  await run(5)
  expect(server.seen.map(({ json: { nonce: _, ...said } }) => said)).toMatchObject([
    { version: 1, op: 'after', address: 'acme/bot', n: 4, place: { path: 'reload/web' } },
    { n: 4 },
    { n: 5 },
  ])
  const [a, b, c] = server.seen.map(idOf)
  expect(a).toBe(b)
  expect(b).not.toBe(c)
  server.fault = () => reply(403)
  expect(await codeOf(run(6))).toBe('SINK_DENIED')
  await expect(openHook({ hook, config: { kind: 'memory' }, context })).rejects.toMatchObject({ code: 'SINK_MISFIT' })
})
