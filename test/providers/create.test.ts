import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { FaultKind } from '../../src/emulators/faults.ts'
import { closeEmulators, type Emulated, emulated, issued } from '../fakes/key-apis.ts'
import { type Answer, closeServers, failure, raw, scripted, wireKey } from './scripted.ts'

afterEach(async () => {
  await closeEmulators()
  await closeServers()
})

const NAME = 'CI bot [kw:acme/ci-bot#1.k3v9x2ab]'
const SECRET = `sk-or-v1-${'a1'.repeat(32)}`
const HASH = createHash('sha256').update(SECRET).digest('hex')
const REQUEST = { name: NAME, scope: 'w', fields: { limit: 5 } }

async function createDuring(kind: FaultKind): Promise<{ account: Emulated; outcome: object }> {
  const faults = [{ method: 'POST', pattern: '/keys', kind, count: null }]
  const account = await emulated({ faults, slowMs: 600 }, { timeoutMillis: kind === 'slow' ? 200 : 5_000 })
  const outcome = await account.api.create({ ...REQUEST, scope: account.scope })
  return { account, outcome }
}

describe('a create', () => {
  it.each<[FaultKind, object, number]>([
    ['rate-limit', { kind: 'rejected', status: 429 }, 0],
    ['rate-limit-retry-after', { kind: 'rejected', status: 429, retryAfter: 1_000 }, 0],
    ['error-before-commit', { kind: 'unknown' }, 0],
    ['error-after-commit', { kind: 'unknown' }, 1],
    ['cut-before-commit', { kind: 'unknown' }, 0],
    ['cut-after-commit', { kind: 'unknown' }, 1],
    ['html', { kind: 'unknown' }, 0],
    ['slow', { kind: 'unknown' }, 1],
    ['extra-fields', { kind: 'created' }, 1],
  ])('during %s is sent once and told as it is', async (kind, expected, keys) => {
    const { account, outcome } = await createDuring(kind)
    expect(outcome).toMatchObject(expected)
    expect(account.requests()).toEqual({ 'POST /keys': 1 })
    expect(account.emulator.world.openrouter.keys()).toHaveLength(keys)
    expect(account.clock.sleeps).toEqual([])
  })

  it('sends only what was given, with whole seconds', async () => {
    const { api, seen } = await scripted(() => ({ status: 201, body: { data: wireKey(HASH), key: SECRET } }))
    const fields = { limit: 0, limitReset: null, expiresAt: '2027-01-31T09:00:00.750Z', disabled: true }
    issued(await api.create({ name: NAME, scope: 'w', fields }))
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      name: NAME,
      workspace_id: 'w',
      limit: 0,
      limit_reset: null,
      expires_at: '2027-01-31T09:00:00Z',
    })
  })

  it('hands over the secret and the key it belongs to', async () => {
    const { api } = await scripted(() => ({ status: 201, body: { data: wireKey(HASH), key: SECRET } }))
    const { key, secret } = issued(await api.create(REQUEST))
    expect(secret.expose()).toBe(SECRET)
    expect(key.id).toBe(HASH)
  })

  it.each([400, 401, 402, 403, 404, 422, 429])('with a documented %i made no key', async (status) => {
    const { api } = await scripted(() => failure(status, 'Because.'))
    expect(await api.create(REQUEST)).toEqual({ kind: 'rejected', status, reason: 'Because.' })
  })

  it.each<[string, Answer]>([
    ['408', failure(408)],
    ['409', failure(409)],
    ['425', failure(425)],
    ['500', failure(500)],
    ['a redirect', { status: 307, body: {}, headers: { location: '/api/v1/keys' } }],
    ['a 200', { status: 200, body: { data: wireKey(HASH), key: SECRET } }],
    ['400 in HTML', { status: 400, body: '<html>' }],
    ['404 without envelope', { status: 404, body: { message: 'not found' } }],
    ['429 in HTML', { status: 429, body: '<html>', headers: { 'retry-after': '3' } }],
    ['a code that is text', { status: 400, body: { error: { code: 'bad', message: 'm' } } }],
    ['201 in HTML', { status: 201, body: '<html>' }],
    ['201 without key', { status: 201, body: { data: wireKey(HASH) } }],
    ['201 with the key inside data', { status: 201, body: { data: wireKey(HASH, { key: SECRET }) } }],
    ['201 without data', { status: 201, body: { key: SECRET } }],
    ['201 with the hash of another key', { status: 201, body: { data: wireKey('b'.repeat(64)), key: SECRET } }],
  ])('with %s has an unknown outcome and is not repeated', async (_, answer) => {
    const { api, seen } = await scripted(() => answer)
    const outcome = await api.create(REQUEST)
    expect(outcome.kind).toBe('unknown')
    expect(JSON.stringify(outcome)).not.toContain(SECRET)
    expect(seen).toHaveLength(1)
  })

  it('to nobody has an unknown outcome', async () => {
    const { api } = await scripted(() => failure(500), { baseUrl: 'http://127.0.0.1:1/api/v1' })
    expect(await api.create(REQUEST)).toEqual({ kind: 'unknown', reason: 'connection failed (ECONNREFUSED)' })
  })
})

describe('on a connection that breaks, a create is on the wire once', () => {
  it.each<[string, (socket: Socket) => unknown]>([
    ['a close', (socket) => socket.destroy()],
    ['a reset', (socket) => socket.resetAndDestroy()],
    ['half an answer', (socket) => socket.end('HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n{"data":')],
    ['half a status line', (socket) => socket.end('HTTP/1.1 20')],
    ['an answer that is no HTTP', (socket) => socket.end('SSH-2.0-OpenSSH_9\r\n')],
    ['silence', () => undefined],
  ])('by %s', async (_, breakIt) => {
    const { api, posts } = await raw((socket) => breakIt(socket), { timeoutMillis: 100 })
    expect((await api.create(REQUEST)).kind).toBe('unknown')
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(posts()).toBe(1)
  })

  it('that was kept alive and is reset as the request arrives', async () => {
    const missing = JSON.stringify({ error: { code: 404, message: 'no' } })
    const answer = `HTTP/1.1 404 Not Found\r\ncontent-length: ${missing.length}\r\nconnection: keep-alive\r\n\r\n${missing}`
    const { api, posts, connections } = await raw(
      (socket, text) => (text.startsWith('GET') ? socket.write(answer) : socket.resetAndDestroy()),
      { parallelism: 1 },
    )
    expect(await api.get(HASH)).toBeNull()
    expect((await api.create(REQUEST)).kind).toBe('unknown')
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(posts()).toBe(1)
    expect(connections()).toBe(1)
  })

  it('with others waiting behind it, which are sent once each', async () => {
    const { api, posts } = await raw((socket) => socket.resetAndDestroy(), { parallelism: 2 })
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => api.create(REQUEST)))
    expect(outcomes.every(({ kind }) => kind === 'unknown')).toBe(true)
    expect(posts()).toBe(6)
  })
})
