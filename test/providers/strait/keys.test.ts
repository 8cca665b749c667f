import { afterEach, describe, expect, it } from 'vitest'
import { Secret } from '../../../src/core/secret.ts'
import { MINUTE } from '../../../src/core/time.ts'
import { type Answer, closeServers } from '../scripted.ts'
import { emulated } from './emulated.ts'
import { failure, idOf, MANAGING, PROJECT, pageOf, row, scripted, TOKEN } from './scripted.ts'

afterEach(closeServers)

const unknown = (number: number) => Secret.of(`strait_${`${number}`.padStart(64, '0')}`)

describe('a removal', () => {
  it('revokes the key, and again without complaint', async () => {
    const { api, emulator, make } = await emulated()
    const { key } = await make()
    await api.remove(key.id)
    await api.remove(key.id)
    expect(emulator.world.strait.keys().find(({ id }) => id === key.id)?.revoked_at).not.toBeNull()
  })

  it('of a key the project does not know is success', async () => {
    await (await emulated()).api.remove(idOf(1))
  })

  it('proves first whose project it is, if nothing did yet', async () => {
    const { api, seen } = await scripted(({ url }) => pageOf([row(3, { project_id: 'proj_other' })], url))
    await expect(api.remove(idOf(1))).rejects.toMatchObject({ code: 'API_PROJECT_OTHER' })
    expect(seen.map(({ method }) => method)).not.toContain('DELETE')
  })

  it('of the managing key itself is refused and not sent, known or not', async () => {
    const { api, emulator, project, requests, open } = await emulated({ strait: { keys: 120 } })
    const own = emulator.world.strait.keys()[0]?.id ?? ''
    await expect(open().remove(own)).rejects.toMatchObject({ code: 'API_OWN_KEY' })
    await api.list(project)
    await expect(api.remove(own)).rejects.toMatchObject({ code: 'API_OWN_KEY' })
    expect(requests()['DELETE /v1/api-keys/:id']).toBeUndefined()
  })

  it('of a key that shares the visible prefix with the managing one is refused, whichever it is', async () => {
    const twin = row(4, { key_prefix: TOKEN.slice(0, 12) })
    const { api } = await scripted(({ url }) => pageOf([twin, MANAGING], url))
    for (const id of [idOf(0), idOf(4)]) await expect(api.remove(id)).rejects.toMatchObject({ code: 'API_OWN_KEY' })
  })

  it.each(['error-after-commit', 'error-before-commit', 'cut-after-commit', 'html', 'admission-after-commit'] as const)(
    'goes on after %s until it is sure',
    async (kind) => {
      const faults = [{ method: 'DELETE', pattern: '*', kind, count: 2 }] as const
      const { api, emulator, make } = await emulated({ faults })
      const { key } = await make()
      await api.remove(key.id)
      expect(emulator.world.strait.keys().find(({ id }) => id === key.id)?.revoked_at).not.toBeNull()
    },
  )

  it('of something that is no id is refused and not shown', async () => {
    const { api, requests } = await emulated()
    for (const id of [TOKEN, '../settings', '']) {
      const error = await api.remove(id).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ code: 'API_REJECTED' })
      if (id !== '') expect(String(error)).not.toContain(id)
    }
    expect(requests()['DELETE (unknown)']).toBeUndefined()
  })
})

describe('a change', () => {
  it('of anything is refused, and of nothing is a read', async () => {
    const { api, make, requests } = await emulated()
    const { key } = await make()
    const refusal = { code: 'API_REJECTED', message: expect.stringContaining('cannot change') }
    for (const fields of [{ name: 'x' }, { disabled: true }, { scopes: ['*'] }])
      await expect(api.update(key.id, fields)).rejects.toMatchObject(refusal)
    expect(await api.update(key.id, {})).toEqual(key)
    expect(Object.keys(requests()).filter((name) => name.includes(':id'))).toEqual([])
  })
})

