import { afterEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { closeEmulators, emulated, issued } from '../fakes/key-apis.ts'
import { type Answer, closeServers, failure, type Seen, scripted } from './scripted.ts'

afterEach(async () => {
  await closeEmulators()
  await closeServers()
})

interface Stub {
  readonly key?: Answer
  readonly workspaces?: readonly { id: string; slug: string; created_at: string }[]
}

const MANAGEMENT: Answer = { status: 200, body: { data: { is_management_key: true, creator_user_id: 'user_1' } } }

function account({ key = MANAGEMENT, workspaces = [] }: Stub) {
  return ({ url }: Seen): Answer => {
    const query = new URL(url, 'http://h').searchParams
    const offset = Number(query.get('offset'))
    const data = workspaces.slice(offset, offset + Number(query.get('limit')))
    return url.endsWith('/key') ? key : { status: 200, body: { data, total_count: workspaces.length } }
  }
}

const workspace = (id: string, slug: string, year = 2026) => ({ id, slug, created_at: `${year}-01-01T00:00:00Z` })

describe('identify', () => {
  it('takes two requests and names origin, account, creator and workspaces', async () => {
    const { api, scope, emulator, requests } = await emulated()
    const { identity, scopes, skew } = await api.identify()
    const { origin } = new URL(emulator.openrouter.baseUrl)
    expect(identity).toEqual({ origin, account: scope, creator: emulator.world.openrouter.userId })
    for (const { id, slug } of emulator.world.openrouter.workspaces)
      expect([scopes.get(id), scopes.get(slug)]).toEqual([id, id])
    expect(skew).toBe(0)
    expect(requests()).toEqual({ 'GET /key': 1, 'GET /workspaces': 1 })
  })

  it('refuses a token that nobody knows', async () => {
    const { api } = await emulated({}, { token: Secret.of('sk-or-v1-nobody') })
    await expect(api.identify()).rejects.toMatchObject({ code: 'API_UNAUTHORIZED', retryable: false })
  })

  it('refuses an ordinary key with a hint where to get the right one', async () => {
    const { api, scope, emulator } = await emulated()
    const { secret } = issued(await api.create({ name: 'n', scope, fields: {} }))
    const other = await scripted(() => failure(500), { baseUrl: emulator.openrouter.baseUrl, token: secret })
    const hint = expect.stringContaining('management')
    await expect(other.api.identify()).rejects.toMatchObject({ code: 'API_NOT_MANAGEMENT_KEY', hint })
  })

  it('accepts the older name of a management key', async () => {
    const key = { status: 200, body: { data: { is_provisioning_key: true } } }
    const { api } = await scripted(account({ key, workspaces: [workspace('w1', 'default')] }))
    expect((await api.identify()).identity).toMatchObject({ account: 'w1' })
  })

  it('reads all pages of workspaces', async () => {
    const workspaces = Array.from({ length: 230 }, (_, index) =>
      workspace(`w${index}`, index === 229 ? 'default' : `s${index}`),
    )
    const { api, seen } = await scripted(account({ workspaces }))
    const { identity, scopes } = await api.identify()
    expect(identity.account).toBe('w229')
    expect(scopes.get('s150')).toBe('w150')
    expect(seen.filter(({ url }) => url.includes('/workspaces'))).toHaveLength(3)
  })

  it('takes the oldest workspace for the default one where none has that slug', async () => {
    const workspaces = [workspace('w1', 'b', 2026), workspace('w2', 'a', 2024), workspace('w3', 'c', 2025)]
    const { api } = await scripted(account({ workspaces }))
    const { identity, scopes } = await api.identify()
    expect(identity.account).toBe('w2')
    expect(scopes.get('default')).toBe('w2')
  })

  it('lets no slug pose as the id of another workspace', async () => {
    const workspaces = [workspace('w1', 'default'), workspace('w2', 'w1')]
    const { api } = await scripted(account({ workspaces }))
    expect((await api.identify()).scopes.get('w1')).toBe('w1')
  })

  it.each<[string, Stub]>([
    ['no workspace at all', {}],
    ['no data', { key: { status: 200, body: {} }, workspaces: [workspace('w1', 'default')] }],
  ])('concludes nothing from an account with %s', async (_, stub) => {
    const { api } = await scripted(account(stub))
    await expect(api.identify()).rejects.toMatchObject({ code: 'API_BAD_RESPONSE' })
  })

  it.each([-3_600_000, -5_000, 5_000, 3_600_000])(
    'measures a clock that is off by %i ms to the second',
    async (off) => {
      const { api, emulator } = await emulated()
      emulator.world.clock.advance(off / 1000)
      const { skew } = await api.identify()
      expect(Math.abs(skew - off)).toBeLessThanOrEqual(1_000)
    },
  )
})
