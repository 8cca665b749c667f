import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ATTRIBUTES, type Attribute, attribute, attributesOf } from '../../src/core/attributes.ts'
import type { FieldValue } from '../../src/core/key.ts'
import { SCOPES } from '../../src/core/scopes.ts'

function row(name: string): Attribute {
  const found = attribute(name)
  if (!found) throw new Error(name)
  return found
}

const EARLY = '2027-01-01T00:00:00Z'
const LATE = '2028-01-01T00:00:00Z'

describe('loosening', () => {
  test.each<[string, FieldValue, FieldValue, boolean]>([
    ['limit', 10, 20, true],
    ['limit', 20, 10, false],
    ['limit', 10, null, true],
    ['limit', null, 10, false],
    ['limit', 0, 1, true],
    ['limit', 10, 10.0000001, false],
    ['limit', null, null, false],
    ['limitReset', null, 'monthly', true],
    ['limitReset', 'monthly', 'weekly', true],
    ['limitReset', 'weekly', 'daily', true],
    ['limitReset', 'daily', 'monthly', false],
    ['limitReset', 'monthly', null, false],
    ['includeByokInLimit', true, false, true],
    ['includeByokInLimit', false, true, false],
    ['disabled', true, false, true],
    ['disabled', false, true, false],
    ['expiresAt', EARLY, LATE, true],
    ['expiresAt', LATE, EARLY, false],
    ['expiresAt', EARLY, null, true],
    ['expiresAt', null, EARLY, false],
    ['creatorUserId', 'user_a', 'user_b', false],
    ['scopes', ['jobs:read'], ['jobs:read', 'jobs:write'], true],
    ['scopes', ['jobs:read', 'jobs:write'], ['jobs:read'], false],
    ['scopes', ['jobs:read'], ['jobs:write'], true],
    ['scopes', ['jobs:read'], ['*'], true],
    ['scopes', ['*'], ['jobs:read', 'rbac:manage'], false],
    ['scopes', [], ['*'], false],
    ['scopes', ['jobs:read'], [], true],
    ['environmentId', 'production', 'staging', false],
  ])('%s from %j to %j: %j', (name, from, to, loosens) => {
    expect(row(name).loosens(from, to)).toBe(loosens)
  })

  test('never happens both ways, and never between equal values', () => {
    const values: readonly FieldValue[] = [
      null,
      0,
      1,
      10,
      'never',
      'daily',
      'weekly',
      'monthly',
      true,
      false,
      EARLY,
      LATE,
    ]
    for (const one of ATTRIBUTES.filter(({ type }) => type !== 'words'))
      for (const from of values.filter((value) => fits(one, value)))
        for (const to of values.filter((value) => fits(one, value))) {
          expect(one.loosens(from, to) && one.loosens(to, from), `${one.name} ${from} ${to}`).toBe(false)
          if (one.equal(from, to)) expect(one.loosens(from, to), `${one.name} ${from} ${to}`).toBe(false)
        }
  })
})

describe('scopes', () => {
  const some = fc.subarray([...SCOPES])

  test('are loosened by any scope that was not allowed before', () => {
    fc.assert(
      fc.property(some, some, (from, to) => {
        const all = from.length === 0 || from.includes('*')
        const beyond = to.length === 0 || to.some((scope) => !from.includes(scope))
        expect(row('scopes').loosens(from, to)).toBe(!all && beyond)
        if (row('scopes').equal(from, to)) expect(row('scopes').loosens(from, to)).toBe(false)
      }),
    )
  })

  test('are the same in any order', () => {
    fc.assert(
      fc.property(some, some, (a, b) => {
        expect(row('scopes').equal(a, [...a].reverse())).toBe(true)
        expect(row('scopes').equal(a, b)).toBe([...a].sort().join() === [...b].sort().join())
      }),
    )
  })

  test('are the 26 that the API knows', () => {
    expect(new Set(SCOPES).size).toBe(26)
  })
})

describe('equality', () => {
  test.each<[string, FieldValue, FieldValue, boolean]>([
    ['limit', 0.1 + 0.2, 0.3, true],
    ['limit', 0.000001, 0.000002, false],
    ['limit', 0, null, false],
    ['limitReset', 'monthly', 'monthly', true],
    ['limitReset', null, 'monthly', false],
    ['expiresAt', EARLY, '2027-01-01T00:02:00.000Z', true],
    ['expiresAt', EARLY, '2027-01-01T00:02:01.000Z', false],
    ['expiresAt', '2027-01-01T01:00:00+01:00', EARLY, true],
    ['expiresAt', null, EARLY, false],
    ['disabled', false, false, true],
    ['scopes', ['jobs:read', '*'], ['*', 'jobs:read'], true],
    ['scopes', ['jobs:read'], ['jobs:read', 'jobs:write'], false],
    ['scopes', ['jobs:read'], null, false],
  ])('%s %j and %j: %j', (name, a, b, equal) => {
    expect(row(name).equal(a, b)).toBe(equal)
    expect(row(name).equal(b, a)).toBe(equal)
  })
})

describe('the table', () => {
  test('has each field once, with a sentence and an example that fits', () => {
    expect(new Set(ATTRIBUTES.map((one) => one.name)).size).toBe(ATTRIBUTES.length)
    for (const one of ATTRIBUTES) {
      expect(one.doc, one.name).toMatch(/^[A-Z].*\.$/s)
      expect(fits(one, one.example), one.name).toBe(true)
    }
  })

  test('lets the API change what it can, and replaces a key for what it cannot', () => {
    const kinds = attributesOf('openrouter').map((one) => `${one.name} ${one.kinds.openrouter}`)
    expect(kinds).toEqual([
      'limit update',
      'limitReset update',
      'includeByokInLimit update',
      'disabled update',
      'expiresAt replace',
      'creatorUserId replace',
    ])
    expect(attributesOf('strait').map((one) => `${one.name} ${one.kinds.strait}`)).toEqual([
      'scopes replace',
      'environmentId replace',
    ])
  })

  test('wants a limit to be written, and gives the documented default to the rest', () => {
    const absent = Object.fromEntries(ATTRIBUTES.map((one) => [one.name, [one.absent, one.fallback]]))
    expect(absent).toEqual({
      limit: ['error', undefined],
      limitReset: ['fallback', null],
      includeByokInLimit: ['fallback', false],
      disabled: ['fallback', false],
      expiresAt: ['fallback', null],
      creatorUserId: ['unmanaged', undefined],
      scopes: ['error', undefined],
      environmentId: ['unmanaged', undefined],
    })
  })

  test('knows no other field', () => {
    expect(attribute('name')).toBeNull()
    expect(attribute('constructor')).toBeNull()
  })
})

function fits({ type, values }: Attribute, value: FieldValue): boolean {
  if (value === null) return true
  if (type === 'usd') return typeof value === 'number'
  if (type === 'boolean') return typeof value === 'boolean'
  if (type === 'words') return typeof value === 'object' && value.every((word) => values?.includes(word))
  if (type === 'enum') return values?.includes(String(value)) === true
  return typeof value === 'string' && (type === 'text' || /^\d{4}-/.test(value))
}
