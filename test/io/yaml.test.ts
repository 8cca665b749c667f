import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isMapping } from '../../src/core/manifest/source.ts'
import { parseDocument, type ReadFile } from '../../src/io/yaml.ts'

const parse = (text: string | Uint8Array): Promise<ReadFile> =>
  parseDocument(typeof text === 'string' ? Buffer.from(text) : text, { area: 'MANIFEST', file: 'f' })

const said = ({ diagnostics }: ReadFile): readonly string[] =>
  diagnostics.map(({ at, code, message }) => `${at?.line}:${at?.column} ${code} ${message}`)

const bombed = ['a0: &a0 [x, x, x, x, x, x, x, x, x]']
for (let i = 1; i < 9; i++)
  bombed.push(
    `a${i}: &a${i} [${Array(9)
      .fill(`*a${i - 1}`)
      .join(', ')}]`,
  )

const HOSTILE: readonly (readonly [what: string, text: string | Uint8Array, said: string])[] = [
  [
    'a tab as indentation',
    'a:\n\tb: 1',
    '2:1 MANIFEST_SYNTAX A tab is used as indentation; YAML allows only spaces there.',
  ],
  ['a NUL', 'a: 1\nb: \0', '2:4 MANIFEST_ENCODING The file holds a NUL character.'],
  ['an escape character', 'a: \u001b[31m', '1:4 MANIFEST_ENCODING The file holds the control character U+001B.'],
  ['a lone carriage return', 'a: 1\rb: 2', '1:5 MANIFEST_ENCODING The file holds the control character U+000D.'],
  [
    'invalid UTF-8',
    Buffer.from([0x61, 0x3a, 0x20, 0xff, 0x0a]),
    '1:4 MANIFEST_ENCODING The file is not valid UTF-8 from here on.',
  ],
  ['UTF-16', Buffer.from('\ufeffa: 1', 'utf16le'), '1:1 MANIFEST_ENCODING The file is UTF-16, not UTF-8.'],
  ['a repeated name', 'a: 1\nb: 2\na: 3', '3:1 MANIFEST_DUPLICATE_FIELD "a" is written twice in the same mapping.'],
  [
    'a repeated name in other quotes',
    '{ "a": 1, \'a\': 2 }',
    '1:11 MANIFEST_DUPLICATE_FIELD "a" is written twice in the same mapping.',
  ],
  [
    '__proto__',
    'a: { __proto__: { b: 1 } }',
    '1:6 MANIFEST_FORBIDDEN_NAME The name "__proto__" is refused everywhere.',
  ],
  ['a second document', 'a: 1\n---\nb: 2', '2:1 MANIFEST_SYNTAX A second document starts here; a file holds one.'],
  [
    'a thousand documents',
    '---\na: 1\n'.repeat(1000),
    '3:1 MANIFEST_SYNTAX A second document starts here; a file holds one.',
  ],
  ['a list at the top', '- a\n- b', '1:1 MANIFEST_SYNTAX The file holds a list; a mapping (name: value) is expected.'],
  [
    'a text at the top',
    '\n  hello',
    '2:3 MANIFEST_SYNTAX The file holds a single value; a mapping (name: value) is expected.',
  ],
  ['nothing', '', '1:1 MANIFEST_SYNTAX The file is empty; a mapping (name: value) is expected.'],
  ['only a comment', '# hello\n', '1:1 MANIFEST_SYNTAX The file is empty; a mapping (name: value) is expected.'],
  ['a directive', '%YAML 1.1\n---\na: yes', '1:1 MANIFEST_SYNTAX A directive (%) is not accepted.'],
  ['a tag', 'a: !ruby/object x', '1:4 MANIFEST_SYNTAX Tags (!name) are not accepted.'],
  ['a mapping as a name', '? { a: 1 }\n: b', '1:3 MANIFEST_SYNTAX A name before ":" must be a plain text.'],
  ['an alias of nothing', 'a: *b', '1:4 MANIFEST_SYNTAX The anchor of this alias is not set before it.'],
  ['an alias of itself', 'a: &a { b: *a }', '1:12 MANIFEST_SYNTAX The anchor of this alias is not set before it.'],
  ['an alias bomb', bombed.join('\n'), '5:10 MANIFEST_TOO_LARGE Aliases multiply this file by more than 10000 values.'],
  ['an open quote', 'a: "b\n', '2:1 MANIFEST_SYNTAX A closing quote, bracket, comma or colon is missing.'],
  ['two colons on a line', 'a: b: c', '1:4 MANIFEST_SYNTAX Two mappings on one line, or a value with ": " in it.'],
  [
    'deep brackets',
    '['.repeat(100_000),
    '1:103 MANIFEST_TOO_LARGE Lists and mappings are nested more than 100 levels deep.',
  ],
  [
    'deep braces',
    '{a: '.repeat(50_000),
    '1:406 MANIFEST_TOO_LARGE Lists and mappings are nested more than 100 levels deep.',
  ],
  [
    'deep lists',
    '- '.repeat(100_000),
    '1:204 MANIFEST_TOO_LARGE Lists and mappings are nested more than 100 levels deep.',
  ],
  [
    'deep indentation',
    Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
    '102:103 MANIFEST_TOO_LARGE Lists and mappings are nested more than 100 levels deep.',
  ],
  [
    'a file without end',
    `a: [${'1,'.repeat(250_000)}`,
    '1:500005 MANIFEST_TOO_LARGE A file as long as this one must be plain YAML, and here is something else (or a mistake).',
  ],
  [
    'more names side by side than anybody reads',
    `a: { ${Array.from({ length: 100_000 }, (_, n) => `k${100_000 + n}: 1, `).join('')}}`,
    `1:${6 + 50_000 * 'k100000: 1, '.length} MANIFEST_TOO_LARGE A file as long as this one must be plain YAML, and here is something else (or a mistake).`,
  ],
]

