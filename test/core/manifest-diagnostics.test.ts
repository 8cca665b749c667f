import { describe, expect, test } from 'vitest'
import { keysOf, type Sources, sourced } from '../fakes/sources.ts'

/** One entry below `keys:` (so line 2 of the file, column + 2), and everything that is said about it. */
const ENTRIES: readonly (readonly [rule: string, entry: string, said: readonly string[]])[] = [
  [
    'suggests the field that was meant',
    'a: { limt: 50, deliverTo: [dotenv:A] }',
    ['2:8 MANIFEST_UNKNOWN_FIELD "limt" is not a field of a key. Did you mean "limit"?'],
  ],
  [
    'suggests the sink that was meant',
    'a: { limit: 5, deliverTo: [{ sink: dotnev, name: A }] }',
    [
      '2:38 MANIFEST_SINK_UNKNOWN No sink is called "dotnev". Sinks in keywright.yaml: dotenv and mem. Did you mean "dotenv"?',
    ],
  ],
  [
    'wants a limit',
    'a: { deliverTo: [dotenv:A] }',
    ['2:3 MANIFEST_LIMIT_MISSING "a" has no limit. No limit is a decision too, so it has to be written.'],
  ],
  [
    'says that a limit is blank',
    'a: { limit: , deliverTo: [dotenv:A] }',
    ['2:8 MANIFEST_BLANK "limit" is written without a value.'],
  ],
  [
    'says that a limit is null',
    'a: { limit: null, deliverTo: [dotenv:A] }',
    ['2:8 MANIFEST_BLANK "limit" is written without a value.'],
  ],
  [
    'refuses a negative limit',
    'a: { limit: -1, deliverTo: [dotenv:A] }',
    ['2:15 MANIFEST_WRONG_VALUE "limit" must be a number of USD, 0 or more, or unlimited; here it is -1.'],
  ],
  [
    'refuses a limit in quotes',
    'a: { limit: "5", deliverTo: [dotenv:A] }',
    ['2:15 MANIFEST_WRONG_VALUE "limit" must be a number of USD, 0 or more, or unlimited; here it is "5".'],
  ],
  [
    'suggests the word of an enum that was meant',
    'a: { limit: 5, limitReset: montly, deliverTo: [dotenv:A] }',
    [
      '2:30 MANIFEST_WRONG_VALUE "limitReset" must be one of daily, weekly, monthly and never; here it is "montly". Did you mean "monthly"?',
    ],
  ],
  [
    'wants a receiver of the secret',
    'a: { limit: 5 }',
    ['2:3 MANIFEST_DELIVER_MISSING "a" delivers its secret to nobody, so it could never be used.'],
  ],
  [
    'refuses an empty deliverTo',
    'a: { limit: 5, deliverTo: [] }',
    ['2:18 MANIFEST_DELIVER_MISSING "a" delivers its secret to nobody, so it could never be used.'],
  ],
  [
    'refuses an id with capitals and spaces',
    'My Key: { limit: 5, deliverTo: [dotenv:A] }',
    [
      '2:3 MANIFEST_ID_INVALID "My Key" is not an id: one to three parts with "/" between them, each of at most 40 lower-case letters, digits, ".", "_" or "-".',
    ],
  ],
  [
    'refuses an id of four parts',
    'a/b/c/d: { limit: 5, deliverTo: [dotenv:A] }',
    [
      '2:3 MANIFEST_ID_INVALID "a/b/c/d" is not an id: one to three parts with "/" between them, each of at most 40 lower-case letters, digits, ".", "_" or "-".',
    ],
  ],
  [
    'names the profiles there are',
    'a: { like: agnt, deliverTo: [dotenv:A] }',
    [
      '2:3 MANIFEST_LIMIT_MISSING "a" has no limit. No limit is a decision too, so it has to be written.',
      '2:14 MANIFEST_PROFILE_UNKNOWN No profile is called "agnt". Profiles in keywright.yaml: agent. Did you mean "agent"?',
    ],
  ],
  [
    'names the providers there are',
    'a: { limit: 5, provider: openruter, deliverTo: [dotenv:A] }',
    [
      '2:28 MANIFEST_PROVIDER_UNKNOWN No provider is called "openruter". Providers in keywright.yaml: openrouter. Did you mean "openrouter"?',
    ],
  ],
  [
    'wants seconds in an instant',
    'a: { limit: 5, expiresAt: 2029-01-01T00:00Z, deliverTo: [dotenv:A] }',
    ['2:29 MANIFEST_EXPIRY_INVALID "expiresAt" must be a UTC instant with seconds; its seconds are missing.'],
  ],
  [
    'wants UTC in an instant',
    'a: { limit: 5, expiresAt: "2029-01-01T00:00:00+01:00", deliverTo: [dotenv:A] }',
    [
      '2:29 MANIFEST_EXPIRY_INVALID "expiresAt" must be a UTC instant with seconds; it has an offset; convert it to UTC and end it with Z.',
    ],
  ],
  [
    'refuses a day that does not exist',
    'a: { limit: 5, expiresAt: 2029-02-29T00:00:00Z, deliverTo: [dotenv:A] }',
    ['2:29 MANIFEST_EXPIRY_INVALID "expiresAt" must be a UTC instant with seconds; it is no such instant.'],
  ],
  [
    'refuses an end in the past',
    'a: { limit: 5, expiresAt: 2025-12-31T23:59:59Z, deliverTo: [dotenv:A] }',
    ['2:29 MANIFEST_EXPIRY_PAST "a" ended at 2025-12-31T23:59:59Z, which has passed.'],
  ],
  [
    'refuses two kinds of expiry',
    'a: { limit: 5, expiresIn: 90d, expiresAt: 2029-01-01T00:00:00Z, deliverTo: [dotenv:A] }',
    ['2:34 MANIFEST_EXPIRY_CONFLICT "a" has both expiresAt, which ends it, and expiresIn, which renews it.'],
  ],
  [
    'refuses grace and hold that outlast a rotation',
    'a: { limit: 5, rotation: { every: 1d }, deliverTo: [dotenv:A] }',
    [
      '2:37 MANIFEST_ROTATION_IMPOSSIBLE grace and hold together (1d1h) must be shorter than every (1d), or old keys pile up.',
    ],
  ],
  [
    'refuses a lifetime that rotation does not fit into',
    'a: { limit: 5, expiresIn: 40d, rotation: { every: 30d }, deliverTo: [dotenv:A] }',
    [
      '2:29 MANIFEST_ROTATION_IMPOSSIBLE expiresIn (40d) is too short: every 30d + jitter 1d + grace 1d + hold 1h + a margin of 13d8h need 45d9h.',
    ],
  ],
  [
    'refuses a duration without a unit',
    'a: { limit: 5, rotation: { every: 30 }, deliverTo: [dotenv:A] }',
    ['2:37 MANIFEST_WRONG_VALUE "every" must be a duration such as 30d, or manual; here it is 30.'],
  ],
  [
    'refuses a rotation every 0',
    'a: { limit: 5, rotation: { every: 0 }, deliverTo: [dotenv:A] }',
    ['2:37 MANIFEST_WRONG_VALUE "rotation.every" must be a duration such as 30d, or manual; here it is 0.'],
  ],
  [
    'says what this release does not do',
    'a: { limit: 5, rotation: { on: apply }, deliverTo: [dotenv:A] }',
    [
      '2:30 MANIFEST_NOT_SUPPORTED "rotation.on" is not supported in this release (choosing when a rotation is noticed).',
    ],
  ],
  [
    'refuses a name that holds a marker',
    'a: { name: "x [kw:s/a#1.aaaaaaaa]", limit: 5, deliverTo: [dotenv:A] }',
    ['2:14 MANIFEST_NAME_INVALID The name contains a keywright marker.'],
  ],
  [
    'refuses a name with a line break',
    'a: { name: "x\\ny", limit: 5, deliverTo: [dotenv:A] }',
    ['2:14 MANIFEST_NAME_INVALID The name holds a line break or control character.'],
  ],
  [
    'refuses a name that leaves no room for the marker',
    `a: { name: ${'n'.repeat(168)}, limit: 5, deliverTo: [dotenv:A] }`,
    ['2:14 MANIFEST_NAME_INVALID The name has 168 characters; beside the marker of "a" there is room for 167.'],
  ],
  [
    'never interpolates the environment',
    'a: { limit: 5, owner: "${HOME}", deliverTo: [dotenv:A] }',
    ['2:25 MANIFEST_WORD_UNKNOWN "${HOME}" is not a word keywright knows.'],
  ],
  [
    'keeps ${secret} to templates',
    'a: { limit: 5, owner: "${secret}", deliverTo: [dotenv:A] }',
    [
      '2:25 MANIFEST_WORD_UNKNOWN "${secret}" is not a word keywright knows. The secret stands only in the template of a place.',
    ],
  ],
  [
    'has each words only with forEach',
    'a: { limit: 5, owner: "${each.key}", deliverTo: [dotenv:A] }',
    ['2:25 MANIFEST_WORD_UNKNOWN ${each.key} has a value only in an entry with forEach.'],
  ],
  [
    'names a variable that is not set',
    'a: { limit: "${var.cap}", deliverTo: [dotenv:A] }',
    ['2:15 MANIFEST_WORD_UNKNOWN No variable is called "cap".'],
  ],
  [
    'suggests the place member that was meant',
    'a: { limit: 5, deliverTo: [{ sink: dotenv, nam: A }] }',
    ['2:46 MANIFEST_UNKNOWN_FIELD "nam" is not a member of a place. Did you mean "name"?'],
  ],
  [
    'refuses a place outside the folder',
    'a: { limit: 5, deliverTo: [{ sink: mem, path: ../x }] }',
    [
      '2:49 MANIFEST_PLACE_INVALID Path must be a relative path with / between its parts: no leading /, no "..", ".", empty part, backslash or "#", and not inside .git.',
    ],
  ],
  [
    'wants the secret in a template',
    'a: { limit: 5, deliverTo: [{ sink: dotenv, name: A, value: "x" }] }',
    ['2:62 MANIFEST_PLACE_INVALID The template never uses ${secret}.'],
  ],
  [
    'refuses two keys at one place and names the other',
    'a: { limit: 5, deliverTo: [dotenv:X] }\nb: { limit: 5, deliverTo: [dotenv:X] }',
    [
      '3:30 MANIFEST_PLACE_DUPLICATE "b" delivers to dotenv:.env.keys#X, where another secret goes already. "a" is written at keys/a.keys.yaml:2:30.',
    ],
  ],
  [
    'refuses forEach with an id that stays the same',
    'a: { forEach: [x, y], limit: 5, deliverTo: [dotenv:X] }',
    ['2:17 MANIFEST_FOREACH_INVALID "a" has forEach, but its id is the same for every row.'],
  ],
  [
    'refuses a forEach value that is neither a field nor used',
    'a/${each.key}: { forEach: { x: { limt: 5 } }, limit: 1, deliverTo: ["mem:${each.key}"] }',
    [
      '2:36 MANIFEST_UNKNOWN_FIELD "limt" is not a field of a key, and ${each.value.limt} is never used. Did you mean "limit"?',
    ],
  ],
  [
    'refuses a table that is not there',
    'a/${each.key}: { forEach: { file: people.csv }, limit: 1, deliverTo: ["mem:${each.key}"] }',
    ['2:37 MANIFEST_FOREACH_INVALID There is no readable table "people.csv" below the project folder.'],
  ],
  [
    'never shows what looks like a credential',
    'a: { name: sk-or-v1-0123456789abcdef, limit: 5, deliverTo: [dotenv:A] }',
    ['2:14 MANIFEST_LOOKS_SECRET This looks like an API key or another credential. It is not shown here.'],
  ],
  [
    'reports every problem of an entry at once',
    'a: { limit: -1, limitReset: no, owner: "", deliverTo: [nowhere:A] }',
    [
      '2:15 MANIFEST_WRONG_VALUE "limit" must be a number of USD, 0 or more, or unlimited; here it is -1.',
      '2:31 MANIFEST_WRONG_VALUE "limitReset" must be one of daily, weekly, monthly and never; here it is "no".',
      '2:42 MANIFEST_WRONG_VALUE "owner" must be a text; here it is "".',
      '2:58 MANIFEST_SINK_UNKNOWN No sink is called "nowhere". Sinks in keywright.yaml: dotenv and mem.',
    ],
  ],
]

