import { afterEach, describe, expect, it } from 'vitest'
import { DAY, HOUR, instant, MINUTE } from '../../../src/core/time.ts'
import { worksAt } from '../../../src/providers/strait.ts'
import { type Answer, closeServers, type Seen } from '../scripted.ts'
import { emulated, made } from './emulated.ts'
import { failure, idOf, MANAGING, PROJECT, pageOf, row, scripted, stamp } from './scripted.ts'

afterEach(closeServers)

describe('a rotation', () => {
  it('gives the successor, with the old end, and links the old key to it', async () => {
    const { api, clock, make } = await emulated()
    const { key, secret } = await make({ environmentId: 'production' })
    const next = made(await api.rotate(key.id, HOUR))
    expect(next.key).toMatchObject({ name: 'worker (rotated)', fields: key.fields, lastUsedAt: null })
    expect(await api.get(next.key.id)).toEqual(next.key)
    const old = await api.get(key.id)
    expect(old).toMatchObject({ replacedBy: next.key.id, graceEndsAt: instant(clock.now() + HOUR) })
    for (const one of [secret, next.secret]) expect(await api.prove(one)).toBe('works')
  })

  it('ends the old key with its grace', async () => {
    const { api, clock, emulator, make } = await emulated()
    const { key, secret } = await make()
    await api.rotate(key.id, MINUTE)
    emulator.world.clock.advance(61)
    expect(await api.prove(secret)).toBe('refused')
    const old = await api.get(key.id)
    expect(old && worksAt(old, clock.now())).toBe(false)
  })

  it.each([
    [0, 1],
    [1, 1],
    [MINUTE, 1],
    [MINUTE + 1, 2],
    [7 * DAY, 10_080],
  ])('with a grace of %i ms asks for %i minutes, never for zero', async (grace, minutes) => {
    const { api, seen } = await scripted(answering())
    await api.rotate(idOf(1), grace)
    expect(seen.filter(({ method }) => method === 'POST').map(({ url, body }) => [url, JSON.parse(body)])).toEqual([
      [`/v1/api-keys/${idOf(1)}/rotate`, { grace_period_minutes: minutes }],
    ])
  })

  it.each<[string, Answer]>([
    ['back-pressure', failure(429, 'database admission control throttled')],
    ['a masked error', failure(500, 'internal server error')],
    ['a 201 without the new id', rotated({ new_key_id: undefined })],
    ['a 201 without the secret', rotated({ key: '' })],
  ])('has an unknown outcome after %s, with one request sent', async (_, answer) => {
    const { api, seen } = await scripted(answering(answer))
    expect((await api.rotate(idOf(1), HOUR)).kind).toBe('unknown')
    expect(seen.filter(({ method }) => method === 'POST')).toHaveLength(1)
  })

  it.each([
    failure(404, 'api key not found'),
    failure(409, 'api key is already revoked'),
    failure(403, 'cannot grant *'),
  ])('has a clear no in %j', async (answer) => {
    const { api } = await scripted(answering(answer))
    expect(await api.rotate(idOf(1), HOUR)).toMatchObject({ kind: 'rejected', status: answer.status })
  })
})

describe('a rotation that cannot be', () => {
  const rotates = (counts: Readonly<Record<string, number>>) => counts['POST /v1/api-keys/:id/rotate'] ?? 0

  it('of a key rotated before is rejected here and never sent, even after its successor is gone', async () => {
    const { api, make, requests } = await emulated()
    const { key } = await make()
    const next = made(await api.rotate(key.id, HOUR))
    const sent = rotates(requests())
    const again = { kind: 'rejected', status: 409, reason: expect.stringContaining(next.key.id) }
    expect(await api.rotate(key.id, HOUR)).toMatchObject(again)
    await api.remove(next.key.id)
    expect(await api.rotate(key.id, HOUR)).toMatchObject(again)
    expect(rotates(requests())).toBe(sent)
  })

  it('because its first answer was lost is seen in a fresh list', async () => {
    const faults = [{ method: 'POST', pattern: '/v1/api-keys/:id/rotate', kind: 'cut-after-commit', count: 1 }] as const
    const { api, make, project } = await emulated({ faults })
    const { key } = await make()
    await api.list(project)
    expect((await api.rotate(key.id, HOUR)).kind).toBe('unknown')
    expect(await api.rotate(key.id, HOUR)).toMatchObject({ kind: 'rejected', status: 409 })
  })

  it('of an absent key, of the managing key, or with a grace of more than a week is rejected and not sent', async () => {
    const { api, project, make, requests } = await emulated()
    const { key } = await make()
    const managing = (await api.list(project)).at(-1)
    expect(await api.rotate(idOf(9), HOUR)).toMatchObject({ kind: 'rejected', status: 404 })
    expect(await api.rotate(managing?.id ?? '', HOUR)).toMatchObject({ kind: 'rejected', status: 409 })
    expect(await api.rotate(key.id, 7 * DAY + 1)).toMatchObject({ kind: 'rejected', status: 400 })
    expect(rotates(requests())).toBe(0)
  })
})

describe('a listed key', () => {
  const fields = { scopes: [], environmentId: null, expiresAt: null }
  const end = '2030-01-01T00:00:00.000Z'
  const at = Date.parse(end)

  it('works until its end and the end of its grace, whichever comes first', () => {
    expect(worksAt({ fields }, at)).toBe(true)
    for (const ends of [{ fields: { ...fields, expiresAt: end } }, { fields, graceEndsAt: end }]) {
      expect(worksAt(ends, at - 1)).toBe(true)
      expect(worksAt(ends, at)).toBe(false)
    }
    expect(worksAt({ fields: { ...fields, expiresAt: '2031-01-01T00:00:00.000Z' }, graceEndsAt: end }, at)).toBe(false)
  })
})

function rotated(change: object = {}): Answer {
  const key = `strait_${'e'.repeat(64)}`
  const told = { old_key_id: idOf(1), new_key_id: idOf(2), project_id: PROJECT, name: 'key 1 (rotated)', scopes: [] }
  const body = {
    ...told,
    key,
    key_prefix: key.slice(0, 12),
    created_at: stamp(5),
    grace_expires_at: stamp(6),
    ...change,
  }
  return { status: 201, body }
}

function answering(answer: Answer = rotated()) {
  return ({ method, url }: Seen) => (method === 'GET' ? pageOf([row(1), MANAGING], url) : answer)
}
