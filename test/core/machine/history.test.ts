import { describe, expect, test } from 'vitest'
import { isBySame, MOST_LINES, pastOf, remember } from '../../../src/core/machine/history.ts'
import { transition } from '../../../src/core/machine/transition.ts'
import type { Actor, KeyRecord } from '../../../src/core/record.ts'
import { DAY, instant } from '../../../src/core/time.ts'
import { aKey, aRotation } from '../../fakes/desired.ts'
import { aBench, settled } from '../../fakes/engine.ts'
import { aRecord } from '../../fakes/records.ts'

const ROBOT: Actor = {
  who: 'github-actions[bot]',
  runUrl: 'https://github.com/acme/keys/actions/runs/12345678901',
  commit: '5b1f0c9d2e3a4b5c6d7e8f9a0b1c2d3e4f5a6b7c',
}

function paused(record: KeyRecord, now: number, actor: Actor): KeyRecord {
  const event = { on: 'paused', until: instant(now + DAY), reason: 'audit' } as const
  return remember(transition(record, event), record, { event, step: null, now, actor })
}

function many(count: number, actorOf: (i: number) => Actor): KeyRecord {
  let record = aRecord('a-1/b')
  for (let i = 0; i < count; i++) record = paused(record, i * DAY, actorOf(i))
  return record
}

describe('the history of an address', () => {
  test('tells an issue with its reason, what it took over from, and the end of the old one', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    const second = aKey({ rotation: aRotation({ serial: 2 }), fields: { limit: 5 } })
    await bench.apply([second])
    bench.advance(2 * DAY)
    await bench.apply([second])
    bench.advance(DAY)
    await settled(bench, [second])
    const record = await bench.record('a')
    expect(pastOf(record ?? {}).map(({ what, n, why }) => [what, n, why].filter((one) => one !== undefined))).toEqual([
      ['issued', 1, 'new'],
      ['active', 1],
      ['updated', 1, 'limit'],
      ['issued', 2, 'serial 2'],
      ['active', 2, 'instead of #1'],
      ['disabled', 1, 'retired'],
      ['deleted', 1, 'retired'],
    ])
    expect(pastOf(record ?? {}).every(({ who }) => who === 'test')).toBe(true)
  })

  test('tells a key that vanished from one that was deleted', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    bench.account.remove((await bench.serving('a'))?.id ?? '')
    await settled(bench, [aKey()])
    const record = await bench.record('a')
    expect(record?.history?.map(({ what }) => what)).toEqual(['issued', 'active', 'missing', 'issued', 'active'])
  })

  test('keeps what a human said', () => {
    const { history } = paused(aRecord('a-1/b'), 0, { who: 'ann' })
    expect(history).toEqual([{ at: instant(0), what: 'paused', why: 'audit', until: instant(DAY), who: 'ann' }])
  })

  test('keeps the last lines only, and no line loses its actor', () => {
    const record = many(MOST_LINES + 5, (i) => (i < 3 ? { who: 'ann' } : ROBOT))
    expect(record.history).toHaveLength(MOST_LINES)
    expect(pastOf(record).every((line) => isBySame(line, ROBOT))).toBe(true)
    expect(record.history?.filter(({ who }) => who !== undefined)).toHaveLength(1)
  })

  test('signs anew where the actor, the run or the commit changes', () => {
    const { who } = ROBOT
    const actors: readonly Actor[] = [
      ROBOT,
      ROBOT,
      { ...ROBOT, commit: 'another' },
      { who, runUrl: 'r' },
      { who },
      ROBOT,
    ]
    const record = many(actors.length, (i) => actors[i] ?? ROBOT)
    expect(pastOf(record).map(({ at: _, what: __, why: ___, until: ____, ...by }) => by)).toEqual(actors)
    expect(record.history?.filter((line) => line.who !== undefined)).toHaveLength(5)
  })

  test('stays small: a full one takes less than four kilobytes', () => {
    const record = many(100, () => ROBOT)
    expect(JSON.stringify(record.history).length).toBeLessThan(4096)
  })
})
