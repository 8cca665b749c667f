import { afterEach, describe, expect, it } from 'vitest'
import { MINUTE } from '../../../src/core/time.ts'
import { closeServers } from '../scripted.ts'
import { emulated } from './emulated.ts'
import { failure, MANAGING, PROJECT, page, row, scripted, stamp } from './scripted.ts'

afterEach(closeServers)

const idsOf = (keys: readonly { id: string }[]) => keys.map(({ id }) => id)
const numbers = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, index) => from - index)

describe('a list', () => {
  it.each([
    [0, 2],
    [98, 2],
    [99, 2],
    [100, 3],
    [197, 3],
    [999, 12],
  ])('of the managing key and %i others takes %i requests', async (keys, requests) => {
    const { api, project, requests: seen } = await emulated({ strait: { keys } })
    expect(new Set(idsOf(await api.list(project))).size).toBe(keys + 1)
    expect(seen()).toEqual({ 'GET /v1/api-keys': requests })
  })

  it('of 10,000 keys takes 102 requests, which wait for the limits and meet no 429', async () => {
    const { api, project, emulator, clock } = await emulated({ strait: { keys: 9_999 } })
    const start = clock.now()
    expect(new Set(idsOf(await api.list(project))).size).toBe(10_000)
    expect(emulator.world.traffic.counts().statuses).toEqual({ 'GET /v1/api-keys': { 200: 102 } })
    console.info(`list of 10,000 Strait keys: ${((clock.now() - start) / MINUTE).toFixed(1)} min`)
  })

  it('gives the newest key first', async () => {
    const { api, project } = await emulated({ strait: { keys: 250 } })
    const stamps = (await api.list(project)).map(({ createdAt }) => createdAt)
    expect(stamps).toEqual([...stamps].sort().reverse())
  })

  it('holds expired, rotated and ended keys, and no revoked one', async () => {
    const { api, project, emulator, make } = await emulated()
    const [old, gone] = [await make(), await make()]
    const past = emulator.world.clock.now() * 1000 - 1
    const expired = emulator.world.strait.createForeign({ expires_at: past })
    const made = await api.rotate(old.key.id, MINUTE)
    await api.remove(gone.key.id)
    emulator.world.clock.advance(120)
    const listed = idsOf(await api.list(project))
    const successor = made.kind === 'created' ? made.key.id : ''
    expect(listed).toEqual(expect.arrayContaining([old.key.id, expired.id, successor]))
    expect(listed).not.toContain(gone.key.id)
  })

  it('is refused for any other project than the own one', async () => {
    const { api } = await emulated()
    await expect(api.list('proj_other')).rejects.toMatchObject({ code: 'API_WORKSPACE_UNKNOWN' })
  })
})

describe('keys of one microsecond', () => {
  it.each([2, 50, 99])('%i of them at the edge of a page are all listed', async (twins) => {
    const { api, project, emulator } = await emulated({ strait: { keys: 150 } })
    const created_at = emulator.world.clock.now() * 1000 - 90_500_000
    const made = Array.from({ length: twins }, () => emulator.world.strait.createForeign({ created_at }).id)
    const listed = idsOf(await api.list(project))
    expect(listed).toEqual(expect.arrayContaining(made))
    expect(new Set(listed).size).toBe(151 + twins)
    expect(listed).toHaveLength(151 + twins)
  })

  it.each([100, 130])('%i of them are more than a page can hold, which is an error and no gap', async (twins) => {
    const { api, project, emulator } = await emulated({ strait: { keys: 20 } })
    const created_at = emulator.world.clock.now() * 1000
    for (let made = 0; made < twins; made++) emulator.world.strait.createForeign({ created_at })
    await expect(api.list(project)).rejects.toMatchObject({ code: 'API_LIST_INCOMPLETE', retryable: false })
  })

  it('ask for the next page from a microsecond later, with an encoded cursor in UTC', async () => {
    const rows = numbers(150, 51).map((number) =>
      row(number, { created_at: `2026-01-01T02:00:00.000${number + 100}+02:00` }),
    )
    const { api, seen } = await scripted(({ url }) =>
      url.includes('cursor') ? page([{ ...MANAGING, created_at: stamp(7) }]) : page(rows, true),
    )
    await api.list(PROJECT)
    const cursors = seen.map(({ url }) => new URL(url, 'http://h').searchParams.get('cursor'))
    expect(cursors).toEqual([null, stamp(152), stamp(8)])
    expect(seen.every(({ url }) => !url.includes('+'))).toBe(true)
  })
})

