import { describe, expect, test } from 'vitest'
import { KeywrightError } from '../../src/core/diagnostic.ts'
import { DAY } from '../../src/core/time.ts'
import type { KeyApi } from '../../src/ports/key-api.ts'
import type { SecretSink } from '../../src/ports/secret-sink.ts'
import { memorySink } from '../../src/sinks/memory.ts'
import { aKey, aPlace } from '../fakes/desired.ts'
import { aBench, type Bench, outcomeOf, phases, settled } from '../fakes/engine.ts'

const at = (...paths: readonly string[]) => aKey({ places: paths.map((path) => aPlace(path)) })
const LIMITS = { limit: 10, limitReset: null, includeByokInLimit: false, expiresAt: null }

/** A key that somebody made by hand. */
function found(bench: Bench) {
  const { key } = bench.account.plant({ name: 'by hand', scope: 'workspace-default', fields: LIMITS, lifetime: null })
  return { id: key.id, secret: bench.secretOf(key.id), more: { adopted: [{ key: key.id, as: 'a' }] } }
}

const statuses = async (bench: Bench) =>
  Object.fromEntries((await bench.record('a'))?.places.map(({ text, status, n }) => [text, `${status} #${n}`]) ?? [])

describe('a key that is taken over', () => {
  test('is in service at once where a place holds its secret, and nothing is issued or written there', async () => {
    const bench = aBench()
    const { id, secret, more } = found(bench)
    bench.poke('a', secret)
    const version = bench.cells.cells.get('memory:memory:a')?.version
    const plan = await bench.plan([at('a')], more)
    expect(plan.changes).toMatchObject([{ action: 'adopt', writes: 1, steps: ['adopt', 'update'] }])
    const result = await settled(bench, [at('a')], more)
    expect(outcomeOf(result, 'a').steps).toEqual(['adopt', 'update'])
    expect(await phases(bench, 'a')).toBe('1:active')
    expect(await statuses(bench)).toEqual({ 'memory:a': 'verified #1' })
    expect(bench.sent).toEqual([{ do: 'update', id, fields: { name: expect.stringMatching(/^a \[kw:test-1\/a#1\./) } }])
    expect(bench.cells.cells.get('memory:memory:a')?.version).toBe(version)
    expect(await bench.journal()).not.toContain(secret)
    expect((await bench.record('a'))?.history).toMatchObject([
      { what: 'adopted', n: 1, why: 'secret found in memory:a' },
      { what: 'updated', n: 1 },
    ])
  })

  test('fills places that are empty, and leaves what it does not know until the first rotation', async () => {
    const bench = aBench()
    const { secret, more } = found(bench)
    bench.poke('a', secret)
    bench.poke('c', "somebody else's")
    const keys = [at('a', 'b', 'c')]
    await settled(bench, keys, more)
    expect([bench.held('a'), bench.held('b'), bench.held('c')]).toEqual([secret, secret, "somebody else's"])
    expect(await statuses(bench)).toEqual({
      'memory:a': 'verified #1',
      'memory:b': 'verified #1',
      'memory:c': 'unverifiable #1',
    })
    await bench.say('a', { on: 'requested', at: '2027-01-01T00:00:00.000Z' })
    await settled(bench, keys, more)
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
    const next = bench.held('a')
    expect([bench.held('b'), bench.held('c')]).toEqual([next, next])
    expect(next).not.toBe(secret)
  })

  test('keeps its secret to itself where no place holds it, or none can be read', async () => {
    for (const readable of [true, false]) {
      const bench = aBench()
      const { more, secret } = found(bench)
      bench.sinks.set('memory', memorySink(bench.cells, { readable, conditional: true }))
      bench.poke('a', readable ? "somebody else's" : secret)
      await settled(bench, [at('a', 'b')], more)
      expect(await statuses(bench)).toEqual({ 'memory:a': 'unverifiable #1', 'memory:b': 'unverifiable #1' })
      expect(bench.held('b')).toBeNull()
      expect(bench.sent.map((one) => one.do)).toEqual(['update'])
      expect((await bench.record('a'))?.history).toMatchObject([{ what: 'adopted', why: 'secret unknown' }, {}])
    }
  })

  test('is recognised inside of what a template says', async () => {
    const bench = aBench()
    const { secret, more } = found(bench)
    bench.poke('a', `Bearer ${secret}`)
    const keys = [aKey({ places: [{ ...aPlace('a'), template: 'Bearer ${secret}' }, aPlace('b')] })]
    await settled(bench, keys, more)
    expect(bench.held('b')).toBe(secret)
  })

  test('stays as it was while a place does not answer', async () => {
    const bench = aBench()
    const { id, secret, more } = found(bench)
    bench.poke('a', secret)
    const sound = memorySink(bench.cells)
    const down = (retryable: boolean): SecretSink => ({
      ...sound,
      read: async () => {
        throw new KeywrightError(retryable ? 'SINK_UNREACHABLE' : 'SINK_DENIED', {
          message: 'no',
          hint: 'no',
          retryable,
        })
      },
    })
    for (const [retryable, status] of [
      [true, 'open'],
      [false, 'stopped'],
    ] as const) {
      bench.sinks.set('memory', down(retryable))
      expect(outcomeOf(await bench.apply([at('a')], more), 'a').status).toBe(status)
      expect(bench.sent).toEqual([])
      expect(await bench.record('a')).toBeNull()
      expect(bench.account.key(id)?.name).toBe('by hand')
    }
    bench.sinks.set('memory', sound)
    await settled(bench, [at('a')], more)
    expect(await statuses(bench)).toEqual({ 'memory:a': 'verified #1' })
  })
})

test('a key that another stack gave away goes on with its lineage and numbers', async () => {
  const bench = aBench()
  const name = 'x [kw:other-1/x#3.aaaabbbb]'
  const { key } = bench.account.plant({ name, scope: 'workspace-default', fields: LIMITS, lifetime: null })
  bench.poke('a', bench.secretOf(key.id))
  const more = { adopted: [{ key: key.id, as: 'a', from: 'other-1' }] }
  await settled(bench, [at('a')], more)
  expect(bench.account.key(key.id)?.name).toBe('a [kw:test-1/a#3.aaaabbbb]')
  expect(await bench.record('a')).toMatchObject({ lineage: 'aaaabbbb', highest: 3 })
  expect(await statuses(bench)).toEqual({ 'memory:a': 'verified #3' })
  await bench.say('a', { on: 'requested', at: '2027-01-01T00:00:00.000Z' })
  await settled(bench, [at('a')], more)
  expect(await phases(bench, 'a')).toBe('3:superseded 4:active')
})

test('a lineage that is ours, and a number near the end, are no part of what is taken over', async () => {
  const bench = aBench()
  const own = aKey({ id: 'own', places: [aPlace('own')] })
  await settled(bench, [own])
  const lineage = (await bench.record('own'))?.lineage ?? ''
  for (const [id, marker] of [
    ['a', `#1.${lineage}`],
    ['b', '#999999.aaaabbbb'],
  ] as const) {
    const name = `x [kw:other-1/x${marker}]`
    const { key } = bench.account.plant({ name, scope: 'workspace-default', fields: LIMITS, lifetime: null })
    const keys = [own, ...(id === 'b' ? [at('a')] : []), aKey({ id, places: [aPlace(id)] })]
    await settled(bench, keys, { adopted: [{ key: key.id, as: id, from: 'other-1' }] })
    const record = await bench.record(id)
    expect(record?.highest).toBe(1)
    expect([lineage, 'aaaabbbb']).not.toContain(record?.lineage)
  }
})

describe('a run that dies while it takes a key over', () => {
  /** Dies before or after the k-th call that leaves the process. */
  function cutting(bench: Bench, k: number, after: boolean): { readonly calls: () => number } {
    let calls = 0
    const cut = async <T>(call: () => Promise<T>): Promise<T> => {
      calls += 1
      if (calls === k && !after) throw new Error('cut')
      const answer = await call()
      if (calls === k) throw new Error('cut')
      return answer
    }
    const sink = memorySink(bench.cells)
    bench.sinks.set('memory', {
      ...sink,
      read: (place) => cut(() => sink.read(place)),
      preflight: (place) => cut(() => sink.preflight(place)),
      write: (place, bytes, version) => cut(() => sink.write(place, bytes, version)),
    })
    bench.faults = (api: KeyApi) => ({
      ...api,
      create: (request) => cut(() => api.create(request)),
      update: (id, fields) => cut(() => api.update(id, fields)),
    })
    return { calls: () => calls }
  }

  function mended(bench: Bench): void {
    bench.sinks.set('memory', memorySink(bench.cells))
    bench.faults = (api) => api
  }

  test.each([
    ['proven', true],
    ['unproven', false],
  ])('loses nothing and issues nothing: %s', async (_, isProven) => {
    let k = 0
    for (let isOver = false; !isOver; ) {
      k += 1
      for (const after of [false, true]) {
        const bench = aBench()
        const { id, secret, more } = found(bench)
        if (isProven) bench.poke('a', secret)
        bench.poke('c', "somebody else's")
        const keys = [at('a', 'b', 'c')]
        const { calls } = cutting(bench, k, after)
        await bench.apply(keys, more).catch((error: unknown) => expect(String(error)).toContain('cut'))
        isOver = calls() < k
        mended(bench)
        await settled(bench, keys, more)
        expect(bench.account.keys().map((key) => key.id)).toEqual([id])
        expect(bench.sent.some((one) => one.do === 'create')).toBe(false)
        expect(await phases(bench, 'a')).toBe('1:active')
        expect([bench.held('a'), bench.held('b'), bench.held('c')]).toEqual(
          isProven ? [secret, secret, "somebody else's"] : [null, null, "somebody else's"],
        )
      }
    }
    expect(k).toBeGreaterThan(isProven ? 6 : 4)
  })
})

describe('a key that is recorded as it was found', () => {
  const asFound = (id: string) => ({ adopted: [{ key: id, as: 'a', asFound: true }] })
  const named = (fields = {}) => aKey({ name: 'by hand', places: [], fields })

  test('keeps its name until something else is written to it', async () => {
    const bench = aBench()
    const { id } = found(bench)
    const more = asFound(id)
    await settled(bench, [named()], more)
    expect(bench.sent).toEqual([])
    expect((await bench.record('a'))?.generations).toMatchObject([{ phase: 'active', id, asFound: 'by hand' }])
    await settled(bench, [named({ limit: 5 })], more)
    expect(bench.sent).toMatchObject([
      { do: 'update', fields: { limit: 5, name: expect.stringMatching(/^by hand \[kw:/) } },
    ])
    expect((await bench.record('a'))?.generations).not.toMatchObject([{ asFound: 'by hand' }])
  })

  test('is forgotten, not retired, when its entry goes before that; afterwards it is retired like any other', async () => {
    const bench = aBench()
    const { id } = found(bench)
    const more = asFound(id)
    await settled(bench, [named()], more)
    expect((await bench.plan([])).changes).toMatchObject([{ action: 'forget', untouched: true, writes: 0 }])
    await settled(bench, [])
    expect(await bench.record('a')).toBeNull()
    expect(bench.account.key(id)).toMatchObject({ name: 'by hand', fields: { disabled: false } })
    await settled(bench, [named()], more)
    await settled(bench, [named({ limit: 5 })], more)
    await settled(bench, [])
    expect(bench.account.key(id)?.fields.disabled).toBe(true)
  })

  test('is not forgotten while a create for it is unanswered: what that left behind is ours', async () => {
    const bench = aBench()
    const { id } = found(bench)
    const more = asFound(id)
    const placed = aKey({ name: 'by hand', places: [aPlace('a')] })
    await settled(bench, [named()], more)
    bench.faults = (api) => ({
      ...api,
      create: async (request) => {
        await api.create(request)
        throw new Error('cut')
      },
    })
    await expect(bench.apply([placed], more)).rejects.toThrow('cut')
    bench.faults = (api) => api
    expect(bench.account.keys()).toHaveLength(2)
    bench.advance(7 * DAY)
    await bench.apply([])
    bench.advance(8 * DAY)
    await bench.apply([])
    expect(bench.account.keys()).toEqual([])
  })

  test('is not as it was found once an update was announced, whatever came of it', async () => {
    const bench = aBench()
    const { id } = found(bench)
    const more = asFound(id)
    await settled(bench, [named()], more)
    bench.faults = (api) => ({
      ...api,
      update: async (...asked) => {
        await api.update(...asked)
        throw new Error('cut')
      },
    })
    await expect(bench.apply([named({ limit: 5 })], more)).rejects.toThrow('cut')
    bench.faults = (api) => api
    expect((await bench.plan([])).changes).toMatchObject([{ action: 'retire' }])
  })

  test('gets its marker when somebody renames it, there or here', async () => {
    for (const where of ['live', 'manifest']) {
      const bench = aBench()
      const { id } = found(bench)
      const more = asFound(id)
      await settled(bench, [named()], more)
      if (where === 'live') bench.account.edit(id, { name: 'other' })
      await settled(bench, [where === 'live' ? named() : { ...named(), name: 'new' }], more)
      expect(bench.account.key(id)?.name).toMatch(where === 'live' ? /^by hand \[kw:/ : /^new \[kw:/)
    }
  })
})

describe('a place that a key taken over gets later', () => {
  test('proves it where it holds its secret: nothing is rotated, and the plan has said so', async () => {
    const bench = aBench()
    const { id, secret } = found(bench)
    const more = { adopted: [{ key: id, as: 'a', asFound: true }] }
    const bare = aKey({ name: 'by hand', places: [] })
    await settled(bench, [bare], more)
    bench.poke('a', secret)
    const placed = aKey({ name: 'by hand', places: [aPlace('a')] })
    expect((await bench.plan([placed], more)).changes).toMatchObject([
      { action: 'rotate', reasons: [{ kind: 'place' }], steps: expect.arrayContaining(['adopt', 'issue']) },
    ])
    await settled(bench, [placed], more)
    expect(bench.sent).toEqual([])
    expect(await statuses(bench)).toEqual({ 'memory:a': 'verified #1' })
    expect((await bench.record('a'))?.generations).toMatchObject([{ phase: 'active', asFound: 'by hand' }])
    expect((await bench.record('a'))?.history).toMatchObject([
      { why: 'secret unknown' },
      { what: 'adopted', why: 'secret found in memory:a' },
    ])
    await settled(bench, [aKey({ name: 'by hand', places: [aPlace('a'), aPlace('b')] })], more)
    expect(bench.held('b')).toBe(secret)
    expect(bench.sent.map((one) => one.do)).toEqual(['update'])
  })

  test('means a rotation where it holds anything else, or nothing', async () => {
    for (const text of [null, "somebody else's"]) {
      const bench = aBench()
      const { secret, more } = found(bench)
      await settled(bench, [aKey({ places: [] })], more)
      if (text !== null) bench.poke('a', text)
      await settled(bench, [at('a')], more)
      expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
      expect(bench.held('a')).not.toBe(secret)
    }
  })
})
