import { describe, expect, test } from 'vitest'
import type { DesiredKey } from '../../src/core/key.ts'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { keysOf, SMALL_CONFIG, sourced } from '../fakes/sources.ts'

const LOOP = `${SMALL_CONFIG}loop: { every: 10m }\n`
const at = (rotation: string, rest = 'limit: 5'): string => `a: { ${rest}, rotation: ${rotation}, deliverTo: [mem:a] }`

async function only(entry: string, config = SMALL_CONFIG): Promise<DesiredKey> {
  const { keys, said } = await keysOf(entry, { config })
  expect(said).toEqual([])
  const [key] = keys.values()
  if (key === undefined) throw new Error('no key')
  return key
}

const rotationOf = async (rotation: string) => (await only(at(rotation))).rotation

describe('jitter', () => {
  test.each<[rotation: string, jitter: number]>([
    ['{ every: 5d }', 12 * HOUR],
    ['{ every: 30d }', DAY],
    ['{ every: 30d, jitter: 0 }', 0],
    ['{ every: 30d, jitter: 3d }', 3 * DAY],
    ['manual', 0],
  ])('of %s is %d ms', async (rotation, jitter) => {
    expect((await rotationOf(rotation)).jitter).toBe(jitter)
  })
})

describe('manual', () => {
  test('stands for the whole of rotation, and leaves the rest of other layers', async () => {
    const { keys, said } = await keysOf('a: { like: agent, rotation: manual, deliverTo: [mem:a] }')
    expect(said).toEqual([])
    expect(keys.get('a')?.rotation).toMatchObject({ every: null, grace: 12 * HOUR, jitter: 0 })
  })

  test('in defaults gives way to an entry', async () => {
    const files = { 'a.keys.yaml': `defaults: { rotation: manual }\nkeys: { ${at('{ every: 9d }')} }` }
    expect((await sourced({ files })).keys.get('a')?.rotation.every).toBe(9 * DAY)
  })
})

describe('a window', () => {
  test.each<[days: string, numbers: readonly number[]]>([
    ['mon-fri', [1, 2, 3, 4, 5]],
    ['[mon, wed]', [1, 3]],
    ['"sat,sun"', [6, 7]],
    ['all', [1, 2, 3, 4, 5, 6, 7]],
    ['fri-mon', [1, 5, 6, 7]],
    ['"sun, mon-tue"', [1, 2, 7]],
    ['[sat, mon-tue, sat]', [1, 2, 6]],
  ])('of days %s', async (days, numbers) => {
    const { window } = await rotationOf(`{ window: { days: ${days}, hours: "22:30-06:00", zone: America/New_York } }`)
    expect(window).toEqual({ days: numbers, from: 22 * 60 + 30, to: 6 * 60, zone: 'America/New_York' })
  })

  test('is of every day unless days are written, and may last to midnight', async () => {
    const { window } = await rotationOf('{ window: { hours: 00:00-24:00, zone: UTC } }')
    expect(window).toEqual({ days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 1_440, zone: 'UTC' })
  })

  test('takes words of the manifest', async () => {
    const config = `${SMALL_CONFIG}vars: { zone: Asia/Kolkata }\n`
    const key = await only(at('{ window: { hours: 09:00-10:00, zone: "${var.zone}" } }'), config)
    expect(key.rotation.window?.zone).toBe('Asia/Kolkata')
  })

  test('replaces the one of another layer as a whole', async () => {
    const config = `${SMALL_CONFIG}profiles: { w: { limit: 1, rotation: { window: { days: mon, hours: 09:00-16:00, zone: UTC } } } }\n`
    const entry = 'a: { like: w, rotation: { window: { hours: 10:00-11:00, zone: UTC } }, deliverTo: [mem:a] }'
    const { keys, said } = await keysOf(entry, { config: config.replace(/^profiles: .*agent.*\n/m, '') })
    expect(said).toEqual([])
    expect(keys.get('a')?.rotation.window).toMatchObject({ days: [1, 2, 3, 4, 5, 6, 7], from: 600 })
  })
})

