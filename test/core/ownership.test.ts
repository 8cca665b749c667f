import { describe, expect, test } from 'vitest'
import type { LiveKey } from '../../src/core/key.ts'
import { classify, recordedIds, type Survey, type SurveyInputs, survey } from '../../src/core/ownership.ts'
import type { KeyRecord } from '../../src/core/record.ts'
import { active, ago, creating, LINEAGE, live, record } from './machine/build.ts'

const STACK = 'test-1'
const recorded = (...all: readonly KeyRecord[]): ReadonlyMap<string, KeyRecord> =>
  new Map(all.map((one) => [one.address, one]))
const named = (name: string, more: Partial<LiveKey> = {}): LiveKey => live(9, { id: `live ${name}`, name, ...more })
const marker = (id: string, n: number, lineage = LINEAGE, stack = STACK): string =>
  `x [kw:${stack}/${id}#${n}.${lineage}]`

function surveyed(
  records: ReadonlyMap<string, KeyRecord>,
  keys: readonly LiveKey[],
  more: Partial<SurveyInputs> = {},
): Survey {
  return survey({
    stack: STACK,
    records,
    live: keys,
    desired: new Set(['test-1/a']),
    isKnown: true,
    storedStacks: [STACK],
    declaredStacks: [STACK],
    ...more,
  })
}

describe('a live key', () => {
  const ids = recordedIds(recorded(record([active(1)])))

  test.each<[string, LiveKey, string]>([
    ['ours by its recorded id, whatever its name says', live(1, { name: 'renamed' }), 'ours'],
    ['unclaimed with our stack and an id nobody recorded', named(marker('a', 1)), 'unclaimed'],
    ['of another stack', named(marker('a', 1, LINEAGE, 'other')), 'other-stack'],
    ['derived when the API rotated it', named(`${marker('a', 1)} (rotated)`), 'derived'],
    ['foreign without marker', named('CI bot'), 'foreign'],
    ['foreign with a marker that is not at the end', named(`${marker('a', 1)} copy`), 'foreign'],
  ])('is %s', (_, key, who) => {
    expect(classify(key, STACK, ids).who).toBe(who)
  })
})

describe('an address is stopped', () => {
  const records = recorded(record([active(2)], { highest: 3 }))
  const stopOf = (key: LiveKey, all = records) => surveyed(all, [key]).stops.get('test-1/a')

  test('by a generation above the highest that is recorded (STATE_BEHIND)', () => {
    expect(stopOf(named(marker('a', 4)))).toMatchObject({ code: 'STATE_BEHIND', hint: 'keywright state rebuild' })
    expect(stopOf(named(marker('a', 3)))).toBeUndefined()
  })

  test('by another lineage (STACK_IN_USE)', () => {
    expect(stopOf(named(marker('a', 1, 'zzzzzzzz')))).toMatchObject({ code: 'STACK_IN_USE' })
  })

  test('by a marker that no record claims, where a key shall be (ADDRESS_TAKEN)', () => {
    expect(stopOf(named(marker('a', 1)), recorded())).toMatchObject({ code: 'ADDRESS_TAKEN', hint: 'keywright census' })
    const elsewhere = surveyed(recorded(), [named(marker('b', 1))])
    expect(elsewhere.stops.size).toBe(0)
    expect(elsewhere.unclaimed.length).toBe(1)
  })

  test('not by what was announced and may have been created', () => {
    const waiting = recorded(record([creating(4)], { abandoned: [{ n: 3, claimedAt: ago(0) }] }))
    for (const n of [3, 4]) {
      const { stops, unclaimed, marked } = surveyed(waiting, [named(marker('a', n))])
      expect([stops.size, unclaimed.length, marked.get('test-1/a')?.length]).toEqual([0, 0, 1])
    }
  })

  test('under the address its record has now: a leftover keeps the marker of before a move', () => {
    const moved = recorded(record([active(1)], { address: 'test-1/b', abandoned: [{ n: 2, claimedAt: ago(0) }] }))
    const { marked, unclaimed } = surveyed(moved, [named(marker('a', 2))])
    expect([...marked.keys()]).toEqual(['test-1/b'])
    expect(unclaimed).toEqual([])
  })
})

describe('the whole stack is stopped', () => {
  const taken = [named(marker('a', 1)), named(marker('b', 1))]

  test('when keys carry its marker and the state knows nothing (STATE_MISSING)', () => {
    const { stackStop } = surveyed(recorded(), taken, { isKnown: false })
    expect(stackStop).toMatchObject({ code: 'STATE_MISSING', hint: 'keywright state rebuild' })
    expect(stackStop?.message).toContain('2 live keys carry')
  })

  test('when the store holds another stack that nobody declares (STACK_RENAMED)', () => {
    const { stackStop } = surveyed(recorded(), [], { storedStacks: ['old-1'] })
    expect(stackStop).toMatchObject({ code: 'STACK_RENAMED', hint: 'keywright state mv --stack old-1 test-1' })
  })

  test.each<[string, Partial<SurveyInputs>]>([
    ['its records are there', { records: recorded(record([active(1)])), storedStacks: ['old-1', STACK] }],
    ['the state knows the stack, only empty', { live: taken }],
    ['it is new, and so is the account', { isKnown: false }],
    ['the other stack is declared', { storedStacks: ['dev-1'], declaredStacks: ['dev-1', STACK] }],
  ])('not when %s', (_, more) => {
    expect(surveyed(recorded(), [], more).stackStop).toBeNull()
  })
})
