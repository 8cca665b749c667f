import { describe, expect, test } from 'vitest'
import type { DesiredKey } from '../../src/core/key.ts'
import { SCOPES } from '../../src/core/scopes.ts'
import { DAY } from '../../src/core/time.ts'
import { keysOf, type Sources } from '../fakes/sources.ts'

const CONFIG = `version: 1
stack: acme-7f3a
providers: { jobs: { kind: strait, project: proj_1, token: { env: STRAIT_API_KEY } } }
sinks: { mem: { kind: memory }, blind: { kind: exec, command: [./put] } }
loop: { every: 1m }
`
const straitKeys = (entry: string, sources: Sources = {}) => keysOf(entry, { config: CONFIG, ...sources })
/** Fields of a key that lacks nothing: what is written here begins in column 64 of line 2. */
const WHOLE = 'scopes: [jobs:read], expiresIn: 90d, deliverTo: [mem:a]'

async function only(entry: string): Promise<DesiredKey> {
  const { keys, said } = await straitKeys(entry)
  expect(said).toEqual([])
  const [key] = keys.values()
  if (key === undefined) throw new Error('no key')
  return key
}

describe('a Strait key', () => {
  test('has scopes, an expiry and a grace, and nothing else by default', async () => {
    const key = await only(`a: { ${WHOLE} }`)
    expect(key).toMatchObject({ kind: 'strait', provider: 'jobs', scope: 'default', expiresIn: 90 * DAY })
    expect(key.fields).toEqual({ scopes: ['jobs:read'] })
    expect(key).toMatchObject({ removalHold: 0, bornHarmless: false, rotation: { hold: 0, grace: DAY, native: false } })
  })

  test('may belong to an environment', async () => {
    expect((await only(`a: { environmentId: production, ${WHOLE} }`)).fields.environmentId).toBe('production')
  })

  test('may have a hold that is written as none', async () => {
    expect((await only(`a: { rotation: { hold: 0 }, removal: { hold: 0 }, ${WHOLE} }`)).removalHold).toBe(0)
  })

  test('may be rotated by the API itself within its bounds of grace', async () => {
    for (const grace of ['24h', '7d'])
      expect((await only(`a: { rotation: { native: true, grace: ${grace} }, ${WHOLE} }`)).rotation.native).toBe(true)
  })

  test('has a digest that does not depend on the order of its scopes', async () => {
    const of = async (scopes: string): Promise<string> =>
      (await only(`a: { scopes: ${scopes}, expiresIn: 90d, deliverTo: [mem:a] }`)).digest
    expect(await of('[jobs:read, runs:read]')).toBe(await of('[runs:read, jobs:read]'))
    expect(await of('[jobs:read, runs:read]')).not.toBe(await of('[jobs:read]'))
  })

  test('takes every scope there is', async () => {
    const scopes = SCOPES.map((scope) => `"${scope}"`).join(', ')
    expect(
      (await only(`a: { scopes: [${scopes}], expiresIn: 1d, rotation: { grace: 1h }, deliverTo: [mem:a] }`)).fields
        .scopes,
    ).toEqual(SCOPES)
  })

  test('takes scopes from the row of a mapping and from the cell of a table', async () => {
    const entry = (rows: string): string =>
      `a/\${each.key}: { forEach: ${rows}, expiresIn: 90d, scopes: ["\${each.value.first}"], deliverTo: ["mem:\${each.key}"] }`
    const mapped = await straitKeys(entry('{ x: { first: runs:read }, y: { first: "*", scopes: [dlq:read] } }'))
    expect(mapped.said).toEqual([])
    expect([...mapped.keys.values()].map(({ fields }) => fields.scopes)).toEqual([['runs:read'], ['dlq:read']])
    const table = 'who,first,scopes\nx,runs:read,\ny,-,dlq:read dlq:purge\n'
    const read = await straitKeys(entry('{ file: p.csv }'), { tables: { 'p.csv': table } })
    expect(read.said).toEqual([])
    expect([...read.keys.values()].map(({ fields }) => fields.scopes)).toEqual([
      ['runs:read'],
      ['dlq:read', 'dlq:purge'],
    ])
  })

  test('without an expiry is only warned about, since a project may have one of its own', async () => {
    const { keys, diagnostics, said } = await straitKeys('a: { scopes: [jobs:read], deliverTo: [mem:a] }')
    expect(said).toEqual([
      'keys/a.keys.yaml:2:3 MANIFEST_EXPIRY_MISSING "a" has no expiresIn. Strait refuses a key without one unless its project has a longest lifetime.',
    ])
    expect(diagnostics.map(({ severity }) => severity)).toEqual(['warning'])
    expect(keys.get('a')?.expiresIn).toBeNull()
  })
})

const NO_SPEND = 'Strait counts no spend; scopes say what a key may do'

