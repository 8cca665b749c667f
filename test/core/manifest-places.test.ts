import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Place } from '../../src/core/key.ts'
import { crowdedPlaces } from '../../src/core/manifest/crowd.ts'
import { clashes, resolvePlace, type SinkConfig } from '../../src/core/places.ts'

const SINKS: Readonly<Record<string, SinkConfig>> = {
  file: { kind: 'file' },
  dotenv: { kind: 'dotenv', path: 'a' },
  age: { kind: 'age', recipients: ['age1x'] },
  memory: { kind: 'memory' },
  aws: { kind: 'aws-secrets-manager', region: 'eu-central-1' },
  gcp: { kind: 'gcp-secret-manager', project: 'acme' },
}

const entries = fc.oneof(
  fc.record({ sink: fc.constantFrom('file', 'aws', 'gcp'), path: fc.constantFrom('a', 'b') }),
  fc.record({
    sink: fc.constantFrom('file', 'aws', 'gcp'),
    path: fc.constantFrom('a', 'b'),
    field: fc.constantFrom('x', 'x.y', 'x.y.z', 'xy', 'y'),
  }),
  fc.record({ sink: fc.constant('dotenv'), name: fc.constantFrom('x', 'y') }),
  fc.record({ sink: fc.constantFrom('age', 'memory'), path: fc.constantFrom('a', 'b') }),
)

function placeOf(entry: { readonly sink: string }): Place {
  const sink = SINKS[entry.sink]
  const resolved = sink === undefined ? null : resolvePlace(entry, entry.sink, sink)
  if (resolved === null || !('place' in resolved)) throw new Error(`no place: ${JSON.stringify(entry)}`)
  return resolved.place
}

const document = {
  file: 'a',
  data: {},
  range: () => ({ file: 'a', line: 1, column: 1, length: 1 }),
  origin: () => ({ file: 'a', line: 1, column: 1 }),
}

test('one pass finds a crowd exactly where comparing all with all does', () => {
  fc.assert(
    fc.property(fc.array(entries, { maxLength: 5 }), (list) => {
      const places = list.map(placeOf)
      const slow = places.flatMap((place, i) => (places.slice(0, i).some((other) => clashes(other, place)) ? [i] : []))
      const owned = places.map((place, i) => ({ place, spot: { document, container: {}, member: i }, id: `${i}` }))
      expect(crowdedPlaces(owned).map(({ address }) => Number(address))).toEqual(slow)
    }),
    { numRuns: 500 },
  )
})
