import { describe, expect, test } from 'vitest'
import { KeywrightError } from '../../src/core/diagnostic.ts'
import { DAY, HOUR } from '../../src/core/time.ts'
import { memorySink } from '../../src/sinks/memory.ts'
import { aKey, aPlace, aRotation } from '../fakes/desired.ts'
import { aBench, type Bench, outcomeOf, phases, settled } from '../fakes/engine.ts'

const policy = (serial: number, every: number | null = null) => aRotation({ every, grace: DAY, hold: HOUR, serial })
const serial = (n: number) => aKey({ rotation: policy(n) })

/** Whether the secret text still works at the API. */
async function works(bench: Bench, text: string | null): Promise<boolean> {
  const key = bench.account.keys().find((one) => bench.secretOf(one.id) === text)
  return key !== undefined && key.fields.disabled !== true
}

describe('a change', () => {
  test('of what the API can change in place is one update: same key, same secret', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    const before = await bench.serving('a')
    await settled(bench, [aKey({ name: 'CI bot', fields: { limit: 99, limitReset: 'monthly' } })])
    expect(await bench.serving('a')).toMatchObject({
      id: before?.id,
      name: 'CI bot [kw:test-1/a#1.aaaaaaaa]',
      fields: { limit: 99, limitReset: 'monthly' },
    })
    expect(bench.sent.filter((one) => one.do === 'update').length).toBe(1)
  })

  test('of a create-only field is an overlapped replacement: the old secret works until grace is over', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    const old = bench.held('a')
    const next = aKey({ fields: { expiresAt: '2029-01-01T00:00:00Z' } })
    await settled(bench, [next])
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
    expect(bench.held('a')).not.toBe(old)
    expect(await works(bench, old)).toBe(true)
    bench.advance(DAY)
    await settled(bench, [next])
    expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
    expect(await works(bench, old)).toBe(false)
    bench.advance(HOUR)
    await settled(bench, [next])
    expect(await phases(bench, 'a')).toBe('2:active')
    expect(bench.account.keys().length).toBe(1)
  })

  test('of the workspace is a replacement in the other workspace', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    const scope = 'workspace-side'
    bench.faults = (api) => ({
      ...api,
      identify: async () => ({
        ...(await api.identify()),
        scopes: new Map([
          ['side', scope],
          [scope, scope],
        ]),
      }),
      create: async (request) => ({ kind: 'created', ...bench.account.plant(request) }),
    })
    await settled(bench, [aKey({ scope: 'side' })])
    expect(await bench.serving('a')).toMatchObject({ scope })
    bench.advance(2 * DAY)
    await settled(bench, [aKey({ scope: 'side' })])
    bench.advance(2 * DAY)
    await settled(bench, [aKey({ scope: 'side' })])
    expect(bench.account.keys().length).toBe(1)
  })
})

describe('a rotation', () => {
  test('is asked for by a larger serial, once', async () => {
    const bench = aBench()
    await settled(bench, [serial(1)])
    await settled(bench, [serial(2)])
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
    await settled(bench, [serial(2)])
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
  })

  test('is due by age, and never more than once for one age', async () => {
    const bench = aBench()
    const key = aKey({ rotation: policy(1, 30 * DAY) })
    await settled(bench, [key])
    bench.advance(30 * DAY - HOUR)
    expect((await bench.plan([key])).changes).toEqual([])
    bench.advance(HOUR)
    expect((await bench.plan([key])).changes).toMatchObject([
      { action: 'rotate', origin: 'scheduled', reasons: [{ kind: 'due' }] },
    ])
    await settled(bench, [key])
    expect((await bench.record('a'))?.highest).toBe(2)
  })

  test('renews a lifetime before it ends, for ever, and each expiry is later than the last', async () => {
    const bench = aBench()
    const key = aKey({ expiresIn: 30 * DAY })
    await settled(bench, [key])
    const ends: string[] = []
    for (let day = 0; day < 100; day++) {
      const end = String((await bench.serving('a'))?.fields.expiresAt)
      if (ends.at(-1) !== end) ends.push(end)
      bench.advance(DAY)
      await settled(bench, [key])
    }
    expect(ends).toEqual([...ends].sort())
    expect(ends.length).toBe(5)
  })

  test('catches up after a long silence with one new key', async () => {
    const bench = aBench()
    const key = aKey({ expiresIn: 30 * DAY, rotation: policy(1, 20 * DAY) })
    await settled(bench, [key])
    bench.advance(400 * DAY)
    await settled(bench, [key])
    expect((await bench.record('a'))?.highest).toBe(2)
  })

  test('is not begun again while an API cuts lifetimes short', async () => {
    const bench = aBench()
    bench.faults = (api) => ({
      ...api,
      create: (request) => {
        const expiresAt = new Date(bench.now() + 3 * DAY).toISOString()
        return api.create({ ...request, fields: { ...request.fields, expiresAt } })
      },
    })
    const key = aKey({ expiresIn: 180 * DAY })
    await settled(bench, [key])
    await settled(bench, [key])
    expect(await phases(bench, 'a')).toBe('1:active')
  })

  test('that reached only some places keeps the old key in service, and is finished by the next run with the same secret (R13)', async () => {
    const bench = aBench()
    const key = (n: number) => aKey({ places: [aPlace('a'), aPlace('b', 'other')], rotation: policy(n) })
    const other = memorySink(bench.cells)
    bench.sinks.set('other', other)
    await settled(bench, [key(1)])
    const write = async (): Promise<never> => {
      throw new KeywrightError('SINK_UNREACHABLE', { message: 'down', retryable: true })
    }
    bench.sinks.set('other', { ...other, write })
    expect(outcomeOf(await bench.apply([key(2)]), 'a')).toMatchObject({ status: 'open' })
    expect(await phases(bench, 'a')).toBe('1:active 2:delivering')
    expect(await works(bench, bench.held('b', 'other'))).toBe(true)
    bench.sinks.set('other', other)
    await settled(bench, [key(2)])
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
    expect(bench.held('b', 'other')).toBe(bench.held('a'))
  })

  test('ends the old key only where the new secret is still in place (R6)', async () => {
    const bench = aBench()
    await settled(bench, [serial(1)])
    const old = bench.held('a') ?? ''
    await settled(bench, [serial(2)])
    bench.poke('a', old)
    bench.advance(DAY)
    await settled(bench, [serial(2)])
    expect(await works(bench, bench.held('a'))).toBe(true)
    expect((await bench.record('a'))?.highest).toBe(3)
  })

  test('gives blind places the whole grace, also after a generation that never served (R10)', async () => {
    const bench = aBench()
    bench.sinks.set('memory', memorySink(bench.cells, { readable: false, conditional: false }))
    await settled(bench, [serial(1)])
    expect((await bench.record('a'))?.places).toMatchObject([{ status: 'unverifiable' }])
    await settled(bench, [serial(2)])
    bench.advance(DAY - 1)
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
    bench.advance(1)
    await settled(bench, [serial(2)])
    expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
  })
})
