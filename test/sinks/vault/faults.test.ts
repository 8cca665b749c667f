import { describe, expect, it } from 'vitest'
import { resolvePlace, type SinkConfig } from '../../../src/core/places.ts'
import { fingerprint } from '../../../src/sinks/bytes.ts'
import { type Fault, fieldsOf, ROOT, secretAt, seed } from '../../fakes/vault/server.ts'
import { asked, FIRST, failure, ownedBy, SECOND, stage } from './stage.ts'

const reply = (status: number, texts: readonly string[] = [], headers = {}): Fault => ({
  reply: { status, body: JSON.stringify({ errors: texts }), headers },
})

/** Everything a server or the way to it can answer, and what is made of it. */
const TABLE: readonly (readonly [string, Fault, { code: string; message: RegExp; hint: RegExp; tries: number }])[] = [
  ['400', reply(400, ['sk-or-v1-first']), { code: 'SINK_DENIED', message: /answered 400/, hint: /vault kv/, tries: 1 }],
  [
    '403',
    reply(403, ['permission denied']),
    { code: 'SINK_DENIED', message: /may not read/, hint: /policy/, tries: 1 },
  ],
  [
    '404 of a route',
    reply(404, ['no handler for route']),
    { code: 'SINK_MISFIT', message: /nothing mounted at secret/, hint: /vault secrets list/, tries: 1 },
  ],
  ['409', reply(409), { code: 'SINK_DENIED', message: /answered 409/, hint: /vault kv/, tries: 1 }],
  ['412', reply(412), { code: 'SINK_UNREACHABLE', message: /lags behind/, hint: /again/, tries: 5 }],
  ['429', reply(429), { code: 'SINK_UNREACHABLE', message: /429: too many requests/, hint: /later/, tries: 5 }],
  [
    '429 for longer than is waited',
    reply(429, [], { 'retry-after': '3600' }),
    { code: 'SINK_UNREACHABLE', message: /429/, hint: /later/, tries: 1 },
  ],
  [
    '307',
    reply(307, [], { location: 'https://elsewhere.example/' }),
    { code: 'SINK_UNREACHABLE', message: /standby/, hint: /address:/, tries: 5 },
  ],
  ['500', reply(500), { code: 'SINK_UNREACHABLE', message: /answered 500/, hint: /vault status/, tries: 5 }],
  ['502', reply(502), { code: 'SINK_UNREACHABLE', message: /answered 502/, hint: /vault status/, tries: 5 }],
  [
    '503 sealed',
    reply(503, ['Vault is sealed']),
    { code: 'SINK_UNREACHABLE', message: /is sealed$/, hint: /vault operator unseal/, tries: 5 },
  ],
  ['503', reply(503), { code: 'SINK_UNREACHABLE', message: /answered 503/, hint: /vault status/, tries: 5 }],
  ['a cut', { cut: true }, { code: 'SINK_UNREACHABLE', message: /connection failed/, hint: /vault status/, tries: 5 }],
]

describe('a read that meets', () => {
  it.each(TABLE)(
    '%s says what happened and what to type, and is repeated only where that may help',
    async (_, fault, expected) => {
      const { vault, sink, place } = await stage()
      vault.fault = ({ url }) => (url.includes('/data/') || url.includes('lookup-self') ? fault : null)
      const { code, message, hint } = await failure(sink.read(place))
      expect(code).toBe(expected.code)
      expect(message).toMatch(expected.message)
      expect(hint).toMatch(expected.hint)
      expect(asked(vault).filter((line) => line.startsWith('GET secret/data/')).length).toBe(expected.tries)
    },
  )

  it('silence gives up each try in time', async () => {
    const { vault, sink, place } = await stage()
    let left = 1
    vault.fault = ({ url }) => (url.includes('/data/') && left-- > 0 ? { hang: true } : null)
    expect(await sink.read(place)).toBeNull()
  })

  it('a server that is not there', async () => {
    const { vault, sink, place } = await stage()
    vault.close()
    expect(await failure(sink.read(place))).toMatchObject({
      code: 'SINK_UNREACHABLE',
      message: 'the sink here: connection failed (ECONNREFUSED)',
    })
  })

  it('429 waits as long as it is asked to', async () => {
    const { vault, sink, place, clock } = await stage()
    let once = true
    vault.fault = ({ url }) => {
      if (!once || !url.includes('/data/')) return null
      once = false
      return reply(429, [], { 'retry-after': '7' })
    }
    await sink.read(place)
    expect(clock.sleeps).toEqual([7_000])
  })
})

