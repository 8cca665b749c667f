import { describe, expect, test } from 'vitest'
import { KeywrightError } from '../../src/core/diagnostic.ts'
import { DAY, MINUTE, SECOND } from '../../src/core/time.ts'
import type { CreateOutcome } from '../../src/ports/key-api.ts'
import { aKey, aPlace } from '../fakes/desired.ts'
import { aBench, type Bench, outcomeOf, phases, settled } from '../fakes/engine.ts'

/** Answers the next creates with these outcomes; `null` passes one on. */
function answering(bench: Bench, ...answers: readonly (CreateOutcome | 'lost' | null)[]): void {
  const left = [...answers]
  bench.faults = (api) => ({
    ...api,
    create: async (request) => {
      const answer = left.shift() ?? null
      if (answer === null) return await api.create(request)
      if (answer !== 'lost') return answer
      await api.create(request)
      return { kind: 'unknown', reason: 'cut' }
    },
  })
}

const what = (bench: Bench): string => bench.sent.map((one) => one.do).join(' ')

describe('a create', () => {
  test('makes one key, proves it, and brings its secret to every place', async () => {
    const bench = aBench()
    await settled(bench, [aKey({ places: [aPlace('a'), aPlace('b')] })])
    const live = await bench.serving('a')
    expect(live).toMatchObject({
      name: 'a [kw:test-1/a#1.aaaaaaaa]',
      scope: 'workspace-default',
      fields: { limit: 10 },
    })
    expect(what(bench)).toBe('create prove')
    expect(bench.held('a')).toBe(bench.secretOf(live?.id ?? ''))
    expect(bench.held('b')).toBe(bench.held('a'))
  })

  test('of many keys gives each its own lineage', async () => {
    const bench = aBench()
    await settled(
      bench,
      ['a', 'b', 'c'].map((id) => aKey({ id })),
    )
    const lineages = await Promise.all(['a', 'b', 'c'].map(async (id) => (await bench.record(id))?.lineage))
    expect(new Set(lineages).size).toBe(3)
  })

  test('is announced in the record before it is sent (R4)', async () => {
    const bench = aBench()
    let seen = ''
    bench.faults = (api) => ({
      ...api,
      create: async (request) => {
        seen = await phases(bench, 'a')
        return await api.create(request)
      },
    })
    await settled(bench, [aKey()])
    expect(seen).toBe('1:creating')
  })

  test('is not sent when a place cannot be written', async () => {
    const bench = aBench()
    const preflight = async (): Promise<never> => {
      throw new KeywrightError('SINK_DENIED', { message: 'read-only' })
    }
    const sink = bench.sinks.get('memory')
    if (sink) bench.sinks.set('memory', { ...sink, preflight })
    const outcome = outcomeOf(await bench.apply([aKey()]), 'a')
    expect(outcome).toMatchObject({ status: 'stopped', problem: { code: 'SINK_DENIED' } })
    expect(bench.sent).toEqual([])
    expect(await bench.record('a')).toBeNull()
  })

  test('that is asked to slow down waits, and uses the next number (R2)', async () => {
    const bench = aBench()
    answering(bench, { kind: 'rejected', status: 429, reason: 'slow down', retryAfter: 7 * SECOND })
    const start = bench.now()
    await settled(bench, [aKey()])
    expect(bench.now() - start).toBeGreaterThanOrEqual(7 * SECOND)
    expect(await phases(bench, 'a')).toBe('2:active')
    expect((await bench.record('a'))?.abandoned).toEqual([])
  })

  test('that is asked to wait for longer than a minute is left for the next run', async () => {
    const bench = aBench()
    answering(bench, { kind: 'rejected', status: 429, reason: 'slow down', retryAfter: 5 * MINUTE })
    const outcome = outcomeOf(await bench.apply([aKey()]), 'a')
    expect(outcome).toMatchObject({ status: 'open', problem: { code: 'API_RATE_LIMITED', hint: 'keywright apply' } })
    await settled(bench, [aKey()])
  })

  test('that is refused stops the address with the reason of the API', async () => {
    const bench = aBench()
    answering(bench, { kind: 'rejected', status: 400, reason: 'limit too high' })
    const outcome = outcomeOf(await bench.apply([aKey()]), 'a')
    expect(outcome).toMatchObject({ status: 'stopped', problem: { code: 'API_REJECTED' } })
    expect(outcome.problem?.message).toContain('limit too high')
  })

  test('that nobody answered is looked for in the same run, burned on evidence, and sent again', async () => {
    const bench = aBench()
    answering(bench, 'lost')
    await settled(bench, [aKey()])
    expect(what(bench)).toBe('create remove create prove')
    expect(await phases(bench, 'a')).toBe('2:active')
    expect(bench.account.keys().length).toBe(1)
  })

  test('that nobody answered and that never took place leaves only a claim, for 30 days', async () => {
    const bench = aBench()
    answering(bench, { kind: 'unknown', reason: 'cut' })
    await settled(bench, [aKey()])
    expect((await bench.record('a'))?.abandoned).toMatchObject([{ n: 1 }])
    bench.advance(31 * DAY)
    await settled(bench, [aKey()])
    expect((await bench.record('a'))?.abandoned).toEqual([])
  })

  test('whose leftover shows up days later is burned then, unless somebody uses it', async () => {
    for (const used of [false, true]) {
      const bench = aBench()
      answering(bench, { kind: 'unknown', reason: 'cut' })
      await settled(bench, [aKey()])
      bench.advance(2 * DAY)
      const late = bench.account.plant({ name: 'a [kw:test-1/a#1.aaaaaaaa]', scope: 'workspace-default', fields: {} })
      if (used) bench.account.spend(late.key.id, 1)
      await settled(bench, [aKey()])
      expect(bench.account.key(late.key.id) !== null).toBe(used)
    }
  })

  test('that stored another name is deleted at once, and the run stops (MARKER_NOT_KEPT)', async () => {
    const bench = aBench()
    bench.faults = (api) => ({
      ...api,
      create: async (request) => await api.create({ ...request, name: request.name.slice(0, 5) }),
    })
    await expect(bench.apply([aKey()])).rejects.toMatchObject({ code: 'MARKER_NOT_KEPT' })
    expect(bench.account.keys()).toEqual([])
    expect(bench.held('a')).toBeNull()
  })

  test('that stored another name and cannot be deleted now is deleted by its recorded id later', async () => {
    const bench = aBench()
    bench.faults = (api) => ({
      ...api,
      create: async (request) => await api.create({ ...request, name: 'cut off' }),
      remove: async () => {
        throw new KeywrightError('API_UNREACHABLE', { message: 'down', retryable: true })
      },
    })
    expect(outcomeOf(await bench.apply([aKey()]), 'a')).toMatchObject({ status: 'open' })
    expect(bench.account.keys().length).toBe(1)
    bench.faults = (api) => api
    await settled(bench, [aKey()])
    expect(bench.account.keys().map((key) => key.name)).toEqual(['a [kw:test-1/a#2.aaaaaaaa]'])
  })
})