describe('retirement', () => {
  test('waits for use with documented lengths', async () => {
    expect((await rotationOf('{ retire: { when: unused } }')).retire).toEqual({
      when: 'unused',
      quiet: 6 * HOUR,
      by: 7 * DAY,
    })
    const { retire } = await rotationOf('{ retire: { when: unused, quiet: 30m, by: 2d } }')
    expect(retire).toEqual({ when: 'unused', quiet: 30 * MINUTE, by: 2 * DAY })
  })

  test('at the deadline is the default', async () => {
    expect((await rotationOf('{ retire: { when: deadline } }')).retire).toEqual({ when: 'deadline' })
    expect((await rotationOf('{}')).retire).toEqual({ when: 'deadline' })
  })
})

describe('a guardrail', () => {
  test('is kept by name or id, and makes a key harmless at birth', async () => {
    const key = await only('a: { limit: 5, guardrail: no-training, deliverTo: [mem:a] }')
    expect(key).toMatchObject({ guardrail: 'no-training', bornHarmless: true })
  })

  test('that is not written is none', async () => {
    const key = await only('a: { limit: 5, deliverTo: [mem:a] }')
    expect(key).not.toHaveProperty('guardrail')
    expect(key.bornHarmless).toBe(false)
  })
})

describe('a carried budget', () => {
  test('is accepted with a limit and a loop that comes twice within grace', async () => {
    expect((await only(at('{ budget: carry, grace: 20m }'), LOOP)).rotation.budget).toBe('carry')
    expect((await only(at('{ budget: fresh }'))).rotation.budget).toBe('fresh')
  })

  test.each<[rule: string, entry: string, config: string, said: string]>([
    [
      'needs a loop',
      at('{ budget: carry }'),
      SMALL_CONFIG,
      '2:38 MANIFEST_BUDGET_IMPOSSIBLE budget: carry needs something that applies often enough, and no loop is declared.',
    ],
    [
      'needs a loop that comes twice within grace',
      at('{ budget: carry, grace: 19m }'),
      LOOP,
      '2:38 MANIFEST_BUDGET_IMPOSSIBLE budget: carry needs a loop at least twice within grace, every 9m30s, and loop: in keywright.yaml declares every 10m.',
    ],
    [
      'needs a number',
      at('{ budget: carry }', 'limit: unlimited'),
      LOOP,
      '2:46 MANIFEST_BUDGET_IMPOSSIBLE budget: carry needs a limit that is a number, and this one is unlimited.',
    ],
    [
      'needs a limit that is managed',
      at('{ budget: carry }', 'limit: 5, unmanaged: [limit]'),
      LOOP,
      '2:58 MANIFEST_BUDGET_IMPOSSIBLE budget: carry moves the limit between old and new, and this one is left as it is live.',
    ],
  ])('%s', async (_rule, entry, config, said) => {
    expect((await keysOf(entry, { config })).said).toEqual([`keys/a.keys.yaml:${said}`])
  })
})