describe('a hostile file', () => {
  test.each(HOSTILE)('is refused at a position: %s', async (_, text, line) => {
    expect(said(await parse(text))).toEqual([line])
  })

  test('never shows a credential, not even a broken one', async () => {
    const secret = 'sk-or-v1-0123456789abcdef0123'
    const texts = [`a: "${secret}`, `a: ${secret}: b`, `${secret}: 1\n${secret}: 2`, `a: *${secret}`, `a: !${secret} x`]
    for (const text of texts) {
      const { diagnostics } = await parse(text)
      expect(diagnostics, text).not.toEqual([])
      expect(JSON.stringify(diagnostics)).not.toContain('0123456789')
    }
  })
})

describe('a file', () => {
  test('with Windows line ends or a byte order mark is read with a warning', async () => {
    const windows = await parse('a: 1\r\nb: 2\r\n')
    expect(windows.document?.data).toEqual({ a: 1, b: 2 })
    expect(said(windows)).toEqual([
      '1:5 MANIFEST_ENCODING The file has Windows line ends (CRLF); they are read as plain ones.',
    ])
    const marked = await parse('\ufeffa: 1')
    expect(marked.document?.data).toEqual({ a: 1 })
    expect(said(marked)).toEqual(['1:1 MANIFEST_ENCODING The file starts with a byte order mark; it is skipped.'])
    expect([...windows.diagnostics, ...marked.diagnostics].every(({ severity }) => severity === 'warning')).toBe(true)
  })

  test('may be JSON, with tabs', async () => {
    const { document, diagnostics } = await parse(
      '{\n\t"keys": {\n\t\t"a": { "limit": 5, "on": true, "x": [null, 1.5] }\n\t}\n}\n',
    )
    expect(diagnostics).toEqual([])
    expect(document?.data).toEqual({ keys: { a: { limit: 5, on: true, x: [null, 1.5] } } })
  })

  test('knows YAML 1.2: yes, on and 012 are no special values', async () => {
    const { document } = await parse('a: yes\nb: on\nc: 012\nd: 2027-01-01\ne: ~\nf: 0x10\n1: x\ntrue: y')
    expect(document?.data).toEqual({ a: 'yes', b: 'on', c: 12, d: '2027-01-01', e: null, f: 16, '1': 'x', true: 'y' })
  })

  test('knows where each name and value stands, whatever the order of names', async () => {
    const text = 'b:\n  - x\n  - { "10": one, 2: two }\na: &a { k: [1, 22] }\nc: *a\n'
    const { document } = await parse(text)
    const data = document?.data
    if (!document || !isMapping(data) || !Array.isArray(data.b)) throw new Error('not read')
    const seen = (container: object, member: string | number, part: 'key' | 'value') => {
      const { line, column, length } = document.range(container, member, part)
      return text.split('\n')[line - 1]?.slice(column - 1, column - 1 + length)
    }
    expect(seen(data, 'a', 'key')).toBe('a')
    expect(seen(data.b, 0, 'value')).toBe('x')
    expect(seen(data.b[1], '10', 'key')).toBe('"10"')
    expect(seen(data.b[1], '10', 'value')).toBe('one')
    expect(seen(data.b[1], '2', 'value')).toBe('two')
    expect(seen(data, 'c', 'value')).toBe('*a')
    expect(document.origin(data, 'c')).toEqual({ file: 'f', line: 5, column: 1 })
    expect(document.range({}, 'nowhere', 'key')).toMatchObject({ line: 1, column: 1 })
  })
})

