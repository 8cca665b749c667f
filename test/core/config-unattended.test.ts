import { describe, expect, test } from 'vitest'
import { MINUTE } from '../../src/core/time.ts'
import { sourced } from '../fakes/sources.ts'

const HEAD = 'version: 1\nproviders: { o: { kind: memory } }\n'
const PLAIN = `${HEAD}stack: s\n`

describe('a loop', () => {
  test('is not declared unless it is written', async () => {
    expect((await sourced({ config: PLAIN })).config).toMatchObject({ loopEvery: null, freezes: [] })
  })

  test('runs as often as it says', async () => {
    const { config, said } = await sourced({ config: `${PLAIN}loop: { every: 10m }` })
    expect(said).toEqual([])
    expect(config?.loopEvery).toBe(10 * MINUTE)
  })
})

describe('a freeze', () => {
  test('lasts from a day or an instant to another', async () => {
    const { config, said } = await sourced({
      config: `${PLAIN}freeze:\n  - { from: 2027-12-20, to: 2028-01-03, reason: holidays }\n  - { from: 2027-11-26T18:00:00Z, to: "2027-11-29T06:00:00Z", reason: sale }`,
    })
    expect(said).toEqual([])
    expect(config?.freezes).toEqual([
      { from: '2027-12-20T00:00:00.000Z', to: '2028-01-03T00:00:00.000Z', reason: 'holidays' },
      { from: '2027-11-26T18:00:00.000Z', to: '2027-11-29T06:00:00.000Z', reason: 'sale' },
    ])
  })
})

const FREEZE = (day: string): string => `freeze: [{ from: 2027-${day}, to: 2027-12-31, reason: r }]`

test('an environment replaces both, each for itself, also with nothing', async () => {
  const config = `${HEAD}loop: { every: 1h }\n${FREEZE('01-01')}\nenvironments:\n  a: { stack: a }\n  b: { stack: b, loop: { every: 5m } }\n  c: { stack: c, ${FREEZE('02-02')} }\n  d: { stack: d, freeze: [] }`
  const found = await Promise.all(
    ['a', 'b', 'c', 'd'].map(async (env) => {
      const { config: resolved, said } = await sourced({ config, env })
      expect(said).toEqual([])
      return [resolved?.loopEvery, resolved?.freezes.map(({ from }) => from.slice(5, 10))]
    }),
  )
  expect(found).toEqual([
    [60 * MINUTE, ['01-01']],
    [5 * MINUTE, ['01-01']],
    [60 * MINUTE, ['02-02']],
    [60 * MINUTE, []],
  ])
})

/** What stands in line 4 of keywright.yaml, and everything that is said about it. */
const WRONG: readonly (readonly [rule: string, line: string, said: readonly string[]])[] = [
  ['wants a length', 'loop: {}', ['4:1 CONFIG_WRONG_VALUE "loop" has no "every".']],
  [
    'refuses a loop that never waits',
    'loop: { every: 0 }',
    ['4:16 CONFIG_WRONG_VALUE "every" must be a duration such as 10m; here it is 0.'],
  ],
  [
    'refuses a length without a unit',
    'loop: { every: 10 }',
    ['4:16 CONFIG_WRONG_VALUE "every" must be a duration such as 10m; here it is 10.'],
  ],
  [
    'suggests the option that was meant',
    'loop: { evry: 10m, every: 5m }',
    ['4:9 CONFIG_UNKNOWN_FIELD "evry" is not an option of loop. Did you mean "every"?'],
  ],
  [
    'wants beginning, end and reason',
    'freeze: [{ from: 2027-12-20 }]',
    [
      '4:10 CONFIG_WRONG_VALUE Item 1 of "freeze" has no "to".',
      '4:10 CONFIG_WRONG_VALUE Item 1 of "freeze" has no "reason".',
    ],
  ],
  [
    'refuses an end before the beginning',
    'freeze: [{ from: 2027-12-20, to: 2027-12-19, reason: r }]',
    [
      '4:34 CONFIG_FREEZE_INVALID This freeze ends (2027-12-19T00:00:00.000Z) before it begins (2027-12-20T00:00:00.000Z), or at once.',
    ],
  ],
  [
    'refuses a freeze of no length',
    'freeze: [{ from: 2027-12-20, to: 2027-12-20T00:00:00Z, reason: r }]',
    [
      '4:34 CONFIG_FREEZE_INVALID This freeze ends (2027-12-20T00:00:00.000Z) before it begins (2027-12-20T00:00:00.000Z), or at once.',
    ],
  ],
  [
    'refuses a day that does not exist',
    'freeze: [{ from: 2027-02-29, to: 2027-12-20, reason: r }]',
    ['4:18 CONFIG_FREEZE_INVALID "from" must be a day or a UTC instant with seconds; here it is "2027-02-29".'],
  ],
  [
    'refuses an offset',
    'freeze: [{ from: "2027-02-28T00:00:00+01:00", to: 2027-12-20, reason: r }]',
    [
      '4:18 CONFIG_FREEZE_INVALID "from" must be a day or a UTC instant with seconds; here it is "2027-02-28T00:00:00+01:00".',
    ],
  ],
  [
    'says that a moment is blank, once',
    'freeze: [{ from: , to: 2027-12-20, reason: r }]',
    ['4:12 CONFIG_BLANK "from" is written without a value.'],
  ],
]

describe('a wrong keywright.yaml', () => {
  test.each(WRONG)('%s', async (_rule, line, said) => {
    const found = await sourced({ config: `${PLAIN}${line}` })
    expect(found.said).toEqual(said.map((one) => `keywright.yaml:${one}`))
    for (const { hint } of found.diagnostics) expect(hint).toMatch(/\S/)
  })

  test('is reported for environments that nobody asked for as well', async () => {
    const config = `${HEAD}environments: { a: { stack: a }, b: { stack: b, loop: { every: 0 } } }`
    expect((await sourced({ config, env: 'a' })).said).toEqual([
      'keywright.yaml:3:64 CONFIG_WRONG_VALUE "every" must be a duration such as 10m; here it is 0.',
    ])
  })
})
