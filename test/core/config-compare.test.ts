import fc from 'fast-check'
import { expect, test } from 'vitest'
import { configChanges } from '../../src/core/config/compare.ts'

test('names each member that differs, credentials and secrets first, then guards', () => {
  const before = {
    manifests: ['a'],
    guard: { maxDeletes: 1 },
    providers: { o: { baseUrl: 'https://a', token: { env: 'A' } } },
  }
  const after = {
    manifests: ['b'],
    guard: { maxDeletes: 9, maxMissing: 5 },
    providers: { o: { baseUrl: 'https://b', token: { exec: ['sh'] } } },
    sinks: { s: { kind: 'vault', address: 'https://c' } },
  }
  expect(configChanges(before, after)).toEqual([
    { path: 'providers.o.baseUrl', from: '"https://a"', to: '"https://b"' },
    { path: 'providers.o.token.env', from: '"A"', to: null },
    { path: 'providers.o.token.exec', from: null, to: '["sh"]' },
    { path: 'sinks.s.address', from: null, to: '"https://c"' },
    { path: 'sinks.s.kind', from: null, to: '"vault"' },
    { path: 'guard.maxDeletes', from: '1', to: '9' },
    { path: 'guard.maxMissing', from: null, to: '5' },
    { path: 'manifests', from: '["a"]', to: '["b"]' },
  ])
})

test('shows nothing that looks like a credential', () => {
  const secret = 'sk-or-v1-0123456789abcdef0123456789abcdef'
  const shown = JSON.stringify(configChanges({}, { vars: { a: secret, b: [secret], c: { d: secret } } }))
  expect(shown).not.toContain('0123456789')
})

test('is empty for equal data and for no other', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(configChanges({ x: a }, JSON.parse(JSON.stringify({ x: a })))).toEqual([])
      const differs = JSON.stringify(sorted(a)) !== JSON.stringify(sorted(b))
      if (differs) expect(configChanges({ x: a }, { x: b })).not.toEqual([])
    }),
    { numRuns: 100 },
  )
})

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, each]) => [name, sorted(each)]),
  )
}
