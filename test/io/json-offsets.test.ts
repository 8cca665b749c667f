import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type JsonPath, jsonOffsets, pathKey } from '../../src/io/json-offsets.ts'

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Every path of a value, with the value there. */
function pathsOf(value: unknown, path: JsonPath = []): readonly { readonly path: JsonPath; readonly value: unknown }[] {
  const inner =
    typeof value === 'object' && value !== null
      ? Object.entries(value).map(([name, one]) => [Array.isArray(value) ? Number(name) : name, one] as const)
      : []
  return [{ path, value }, ...inner.flatMap(([name, one]) => pathsOf(one, [...path, name]))]
}

describe('offsets in a JSON text', () => {
  test('lead to the value of each path, however the text is laid out', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(undefined, 1, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        const all = pathsOf(JSON.parse(text))
        const found = jsonOffsets(
          text,
          all.map(({ path }) => path),
        )
        if (!found.ok) throw new Error(`broken at ${found.at}: ${text}`)
        for (const { path, value: wanted } of all) {
          const rest = text.slice(found.of.get(pathKey(path)))
          const first = JSON.stringify(wanted, null, indent)
          expect(rest.startsWith(first.slice(0, 1))).toBe(true)
          if (typeof wanted !== 'object') expect(rest.startsWith(first)).toBe(true)
        }
      }),
    )
  })

  test('agree with JSON.parse on what is JSON at all', () => {
    const torn = fc
      .tuple(fc.json({ maxDepth: 3 }), fc.nat(), fc.constantFrom('', ',', '"', '\\', '}', '01', 'x', '\u0000'))
      .map(([text, at, put]) => {
        const cut = at % (text.length + 1)
        return text.slice(0, cut) + put + text.slice(cut + 1)
      })
    fc.assert(
      fc.property(torn, (text) => {
        expect(jsonOffsets(text).ok).toBe(isJson(text))
      }),
    )
  })

  test.each([
    ['{"a": 1,}', 8],
    ['[1 2]', 3],
    ['{"a": "x', 8],
    ['', 0],
    ['{"a": tru}', 6],
    ['{"a": "\n"}', 7],
    ['['.repeat(100_000), 201],
  ])('name the first character that cannot stand there: %j', (text, at) => {
    expect(jsonOffsets(text)).toEqual({ ok: false, at })
  })
})
