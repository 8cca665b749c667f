import { expect, test } from 'vitest'
import { type Cast, hits, tell, type Variant } from './story.ts'

/** Other seeds than the quick rounds, three stories at a time. */
test.each<[Cast, Variant, number]>([
  ['spine', 'plain', 48],
  ['spine', 'faulty', 30],
  ['spine', 'frozen', 24],
  ['rotation', 'plain', 24],
  ['rotation', 'faulty', 12],
  ['rotation', 'faultier', 12],
  ['rotation', 'frozen', 12],
])('converges after %s rounds, %s, %i of them', { timeout: 900_000 }, async (cast, variant, rounds) => {
  const stories = [1, 2, 3].map((n) => tell({ cast, variant, seed: n * 1000, rounds: rounds / 3 }))
  const blows = (await Promise.all(stories)).flat()
  expect(blows).toHaveLength(rounds)
  process.stdout.write(`kill rounds, ${cast} ${variant}: ${hits(blows)} of ${blows.length} hit work under way\n`)
  expect(hits(blows) / blows.length).toBeGreaterThanOrEqual(0.8)
})
