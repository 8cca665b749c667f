/** The same keys in YAML, HCL, cdktf and cdktn are the same keys: the same wish, the same record, and the same live keys in the end. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ATTRIBUTES, type Attribute } from '../../src/core/attributes.ts'
import { LIBRARIES } from './example.ts'
import { samples, unsampled } from './parity-samples.ts'
import { type Seen, seenIn } from './parity-seen.ts'
import { byConstructs, byHcl, byYaml, loaded, type Outcome } from './parity-ways.ts'

const ALL = [...samples('openrouter'), ...samples('strait')]
const WAYS = { yaml: byYaml, hcl: byHcl, cdktf: byConstructs('cdktf'), cdktn: byConstructs('cdktn') }
const OTHERS = ['hcl', 'cdktf', 'cdktn'] as const

const outcomes = new Map<string, Outcome>()
const seen = (way: string): ReadonlyMap<string, Seen> => {
  const outcome = outcomes.get(way)
  if (!outcome) throw new Error(`${way} came to no end`)
  return seenIn(outcome)
}
beforeAll(async () => {
  const applied = Object.entries(WAYS).map(async ([name, way]) => outcomes.set(name, await way(ALL)))
  const failed = (await Promise.allSettled(applied)).find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
})
afterAll(async () => {
  for (const one of outcomes.values()) await one.close()
})

test('every attribute has a sample, and one without would be named', () => {
  expect(unsampled(ATTRIBUTES)).toEqual([])
  const [first] = ATTRIBUTES as readonly [Attribute]
  expect(unsampled([...ATTRIBUTES, { ...first, name: 'maxSpeed' }])).toEqual(['maxSpeed'])
})

test('all keys came about, in each way', () => {
  const ids = ALL.map(({ id }) => id).sort()
  for (const way of Object.keys(WAYS)) expect([...seen(way).keys()].sort(), way).toEqual(ids)
})

describe.each(OTHERS)('as in YAML, so in %s', (way) => {
  test.each(ALL.map(({ id }) => id))('%s', (id) => {
    expect(seen('yaml').get(id)).toMatchObject({
      digest: expect.stringMatching(/./),
      place: expect.stringMatching(/secret/),
    })
    expect(seen(way).get(id)).toEqual(seen('yaml').get(id))
  })
})

test.each(LIBRARIES)(
  'what KeyManifests of %s loads from YAML is what the command line reads there',
  async (library) => {
    const { emulator, keys } = outcomes.get('yaml') as Outcome
    const digests = new Map([...keys].map(([id, { digest }]) => [id, digest]))
    expect(await loaded(library, ALL, emulator)).toEqual(digests)
  },
)

test.each(OTHERS)('a live key that is another one in %s would be noticed', (way) => {
  const id = 'openrouter/limit.0'
  const hash = outcomes
    .get(way)
    ?.emulator.world.openrouter.keys()
    .find(({ name }) => name.includes(`/${id}#`))?.hash
  const { live } = seen(way).get(id) as Seen
  expect(outcomes.get(way)?.emulator.world.openrouter.edit(hash ?? '', { limit: 13 })).toBe(true)
  expect(seen(way).get(id)?.live).not.toEqual(live)
  expect(seen(way).get(id)?.live).toMatchObject({ limit: 13 })
})
