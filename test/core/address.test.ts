import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  containsMarker,
  formatAddress,
  formatMarker,
  formatName,
  isId,
  isStack,
  MAX_NAME,
  parseAddress,
  parseName,
} from '../../src/core/address.ts'

const ALNUM = 'abcdefghijklmnopqrstuvwxyz0123456789'
const word = (first: string, more: string, most: number): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...first), fc.string({ unit: fc.constantFrom(...more), maxLength: most - 1 }))
    .map(([head, tail]) => head + tail)

const stacks = word(ALNUM, `${ALNUM}-`, 40)
const segments = word(ALNUM, `${ALNUM}._-`, 40)
const ids = fc.array(segments, { minLength: 1, maxLength: 3 }).map((all) => all.join('/'))
const markers = fc.record({
  stack: stacks,
  id: ids,
  n: fc.integer({ min: 1, max: 999_999 }),
  lineage: fc.string({ unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz234567'), minLength: 8, maxLength: 8 }),
})
const displays = fc.string({ unit: 'binary', maxLength: 60 }).filter((text) => !containsMarker(text))

const MARKER = { stack: 'acme-7f3a', id: 'payments/ci-bot', n: 4, lineage: 'k3v7x2ab' }
const TEXT = '[kw:acme-7f3a/payments/ci-bot#4.k3v7x2ab]'

describe('a marker', () => {
  test('is written as the design says', () => {
    expect(formatMarker(MARKER)).toBe(TEXT)
    expect(formatName('CI bot', MARKER)).toBe(`CI bot ${TEXT}`)
  })

  test('survives writing and reading, whatever the display name holds', () => {
    fc.assert(
      fc.property(displays, markers, (display, marker) => {
        expect(parseName(formatName(display, marker))).toEqual({ display, marker, derived: false })
      }),
    )
  })

  test.each(['\n', ' ', '.', ' [kw:', ' (copy)', ' (rotated) x', '\u0000'])(
    'that is not at the very end is none: %j behind it',
    (tail) => {
      expect(parseName(`CI bot ${TEXT}${tail}`)).toBeNull()
    },
  )

  test('next to a second one is none', () => {
    expect(parseName(`CI bot ${TEXT} ${TEXT}`)).toBeNull()
    expect(parseName(`${TEXT} CI bot ${TEXT} (rotated)`)).toBeNull()
    expect(containsMarker(`a ${TEXT} b`)).toBe(true)
  })

  test.each([' (rotated)', ' (auto-rotated)', ' (rotated) (auto-rotated)'])(
    'is derived when the API appended%s',
    (suffix) => {
      expect(parseName(`CI bot ${TEXT}${suffix}`)).toEqual({ display: 'CI bot', marker: MARKER, derived: true })
    },
  )

  test.each([
    ['generation 0', '[kw:s/a#0.k3v7x2ab]'],
    ['a leading zero', '[kw:s/a#04.k3v7x2ab]'],
    ['generation 1000000', '[kw:s/a#1000000.k3v7x2ab]'],
    ['a short lineage', '[kw:s/a#1.k3v7x2a]'],
    ['a lineage with 1', '[kw:s/a#1.k3v7x2a1]'],
    ['capitals', '[kw:S/a#1.k3v7x2ab]'],
    ['four segments', '[kw:s/a/b/c/d#1.k3v7x2ab]'],
    ['an empty segment', '[kw:s/a//b#1.k3v7x2ab]'],
    ['a segment that starts with a dot', '[kw:s/.a#1.k3v7x2ab]'],
    ['no id', '[kw:s#1.k3v7x2ab]'],
    ['another prefix', '[kx:s/a#1.k3v7x2ab]'],
  ])('with %s is none', (_, text) => {
    expect(parseName(`x ${text}`)).toBeNull()
  })

  test('is read in no time out of names made to be slow', () => {
    const start = performance.now()
    for (const part of ['[kw:', '[kw:a/b#1.', ' ', '[kw:a/a/a/a', TEXT]) parseName(part.repeat(20_000))
    expect(performance.now() - start).toBeLessThan(1_000)
  })

  test('leaves room for a display name beside the ids people use: the whole name has at most 200 characters', () => {
    expect(MAX_NAME).toBe(200)
    expect(formatName('x'.repeat(100), { ...MARKER, n: 999_999 }).length).toBeLessThanOrEqual(MAX_NAME)
  })
})

describe('an address', () => {
  test('is stack and id, and is split again at its first slash', () => {
    fc.assert(
      fc.property(stacks, ids, (stack, id) => {
        expect(isStack(stack) && isId(id)).toBe(true)
        expect(parseAddress(formatAddress(stack, id))).toEqual({ stack, id })
      }),
    )
  })

  test.each([
    '',
    'a',
    '/a',
    'a/',
    'A/b',
    'a/b/c/d/e',
    'a.b/c',
    'a/B',
    'a/b ',
    `${'a'.repeat(41)}/b`,
    `a/${'b'.repeat(41)}`,
  ])('is refused otherwise: %j', (text) => {
    expect(parseAddress(text)).toBeNull()
  })
})
