import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DotenvText } from '../../src/sinks/dotenv-text.ts'

function edited(text: string | null, name: string, value: string): string | null {
  const file = new DotenvText(text, '.env')
  file.set(name, value)
  return file.text()
}

function without(text: string, name: string): string | null {
  const file = new DotenvText(text, '.env')
  file.unset(name)
  return file.text()
}

const get = (text: string, name: string): string | null => new DotenvText(text, '.env').get(name)
const code = (work: () => unknown): string => {
  try {
    work()
    return 'done'
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('setting a name in a dotenv file', () => {
  it.each([
    ['a new file', null, 'K=v\n'],
    ['an empty file', '', 'K=v\n'],
    ['behind the last line', 'A=1\n', 'A=1\nK=v\n'],
    ['without a last line break', 'A=1', 'A=1\nK=v'],
    ['with CRLF', 'A=1\r\nB=2\r\n', 'A=1\r\nB=2\r\nK=v\r\n'],
    ['with CRLF but none at the end', 'A=1\r\nB=2', 'A=1\r\nB=2\r\nK=v'],
    ['in its place', 'A=1\nK=old\nB=2\n', 'A=1\nK=v\nB=2\n'],
    ['in CRLF', 'K=old\r\nB=2\r\n', 'K=v\r\nB=2\r\n'],
    ['with export', '  export K=old\n', '  export K=v\n'],
    ['with its double quotes', 'K="old one"\n', 'K="v"\n'],
    ['with its single quotes', "K='old'\n", "K='v'\n"],
    ['with its comment', 'K=old  # why\n', 'K=v  # why\n'],
    ['with a comment behind quotes', 'K="old" # "why"\n', 'K="v" # "why"\n'],
    ['with spaces around =', 'K = old\n', 'K = v\n'],
    ['with an empty value', 'K=\n', 'K=v\n'],
    ['with an empty value and a comment', 'K= # why\n', 'K= v # why\n'],
    ['over several lines', 'K="a\nb"\nB=2\n', 'K="v"\nB=2\n'],
    ['in the last of duplicates', 'K=1\nA=2\nK=3\n', 'K=1\nA=2\nK=v\n'],
    ['not inside another value', 'A="\nK=no\n"\n', 'A="\nK=no\n"\nK=v\n'],
    ['not in a comment', '# K=no\n#K=no\n', '# K=no\n#K=no\nK=v\n'],
    ['not in a longer name', 'KK=1\nK_=2\nXK=3\n', 'KK=1\nK_=2\nXK=3\nK=v\n'],
    ['behind a byte order mark', '\uFEFFK=old\n', '\uFEFFK=v\n'],
    ['past an apostrophe in a bare value', "A=it's fine\nK=old\n", "A=it's fine\nK=v\n"],
    ['past words that are no assignment', 'echo "hi\nK=old\n', 'echo "hi\nK=v\n'],
    ['past an escaped quote', 'A="\\"\nK=no"\nK=old\n', 'A="\\"\nK=no"\nK=v\n'],
  ])('works: %s', (_, before, after) => {
    expect(edited(before, 'K', 'v')).toBe(after)
  })

  it.each([
    ['sk-or-v1-0123abc', 'sk-or-v1-0123abc'],
    ['a b', "'a b'"],
    ['$x`"\\', `'$x\`"\\'`],
    ["it's", `"it's"`],
    ['#a', "'#a'"],
    ['~', "'~'"],
  ])('quotes %j only as far as readers need it', (value, written) => {
    expect(edited('', 'K', value)).toBe(`K=${written}\n`)
    expect(get(`K=${written}\n`, 'K')).toBe(value)
  })

  it.each(["a'$", 'a\nb', 'a\rb', 'a\0b', ''])(
    'refuses %j, which readers understand differently, and changes nothing',
    (value) => {
      const file = new DotenvText('K=old\n', '.env')
      expect(code(() => file.set('K', value))).toBe('SINK_DENIED')
      expect(file.text()).toBe('K=old\n')
    },
  )

  it.each(["K='a", 'A=1\nB="a\nK=1\n', 'A="\\"', 'A=`'])('refuses a file with a quote that never ends: %j', (text) => {
    expect(code(() => new DotenvText(text, '.env'))).toBe('SINK_FILE_UNREADABLE')
  })
})

describe('removing a name from a dotenv file', () => {
  it.each([
    ['K=v\n', ''],
    ['A=1\nK=v\nB=2\n', 'A=1\nB=2\n'],
    ['A=1\nK=v', 'A=1'],
    ['K=v\nA=1\nK=v\n', 'A=1\n'],
    ['K=w\nA=1\nK=v\n', 'K=w\nA=1\n'],
    ['A=1\n', 'A=1\n'],
  ])('turns %j into %j', (before, after) => {
    expect(without(before, 'K')).toBe(after)
  })
})

describe('reading a name from a dotenv file', () => {
  it.each([
    ['K=a b  \n', 'a b'],
    ['K=a#b\n', 'a#b'],
    ['K=\'a\'"b"c\n', 'abc'],
    ['K="a\\nb\\"\\$"\n', 'a\nb"$'],
    ['K=`a`\n', 'a'],
    ['K=1\nK=2\n', '2'],
    ['K=\n', ''],
    ['A=1\n', null],
  ])('finds in %j the value %j', (text, value) => {
    expect(get(text, 'K')).toBe(value)
  })
})

const line = fc.oneof(
  fc.constantFrom(
    '',
    '# it\'s "odd',
    'A=1',
    'export B="two words" # c',
    "C='x\ny'",
    'D=`t`',
    'K2=0',
    ' E = f',
    'junk',
    'F="\\""',
    '\tG=',
    'H=a\\',
    'I=€',
  ),
  fc.string({ maxLength: 6 }).map((text) => `J=${text.replace(/['"`\r\n]/g, '')}`),
)
const document = fc
  .tuple(fc.array(line, { maxLength: 8 }), fc.constantFrom('\n', '\r\n'), fc.boolean())
  .map(([lines, end, ended]) => lines.join(end) + (ended && lines.length > 0 ? end : ''))
const value = fc.stringMatching(/^[A-Za-z0-9 $_#-]{1,12}$/)

describe('any dotenv file', () => {
  it('is the same again, byte for byte, after a name was set and removed', () => {
    fc.assert(
      fc.property(document, value, (text, first) => {
        const set = edited(text, 'K', first) ?? ''
        expect(get(set, 'K')).toBe(first)
        expect(without(set, 'K')).toBe(text)
      }),
      { numRuns: 300 },
    )
  })

  it('keeps every neighbour byte while a name in its middle changes', () => {
    fc.assert(
      fc.property(document, document, value, value, (head, tail, first, second) => {
        const start = head === '' || head.endsWith('\n') ? head : `${head}\n`
        const text = `${start}K='${first}'\n${tail}`
        expect(edited(text, 'K', second)).toBe(`${start}K='${second}'\n${tail}`)
      }),
      { numRuns: 300 },
    )
  })
})

describe('readers', () => {
  it('of a POSIX shell see every value that can be written', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kw-sh-'))
    const values = [
      'sk-or-v1-0a',
      'a b',
      "it's",
      '$HOME `id` "x" \\',
      'a#b',
      '#',
      '~/x',
      '*',
      'a;b&c|d',
      '=',
      '%s',
      'é',
    ]
    let text: string | null = null
    for (const [i, each] of values.entries()) text = edited(text, `K${i}`, each)
    writeFileSync(join(folder, 'env'), text ?? '')
    const script = `set -a; . ./env; printf '%s\\n' ${values.map((_, i) => `"$K${i}"`).join(' ')}`
    expect(execFileSync('sh', ['-c', script], { cwd: folder, encoding: 'utf8' }).split('\n').slice(0, -1)).toEqual(
      values,
    )
    rmSync(folder, { recursive: true })
  })

  it('that know no quotes, such as docker --env-file, see every ordinary secret', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{1,80}$/), (secret) => {
        expect(edited(null, 'K', secret)).toBe(`K=${secret}\n`)
      }),
    )
  })
})
