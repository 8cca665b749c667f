import { afterEach, describe, expect, it } from 'vitest'
import { Secret } from '../../../src/core/secret.ts'
import { PROVIDERS } from '../../../src/providers/registry.ts'
import { leapingClock } from '../../fakes/key-apis.ts'
import { closeServers } from '../scripted.ts'
import { emulated } from './emulated.ts'
import { failure, MANAGING, PROJECT, page, row, scripted, TOKEN } from './scripted.ts'

afterEach(closeServers)

const PREFIX = TOKEN.slice(0, 12)

describe('the account', () => {
  it('is origin and project, learned with one request', async () => {
    const { api, project, emulator, requests } = await emulated({ strait: { keys: 250 } })
    const { identity, scopes } = await api.identify()
    expect(identity).toEqual({ origin: new URL(emulator.strait.baseUrl).origin, account: project })
    expect([...scopes]).toEqual([
      ['default', project],
      [project, project],
    ])
    expect(requests()).toEqual({ 'GET /v1/api-keys': 1 })
  })

  it('has the skew of its clock', async () => {
    const clock = leapingClock()
    const date = new Date(clock.now() + 300_000).toUTCString()
    const { api } = await scripted(() => ({ ...page([MANAGING]), headers: { date } }), { clock })
    expect((await api.identify()).skew).toBeGreaterThan(299_000)
  })
})

describe('the managing key', () => {
  it('that is unknown is refused with the words of the API', async () => {
    const { open } = await emulated()
    const api = open({ token: Secret.of(TOKEN) })
    await expect(api.identify()).rejects.toMatchObject({
      code: 'API_UNAUTHORIZED',
      message: expect.stringContaining('invalid api key'),
    })
  })

  it('that may not manage keys is refused with a hint that names the scope', async () => {
    const { open, make } = await emulated()
    const { secret } = await make()
    await expect(open({ token: secret }).identify()).rejects.toMatchObject({
      code: 'API_NOT_MANAGEMENT_KEY',
      hint: expect.stringContaining('api-keys:manage'),
    })
  })

  it.each(['sk-or-v1-0123456789', 'an internal secret', 'strait_'])(
    '%j is none, and is sent nowhere',
    async (token) => {
      const { open, requests } = await emulated()
      await expect(open({ token: Secret.of(token) }).identify()).rejects.toMatchObject({
        code: 'API_NOT_MANAGEMENT_KEY',
      })
      expect(requests()).toEqual({})
    },
  )

  it('of another project than the configured one is refused', async () => {
    const { open } = await emulated()
    await expect(open({ project: 'proj_other' }).identify()).rejects.toMatchObject({
      code: 'API_PROJECT_OTHER',
      message: expect.stringContaining('proj_other'),
    })
  })

  it('is not asked for again after it was refused: nothing more is sent', async () => {
    const { api, seen } = await scripted(() => failure(401, 'api key has expired', 'authentication_required'))
    await expect(api.identify()).rejects.toMatchObject({ code: 'API_UNAUTHORIZED' })
    await expect(api.list(PROJECT)).rejects.toMatchObject({ code: 'API_UNAUTHORIZED', retryable: false })
    const made = await api.create({ name: 'x', scope: PROJECT, fields: { scopes: ['*'] } })
    expect(made).toMatchObject({ kind: 'rejected', status: 401, reason: expect.stringContaining('expired') })
    expect(seen).toHaveLength(1)
  })

  it('is asked for at most four times at once when it goes bad in the middle of a run', async () => {
    const { api, seen } = await scripted(() => ({ status: 401, body: 'denied' }))
    const asked = await Promise.allSettled(Array.from({ length: 20 }, () => api.expiringSoon(30)))
    expect(asked.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 'rejected'))
    expect(seen.length).toBeGreaterThan(0)
    expect(seen.length).toBeLessThanOrEqual(4)
  })
})

describe('a managing key bound to an environment', () => {
  const bound = { environment_id: 'staging' }

  it('is refused as soon as the first page shows it', async () => {
    const { emulator, open } = await emulated()
    const { secret } = emulator.world.strait.createForeign({ scopes: ['*'], ...bound })
    await expect(open({ token: Secret.of(secret) }).identify()).rejects.toMatchObject({
      code: 'API_KEY_BOUND',
      hint: expect.stringContaining('without environment'),
    })
  })

  it('is refused by the list at the latest, however many keys hide it', async () => {
    const { emulator, open, project } = await emulated()
    const { secret } = emulator.world.strait.createForeign({ scopes: ['*'], ...bound })
    for (let made = 0; made < 150; made++) emulator.world.strait.createForeign(bound)
    const api = open({ token: Secret.of(secret) })
    await api.identify().catch(() => undefined)
    await expect(api.list(project)).rejects.toMatchObject({ code: 'API_KEY_BOUND' })
  })

  it('is refused when it does not find even itself', async () => {
    const { api } = await scripted(() => page([row(3), row(2, bound)]))
    await expect(api.identify()).rejects.toMatchObject({ code: 'API_KEY_BOUND' })
  })

  it('is not taken for one of the whole project whose key has another prefix', async () => {
    const { api } = await scripted(() => page([row(3), row(2, { ...bound, key_prefix: PREFIX })]))
    await expect(api.identify()).rejects.toMatchObject({ code: 'API_KEY_BOUND' })
  })

  it('cannot be one that merely shares its prefix: a bound key would not see the other', async () => {
    const { api } = await scripted(() => page([row(2, { ...bound, key_prefix: PREFIX }), MANAGING]))
    expect((await api.identify()).identity.account).toBe(PROJECT)
  })
})

describe('the registry', () => {
  const context = { clock: leapingClock(), random: () => 0 }

  it.each([
    [{ project: 'proj_1' }, 'token'],
    [{ token: Secret.of(TOKEN) }, 'project'],
    [{ token: Secret.of(TOKEN), project: '' }, 'project'],
  ])('opens no Strait without token and project', async (config, missing) => {
    await expect(PROVIDERS.strait.open(config, context)).rejects.toMatchObject({
      code: 'API_REJECTED',
      message: expect.stringContaining(missing),
    })
  })

  it('keeps the path of a base URL', async () => {
    const { baseUrl, seen } = await scripted(() => page([MANAGING]))
    const config = { token: Secret.of(TOKEN), project: PROJECT, baseUrl: `${baseUrl}/strait/` }
    await (await PROVIDERS.strait.open(config, context)).identify()
    expect(seen[0]?.url).toBe('/strait/v1/api-keys?limit=100')
    expect(seen[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`)
  })
})
