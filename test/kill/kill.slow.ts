import { expect, test } from 'vitest'
import { hits, tell, type Variant } from './story.ts'

/** Other seeds than the quick rounds, three stories at a time. */
test.each<[Variant, number]>([
  ['plain', 48],
  ['faulty', 30],
  ['frozen', 24],
])('converges after %s rounds, %i of them', { timeout: 900_000 }, async (variant, rounds) => {
  const stories = [1, 2, 3].map((n) => tell({ variant, seed: n * 1000, rounds: rounds / 3 }))
  const blows = (await Promise.all(stories)).flat()
  expect(blows).toHaveLength(rounds)
  process.stdout.write(`kill rounds, ${variant}: ${hits(blows)} of ${blows.length} hit work under way\n`)
  expect(hits(blows) / blows.length).toBeGreaterThanOrEqual(0.8)
})
