import { afterEach, describe, expect, it } from 'vitest'
import { closeEmulators, emulated } from '../fakes/key-apis.ts'
import { type Answer, closeServers, failure, hashOf, scripted, wireKey } from './scripted.ts'

afterEach(async () => {
  await closeEmulators()
  await closeServers()
})

const idsOf = (keys: readonly { id: string }[]) => keys.map(({ id }) => id)

describe('a list with a hint', () => {
  it.each([
    [0, 1],
    [1, 2],
    [99, 2],
    [100, 2],
    [950, 11],
    [1_000, 11],
  ])('of %i keys takes exactly %i requests', async (count, requests) => {
    const account = await emulated({ keys: count })
    const listed = await account.api.list(account.scope, count)
    expect(new Set(idsOf(listed)).size).toBe(count)
    expect(account.requests()).toEqual({ 'GET /keys': requests })
  })

  it('of 10,000 keys takes exactly 101 requests, at most `parallelism` at once', async () => {
    const account = await emulated({ keys: 10_000 }, { parallelism: 6 })
    const listed = await account.api.list(account.scope, 10_000)
    expect(new Set(idsOf(listed)).size).toBe(10_000)
    expect(account.requests()).toEqual({ 'GET /keys': 101 })
    expect(account.emulator.world.traffic.counts().peakConcurrency).toBeLessThanOrEqual(6)
  })

  it.each([
    [0, 230],
    [5, 230],
    [229, 230],
    [231, 230],
    [1_000, 230],
    [230, 0],
  ])('of %i finds all %i keys nevertheless', async (expected, count) => {
    const account = await emulated({ keys: count })
    expect(new Set(idsOf(await account.api.list(account.scope, expected))).size).toBe(count)
  })
})

describe('a list without a hint', () => {
  it.each([
    [0, 1],
    [3, 2],
    [100, 2],
    [250, 4],
    [1_000, 11],
    [1_250, 15],
  ])('of %i keys takes %i requests', async (count, requests) => {
    const account = await emulated({ keys: count })
    expect(await account.api.list(account.scope)).toHaveLength(count)
    expect(account.requests()).toEqual({ 'GET /keys': requests })
  })

  it('gives the newest key first', async () => {
    const account = await emulated({ keys: 250 })
    const stamps = (await account.api.list(account.scope)).map(({ createdAt }) => createdAt)
    expect(stamps).toEqual([...stamps].sort().reverse())
  })

  it('always asks for disabled keys, of the workspace it was given', async () => {
    const account = await emulated({ keys: 1 })
    const other = account.emulator.world.openrouter.workspaces[1]?.id ?? ''
    account.emulator.world.openrouter.createForeign({ workspace_id: other, disabled: true, name: 'elsewhere' })
    expect((await account.api.list(other)).map(({ name }) => name)).toEqual(['elsewhere'])
    expect(await account.api.list(account.scope)).toHaveLength(1)
    for (const { path } of account.emulator.world.traffic.log()) expect(path).toContain('include_disabled=true')
  })

  it('shares equal parts of keys', async () => {
    const account = await emulated({ keys: 2 })
    const [one, other] = await account.api.list(account.scope)
    expect(one?.fields).toBe(other?.fields)
    expect(one?.usage).toBe(other?.usage)
  })
})

describe('pages of another length', () => {
  it.each([
    [7, undefined],
    [7, 40],
    [40, 250],
    [150, 250],
    [300, 250],
  ])('of %i keys are all read with the hint %s', async (pageSize, expected) => {
    const account = await emulated({ keys: 250, readings: { pageSize } })
    expect(new Set(idsOf(await account.api.list(account.scope, expected))).size).toBe(250)
  })

  it.each(['0', '100', '200'])('at offset %s only leave no hole', async (offset) => {
    const account = await scriptedPages(250, (at) => (`${at}` === offset ? 40 : 100))
    expect(new Set(idsOf(await account.api.list('w', 250))).size).toBe(250)
    expect(new Set(idsOf(await account.api.list('w'))).size).toBe(250)
  })

  it('in one request leave no hole', async () => {
    const faults = [{ method: 'GET', pattern: '/keys', kind: 'page-size', count: 1 }] as const
    const account = await emulated({ keys: 250, faults })
    expect(new Set(idsOf(await account.api.list(account.scope, 250))).size).toBe(250)
  })
})

