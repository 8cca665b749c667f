import { describe, expect, test } from 'vitest'
import { isKeywrightError } from '../../src/core/diagnostic.ts'
import { misfit, type Schema } from '../../src/core/documents/conforms.ts'
import { RECORD } from '../../src/core/documents/record-schema.ts'
import { decodeSnapshot, encodeSnapshot, type Snapshot } from '../../src/core/snapshot.ts'
import { aFullRecord, aLiveKey, STACK, TODAY } from '../cli/render-cases.ts'

const FACTS: Omit<Snapshot, 'schemaVersion' | 'kind'> = {
  stack: STACK,
  at: TODAY,
  storedStacks: [STACK],
  header: {
    stack: STACK,
    version: 1,
    serial: 1,
    identities: { openrouter: { origin: 'https://openrouter.ai', account: 'w1' } },
  },
  records: [aFullRecord('search/indexer')],
  providers: [
    {
      name: 'openrouter',
      identity: { origin: 'https://openrouter.ai', account: 'w1', creator: 'user_1' },
      scopes: { default: 'w1' },
      skew: 12,
      keys: [aLiveKey()],
      gone: [],
    },
  ],
}

const changed = (change: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ ...JSON.parse(encodeSnapshot(FACTS)), ...change })

const refusal = (text: string): string => {
  try {
    decodeSnapshot(text)
  } catch (error) {
    if (isKeywrightError(error, 'SNAPSHOT_INVALID')) return error.message
    throw error
  }
  return 'accepted'
}

describe('a snapshot', () => {
  test('that is nested without end, or is another thing, is refused and not followed', () => {
    for (const text of [
      '['.repeat(1_000_000),
      `{"a":${'{"a":'.repeat(200_000)}`,
      changed({ records: [[[[]]]] }),
      'null',
    ])
      expect(refusal(text)).toMatch(/no snapshot that keywright can plan from/)
  })

  test('comes back as it was written, without the masked secrets', () => {
    const snapshot = decodeSnapshot(encodeSnapshot(FACTS))
    expect(snapshot.records).toEqual(FACTS.records)
    expect(snapshot.providers[0]?.keys).toEqual([{ ...aLiveKey(), label: '' }])
    expect(encodeSnapshot(FACTS)).not.toContain('sk-or-v1')
  })

  test('is refused with the member that is wrong', () => {
    expect(refusal('nonsense')).toContain('the file is not JSON')
    expect(refusal('[]')).toContain('not an object')
    expect(refusal(changed({ records: undefined }))).toContain('the document has no records')
    expect(refusal(changed({ at: 'soon' }))).toContain('at has another form')
    expect(refusal(changed({ schemaVersion: 2 }))).toContain('schemaVersion is not 1')
    expect(refusal(changed({ token: 'x' }))).toContain('unknown member "token"')
  })

  test('is refused when it still holds a masked secret', () => {
    const text = encodeSnapshot(FACTS).replace('"label": ""', '"label": "sk-or-v1-abc...xyz"')
    expect(refusal(text)).toContain('providers[0].keys[0].label')
  })

  test('names what is wrong with a generation by its own phase', () => {
    const record = aFullRecord('a')
    const [old, active] = record.generations
    expect(misfit({ ...record, generations: [{ ...old, supersededAt: 3 }, active] }, RECORD)).toContain(
      'supersededAt is not a text',
    )
    expect(misfit(record, RECORD)).toBeNull()
  })

  test('lets no member reach the prototype', () => {
    const text = encodeSnapshot(FACTS).replace(
      '"schemaVersion": 1,',
      '"schemaVersion": 1, "__proto__": { "polluted": true },',
    )
    expect(refusal(text)).toBe('accepted')
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })
})

describe('the judge of documents', () => {
  const cases: readonly (readonly [Schema, unknown, unknown])[] = [
    [{ type: 'integer', minimum: 0 }, 3, -1],
    [{ type: 'number' }, 0.5, '0.5'],
    [{ type: 'boolean' }, false, 0],
    [{ type: 'null' }, null, undefined],
    [{ enum: ['a', 'b'] }, 'a', 'c'],
    [{ const: 1 }, 1, 2],
    [{ type: 'array', items: { type: 'string' } }, ['a'], [1]],
    [{ type: 'object', additionalProperties: { type: 'string' } }, { a: 'b' }, { a: 1 }],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, null, 1],
  ]

  test.each(cases)('takes what %j asks for and nothing else', (schema, good, bad) => {
    expect(misfit(good, schema)).toBeNull()
    expect(misfit(bad, schema)).not.toBeNull()
  })
})