describe('a write that meets', () => {
  const RETRIED: readonly Fault[] = [reply(429), reply(500), reply(503, ['Vault is sealed']), { cut: true }]

  it.each(RETRIED)('a passing fault %j lands once, after another look', async (fault) => {
    const { vault, sink, place } = await stage()
    seed(vault, 'ci/openrouter', { other: 1 })
    let left = 2
    vault.fault = ({ method }) => (method === 'PATCH' && left-- > 0 ? fault : null)
    await sink.write(place, FIRST, null)
    expect(secretAt(vault, 'ci/openrouter')?.versions).toHaveLength(2)
    expect(asked(vault).filter((line) => line.startsWith('GET secret/data'))).toHaveLength(3)
  })

  it.each(RETRIED)('a lasting fault %j stops after a few tries, and changed nothing', async (fault) => {
    const { vault, sink, place } = await stage()
    seed(vault, 'ci/openrouter', { other: 1 })
    vault.fault = ({ method }) => (method === 'PATCH' ? fault : null)
    expect((await failure(sink.write(place, FIRST, null))).code).toBe('SINK_UNREACHABLE')
    expect(asked(vault).filter((line) => line.startsWith('PATCH'))).toHaveLength(5)
    expect(fieldsOf(vault, 'ci/openrouter')).toEqual({ other: 1 })
  })

  it('a fault of the look before it does not multiply the tries', async () => {
    const { vault, sink, place } = await stage()
    vault.fault = ({ url }) => (url.includes('/data/') ? reply(500) : null)
    expect((await failure(sink.write(place, FIRST, null))).code).toBe('SINK_UNREACHABLE')
    expect(asked(vault).filter((line) => line.includes('/data/'))).toHaveLength(5)
  })

  it('a fault of the stamp is done all the same', async () => {
    const { vault, sink, place } = await stage()
    vault.fault = ({ url }) => (url.includes('/metadata/') ? reply(500) : null)
    expect(await sink.write(ownedBy(place), FIRST, null)).toEqual({ version: fingerprint(FIRST) })
  })
})

describe('a secret', () => {
  it('is never in a URL, and never in an error, whatever the server repeats of it', async () => {
    const { vault, sink, place } = await stage()
    seed(vault, 'ci/openrouter', { api_key: 'old' })
    const errors: string[] = []
    for (const status of [400, 403, 404, 409, 413, 429, 500, 503]) {
      vault.fault = ({ method, body, token }) =>
        method === 'GET' ? null : reply(status, [`could not store ${body} for ${token}`])
      const error = await sink.write(place, SECOND, fingerprint(FIRST).replace('sha256', 'x')).catch((e: unknown) => e)
      const other = await sink.remove(place, 'sha256:x').catch((e: unknown) => e)
      const later = await sink.preflight(place).catch((e: unknown) => e)
      for (const one of [error, other, later])
        if (one instanceof Error) errors.push(`${one.message} ${one.stack} ${JSON.stringify(one)}`)
    }
    expect(errors.length).toBeGreaterThan(8)
    expect(errors.join('\n')).not.toMatch(/sk-or-v1|hvs\./)
    expect(vault.seen.map(({ url }) => url).join('\n')).not.toMatch(/sk-or-v1|hvs\./)
    expect(JSON.stringify(sink)).not.toContain(ROOT)
  })
})

describe('a place', () => {
  it('of another Vault, namespace or mount is refused, though its path is the same', async () => {
    const { sink, config, vault } = await stage()
    const others: readonly SinkConfig[] = [
      { ...config, address: 'https://other.example' },
      { ...config, namespace: 'team-a' },
      { ...config, mount: 'kv' },
    ]
    for (const other of others) {
      const resolved = resolvePlace('here:ci/openrouter#api_key', 'here', other)
      if ('problems' in resolved) throw new Error('no place')
      expect((await failure(sink.read(resolved.place))).code).toBe('SINK_DENIED')
    }
    expect(vault.seen).toEqual([])
  })

  it('has its path encoded, so that no path leads to another API', async () => {
    const { vault, sink, config } = await stage()
    const resolved = resolvePlace('here:a?b%2e&c=é#k', 'here', config)
    if ('problems' in resolved) throw new Error('no place')
    await sink.write(resolved.place, FIRST, null)
    expect(fieldsOf(vault, 'a?b%2e&c=é')).toEqual({ k: FIRST.expose() })
  })
})
