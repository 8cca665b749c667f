import { describe, expect, test } from 'vitest'
import type { LiveKey } from '../../src/core/key.ts'
import type { KeyRecord } from '../../src/core/record.ts'
import { at, DAY, instant } from '../../src/core/time.ts'
import { type Census, CLASSES, census } from '../../src/engine/census.ts'
import { aKey } from '../fakes/desired.ts'
import { aBench, settled } from '../fakes/engine.ts'

const NOW = at('2026-11-28T12:00:00.000Z')
const FIELDS = { limit: 10, limitReset: 'monthly', disabled: false, expiresAt: '2027-06-01T00:00:00.000Z' }
const NOTHING = { total: 0, daily: 0, weekly: 0, monthly: 0 }

const aLive = (id: string, more: Partial<LiveKey> = {}): LiveKey => ({
  id,
  name: id,
  scope: 'w1',
  fields: FIELDS,
  createdAt: instant(NOW - 400 * DAY),
  updatedAt: null,
  label: 'sk-...',
  usage: { total: 5, daily: 1, weekly: 2, monthly: 3 },
  ...more,
})

function taken(live: readonly LiveKey[], more: { records?: ReadonlyMap<string, KeyRecord>; unusedDays?: number } = {}) {
  const account = { identity: { origin: 'o', account: 'w1' }, scopes: new Map([['default', 'w1']]), skew: 0 }
  return census({ now: NOW, account, live, stack: 'test-1', records: new Map(), unusedDays: 90, ...more })
}

const classesOf = ({ keys }: Census, id: string) => keys.find((key) => key.id === id)?.classes

describe('the census', () => {
  test('says of every key whose it is, and all that is odd about it', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    const record = await bench.record('a')
    const [ours] = bench.account.keys()
    if (!ours || !record) throw new Error('nothing was issued')
    const marked = (id: string, stack = 'test-1') => ({ name: `x [kw:${stack}/${id}#1.aaaabbbb]` })
    const all = taken(
      [
        ours,
        aLive('plain'),
        aLive('lost', marked('lost')),
        aLive('orphan', { ...marked('orphan'), usage: NOTHING, createdAt: instant(NOW - DAY) }),
        aLive('api', { name: `${marked('api').name} (rotated)` }),
        aLive('other', marked('x', 'other-1')),
        aLive('open', { fields: { ...FIELDS, limit: null, expiresAt: null } }),
        aLive('off', { fields: { ...FIELDS, limit: null, disabled: true } }),
        aLive('dead', { fields: { ...FIELDS, limit: null, expiresAt: '2026-01-01T00:00:00.000Z' }, usage: NOTHING }),
        aLive('soon', { fields: { ...FIELDS, expiresAt: instant(NOW + DAY) } }),
        aLive('near', { fields: { ...FIELDS, limit: 3 } }),
        aLive('idle', { usage: NOTHING }),
      ],
      { records: new Map([[record.address, record]]) },
    )
    expect(Object.fromEntries(all.keys.map(({ id, classes }) => [id === ours.id ? 'ours' : id, classes]))).toEqual({
      ours: ['no-expiry', 'ours'],
      plain: ['foreign'],
      lost: ['unclaimed'],
      orphan: ['orphan'],
      api: ['derived'],
      other: ['other-stack'],
      open: ['unlimited', 'no-expiry', 'foreign'],
      off: ['disabled', 'foreign'],
      dead: ['expired', 'foreign'],
      soon: ['expires-soon', 'foreign'],
      near: ['near-limit', 'foreign'],
      idle: ['unused', 'foreign'],
    })
    expect(all.keys.map(({ id }) => id).slice(0, 4)).toEqual(['open', 'near', 'orphan', 'lost'])
    const order = all.classes.map((one) => CLASSES.indexOf(one.class))
    expect(order).toEqual([...order].sort((a, b) => a - b))
  })

  test('adds up what each class spent and may spend', () => {
    const usage = { total: 8, daily: 1, weekly: 2, monthly: 4 }
    const { classes, worstMonth } = taken([
      aLive('a', { usage }),
      aLive('b', { usage, fields: { ...FIELDS, limit: 2, limitReset: 'weekly' } }),
      aLive('c', { usage, fields: { ...FIELDS, limit: null, disabled: true } }),
      aLive('d', { usage, fields: { ...FIELDS, limit: null } }),
    ])
    expect(classes).toEqual([
      { class: 'unlimited', keys: 1, spentThisMonth: 4, spentInAll: 8, worstMonth: null },
      { class: 'near-limit', keys: 1, spentThisMonth: 4, spentInAll: 8, worstMonth: 12 },
      { class: 'disabled', keys: 1, spentThisMonth: 4, spentInAll: 8, worstMonth: 0 },
      { class: 'foreign', keys: 4, spentThisMonth: 16, spentInAll: 32, worstMonth: null },
    ])
    expect(worstMonth).toBeNull()
  })

  test('counts a key as unused only for as long as counters prove it', () => {
    const monthly = { total: 5, daily: 0, weekly: 0, monthly: 0 }
    const keys = [
      aLive('this-month', { usage: { total: 5, daily: 0, weekly: 0, monthly: 1 } }),
      aLive('earlier', { usage: monthly }),
      aLive('never', { usage: NOTHING, createdAt: instant(NOW - 40 * DAY) }),
      aLive('young', { usage: NOTHING, createdAt: instant(NOW - 2 * DAY) }),
      aLive('strait', { usage: NOTHING, lastUsedAt: instant(NOW - 50 * DAY) }),
      aLive('busy', { usage: NOTHING, lastUsedAt: instant(NOW - DAY) }),
    ]
    const unused = (unusedDays: number) =>
      taken(keys, { unusedDays })
        .keys.filter(({ classes }) => classes.includes('unused'))
        .map(({ id }) => id)
        .sort()
    expect(unused(90)).toEqual([])
    expect(unused(40)).toEqual(['never', 'strait'])
    expect(unused(20)).toEqual(['earlier', 'never', 'strait'])
    expect(unused(5)).toEqual(['earlier', 'never', 'strait', 'this-month'])
    const since = taken(keys).keys.find(({ id }) => id === 'earlier')?.idleSince
    expect(since).toBe('2026-11-01T00:00:00.000Z')
  })

  test('takes the clock of the API, and a key that a record knows for ours whatever its name says', () => {
    const live = aLive('x', {
      name: 'x [kw:other-1/x#1.aaaabbbb]',
      fields: { ...FIELDS, expiresAt: instant(NOW + 60_000) },
    })
    expect(classesOf(taken([live]), 'x')).toEqual(['expires-soon', 'other-stack'])
    const account = { identity: { origin: 'o', account: 'w1' }, scopes: new Map(), skew: 120_000 }
    const late = census({ now: NOW, account, live: [live], stack: null, records: new Map(), unusedDays: 90 })
    expect(classesOf(late, 'x')).toEqual(['expired', 'other-stack'])
  })
})
