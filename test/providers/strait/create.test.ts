import { afterEach, describe, expect, it } from 'vitest'
import { DAY, HOUR, instant, MINUTE } from '../../../src/core/time.ts'
import { type Answer, closeServers } from '../scripted.ts'
import { emulated } from './emulated.ts'
import { born, failure, PROJECT, scripted, TOO_MANY } from './scripted.ts'

afterEach(closeServers)

const NAME = 'worker [kw:acme-7f3a/jobs/worker#4.k3v9x2ab]'
const request = { name: NAME, scope: PROJECT, fields: { scopes: ['jobs:read'] }, lifetime: 90 * DAY }

describe('a create', () => {
  it('sends project, name, scopes, environment and lifetime, and nothing else', async () => {
    const { api, seen } = await scripted(() => born(1))
    const fields = {
      scopes: ['runs:read', 'jobs:read'],
      environmentId: 'production',
      expiresAt: '2027-01-01T00:00:00Z',
    }
    await api.create({ ...request, fields })
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({ method: 'POST', url: '/v1/api-keys' })
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({
      project_id: PROJECT,
      name: NAME,
      scopes: ['runs:read', 'jobs:read'],
      environment_id: 'production',
      expires_in_days: 90,
    })
  })

  it.each([
    [90 * DAY + 11 * HOUR, 90],
    [90 * DAY + 13 * HOUR, 91],
    [HOUR, 1],
    [36_500 * DAY, 36_500],
  ])('of a lifetime of %i ms asks for %i days', async (lifetime, days) => {
    const { api, seen } = await scripted(() => born(1))
    await api.create({ ...request, lifetime })
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ expires_in_days: days })
  })

  it('of an end asks for the whole days until then, so that the key does not outlive it', async () => {
    const { api, seen, clock } = await scripted(() => born(1))
    const expiresAt = instant(clock.now() + 10 * DAY - MINUTE)
    await api.create({ name: NAME, scope: PROJECT, fields: { ...request.fields, expiresAt } })
    expect(JSON.parse(seen[0]?.body ?? '')).toMatchObject({ expires_in_days: 9 })
  })

  it('without an end leaves it to the project', async () => {
    const { api, seen } = await scripted(() => born(1))
    await api.create({ name: NAME, scope: PROJECT, fields: { ...request.fields, expiresAt: null } })
    expect(seen[0]?.body).not.toContain('expires')
  })

  it.each([
    ['a field keys do not have', { fields: { scopes: ['*'], limit: 5 } }],
    [
      'an end that is less than a day away',
      { fields: { scopes: ['*'], expiresAt: '2026-11-23T09:59:59Z' }, lifetime: null },
    ],
    ['another project', { scope: 'proj_other' }],
  ])('with %s is rejected and sends nothing', async (_, change) => {
    const { api, seen } = await scripted(() => born(1))
    expect(await api.create({ ...request, ...change })).toMatchObject({ kind: 'rejected' })
    expect(seen).toEqual([])
  })

  it('keeps what the answer says, whatever was asked', async () => {
    const told = {
      expires_at: '2027-03-01T02:00:00.123456789+02:00',
      created_at: '2026-11-22T12:00:00.987654321+02:00',
    }
    const { api } = await scripted(() => born(1, { ...told, scopes: ['jobs:read', 'x:new'], future_member: 1 }))
    const made = await api.create({ ...request, fields: { ...request.fields, environmentId: 'production' } })
    expect(made).toMatchObject({
      kind: 'created',
      key: {
        scope: PROJECT,
        createdAt: '2026-11-22T10:00:00.987Z',
        updatedAt: null,
        lastUsedAt: null,
        fields: {
          scopes: ['jobs:read', 'x:new'],
          environmentId: 'production',
          expiresAt: '2027-03-01T00:00:00.123Z',
        },
      },
    })
  })

  it('is the same key as in the list, stamps included', async () => {
    const { api, project, make } = await emulated()
    const { key, secret } = await make({ environmentId: 'production' })
    expect(await api.list(project)).toContainEqual(key)
    expect(key.label).toBe(secret.expose().slice(0, 12))
  })

  it('is capped by the policy of the project, and says so', async () => {
    const { api, project, emulator, clock } = await emulated()
    emulator.world.strait.setProject(project, { max_key_lifetime_days: 7 })
    const made = await api.create({ name: 'x', scope: project, fields: { scopes: ['*'] } })
    expect(made).toMatchObject({ key: { fields: { expiresAt: instant(clock.now() + 7 * DAY) } } })
    const refused = await api.create({ name: 'x', scope: project, fields: { scopes: ['*'] }, lifetime: 8 * DAY })
    expect(refused).toMatchObject({
      kind: 'rejected',
      status: 400,
      reason: expect.stringContaining('maximum of 7 days'),
    })
  })
})

