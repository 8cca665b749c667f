import { expect, test } from 'vitest'
import { LIFE_MUTANTS } from './life/mutants.ts'
import { MUTANTS } from './mutants.ts'
import { simulate } from './run.ts'

const MOST_RUNS = 1_000

for (const { name, places, story, freezeAt, meddled, life, ...mutant } of [...MUTANTS, ...LIFE_MUTANTS]) {
  test(`a product in which ${name} fails within ${MOST_RUNS} runs`, async () => {
    let caught = 0
    for (let seed = 1; seed <= MOST_RUNS && caught === 0; seed++) {
      const options = { seed, mutant, long: true, tally: { crashes: new Map() } }
      const findings = await simulate({
        ...options,
        ...(places ? { places } : {}),
        ...(story ? { story } : {}),
        ...(freezeAt ? { freezeAt } : {}),
        ...(meddled ? { meddled } : {}),
        ...(life ? { life } : {}),
      })
      if (findings.length > 0) caught = seed
    }
    expect(caught).toBeGreaterThan(0)
  }, 60_000)
}

test('the product itself passes the story of a place that takes nothing', async () => {
  const places = [{ readable: false, conditional: false }]
  for (let seed = 1; seed <= 20; seed++)
    expect(await simulate({ seed, places, story: 'broken-place', tally: { crashes: new Map() } })).toEqual([])
})