/** One rotation of a key with a limit of 5 (it begins in column 28 of line 2), and everything that is said about it. */
const WRONG: readonly (readonly [rule: string, rotation: string, said: readonly string[]])[] = [
  [
    'takes no word but manual',
    'monthly',
    ['2:28 MANIFEST_WRONG_VALUE "rotation" must be a mapping, or manual; here it is "monthly".'],
  ],
  [
    'suggests manual',
    'manuel',
    ['2:28 MANIFEST_WRONG_VALUE "rotation" must be a mapping, or manual; here it is "manuel". Did you mean "manual"?'],
  ],
  [
    'suggests the field that was meant',
    '{ jiter: 1h }',
    ['2:30 MANIFEST_UNKNOWN_FIELD "jiter" is not a field of rotation. Did you mean "jitter"?'],
  ],
  [
    'wants a jitter that is shorter than a period',
    '{ every: 2d, jitter: 2d }',
    ['2:49 MANIFEST_ROTATION_IMPOSSIBLE jitter (2d) must be shorter than every (2d).'],
  ],
  [
    'wants a zone and hours in a window',
    '{ window: { days: mon } }',
    ['2:30 MANIFEST_WRONG_VALUE "window" has no "hours".', '2:30 MANIFEST_WRONG_VALUE "window" has no "zone".'],
  ],
  [
    'suggests the day that was meant',
    '{ window: { days: mon-fry, hours: 09:00-16:00, zone: UTC } }',
    [
      '2:46 MANIFEST_WRONG_VALUE "days" must be of mon, tue, wed, thu, fri, sat and sun, a range of them, or all; here is "mon-fry". Did you mean "fri"?',
    ],
  ],
  [
    'suggests the short name of a day',
    '{ window: { days: [Monday], hours: 09:00-16:00, zone: UTC } }',
    [
      '2:46 MANIFEST_WRONG_VALUE "days" must be of mon, tue, wed, thu, fri, sat and sun, a range of them, or all; here is "Monday". Did you mean "mon"?',
    ],
  ],
  [
    'refuses a window without days',
    '{ window: { days: [], hours: 09:00-16:00, zone: UTC } }',
    ['2:46 MANIFEST_WRONG_VALUE "days" must be days of the week; here it is an empty list.'],
  ],
  [
    'wants two times of day',
    '{ window: { hours: 9-16, zone: UTC } }',
    ['2:47 MANIFEST_WRONG_VALUE "hours" must be two times of day; here it is "9-16".'],
  ],
  [
    'wants an hour that exists',
    '{ window: { hours: 09:00-25:00, zone: UTC } }',
    ['2:47 MANIFEST_WRONG_VALUE "hours" must be two times of day; here it is "09:00-25:00".'],
  ],
  [
    'wants two different times of day',
    '{ window: { hours: 09:00-09:00, zone: UTC } }',
    [
      '2:47 MANIFEST_WRONG_VALUE "hours" must be two different times of day, 00:00-24:00 for all of it; here it is "09:00-09:00".',
    ],
  ],
  [
    'suggests the zone that was meant',
    '{ window: { hours: 09:00-16:00, zone: Europe/Berln } }',
    [
      '2:66 MANIFEST_WRONG_VALUE "zone" must be the IANA name of a time zone; here it is "Europe/Berln". Did you mean "Europe/Berlin"?',
    ],
  ],
  [
    'suggests the zone of a city',
    '{ window: { hours: 09:00-16:00, zone: berlin } }',
    [
      '2:66 MANIFEST_WRONG_VALUE "zone" must be the IANA name of a time zone; here it is "berlin". Did you mean "Europe/Berlin"?',
    ],
  ],
  [
    'refuses an offset as a zone',
    '{ window: { hours: 09:00-16:00, zone: "+02:00" } }',
    ['2:66 MANIFEST_WRONG_VALUE "zone" must be the IANA name of a time zone; here it is "+02:00".'],
  ],
  [
    'wants a window that opens for an hour a week',
    '{ window: { days: mon, hours: 09:00-09:59, zone: UTC } }',
    ['2:38 MANIFEST_ROTATION_IMPOSSIBLE The window is open for 59m within a week; a rotation needs at least an hour.'],
  ],
  [
    'takes a window that opens for an hour in each period',
    '{ every: 3d, window: { days: mon-fri, hours: 09:00-16:00, zone: UTC } }',
    [],
  ],
  [
    'finds the weekend without an opening',
    '{ every: 60h, window: { days: mon-fri, hours: 09:00-16:00, zone: UTC } }',
    ['2:50 MANIFEST_ROTATION_IMPOSSIBLE The window is open for 0 within 2d12h; a rotation needs at least an hour.'],
  ],
  [
    'suggests what ends an old key',
    '{ retire: { when: unusd } }',
    ['2:46 MANIFEST_WRONG_VALUE "when" must be unused or deadline; here it is "unusd". Did you mean "unused"?'],
  ],
  [
    'wants to know what ends an old key',
    '{ retire: { by: 8d } }',
    ['2:30 MANIFEST_WRONG_VALUE "retire" has no "when".'],
  ],
  [
    'refuses lengths that mean nothing at the deadline',
    '{ retire: { when: deadline, quiet: 1h } }',
    ['2:56 MANIFEST_ROTATION_IMPOSSIBLE "quiet" belongs to when: unused; at the deadline nobody looks at the usage.'],
  ],
  [
    'wants an end that leaves room for grace and quiet',
    '{ grace: 2d, retire: { when: unused, quiet: 1d, by: 71h } }',
    [
      '2:49 MANIFEST_ROTATION_IMPOSSIBLE by (2d23h) comes before grace and quiet can be over (3d), so the usage would never count.',
    ],
  ],
  [
    'wants a rotation after the last moment of the old key',
    '{ every: 7d, retire: { when: unused } }',
    [
      '2:37 MANIFEST_ROTATION_IMPOSSIBLE retire.by and hold together (7d1h) must be shorter than every (7d), or old keys pile up.',
    ],
  ],
  [
    'knows two budgets',
    '{ budget: cary }',
    ['2:38 MANIFEST_WRONG_VALUE "budget" must be fresh or carry; here it is "cary". Did you mean "carry"?'],
  ],
  [
    'leaves rotation by the API to Strait',
    '{ native: true }',
    [
      '2:30 MANIFEST_FIELD_NOT_FOR_KIND Keys of kind openrouter have no "rotation.native": only Strait can rotate a key itself.',
    ],
  ],
]

