import { expect, test } from 'vitest'
import { hits } from '../kill/story.ts'
import { type Duel, fight } from './duel.ts'

const KINDS = ['local', 'git', 's3', 'postgres', 'http']
const DUELS: readonly Duel[] = ['killed', 'frozen', 'both', 'frozen', 'killed']

/** Twenty rounds for each store, on four stacks. */
test.each(KINDS)('two machines on one %s store: 20 rounds', { timeout: 900_000 }, async (kind) => {
  const fights = [1, 2, 3, 4].map((n) => () => fight({ kind, seed: n * 1000, duels: DUELS }))
  const blows = []
  for (const one of fights) blows.push(...(await one()))
  expect(blows).toHaveLength(20)
  process.stdout.write(`two machines, ${kind}: ${hits(blows)} of ${blows.length} hit work under way\n`)
})
