import { afterEach, describe, expect, it } from 'vitest'
import { SECOND } from '../../../src/core/time.ts'
import { looks } from '../../../src/providers/strait/looks.ts'
import { closeServers } from '../scripted.ts'
import { emulated } from './emulated.ts'
import { idOf, MANAGING, PROJECT, page, row, scripted } from './scripted.ts'

afterEach(closeServers)

describe('a key that is not in the list', () => {
  it('is gone only after a second full list', async () => {
    const { api, project, requests } = await emulated({ strait: { keys: 150 } })
    await api.list(project)
    expect(await api.get(idOf(1))).toBeNull()
    expect(requests()).toEqual({ 'GET /v1/api-keys': 6 })
  })

  it('is found where only the first list lacked it', async () => {
    const lists = [page([MANAGING]), page([MANAGING]), page([row(5), MANAGING]), page([MANAGING])]
    const { api } = await scripted((_, count) => lists[count - 1] ?? page([]))
    expect((await api.list(PROJECT)).map(({ id }) => id)).not.toContain(idOf(5))
    expect((await api.get(idOf(5)))?.name).toBe('key 5')
  })

  it('is looked for in two lists when there was none before', async () => {
    const { api, requests } = await emulated()
    expect(await api.get(idOf(1))).toBeNull()
    expect(requests()).toEqual({ 'GET /v1/api-keys': 4 })
  })

  it('shares its second list with all others that are missing', async () => {
    const { api, project, requests } = await emulated({ strait: { keys: 150 } })
    await api.list(project)
    const ids = Array.from({ length: 200 }, (_, index) => idOf(index))
    const lane = async () => {
      for (let id = ids.shift(); id !== undefined; id = ids.shift()) expect(await api.get(id)).toBeNull()
    }
    await Promise.all(Array.from({ length: 20 }, lane))
    expect(requests()).toEqual({ 'GET /v1/api-keys': 6 })
  })

  it('shares both lists with others when there was none before', async () => {
    const { api, requests } = await emulated()
    const found = await Promise.all([1, 2, 3, 4].map((number) => api.get(idOf(number))))
    expect(found).toEqual([null, null, null, null])
    expect(requests()).toEqual({ 'GET /v1/api-keys': 4 })
  })

  it('is not declared gone by a list from before it was created', async () => {
    const lists = [page([MANAGING]), page([MANAGING]), page([MANAGING]), page([MANAGING]), page([row(1), MANAGING])]
    const { api } = await scripted(({ method }) => {
      if (method === 'GET') return lists.shift() ?? page([MANAGING])
      return { status: 201, body: { ...row(1), key: `strait_${'f'.repeat(64)}` } }
    })
    await api.list(PROJECT)
    await api.create({ name: 'key 1', scope: PROJECT, fields: { scopes: ['jobs:read'] } })
    expect((await api.get(idOf(1)))?.id).toBe(idOf(1))
  })
})

describe('a key that is there', () => {
  it('is looked up anew by whoever asks again', async () => {
    const { api, emulator, make } = await emulated()
    const { key } = await make()
    expect(await api.get(key.id)).toEqual(key)
    emulator.world.strait.revoke(key.id)
    expect(await api.get(key.id)).toBeNull()
  })

  it('shows what happened to it since the list', async () => {
    const { api, emulator, project, make } = await emulated()
    const { key } = await make()
    await api.list(project)
    emulator.world.strait.touch(key.id)
    expect((await api.get(key.id))?.lastUsedAt).not.toBeNull()
  })
})

describe('lists that are shared', () => {
  const shelf = () => {
    let now = 0
    let walks = 0
    const walk = async () => {
      walks += 1
      await new Promise((resolve) => setImmediate(resolve))
      return []
    }
    const advance = (millis: number) => {
      now += millis
    }
    return { looks: looks({ walk, now: () => now }), walks: () => walks, advance }
  }

  it('answer nobody twice', async () => {
    const { looks, walks } = shelf()
    await looks.list()
    for (const id of ['a', 'b', 'c', 'b']) await looks.get(id)
    expect(walks()).toBe(3)
  })

  it('are too old after a moment', async () => {
    const { looks, walks, advance } = shelf()
    await looks.list()
    await looks.get('a')
    advance(6 * SECOND)
    await looks.get('b')
    expect(walks()).toBe(3)
  })

  it('are forgotten by another list and by a write', async () => {
    const { looks, walks } = shelf()
    await looks.list()
    await looks.get('a')
    await looks.list()
    await looks.get('b')
    expect(walks()).toBe(4)
    looks.wrote({})
    await looks.get('c')
    expect(walks()).toBe(6)
  })

  it('that fail are tried again by the next to ask', async () => {
    let walks = 0
    const failing = looks({
      now: () => 0,
      walk: async () => {
        walks += 1
        if (walks === 1) throw new Error('no list')
        return []
      },
    })
    await expect(Promise.all([failing.get('a'), failing.get('b')])).rejects.toThrow('no list')
    expect(await failing.get('a')).toBeNull()
    expect(walks).toBe(3)
  })
})