describe('a proof', () => {
  it('works with any live key, whatever it may do', async () => {
    const { api, make } = await emulated()
    expect(await api.prove((await make({ scopes: ['jobs:read'] })).secret)).toBe('works')
    expect(await api.prove((await make({ scopes: ['*'] })).secret)).toBe('works')
  })

  it.each<[string, Answer]>([
    ['a 401 of something in between', { status: 401, body: 'who are you' }],
    ['a 403 of something in between', { status: 403, body: '<h1>no</h1>' }],
    ['a 400', failure(400)],
  ])('has no result after %s', async (_, answer) => {
    const { api } = await scripted(() => answer)
    await expect(api.prove(unknown(1))).rejects.toMatchObject({ code: expect.stringMatching(/^API_/) })
  })

  it('that failed five times in a quarter of an hour is not tried again before, so that nobody is locked out', async () => {
    const { api, emulator, make } = await emulated()
    const { secret } = await make()
    const failing = await Promise.allSettled(Array.from({ length: 20 }, (_, number) => api.prove(unknown(number))))
    expect(failing.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
    expect(failing.at(-1)).toMatchObject({
      reason: { code: 'API_RATE_LIMITED', retryable: true, retryAfter: 15 * MINUTE },
    })
    await expect(api.prove(secret)).rejects.toMatchObject({ code: 'API_RATE_LIMITED' })
    expect(emulator.world.traffic.counts().statuses['GET /v1/api-keys']).toEqual({ 401: 5 })
    emulator.world.clock.advance(15 * 60)
    expect(await api.prove(secret)).toBe('works')
  })

  it('that works is no failure, however many there are', async () => {
    const { api, make } = await emulated()
    const { secret } = await make()
    for (let tried = 0; tried < 12; tried++) expect(await api.prove(secret)).toBe('works')
    expect(await api.prove(unknown(1))).toBe('refused')
  })

  it('does not end the line when a secret is refused', async () => {
    const { api, project } = await emulated()
    await api.prove(unknown(1))
    expect(await api.list(project)).toHaveLength(1)
  })
})

describe('a match', () => {
  it('is ruled out by the prefix without asking anybody to authenticate', async () => {
    const { api, make, requests } = await emulated()
    const [one, other] = [await make(), await make()]
    const before = requests()['GET /v1/api-keys'] ?? 0
    expect(await api.matches(one.secret, other.key.id)).toBe(false)
    expect(requests()['GET /v1/api-keys'] ?? 0).toBe(before)
  })

  it('needs a secret that works', async () => {
    const { api, emulator, make } = await emulated()
    const { key, secret } = await make()
    expect(await api.matches(secret, key.id)).toBe(true)
    emulator.world.strait.revoke(key.id)
    expect(await api.matches(secret, key.id)).toBe(false)
  })

  it('is none with a key that is not there, or that shows nothing of its secret', async () => {
    const { api } = await scripted(({ url }) => pageOf([row(1, { key_prefix: '' }), MANAGING], url))
    expect(await api.matches(Secret.of(TOKEN), idOf(7))).toBe(false)
    expect(await api.matches(Secret.of(TOKEN), idOf(1))).toBe(false)
    expect(await api.list(PROJECT)).toHaveLength(2)
  })
})

describe('what ends soon', () => {
  it('is told with one request, those without an end first', async () => {
    const { api, emulator, make, requests } = await emulated()
    const { key } = await make()
    const later = emulator.world.strait.createForeign()
    const { keys, isComplete } = await api.expiringSoon(31)
    expect(keys.map(({ id, expiresAt }) => [id, expiresAt])).toEqual([
      [emulator.world.strait.keys()[0]?.id, null],
      [key.id, key.fields.expiresAt],
    ])
    expect(isComplete).toBe(true)
    expect((await api.expiringSoon(365)).keys.map(({ id }) => id)).toContain(later.id)
    expect(requests()['GET /v1/api-keys/expiring-soon']).toBe(2)
  })

  it('may be cut off at a hundred keys, and says so', async () => {
    const { api } = await emulated({ strait: { keys: 120 } })
    const { keys, isComplete } = await api.expiringSoon(365)
    expect(keys).toHaveLength(100)
    expect(isComplete).toBe(false)
  })

  it.each([0, -1, 366, 1.5, Number.NaN])(
    'within %d days is refused: the API would take another number',
    async (days) => {
      const { api, requests } = await emulated()
      await expect(api.expiringSoon(days)).rejects.toMatchObject({ code: 'API_REJECTED' })
      expect(requests()).toEqual({})
    },
  )

  it.each<[string, Answer]>([
    ['an object', { status: 200, body: { data: [] } }],
    ['an entry without id', { status: 200, body: [{ name: 'x', expires_at: null }] }],
    ['an end that cannot be read', { status: 200, body: [{ id: idOf(1), name: 'x', expires_at: 'soon' }] }],
  ])('is not read from %s', async (_, answer) => {
    const { api } = await scripted(() => answer)
    await expect(api.expiringSoon(30)).rejects.toMatchObject({ code: 'API_BAD_RESPONSE' })
  })
})