/** What is written first in an entry that lacks nothing else, and everything that is said about it. */
const REFUSED: readonly (readonly [written: string, said: string])[] = [
  ['limit: 5', `2:8 MANIFEST_FIELD_NOT_FOR_KIND Keys of kind strait have no "limit": ${NO_SPEND}.`],
  ['limitReset: daily', `2:8 MANIFEST_FIELD_NOT_FOR_KIND Keys of kind strait have no "limitReset": ${NO_SPEND}.`],
  [
    'includeByokInLimit: true',
    `2:8 MANIFEST_FIELD_NOT_FOR_KIND Keys of kind strait have no "includeByokInLimit": ${NO_SPEND}.`,
  ],
  [
    'disabled: true',
    '2:8 MANIFEST_FIELD_NOT_FOR_KIND Keys of kind strait have no "disabled": Strait can only revoke a key.',
  ],
  [
    'creatorUserId: user_1',
    '2:8 MANIFEST_FIELD_NOT_FOR_KIND Keys of kind strait have no "creatorUserId": Strait records no creator.',
  ],
  [
    'workspaceId: default',
    '2:8 MANIFEST_FIELD_NOT_FOR_KIND Keys of kind strait have no "workspaceId": the project is that of the provider in keywright.yaml.',
  ],
  [
    'guardrail: x',
    '2:8 MANIFEST_FIELD_NOT_FOR_KIND Keys of kind strait have no "guardrail": scopes say what a Strait key may do.',
  ],
  [
    'rotation: { hold: 1h }',
    '2:20 MANIFEST_FIELD_NOT_FOR_KIND Keys of kind strait cannot be switched off, so there is no "rotation.hold"; an old key is revoked when its grace is over.',
  ],
  [
    'removal: { hold: 7d }',
    '2:19 MANIFEST_FIELD_NOT_FOR_KIND Keys of kind strait cannot be switched off, so there is no "removal.hold"; an old key is revoked when its grace is over.',
  ],
  [
    'rotation: { budget: carry }',
    '2:20 MANIFEST_FIELD_NOT_FOR_KIND Keys of kind strait have no "rotation.budget": Strait counts no spend that could be carried.',
  ],
  [
    'rotation: { native: true, grace: 23h }',
    '2:41 MANIFEST_ROTATION_IMPOSSIBLE native: true needs a grace of 24h to 7d, since the clock of Strait ends the old key; here it is 23h.',
  ],
  [
    'rotation: { native: true, grace: 169h }',
    '2:41 MANIFEST_ROTATION_IMPOSSIBLE native: true needs a grace of 24h to 7d, since the clock of Strait ends the old key; here it is 7d1h.',
  ],
  [
    'rotation: { every: 1d, grace: 24h, jitter: 0 }',
    '2:27 MANIFEST_ROTATION_IMPOSSIBLE grace (1d) must be shorter than every (1d), or old keys pile up.',
  ],
  [
    'rotation_interval_days: 30',
    '2:8 MANIFEST_NOT_SUPPORTED "rotation_interval_days" lets Strait rotate by itself; here keys are rotated by keywright, and a receiver for that rotation is to come.',
  ],
  [
    'rotationIntervalDays: 30',
    '2:8 MANIFEST_NOT_SUPPORTED "rotationIntervalDays" lets Strait rotate by itself; here keys are rotated by keywright, and a receiver for that rotation is to come.',
  ],
  [
    'rotation_webhook_url: https://example.com/hook',
    '2:8 MANIFEST_NOT_SUPPORTED "rotation_webhook_url" lets Strait rotate by itself; here keys are rotated by keywright, and a receiver for that rotation is to come.',
  ],
]

describe('what Strait does not have', () => {
  test.each(REFUSED)('%s is refused', async (written, said) => {
    const found = await straitKeys(`a: { ${written}, ${WHOLE} }`)
    expect(found.said).toEqual([`keys/a.keys.yaml:${said}`])
    expect(found.diagnostics[0]?.hint).toMatch(/\S/)
    expect(found.keys.size).toBe(0)
  })

  test('an end is counted in days of life', async () => {
    const { said, diagnostics } = await straitKeys(
      'a: { scopes: [jobs:read], expiresAt: 2029-01-01T00:00:00Z, deliverTo: [mem:a] }',
    )
    expect(said).toEqual([
      'keys/a.keys.yaml:2:29 MANIFEST_FIELD_NOT_FOR_KIND Keys of kind strait have no "expiresAt": Strait counts the days of a key from its creation.',
    ])
    expect(diagnostics[0]?.hint).toBe('expiresIn: 90d')
  })

  test.each([
    ['36h', '1d12h', 'expiresIn: 2d'],
    ['40000d', '40000d', 'expiresIn: 36500d'],
  ])('a life of %s is refused', async (life, shown, hint) => {
    const { said, diagnostics } = await straitKeys(
      `a: { expiresIn: ${life}, rotation: { grace: 1h }, scopes: [jobs:read], deliverTo: [mem:a] }`,
    )
    expect(said).toEqual([
      `keys/a.keys.yaml:2:19 MANIFEST_EXPIRY_INVALID "expiresIn" of a Strait key must be whole days, 1d to 36500d; here it is ${shown}.`,
    ])
    expect(diagnostics[0]?.hint).toBe(hint)
  })

  test('without a hold, a place that is written unconditionally needs a grace', async () => {
    const entry = (grace: string): string =>
      `a: { scopes: [jobs:read], expiresIn: 90d, rotation: { grace: ${grace} }, deliverTo: ["blind:a"] }`
    expect((await straitKeys(entry('1h'))).said).toEqual([])
    expect((await straitKeys(entry('0'))).said).toEqual([
      'keys/a.keys.yaml:2:64 MANIFEST_ROTATION_IMPOSSIBLE grace: 0 needs places that are written conditionally, and blind:a is not.',
    ])
  })
})