describe('the opening of a window', () => {
  const opens = async (every: string, window: string): Promise<boolean> =>
    (await keysOf(at(`{ every: ${every}, window: { ${window}, zone: Europe/Berlin } }`))).said.length === 0

  test.each<[every: string, window: string, enough: boolean]>([
    // From Friday 16:00 to Monday 10:00 it is 66 hours.
    ['66h', 'days: mon-fri, hours: 09:00-16:00', true],
    ['65h59m', 'days: mon-fri, hours: 09:00-16:00', false],
    ['7d', 'days: mon, hours: 09:00-10:00', true],
    ['167h', 'days: mon, hours: 09:00-10:00', false],
    ['27h', 'hours: 23:00-00:30', true],
    ['26h', 'hours: 23:30-00:29', false],
    ['26h', 'hours: 00:00-24:00', true],
    ['90d', 'days: [mon, thu], hours: 23:45-00:15', true],
    ['90d', 'days: [mon], hours: 23:45-00:15', false],
  ])('for every %s and { %s } is enough: %j', async (every, window, enough) => {
    expect(await opens(every, window)).toBe(enough)
  })
})

describe('a rotation', () => {
  test.each(WRONG)('%s', async (_rule, rotation, said) => {
    const found = await keysOf(at(rotation))
    expect(found.said).toEqual(said.map((line) => `keys/a.keys.yaml:${line}`))
    for (const { hint } of found.diagnostics) expect(hint).toMatch(/\S/)
  })

  test('counts jitter and the last moment of the old key into a life', async () => {
    const life = (days: number): string =>
      at('{ every: 30d, retire: { when: unused } }', `limit: 5, expiresIn: ${days}d`)
    expect((await keysOf(life(53))).said).toEqual([])
    expect((await keysOf(life(52))).said).toEqual([
      'keys/a.keys.yaml:2:29 MANIFEST_ROTATION_IMPOSSIBLE expiresIn (52d) is too short: every 30d + jitter 1d + retire.by 7d + hold 1h + a margin of 14d need 52d1h.',
    ])
  })

  test('names a life that is long enough', async () => {
    const life = (length: string): string => at('{ every: 30d }', `limit: 5, expiresIn: ${length}`)
    const [wrong] = (await keysOf(life('31d'))).diagnostics
    expect((await keysOf(life(wrong?.hint?.replace('expiresIn: ', '') ?? ''))).said).toEqual([])
  })
})

describe('freezes', () => {
  const FROZEN = `${SMALL_CONFIG}freeze: [{ from: 2027-12-20, to: 2028-01-03, reason: holidays }]\n`
  const entry = at('{ every: 30d }')

  test('of keywright.yaml reach every key', async () => {
    expect((await only(entry, FROZEN)).rotation.freezes).toEqual([
      { from: '2027-12-20T00:00:00.000Z', to: '2028-01-03T00:00:00.000Z', reason: 'holidays' },
    ])
  })

  test('leave the digest of an entry as it is, and every other member of rotation changes it', async () => {
    const rotations = [
      '{ every: 30d }',
      '{ every: 30d, jitter: 1h }',
      '{ every: 30d, retire: { when: unused } }',
      '{ every: 30d, window: { hours: 09:00-16:00, zone: UTC } }',
      '{ every: 30d, window: { hours: 09:00-16:00, zone: Europe/Berlin } }',
      '{ every: 30d, budget: carry }',
    ]
    const digests = await Promise.all(rotations.map(async (rotation) => (await only(at(rotation), LOOP)).digest))
    expect(new Set(digests).size).toBe(rotations.length)
    expect((await only(entry, FROZEN)).digest).toBe(digests[0])
  })
})