const VALID =
  'defaults: { provider: o }\nkeys:\n  a/b:\n    limit: 5\n    deliverTo: [{ sink: d, name: "X" }, \'m:y\']\n    text: |\n      one\n      two\n'
const PIECES = [
  '\t',
  '\n',
  ' ',
  ':',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '&a ',
  '*a',
  '!',
  '|',
  '>',
  '"',
  "'",
  '#',
  '%',
  '@',
  ',',
  '?',
  '\0',
  '\r',
  '\ufeff',
  '__proto__',
  '---\n',
  '<<: ',
  'é',
  '\u{1f600}',
]

function inside(text: string, { diagnostics }: ReadFile): void {
  const lines = text.split('\n')
  for (const { at, hint } of diagnostics) {
    expect(hint).toMatch(/\S/)
    const line = lines[(at?.line ?? 0) - 1]
    expect(line).toBeDefined()
    expect(at?.column).toBeGreaterThanOrEqual(1)
    expect(at?.column).toBeLessThanOrEqual((line ?? '').length + 1)
    expect(at?.length).toBeGreaterThanOrEqual(1)
  }
}

test.each([
  ['CONFIG', 'keywright schema config'],
  ['MANIFEST', 'keywright schema manifest'],
] as const)('an empty file of area %s is led to its own schema', async (area, hint) => {
  const { diagnostics } = await parseDocument(Buffer.from(''), { area, file: 'f' })
  expect(diagnostics).toMatchObject([{ hint }])
})

describe('whatever the bytes', () => {
  test('nothing is thrown, and every position lies inside the file', async () => {
    const bytes = fc.uint8Array({ maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(bytes, async (raw) => {
        const read = await parse(raw)
        inside(new TextDecoder().decode(raw), read)
        expect(read.document !== null || read.diagnostics.length > 0).toBe(true)
      }),
      { numRuns: 400 },
    )
  })

  test('a valid file with a few edits is read or refused, never thrown at', async () => {
    const edit = fc.record({ at: fc.nat(VALID.length), cut: fc.nat(5), put: fc.constantFrom(...PIECES, '') })
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
        let text = VALID
        for (const { at, cut, put } of edits) text = text.slice(0, at) + put + text.slice(at + cut)
        const read = await parse(text)
        inside(text.replace(/^\ufeff/, ''), read)
        expect(read.document !== null || read.diagnostics.some(({ severity }) => severity === 'error')).toBe(true)
      }),
      { numRuns: 800 },
    )
  })
})