describe('keys that move while the pages are read', () => {
  it.each(['page-shift', 'page-gap'] as const)('are listed once at most after a %s', async (kind) => {
    const faults = [{ method: 'GET', pattern: '/keys', kind, count: 3 }] as const
    for (const expected of [undefined, 250]) {
      const account = await emulated({ keys: 250, faults })
      const ids = idsOf(await account.api.list(account.scope, expected))
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids.length).toBeGreaterThanOrEqual(247)
    }
  })

  it('do not fail a list whose last page repeats a key', async () => {
    const faults = [{ method: 'GET', pattern: '/keys', kind: 'page-shift', count: 1 }] as const
    const account = await emulated({ keys: 100, faults })
    expect(await account.api.list(account.scope, 100)).toHaveLength(100)
  })

  it('do not fail the list of a small account in which another client creates a key between two pages', async () => {
    const pages = [[1], [1], [1], []]
    const { api } = await scripted(() => page(pages.shift() ?? []))
    expect(idsOf(await api.list('w'))).toEqual([hashOf(1)])
  })
})

describe('an API that answers nonsense', () => {
  it('and ignores the offset ends in an error after a few more looks', async () => {
    const { api, seen } = await scripted(() => page([1, 2, 3]))
    await expect(api.list('w')).rejects.toMatchObject({ code: 'API_BAD_RESPONSE', retryable: true })
    expect(seen).toHaveLength(9)
  })

  it('and repeats short pages for ever ends in an error', async () => {
    const { api } = await scripted(({ url }) => page(url.includes('offset=0') ? [1, 2, 3] : [2]))
    await expect(api.list('w')).rejects.toMatchObject({ code: 'API_BAD_RESPONSE' })
  })

  it.each([
    ['a list that is none', { data: { hash: hashOf(1) } }],
    ['an entry without hash', { data: [wireKey(hashOf(1), { hash: undefined })] }],
    ['a hash that is a path', { data: [wireKey('../../key')] }],
    ['a limit that is text', { data: [wireKey(hashOf(1), { limit: '5' })] }],
    ['a missing limit', { data: [wireKey(hashOf(1), { limit: undefined })] }],
    ['a missing usage', { data: [wireKey(hashOf(1), { usage: undefined })] }],
    ['an expiry that cannot be read', { data: [wireKey(hashOf(1), { expires_at: 'soon' })] }],
  ])('such as %s ends in an error', async (_, body) => {
    const { api } = await scripted(() => ({ status: 200, body }))
    await expect(api.list('w')).rejects.toMatchObject({ code: 'API_BAD_RESPONSE' })
  })

  it('asks for no further page after one failed', async () => {
    const { api, seen } = await scripted(
      async ({ url }) => {
        if (url.includes('offset=0&')) return failure(400)
        await new Promise((resolve) => setTimeout(resolve, 5))
        return page([seen.length])
      },
      { parallelism: 3 },
    )
    await expect(api.list('w', 5_000)).rejects.toMatchObject({ code: 'API_REJECTED' })
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(seen.length).toBeLessThanOrEqual(5)
  })
})

function page(numbers: readonly number[]): Answer {
  return { status: 200, body: { data: numbers.map((number) => wireKey(hashOf(number))) } }
}

function scriptedPages(count: number, lengthAt: (offset: number) => number) {
  return scripted(({ url }) => {
    const offset = Number(new URL(url, 'http://h').searchParams.get('offset'))
    const length = Math.max(0, Math.min(lengthAt(offset), count - offset))
    return page(Array.from({ length }, (_, index) => offset + index))
  })
}