describe('an entry', () => {
  test.each(ENTRIES)('%s', async (_, entry, said) => {
    const { said: found } = await keysOf(entry)
    expect(found).toEqual(said.map((line) => `keys/a.keys.yaml:${line}`))
  })
})

const KEY = '{ limit: 5, deliverTo: ["mem:${id}"] }'

/** Whole files, and everything that is said about them. */
const FILES: readonly (readonly [rule: string, sources: Sources, said: readonly string[]])[] = [
  [
    'names both positions of an id declared twice',
    { files: { 'a.keys.yaml': `keys:\n  a: ${KEY}`, 'b.keys.yaml': `keys:\n  a: ${KEY}` } },
    ['b.keys.yaml:2:3 MANIFEST_ID_DUPLICATE "a" is already declared at a.keys.yaml:2:3.'],
  ],
  [
    'refuses a patch that hits nothing',
    { files: { 'a.keys.yaml': `keys:\n  abc: ${KEY}`, 'env/x/p.keys.yaml': 'patch: { abd: { limit: 1 } }' } },
    ['env/x/p.keys.yaml:1:10 MANIFEST_PATCH_MISSED The patch of "abd" hits no key. Did you mean "abc"?'],
  ],
  [
    'refuses a patch outside env/',
    { files: { 'a.keys.yaml': `keys:\n  a: ${KEY}\npatch: { a: { limit: 1 } }` } },
    ['a.keys.yaml:3:1 MANIFEST_PATCH_MISPLACED patch: is read only in files below env/<environment>/.'],
  ],
  [
    'refuses two patches of one key',
    {
      files: {
        'a.keys.yaml': `keys:\n  a: ${KEY}`,
        'env/x/p.keys.yaml': 'patch: { a: {} }',
        'env/x/q.keys.yaml': 'patch: { a: {} }',
      },
    },
    ['env/x/q.keys.yaml:1:10 MANIFEST_PATCH_DUPLICATE "a" is patched at env/x/p.keys.yaml:1:10 already.'],
  ],
  [
    'refuses a move from an id that is still there, and to one that is not',
    { files: { 'a.keys.yaml': `keys:\n  a: ${KEY}\nmoved: [{ from: a, to: b }]` } },
    [
      'a.keys.yaml:3:17 MANIFEST_MOVED_INVALID "a" is still declared, so it was not moved.',
      'a.keys.yaml:3:24 MANIFEST_MOVED_INVALID No key is called "b".',
    ],
  ],
  [
    'refuses handing over a key that is still declared, or to this stack',
    { files: { 'a.keys.yaml': `keys:\n  a: ${KEY}\nhandedOver: [{ id: a, to: acme-7f3a }]` } },
    [
      'a.keys.yaml:3:20 MANIFEST_HANDED_OVER_INVALID "a" is still declared here.',
      'a.keys.yaml:3:27 MANIFEST_HANDED_OVER_INVALID "acme-7f3a" is this stack itself.',
    ],
  ],
  [
    'says once what is wrong in defaults',
    { files: { 'a.keys.yaml': `defaults: { removal: { hold: "\${env}" } }\nkeys:\n  a: ${KEY}\n  b: ${KEY}` } },
    ['a.keys.yaml:1:30 MANIFEST_WORD_UNKNOWN ${env} has no value: keywright.yaml declares no environments.'],
  ],
  [
    'points into the table of a forEach',
    {
      files: { 'a.keys.yaml': 'keys:\n  a/${each.key}: { forEach: { file: p.csv }, deliverTo: ["mem:${id}"] }' },
      tables: { 'p.csv': 'who,limit\nalice,5\nbob,much\n' },
    },
    ['p.csv:3:1 MANIFEST_WRONG_VALUE "limit" must be a number of USD, 0 or more, or unlimited; here it is "much".'],
  ],
  [
    'refuses a broken table at its line',
    {
      files: { 'a.keys.yaml': 'keys:\n  a/${each.key}: { forEach: { file: p.csv }, deliverTo: ["mem:${id}"] }' },
      tables: { 'p.csv': 'who,limit\nalice,5\nalice,6\n' },
    },
    [
      'a.keys.yaml:2:37 MANIFEST_FOREACH_INVALID p.csv:3: The first cell of each row must be filled, and different in each row.',
    ],
  ],
]

