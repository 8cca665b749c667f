import { describe, expect, test } from 'vitest'
import { agendaOf, type Entry, type Item } from '../../src/core/agenda.ts'
import type { DesiredKey, Window } from '../../src/core/key.ts'
import type { KeyRecord } from '../../src/core/record.ts'
import { at, DAY, HOUR, instant, MINUTE } from '../../src/core/time.ts'
import { aKey, aRotation } from '../fakes/desired.ts'
import { aBench, type Bench, settled } from '../fakes/engine.ts'
import { active, ago, disabled, NOW, record, seeing, sight, superseded } from './machine/build.ts'

const WORK: Window = { days: [1, 2, 3, 4, 5], from: 9 * 60, to: 16 * 60, zone: 'Europe/Berlin' }

function itemsOf(desired: DesiredKey | null, state: KeyRecord, ahead = 400 * DAY): readonly Item[] {
  const entry: Entry = { desired, record: state, live: sight(state).keys }
  return agendaOf([entry], { now: NOW, until: NOW + ahead }).items
}

const every = (days: number, more: Parameters<typeof aRotation>[0] = {}) =>
  aKey({ rotation: aRotation({ every: days * DAY, ...more }) })

describe('a schedule', () => {
  test('is empty for a key that nothing is due for', () => {
    expect(itemsOf(aKey(), record([active(1)]))).toEqual([])
  })

  test('lists the next rotation, and not what lies beyond its days', () => {
    const state = record([active(2, { activeAt: ago(DAY) })])
    expect(itemsOf(every(10), state)).toMatchObject([{ what: 'rotate', n: 2, at: NOW + 9 * DAY }])
    expect(itemsOf(every(10), state, 8 * DAY)).toEqual([])
  })

  test('says from when a window puts a rotation off', () => {
    const state = record([active(1, { activeAt: ago(10 * DAY) })])
    const [item] = itemsOf(every(12.2, { window: WORK }), state)
    expect(item).toMatchObject({ what: 'rotate', window: WORK, due: NOW + 2.2 * DAY })
    expect(item?.at).toBeGreaterThan(NOW + 2.2 * DAY)
  })

  test('names the freeze that puts a rotation off, and lists it', () => {
    const state = record([active(1, { activeAt: ago(10 * DAY) })])
    const freeze = { from: instant(NOW - DAY), to: instant(NOW + 3 * DAY), reason: 'holidays' }
    const desired = every(9, { freezes: [freeze] })
    const entry = { desired, record: state, live: sight(state).keys }
    expect(agendaOf([entry, entry], { now: NOW, until: NOW + 30 * DAY })).toMatchObject({
      items: [{ at: NOW + 3 * DAY, due: NOW - DAY, freeze }, {}],
      freezes: [freeze],
    })
  })

  test('leaves out a freeze that is over or begins later', () => {
    const over = { from: instant(NOW - 3 * DAY), to: instant(NOW), reason: 'over' }
    const later = { from: instant(NOW + 9 * DAY), to: instant(NOW + 10 * DAY), reason: 'later' }
    const entry = { desired: every(9, { freezes: [over, later] }), record: record([active(1)]), live: new Map() }
    expect(agendaOf([entry], { now: NOW, until: NOW + 5 * DAY }).freezes).toEqual([])
  })

  test('lists ends of grace, of hold and of a removal', () => {
    const state = record([disabled(1, { disabledAt: ago(30 * MINUTE) }), superseded(2), active(3)])
    expect(itemsOf(aKey(), state).map(({ what, n }) => [what, n])).toEqual([
      ['hold', 1],
      ['grace', 2],
    ])
    const leaving = record([disabled(1, { why: 'removed', disabledAt: ago(DAY) })])
    expect(itemsOf(null, leaving)).toMatchObject([{ what: 'removal', n: 1, at: NOW + 6 * DAY }])
  })

  test('shows what a freeze puts off beyond its days, with the day it would be due', () => {
    const state = record([superseded(1), active(2)])
    const freeze = { from: instant(NOW), to: instant(NOW + 300 * DAY), reason: 'audit' }
    const items = itemsOf(aKey({ rotation: aRotation({ freezes: [freeze] }) }), state, 30 * DAY)
    expect(items).toMatchObject([{ what: 'grace', due: NOW + DAY, at: NOW + 300 * DAY, freeze }])
  })

  test('says that a human set the end of a grace', () => {
    const state = record([superseded(1, { graceUntil: instant(NOW + 2 * DAY) }), active(2)])
    expect(itemsOf(aKey(), state)).toMatchObject([{ what: 'grace', at: NOW + 2 * DAY, byHand: true }])
  })

  test('lists a fixed end', () => {
    const end = instant(NOW + 20 * DAY)
    const state = record([active(1)])
    const desired = aKey({ fields: { expiresAt: end } })
    const live = seeing(state, 1, { fields: { expiresAt: end } }).keys
    const { items } = agendaOf([{ desired, record: state, live }], { now: NOW, until: NOW + 30 * DAY })
    expect(items).toMatchObject([{ what: 'end', n: 1, at: at(end) }])
  })

  test('begins nothing before a pause is over', () => {
    const until = instant(NOW + 5 * DAY)
    const state = { ...record([active(1, { activeAt: ago(10 * DAY) })]), paused: { until } }
    expect(itemsOf(every(9), state)).toMatchObject([
      { what: 'rotate', at: at(until), due: NOW - DAY },
      { what: 'pause', n: null, at: at(until) },
    ])
  })

  test('keeps out what a rollback keeps', () => {
    const pinned = { n: 1, at: ago(HOUR), entry: 'x', notRestored: {}, settled: true }
    const state = { ...record([superseded(1), active(2, { activeAt: ago(10 * DAY) })]), pinned }
    expect(itemsOf(every(9), state)).toEqual([])
  })
})

describe('what a schedule promises', () => {
  /** Advances to the first item and applies: the item is done, and nothing of it is left. */
  async function comesTrue(bench: Bench, key: DesiredKey): Promise<Item['what'] | null> {
    const { subjects } = await bench.session([key])
    const entries = subjects.map(({ desired, record: state, sight: seen }) => ({
      desired,
      record: state,
      live: seen.keys,
    }))
    const [item] = agendaOf(entries, { now: bench.now(), until: bench.now() + 400 * DAY }).items
    if (!item) return null
    bench.advance(item.at - bench.now() - 1)
    expect((await bench.plan([key])).changes).toEqual([])
    bench.advance(1)
    expect((await bench.plan([key])).changes).toHaveLength(1)
    await settled(bench, [key])
    return item.what
  }

  test('comes true to the millisecond, through rotations, graces and holds, in windows and freezes', async () => {
    const bench = aBench()
    const freeze = { from: instant(bench.now() + 8 * DAY), to: instant(bench.now() + 12 * DAY), reason: 'x' }
    const key = every(10, { window: WORK, freezes: [freeze], jitter: 6 * HOUR })
    await settled(bench, [key])
    const seen = []
    for (let i = 0; i < 9; i++) seen.push(await comesTrue(bench, key))
    expect(seen).toEqual(['rotate', 'grace', 'hold', 'rotate', 'grace', 'hold', 'rotate', 'grace', 'hold'])
  })
})
