/** When an old generation ends: quiet, windows, freezes. */
import { describe, expect, test } from 'vitest'
import type { RotationPolicy, Window } from '../../src/core/key.ts'
import { DAY, HOUR, instant } from '../../src/core/time.ts'
import { aKey, aRotation } from '../fakes/desired.ts'
import { aBench, type Bench, phases, settled } from '../fakes/engine.ts'

/** 2027-01-01 is a Friday. */
const WEEKDAYS: Window = { days: [1, 2, 3, 4, 5], from: 9 * 60, to: 16 * 60, zone: 'Europe/Berlin' }

const key = (rotation: Partial<RotationPolicy>) => aKey({ rotation: aRotation(rotation) })

async function rotated(rotation: Partial<RotationPolicy>): Promise<Bench> {
  const bench = aBench()
  await settled(bench, [key(rotation)])
  await bench.apply([key({ ...rotation, serial: 2 })])
  return bench
}

describe('retire.when: unused', () => {
  const UNUSED = { retire: { when: 'unused', quiet: 6 * HOUR, by: 7 * DAY } } as const

  async function looked(bench: Bench, spend = false): Promise<string> {
    const old = (await bench.record('a'))?.generations[0]
    if (spend && old && 'id' in old) bench.account.spend(old.id, 0.5)
    await bench.apply([key({ ...UNUSED, serial: 2 })])
    return await phases(bench, 'a')
  }

  test('waits beyond grace while somebody still spends with the old key', async () => {
    const bench = await rotated(UNUSED)
    bench.advance(DAY)
    expect(await looked(bench, true)).toBe('1:superseded 2:active')
    bench.advance(3 * HOUR)
    expect(await looked(bench, true)).toBe('1:superseded 2:active')
    bench.advance(5 * HOUR)
    expect(await looked(bench)).toBe('1:superseded 2:active')
    bench.advance(HOUR)
    expect(await looked(bench)).toBe('1:disabled 2:active')
  })

  test('never waits longer than `by`', async () => {
    const bench = await rotated(UNUSED)
    for (let day = 1; day < 7; day++) {
      bench.advance(DAY)
      expect(await looked(bench, true)).toBe('1:superseded 2:active')
    }
    bench.advance(DAY)
    expect(await looked(bench, true)).toBe('1:disabled 2:active')
  })

  test('ends a key that nobody used when grace is over', async () => {
    const bench = await rotated(UNUSED)
    bench.advance(DAY - HOUR)
    expect(await looked(bench)).toBe('1:superseded 2:active')
    bench.advance(HOUR)
    expect(await looked(bench)).toBe('1:disabled 2:active')
  })
})

describe('a window', () => {
  test('puts off a rotation that is due to its next opening', async () => {
    const bench = aBench()
    const windowed = key({ every: 8 * DAY, window: WEEKDAYS })
    await settled(bench, [windowed])
    bench.advance(8 * DAY)
    expect((await bench.plan([windowed])).changes).toEqual([])
    bench.advance(2 * DAY + 8 * HOUR)
    expect(instant(bench.now())).toBe('2027-01-11T08:00:00.000Z')
    await bench.apply([windowed])
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
  })

  test('gates the end of a grace as well, and not what a commit asks for', async () => {
    const bench = await rotated({ window: WEEKDAYS })
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
    bench.advance(DAY)
    await bench.apply([key({ window: WEEKDAYS, serial: 2 })])
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
    bench.advance(2 * DAY + 9 * HOUR)
    await bench.apply([key({ window: WEEKDAYS, serial: 2 })])
    expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
  })

  test('that nobody used is waited for again, for a rotation and for the end of a grace', async () => {
    const bench = aBench()
    const windowed = key({ every: 10 * DAY, window: WEEKDAYS })
    await settled(bench, [windowed])
    bench.advance(10 * DAY + 20 * HOUR)
    expect(instant(bench.now())).toBe('2027-01-11T20:00:00.000Z')
    expect((await bench.plan([windowed])).changes).toEqual([])
    bench.advance(12 * HOUR)
    await bench.apply([windowed])
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
    bench.advance(36 * HOUR)
    expect((await bench.plan([windowed])).changes).toEqual([])
    bench.advance(12 * HOUR)
    await bench.apply([windowed])
    expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
  })

  test('no longer counts after 1.2 times `every`', async () => {
    const never: Window = { ...WEEKDAYS, days: [1], from: 600, to: 660 }
    const bench = aBench()
    const windowed = key({ every: 5 * DAY, window: never })
    await settled(bench, [windowed])
    bench.advance(5 * DAY + 12 * HOUR)
    expect((await bench.plan([windowed])).changes).toEqual([])
    bench.advance(12 * HOUR)
    expect((await bench.plan([windowed])).changes).toMatchObject([{ reasons: [{ kind: 'due' }] }])
  })
})

describe('a freeze', () => {
  const freezes = [{ from: '2027-01-05T00:00:00Z', to: '2027-01-20T00:00:00Z', reason: 'inventory' }]

  test('puts off what is due until it is over', async () => {
    const bench = aBench()
    const frozen = key({ every: 5 * DAY, freezes })
    await settled(bench, [frozen])
    bench.advance(18 * DAY)
    expect((await bench.plan([frozen])).changes).toEqual([])
    bench.advance(DAY)
    await bench.apply([frozen])
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
  })

  test('holds for what was due before it began, and was not done', async () => {
    const bench = aBench()
    const frozen = key({ every: 3 * DAY, freezes })
    await settled(bench, [frozen])
    bench.advance(4 * DAY)
    expect((await bench.plan([frozen])).changes).toEqual([])
    bench.advance(15 * DAY)
    expect((await bench.plan([frozen])).changes).toMatchObject([{ reasons: [{ kind: 'due' }] }])
  })

  test('does not let a key run into its expiry', async () => {
    const bench = aBench()
    const short = aKey({ expiresIn: 15 * DAY, rotation: aRotation({ freezes }) })
    await settled(bench, [short])
    bench.advance(11 * DAY)
    expect((await bench.plan([short])).changes).toMatchObject([{ reasons: [{ kind: 'renewal' }] }])
  })
})

describe('jitter', () => {
  test('puts off by the same for an address in every run, and never brings forward', async () => {
    const bench = aBench()
    const jittered = key({ every: 10 * DAY, jitter: DAY })
    await settled(bench, [jittered])
    bench.advance(10 * DAY)
    const due = (await bench.plan([jittered])).changes.length
    bench.advance(DAY)
    expect((await bench.plan([jittered])).changes).toHaveLength(1)
    expect(due).toBe(0)
  })
})

describe('a fixed end', () => {
  test('that has come issues nothing more, by age or by serial', async () => {
    const bench = aBench()
    const ending = (serial: number) =>
      aKey({ fields: { expiresAt: '2027-01-10T00:00:00Z' }, rotation: aRotation({ every: 20 * DAY, serial }) })
    await settled(bench, [ending(1)])
    bench.advance(30 * DAY)
    expect((await bench.plan([ending(2)])).changes).toEqual([])
  })
})