/** Scopes (they begin in column 16 of line 2), and everything that is said about them. */
const SCOPED: readonly (readonly [rule: string, scopes: string, said: readonly string[]])[] = [
  [
    'suggests the scope that was meant',
    '[job:read, runs:read]',
    [
      '2:17 MANIFEST_WRONG_VALUE Item 1 of "scopes" must be one of its known words; here it is "job:read". Did you mean "jobs:read"?',
    ],
  ],
  [
    'names each scope that is unknown',
    '[jobs:read, runs:raed, x]',
    [
      '2:28 MANIFEST_WRONG_VALUE Item 2 of "scopes" must be one of its known words; here it is "runs:raed". Did you mean "runs:read"?',
      '2:39 MANIFEST_WRONG_VALUE Item 3 of "scopes" must be one of its known words; here it is "x".',
    ],
  ],
  [
    'refuses a scope that stands twice',
    '[jobs:read, runs:read, jobs:read]',
    ['2:39 MANIFEST_WRONG_VALUE "jobs:read" stands twice in "scopes".'],
  ],
  [
    'refuses no scopes',
    '[]',
    ['2:16 MANIFEST_WRONG_VALUE "scopes" must be a list of scopes, at least one; here it is an empty list.'],
  ],
  [
    'wants a list',
    'jobs:read',
    ['2:16 MANIFEST_WRONG_VALUE "scopes" must be a list of scopes, at least one; here it is "jobs:read".'],
  ],
  ['says that they are blank', 'null', ['2:8 MANIFEST_BLANK "scopes" is written without a value.']],
  [
    'checks what a word yields',
    '["${id}"]',
    ['2:17 MANIFEST_WRONG_VALUE Item 1 of "scopes" must be one of its known words; here it is "a".'],
  ],
  [
    'names a word that is unknown',
    '["${HOME}"]',
    ['2:17 MANIFEST_WORD_UNKNOWN "${HOME}" is not a word keywright knows.'],
  ],
]

describe('scopes', () => {
  test.each(SCOPED)('%s', async (_rule, scopes, said) => {
    const found = await straitKeys(`a: { scopes: ${scopes}, expiresIn: 90d, deliverTo: [mem:a] }`)
    expect(found.said).toEqual(said.map((line) => `keys/a.keys.yaml:${line}`))
    for (const { hint } of found.diagnostics) expect(hint).toMatch(/\S/)
  })

  test('must be written', async () => {
    const { said, diagnostics } = await straitKeys('a: { expiresIn: 90d, deliverTo: [mem:a] }')
    expect(said).toEqual([
      'keys/a.keys.yaml:2:3 MANIFEST_SCOPES_MISSING "a" has no scopes. A key can do what its scopes say and nothing else, so they have to be written.',
    ])
    expect(diagnostics[0]?.hint).toBe('scopes: [jobs:read, jobs:trigger]')
  })

  test('are pointed at in the table they come from', async () => {
    const entry = 'a/${each.key}: { forEach: { file: p.csv }, expiresIn: 90d, deliverTo: ["mem:${each.key}"] }'
    const { said } = await straitKeys(entry, { tables: { 'p.csv': 'who,scopes\nx,jobs:read\ny,jobs:red\n' } })
    expect(said).toEqual([
      'p.csv:3:1 MANIFEST_WRONG_VALUE Item 1 of "scopes" must be one of its known words; here it is "jobs:red". Did you mean "jobs:read"?',
    ])
  })

  test('and environments belong to Strait alone', async () => {
    const entry = 'a: { limit: 5, scopes: [jobs:read], environmentId: x, deliverTo: [mem:a] }'
    expect((await keysOf(entry)).said).toEqual([
      'keys/a.keys.yaml:2:18 MANIFEST_FIELD_NOT_FOR_KIND Keys of kind openrouter have no "scopes": guardrails and limits say what such a key may do.',
      'keys/a.keys.yaml:2:39 MANIFEST_FIELD_NOT_FOR_KIND Keys of kind openrouter have no "environmentId": such a key belongs to a workspace.',
    ])
  })
})

test('an unknown provider is one mistake, whatever else the entry says', async () => {
  const { said } = await straitKeys(`a: { provider: job, ${WHOLE} }`)
  expect(said).toEqual([
    'keys/a.keys.yaml:2:18 MANIFEST_PROVIDER_UNKNOWN No provider is called "job". Providers in keywright.yaml: jobs. Did you mean "jobs"?',
  ])
})
