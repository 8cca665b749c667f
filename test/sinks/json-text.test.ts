import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkJsonObject, getMember, setMember, unsetMember } from '../../src/sinks/json-text.ts'

const set = (text: string, field: string, value = 'v'): string => setMember(text, field, value, 'a.json')
const code = (work: () => unknown): string => {
  try {
    work()
    return 'done'
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('setting a member of a JSON file', () => {
  it.each([
    ['in an empty object', '{}\n', 'k', '{\n  "k": "v"\n}\n'],
    ['in its place', '{ "a": 1.0, "k" :\t"old", "b": [ ] }', 'k', '{ "a": 1.0, "k" :\t"v", "b": [ ] }'],
    ['over another type', '{"k":{"x":[1,"}"]},"b":1}', 'k', '{"k":"v","b":1}'],
    ['in a compact document', '{"a":1}', 'k', '{"a":1,"k":"v"}'],
    ['on one line', '{ "a": 1 }', 'k', '{ "a": 1, "k": "v" }'],
    ['with four spaces', '{\n    "a": 1\n}\n', 'k', '{\n    "a": 1,\n    "k": "v"\n}\n'],
    ['with tabs and CRLF', '{\r\n\t"a": 1\r\n}', 'k', '{\r\n\t"a": 1,\r\n\t"k": "v"\r\n}'],
    ['in a nested object', '{\n  "a": {\n    "b": 1\n  }\n}', 'a.k', '{\n  "a": {\n    "b": 1,\n    "k": "v"\n  }\n}'],
    ['in an empty nested object', '{\n  "a": {}\n}', 'a.k', '{\n  "a": {\n    "k": "v"\n  }\n}'],
    [
      'with the objects on the way',
      '{\n  "z": 0\n}',
      'a.b.k',
      '{\n  "z": 0,\n  "a": {\n    "b": {\n      "k": "v"\n    }\n  }\n}',
    ],
    ['with objects on the way, compactly', '{"z":0}', 'a.k', '{"z":0,"a":{"k":"v"}}'],
    ['in the last of equal names', '{"k":"1","k":"2"}', 'k', '{"k":"1","k":"v"}'],
    ['by its escaped name', '{"\\u006b":"1"}', 'k', '{"\\u006b":"v"}'],
    ['not inside a string', '{"a":"\\"k\\":1","b":"}"}', 'k', '{"a":"\\"k\\":1","b":"}","k":"v"}'],
    ['behind a byte order mark', '\uFEFF{"a":1}', 'k', '\uFEFF{"a":1,"k":"v"}'],
    ['called like a prototype', '{}', '__proto__', '{\n  "__proto__": "v"\n}'],
  ])('works: %s', (_, before, field, after) => {
    expect(set(before, field)).toBe(after)
    expect(getMember(after, field, 'a.json')).toBe('v')
  })

  it('escapes what JSON wants escaped', () => {
    expect(set('{"k":1}', 'k', '"\n\\')).toBe('{"k":"\\"\\n\\\\"}')
  })

  it('refuses to go through something that is no object', () => {
    expect(code(() => set('{"a":[1]}', 'a.k'))).toBe('SINK_FILE_UNREADABLE')
  })
})

it.each(['', '[]', '1', 'null', '{"a":1,}', '{a:1}', '// c\n{}', '{"a":', '['.repeat(100_000)])(
  'a file that is no JSON object is refused: %.12j',
  (text) => {
    expect(code(() => checkJsonObject(text, 'a.json'))).toBe('SINK_FILE_UNREADABLE')
  },
)

const documents = fc.tuple(
  fc.object({ maxDepth: 3, key: fc.constantFrom('a', 'b', 'k2', 'é"\\', '') }),
  fc.constantFrom(undefined, 1, 2, '\t'),
)

describe('any JSON document', () => {
  it('is the same again, byte for byte, after a member was set and removed', () => {
    fc.assert(
      fc.property(documents, fc.string(), ([value, indent], secret) => {
        const text = JSON.stringify(value, null, indent)
        const after = set(text, 'k', secret)
        expect(JSON.parse(after)).toEqual({ ...JSON.parse(text), k: secret })
        expect(unsetMember(after, 'k', 'a.json')).toBe(text)
      }),
      { numRuns: 300 },
    )
  })

  it('keeps every neighbour byte while a member in its middle changes or goes', () => {
    const member = fc.tuple(fc.constantFrom('a', 'b.c', '}', '"'), fc.jsonValue({ maxDepth: 2 }))
    const members = fc.array(member, { maxLength: 4 })
    const space = fc.constantFrom('', ' ', '\n\t', ' \r\n')
    fc.assert(
      fc.property(members, members, space, fc.jsonValue({ maxDepth: 2 }), (before, after, gap, old) => {
        const print = (all: readonly [string, unknown][]): string[] =>
          all.map(([k, v]) => `${gap}${JSON.stringify(k)}:${gap}${JSON.stringify(v, null, 1)}${gap}`)
        const whole = (own: string[]): string => `{${[...print(before), ...own, ...print(after)].join(',')}}`
        const text = whole([`${gap}"k"${gap}:${gap}${JSON.stringify(old)}${gap}`])
        expect(set(text, 'k')).toBe(whole([`${gap}"k"${gap}:${gap}"v"${gap}`]))
        expect(JSON.parse(unsetMember(text, 'k', 'a.json'))).toEqual(JSON.parse(whole([])))
      }),
      { numRuns: 300 },
    )
  })
})
