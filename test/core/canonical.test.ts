import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonical, digest, type Json } from '../../src/core/canonical.ts'

/** Plain JSON values as JSON itself brings them: no -0. */
const values: fc.Arbitrary<Json> = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)))

describe('canonical text', () => {
  test('is JSON that says the same', () => {
    fc.assert(fc.property(values, (value) => void expect(JSON.parse(canonical(value))).toEqual(value)))
  })

  test('does not depend on the order of members', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), values), (object) => {
        const turned = Object.fromEntries(Object.entries(object).reverse())
        expect(canonical(turned)).toBe(canonical(object))
        expect(digest(turned)).toBe(digest(object))
      }),
    )
  })

  test('has no spaces, sorted members, and none that is undefined', () => {
    expect(canonical({ b: [1, null, 'x y'], a: { d: true, c: undefined } })).toBe('{"a":{"d":true},"b":[1,null,"x y"]}')
  })

  test('tells a list from its reverse', () => {
    expect(canonical([1, 2])).not.toBe(canonical([2, 1]))
  })
})

describe('a digest', () => {
  test('is 16 hex digits', () => {
    fc.assert(fc.property(values, (value) => void expect(digest(value)).toMatch(/^[0-9a-f]{16}$/)))
  })

  test('changes with any change of a manifest entry', () => {
    const seen = new Set<string>()
    for (let limit = 0; limit < 20_000; limit++)
      seen.add(digest({ address: 's/a', fields: { limit, disabled: false } }))
    expect(seen.size).toBe(20_000)
  })

  test('stays the same over releases, since records keep it', () => {
    expect(digest({ address: 'test-1/a', limit: 10 })).toBe('4e91e390411a15a5')
  })
})
