/** One budget across a rotation. */
import { describe, expect, test } from 'vitest'
import { DAY, HOUR } from '../../src/core/time.ts'
import { aKey, aRotation } from '../fakes/desired.ts'
import { aBench, type Bench, phases, settled } from '../fakes/engine.ts'

const carried = (serial = 1, limit = 100) =>
  aKey({ fields: { limit, limitReset: 'monthly' }, rotation: aRotation({ serial, budget: 'carry' }) })

async function caps(bench: Bench): Promise<readonly unknown[]> {
  return bench.account.keys().map(({ fields }) => fields.limit)
}

async function spend(bench: Bench, n: number, usd: number): Promise<void> {
  const g = (await bench.record('a'))?.generations.find((one) => one.n === n)
  if (g && 'id' in g) bench.account.spend(g.id, usd)
}

describe('budget: carry', () => {
  test('divides what is left between old and new, and the plan is empty then', async () => {
    const bench = aBench()
    await settled(bench, [carried()])
    await spend(bench, 1, 40)
    await bench.apply([carried(2)])
    expect(await caps(bench)).toEqual([70, 30])
    expect((await bench.plan([carried(2)])).changes).toEqual([])
  })

  test('cuts the old cap before the new key exists', async () => {
    const bench = aBench()
    await settled(bench, [carried()])
    bench.sent.length = 0
    await bench.apply([carried(2)])
    expect(bench.sent.map((one) => [one.do, one.fields?.limit])).toEqual([
      ['update', 50],
      ['create', 50],
      ['prove', undefined],
    ])
  })

  test('gives the new one what the old one left when it is gone', async () => {
    const bench = aBench()
    await settled(bench, [carried()])
    await spend(bench, 1, 40)
    await bench.apply([carried(2)])
    await spend(bench, 1, 10)
    bench.advance(DAY)
    await bench.apply([carried(2)])
    bench.advance(HOUR)
    await bench.apply([carried(2)])
    await settled(bench, [carried(2)])
    expect(await phases(bench, 'a')).toBe('2:active')
    expect(await caps(bench)).toEqual([50])
  })

  test('is whole again when the window of the limit starts anew', async () => {
    const bench = aBench()
    await settled(bench, [carried()])
    await spend(bench, 1, 40)
    await bench.apply([carried(2)])
    bench.advance(DAY)
    await bench.apply([carried(2)])
    bench.advance(HOUR)
    await settled(bench, [carried(2)])
    expect(await caps(bench)).toEqual([60])
    bench.advance(31 * DAY)
    const plan = await bench.plan([carried(2)])
    expect(plan.changes).toMatchObject([{ action: 'update' }])
    await settled(bench, [carried(2)])
    expect(await caps(bench)).toEqual([100])
  })

  test('gives the cap back where the rotation it was cut for is taken back', async () => {
    const bench = aBench()
    await settled(bench, [carried()])
    bench.faults = (api) => ({ ...api, create: async () => ({ kind: 'rejected', status: 400, reason: 'no' }) })
    await bench.apply([carried(2)])
    expect(await caps(bench)).toEqual([50])
    bench.faults = (api) => api
    await settled(bench, [carried(1)])
    expect(await caps(bench)).toEqual([100])
  })

  test('divides a lowered limit anew, so that the one that serves is not left without', async () => {
    const bench = aBench()
    await settled(bench, [carried()])
    await bench.apply([carried(2)])
    await bench.apply([carried(2, 60)])
    expect(await caps(bench)).toEqual([30, 30])
    await bench.apply([carried(2, 20)])
    expect(await caps(bench)).toEqual([10, 10])
  })

  test('lets the one that serves have what the old one does not use', async () => {
    const bench = aBench()
    await settled(bench, [carried()])
    await bench.apply([carried(2)])
    await spend(bench, 2, 50)
    await bench.apply([carried(2)])
    expect(await caps(bench)).toEqual([25, 75])
  })
})

test('budget: fresh lets the new key start with a whole limit', async () => {
  const bench = aBench()
  await settled(bench, [aKey()])
  await bench.apply([aKey({ rotation: aRotation({ serial: 2 }) })])
  expect(await caps(bench)).toEqual([10, 10])
})
