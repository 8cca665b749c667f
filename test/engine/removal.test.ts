import { describe, expect, test } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { memorySink } from '../../src/sinks/memory.ts'
import { aKey, aRotation } from '../fakes/desired.ts'
import { aBench, outcomeOf, phases, settled } from '../fakes/engine.ts'

const rotated = (serial: number) => aKey({ rotation: aRotation({ every: null, grace: DAY, hold: HOUR, serial }) })

describe('a key that leaves the manifests', () => {
  test('is disabled at once and deleted after its hold, places first, and then its record ends', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    await settled(bench, [])
    expect(bench.account.keys()).toMatchObject([{ fields: { disabled: true } }])
    expect(bench.held('a')).not.toBeNull()
    bench.advance(7 * DAY - MINUTE)
    await settled(bench, [])
    expect(bench.account.keys().length).toBe(1)
    bench.advance(MINUTE)
    await settled(bench, [])
    expect(bench.account.keys()).toEqual([])
    expect(bench.held('a')).toBeNull()
    expect(await bench.record('a')).toBeNull()
  })

  test('gets the same secret back when the commit is reverted in time', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    const secret = bench.held('a')
    await settled(bench, [])
    bench.advance(6 * DAY)
    expect((await bench.plan([aKey()])).changes).toMatchObject([{ action: 'update', steps: ['enable'] }])
    await settled(bench, [aKey()])
    expect(await bench.serving('a')).toMatchObject({ fields: { disabled: false } })
    expect(bench.held('a')).toBe(secret)
    expect(bench.account.keys().length).toBe(1)
  })

  test('gets it back also when an older generation was still in grace', async () => {
    const bench = aBench()
    await settled(bench, [rotated(1)])
    await settled(bench, [rotated(2)])
    const secret = bench.held('a')
    await settled(bench, [])
    expect(await phases(bench, 'a')).toBe('1:disabled 2:disabled')
    await settled(bench, [rotated(2)])
    expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
    expect(bench.held('a')).toBe(secret)
    bench.advance(2 * DAY)
    await settled(bench, [rotated(2)])
    expect(await phases(bench, 'a')).toBe('2:active')
  })

  test('is a new key when it comes back after the delete, with the next lineage', async () => {
    const bench = aBench()
    await settled(bench, [aKey({ removalHold: 0 })])
    const lineage = (await bench.record('a'))?.lineage
    await settled(bench, [])
    expect(bench.account.keys()).toEqual([])
    await settled(bench, [aKey({ removalHold: 0 })])
    expect((await bench.record('a'))?.lineage).not.toBe(lineage)
  })

  test('leaves a place alone that holds something else by now', async () => {
    const bench = aBench()
    await settled(bench, [aKey({ removalHold: 0 })])
    bench.poke('a', 'by hand')
    await settled(bench, [])
    expect(bench.held('a')).toBe('by hand')
  })

  test('is left live while it is protected', async () => {
    const bench = aBench()
    await settled(bench, [aKey({ protect: true })])
    await bench.apply([])
    expect(bench.account.keys()).toMatchObject([{ fields: { disabled: false } }])
  })

  test('follows the hold of its last manifest, also when only that was changed', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    await settled(bench, [aKey({ removalHold: DAY })])
    await settled(bench, [])
    bench.advance(DAY)
    await settled(bench, [])
    expect(bench.account.keys()).toEqual([])
  })

  test('whose sink is no longer configured stays disabled, and says which sink to put back', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    bench.sinks.delete('memory')
    await bench.apply([])
    bench.advance(8 * DAY)
    const outcome = outcomeOf(await bench.apply([]), 'a')
    expect(outcome).toMatchObject({ status: 'stopped', problem: { code: 'RECORD_UNCONFIGURED' } })
    expect(bench.account.keys()).toMatchObject([{ fields: { disabled: true } }])
    bench.sinks.set('memory', memorySink(bench.cells))
    await settled(bench, [])
    expect(bench.held('a')).toBeNull()
    expect(bench.account.keys()).toEqual([])
  })
})

describe('removals wait', () => {
  const down = 'API_RATE_LIMITED'

  test('until every create of the plan is active', async () => {
    const bench = aBench()
    await settled(bench, [aKey({ id: 'old' })])
    bench.faults = (api) => ({
      ...api,
      create: async () => ({ kind: 'rejected', status: 429, reason: 'later', retryAfter: HOUR }),
    })
    const result = await bench.apply([aKey({ id: 'new' })])
    expect(outcomeOf(result, 'new').problem?.code).toBe(down)
    expect(result.postponed).toEqual(['test-1/old'])
    expect(await phases(bench, 'old')).toBe('1:active')
    bench.faults = (api) => api
    await settled(bench, [aKey({ id: 'new' })])
    expect(await phases(bench, 'old')).toBe('1:disabled')
  })

  test('also when another create of the plan is looked at again', async () => {
    const bench = aBench()
    await settled(bench, [aKey({ id: 'old' })])
    let cut = 1
    bench.faults = (api) => ({
      ...api,
      create: async (request) => {
        if (request.name.startsWith('slow ')) return { kind: 'rejected', status: 429, reason: 'x', retryAfter: HOUR }
        return cut-- > 0 ? { kind: 'unknown', reason: 'cut' } : await api.create(request)
      },
    })
    const result = await bench.apply([aKey({ id: 'slow' }), aKey({ id: 'cut' })])
    expect(await phases(bench, 'cut')).toBe('2:active')
    expect(result.postponed).toEqual(['test-1/old'])
    expect(await phases(bench, 'old')).toBe('1:active')
  })
})
