import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { isMapping, isSequence } from '../../src/core/manifest/source.ts'
import { compose } from '../../src/io/yaml/compose.ts'
import { convert } from '../../src/io/yaml/convert.ts'
import { readPlain } from '../../src/io/yaml/plain.ts'
import type { Spans } from '../../src/io/yaml/spans.ts'

const RUNS = process.env.SLOW === '1' ? 30_000 : 1_000

/** Starts of all names and values, and ends of names and scalars, in reading order. */
function positions(data: unknown, spans: Spans): readonly string[] {
  if (!isMapping(data) && !isSequence(data)) return []
  const members: readonly (string | number)[] = isSequence(data) ? data.map((_, i) => i) : Object.keys(data)
  return members.flatMap((member) => {
    const value: unknown = isMapping(data) ? data[member] : data[Number(member)]
    const [keyStart, keyEnd, start, end] = spans.of(data, member) ?? [-1, -1, -1, -1]
    const scalar = !isMapping(value) && !isSequence(value)
    const key = isSequence(data) ? '' : `${keyStart}-${keyEnd}`
    return [`${member} ${key} ${start}${scalar ? `-${end}` : ''}`, ...positions(value, spans)]
  })
}

/** True when the fast reader accepted. Fails when it read something else than the package does. */
async function agrees(text: string): Promise<boolean> {
  const plain = readPlain(text)
  if (!('data' in plain)) return false
  const composed = await compose(text)
  expect(composed.troubles, JSON.stringify(text)).toEqual([])
  const slow = await convert(composed.root)
  expect(plain.troubles, JSON.stringify(text)).toEqual(slow.troubles)
  expect(plain.data, JSON.stringify(text)).toEqual(slow.data)
  expect(positions(plain.data, plain.spans), JSON.stringify(text)).toEqual(positions(slow.data, slow.spans))
  return true
}

const PLAIN = `# a comment
defaults: { provider: openrouter, "x": [1, -2.5, true, ~, 'it''s'] }   # behind
keys:
  dev/\${each.key}:
    limit: 50
    name: A "B" 'c' {d} #e
    deliverTo:
    - { sink: vault, path: "dev/\${each.key}" }
    -   sink: dotenv
        name: X
    - dotenv:Y

    expiresAt: 2027-12-31T23:59:59Z
    limitReset:
    empty: {}
    nested:
      deep:
          deeper: [a,
            b , { c: d }]
"quoted key": "\\u00e9\\n"
last: -1
`

describe('the fast reader', () => {
  test('accepts what manifests are made of', async () => {
    expect(await agrees(PLAIN)).toBe(true)
    expect(await agrees(JSON.stringify({ keys: { a: { limit: 5, x: [null, 'y', {}] } } }, null, 2))).toBe(true)
    expect(await agrees('a: 1\na: 2\n__proto__: { b: 1, b: 2 }\n')).toBe(true)
  })

  test.each([
    'a: &x 1',
    'a: |\n  b',
    'a: b: c',
    'a: "b',
    'a:\n\tb: 1',
    'a: [b',
    'a: b\n  c',
    '--- a',
    'a: 1\n---\nb: 1',
    'a: 1e3',
    '? a',
    '%YAML 1.1',
  ])('declines %j', (text) => {
    expect(readPlain(text)).toHaveProperty('declined')
  })

  test('reads a file with a few edits as the package does', async () => {
    const pieces = [
      '\n',
      '\n  ',
      '\n    ',
      ' ',
      ':',
      ': ',
      ' #',
      '#',
      '- ',
      '-',
      '{',
      '}',
      '[',
      ']',
      ',',
      ', ',
      '"',
      "'",
      "''",
      '\\',
      '\\"',
      '1',
      '.5',
      '0x1',
      '~',
      'null',
      'é',
      '&a ',
      '*a',
      '!',
      '|',
      '%',
      '@',
      '?',
      '? ',
      '---\n',
      '...\n',
      'a: ',
      '"a":',
      '__proto__',
      '<<',
    ]
    const edit = fc.record({ at: fc.nat(PLAIN.length), cut: fc.nat(6), put: fc.constantFrom(...pieces, '') })
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 3 }), async (edits) => {
        let text = PLAIN
        for (const { at, cut, put } of edits) text = text.slice(0, at) + put + text.slice(at + cut)
        if (await agrees(text)) accepted += 1
      }),
      { numRuns: RUNS },
    )
    expect(accepted).toBeGreaterThan(RUNS / 10)
  })

  test('reads any sequence of pieces as the package does', async () => {
    const pieces = fc.constantFrom(
      'a',
      'b',
      '1',
      ': ',
      ':',
      '\n',
      '\n  ',
      '\n    ',
      ' ',
      '- ',
      '-',
      '{',
      '}',
      '[',
      ']',
      ', ',
      ',',
      '"',
      "'",
      '#',
      ' #',
      '"x"',
      "'y'",
      '{a: 1}',
      '[b]',
      'null',
      '-1',
      '.',
      '...',
      '---',
      'a: ',
      '\n  b: ',
      '\n- ',
    )
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { minLength: 1, maxLength: 12 }), async (all) => {
        if (await agrees(`k: ${all.join('')}`)) accepted += 1
      }),
      { numRuns: RUNS },
    )
    expect(accepted).toBeGreaterThan(RUNS / 50)
  })

  test('reads what the package writes', async () => {
    const text = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.constantFrom('a b', 'x: y', '# z', 'null', '012', '1e3', '- a', '{b}', "it's"),
    )
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 3 },
        text,
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.dictionary(text, tie('tree'), { maxKeys: 3 }),
      ),
    }))
    await fc.assert(
      fc.asyncProperty(fc.dictionary(text, tree, { minKeys: 1, maxKeys: 4 }), fc.boolean(), async (data, flow) => {
        await agrees(stringify(data, flow ? { collectionStyle: 'flow' } : {}))
        await agrees(JSON.stringify(data, null, 1))
      }),
      { numRuns: RUNS / 2 },
    )
  })
})