describe('manifests', () => {
  test.each(FILES)('%s', async (_, sources, said) => {
    expect((await sourced(sources)).said).toEqual(said)
  })

  test('leave out keys with errors and keep the others', async () => {
    const { keys } = await keysOf(`a: { limit: -1, deliverTo: [mem:a] }\nb: ${KEY}`)
    expect([...keys.keys()]).toEqual(['b'])
  })

  test('say that an end has passed as a warning where that is asked for', async () => {
    const entry = 'a: { limit: 5, expiresAt: 2025-12-31T23:59:59Z, deliverTo: [dotenv:A] }'
    const { diagnostics, keys } = await keysOf(entry, { pastExpiry: 'warning' })
    expect(diagnostics.map(({ severity, code }) => `${severity} ${code}`)).toEqual(['warning MANIFEST_EXPIRY_PAST'])
    expect(keys.has('a')).toBe(true)
  })

  test('give every diagnostic a hint to type and a position', async () => {
    const all = [...ENTRIES.map(([, entry]) => keysOf(entry)), ...FILES.map(([, sources]) => sourced(sources))]
    for (const { diagnostics } of await Promise.all(all)) {
      for (const { hint, at, code } of diagnostics) {
        expect(hint, code).toMatch(/\S/)
        expect(at?.line, code).toBeGreaterThan(0)
      }
    }
  })
})