describe('the outcome of a create', () => {
  it.each([
    [failure(400, 'unknown scope: "x"'), 400, 'unknown scope'],
    [failure(401, 'invalid api key'), 401, 'invalid api key'],
    [failure(403, 'cannot grant permission *'), 403, 'cannot grant'],
    [failure(404, 'environment not found'), 404, 'environment'],
    [failure(415, 'unsupported', 'internal_error'), 415, 'unsupported'],
    [failure(429, 'rate limit exceeded', 'rate_limited'), 429, 'rate limit'],
    [TOO_MANY, 429, 'Too Many Requests'],
  ])('%j is a clear no', async (answer, status, reason) => {
    const { api, seen } = await scripted(() => answer)
    expect(await api.create(request)).toMatchObject({
      kind: 'rejected',
      status,
      reason: expect.stringContaining(reason),
    })
    expect(seen).toHaveLength(1)
  })

  it('that is a clear no tells the details of a validation', async () => {
    const details = ["name: failed on 'max'"]
    const body = { error: { code: 'validation_failed', message: 'validation failed', details } }
    const { api } = await scripted(() => ({ status: 422, body }))
    expect(await api.create(request)).toMatchObject({ reason: "validation failed, name: failed on 'max'" })
  })

  it.each<[string, Answer]>([
    ['back-pressure, which may come after the commit', throttled()],
    ['a masked error', failure(500, 'internal server error', 'internal_error')],
    ['an error of a proxy', { status: 502, body: '<h1>Bad Gateway</h1>' }],
    ['a 403 of something in between', { status: 403, body: '<h1>Forbidden</h1>' }],
    ['a 429 of something in between', { status: 429, body: '<h1>slow down</h1>' }],
    ['a 429 in another JSON', { status: 429, body: { message: 'slow down' } }],
    ['a 405', { status: 405, body: '' }],
    ['a timeout told by a proxy', failure(408)],
    ['a 200', { status: 200, body: { id: 'x' } }],
    ['a 201 without a secret', born(1, { key: undefined })],
    ['a 201 without an id', born(1, { id: undefined })],
    ['a 201 without its creation', born(1, { created_at: 'now' })],
    ['a 201 that is no JSON', { status: 201, body: 'ok' }],
  ])('is unknown after %s', async (_, answer) => {
    const { api, seen } = await scripted(() => answer)
    expect((await api.create(request)).kind).toBe('unknown')
    expect(seen).toHaveLength(1)
  })

  it.each(['cut-before-commit', 'cut-after-commit', 'admission-before-commit', 'admission-after-commit'] as const)(
    'is unknown after %s, with one request sent',
    async (kind) => {
      const faults = [{ method: 'POST', pattern: '/v1/api-keys', kind, count: 1 }] as const
      const { api, project, emulator, requests } = await emulated({ faults })
      const made = await api.create({ ...request, scope: project })
      expect(made.kind).toBe('unknown')
      expect(requests()).toEqual({ 'POST /v1/api-keys': 1 })
      const exists = emulator.world.strait.keys().some(({ name }) => name === NAME)
      expect(exists).toBe(kind.endsWith('after-commit'))
    },
  )

  it('asks to wait as long as the API does, a minute where it does not say', async () => {
    const answers = [{ ...TOO_MANY, headers: {} }, failure(429), { ...failure(429), headers: { 'retry-after': '7' } }]
    const waits: unknown[] = []
    for (const answer of answers) {
      const { api } = await scripted(() => answer)
      const made = await api.create(request)
      waits.push(made.kind === 'rejected' && made.retryAfter)
    }
    expect(waits).toEqual([60_000, 60_000, 7_000])
  })

  it('is told without a request during a long pause', async () => {
    const { api, seen } = await scripted(() => ({ ...failure(429), headers: { 'retry-after': '300' } }))
    await api.create(request)
    expect(await api.create(request)).toMatchObject({ kind: 'rejected', status: 429, retryAfter: 300_000 })
    expect(seen).toHaveLength(1)
  })

  it('after a short pause is that of a request sent when it is over', async () => {
    const answers = [TOO_MANY, born(1)]
    const { api, clock } = await scripted((_, count) => answers[count - 1] ?? failure(400))
    const start = clock.now()
    await api.create(request)
    expect((await api.create(request)).kind).toBe('created')
    expect(clock.now() - start).toBe(60_000)
  })
})

function throttled(): Answer {
  const answer = failure(429, 'database admission control throttled', 'rate_limited')
  return { ...answer, headers: { 'retry-after': '1' } }
}