describe('other writers', () => {
  it('may create and revoke while the pages are read, and nothing that stays is missed', async () => {
    const { api, project, emulator } = await emulated({ strait: { keys: 320 } })
    const [first, ...rest] = emulator.world.strait.keys()
    const stays = rest.filter((_, index) => index % 3 > 0).map(({ id }) => id)
    const listing = api.list(project)
    for (const { id } of rest) {
      if (stays.includes(id)) emulator.world.strait.createForeign()
      else emulator.world.strait.revoke(id)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const listed = idsOf(await listing)
    expect(listed).toEqual(expect.arrayContaining([...stays, first?.id]))
    expect(new Set(listed).size).toBe(listed.length)
  })
})

describe('faults on the way', () => {
  it.each(['extra-fields', 'html', 'cut-after-commit', 'error-after-commit'] as const)(
    'such as %s leave the list whole',
    async (kind) => {
      const faults = [{ method: 'GET', pattern: '/v1/api-keys', kind, count: 2 }] as const
      const { api, project, emulator } = await emulated({ strait: { keys: 250 }, faults })
      const listed = idsOf(await api.list(project))
      const stays = emulator.world.strait
        .keys()
        .filter(({ revoked_at, origin }) => revoked_at === null && origin === 'birth')
      expect(stays.length).toBeGreaterThan(240)
      expect(listed).toEqual(expect.arrayContaining(stays.map(({ id }) => id)))
      expect(new Set(listed).size).toBe(listed.length)
      expect(emulator.world.traffic.log().filter(({ fault }) => fault !== null)).toHaveLength(2)
    },
  )
})

describe('what the API says about more', () => {
  it('is not trusted alone: a list goes on until a page brings nothing new', async () => {
    const pages = [[row(3), row(2)], [row(2), row(1)], [row(1), MANAGING], [MANAGING]]
    const { api, seen } = await scripted((_, count) => page(pages[count - 1] ?? []))
    expect(await api.list(PROJECT)).toHaveLength(4)
    expect(seen).toHaveLength(4)
  })

  it('is followed behind a short page', async () => {
    const pages = [page([row(9)], true), page([row(9), row(8)], true), page([row(8), MANAGING]), page([MANAGING])]
    const { api } = await scripted((_, count) => pages[count - 1] ?? page([]))
    expect(await api.list(PROJECT)).toHaveLength(3)
  })
})

describe('an API that answers nonsense', () => {
  it('and ignores the cursor ends in an error', async () => {
    const rows = numbers(200, 101).map((number) => row(number))
    const { api, seen } = await scripted(() => page(rows, true))
    await expect(api.list(PROJECT)).rejects.toMatchObject({ code: 'API_BAD_RESPONSE' })
    expect(seen).toHaveLength(2)
  })

  it.each([
    ['a list that is none', { status: 200, body: { data: row(1) } }],
    ['a bare list', { status: 200, body: [row(1)] }],
    ['an empty page with more behind it', page([], true)],
    ['an entry without id', page([row(1, { id: undefined })])],
    ['an id that is a path', page([row(1, { id: '../../v1' })])],
    ['an id that is a secret', page([row(1, { id: `strait_${'0'.repeat(40)}` })])],
    ['an entry without name', page([row(1, { name: undefined })])],
    ['an entry without its creation', page([row(1, { created_at: undefined })])],
    ['a creation that cannot be read', page([row(1, { created_at: 'yesterday' })])],
    ['an expiry that cannot be read', page([row(1, { expires_at: 'soon' })])],
    ['an end of grace that cannot be read', page([row(1, { grace_expires_at: 'soon' })])],
    ['scopes that are no list', page([row(1, { scopes: '*' })])],
    ['HTML', { status: 200, body: '<h1>hello</h1>' }],
  ])('such as %s ends in an error', async (_, answer) => {
    const { api } = await scripted(() => answer)
    await expect(api.list(PROJECT)).rejects.toMatchObject({ code: 'API_BAD_RESPONSE' })
  })

  it('and refuses the cursor is told so', async () => {
    const { api } = await scripted(() => failure(400, 'invalid cursor format'))
    await expect(api.list(PROJECT)).rejects.toMatchObject({
      code: 'API_REJECTED',
      message: expect.stringContaining('cursor'),
    })
  })
})
