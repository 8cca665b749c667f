import { expect, test } from 'vitest'
import { hits, type StoryOptions, tell } from './story.ts'

/** Fixed seeds fix edits and faults; moments still differ from run to run, as real processes do. */
const SPINE: readonly StoryOptions[] = [
  { cast: 'spine', variant: 'plain', seed: 100, rounds: 6 },
  { cast: 'spine', variant: 'faulty', seed: 200, rounds: 3 },
  { cast: 'spine', variant: 'faulty', seed: 300, rounds: 3 },
  { cast: 'spine', variant: 'frozen', seed: 400, rounds: 3 },
]

const ROTATION: readonly StoryOptions[] = [
  { cast: 'rotation', variant: 'plain', seed: 500, rounds: 3 },
  { cast: 'rotation', variant: 'faulty', seed: 600, rounds: 2 },
  { cast: 'rotation', variant: 'faultier', seed: 700, rounds: 2 },
  { cast: 'rotation', variant: 'faultier', seed: 750, rounds: 1 },
  { cast: 'rotation', variant: 'frozen', seed: 800, rounds: 2 },
]

/** Side by side: where faults are played, most of the time is waiting. */
test.concurrent.each([
  ['of keys of OpenRouter', SPINE],
  ['of rotations at both APIs', ROTATION],
])('converges after kills, faults and freezes %s, and most of them hit work under way', async (_, stories) => {
  const blows = (await Promise.all(stories.map(tell))).flat()
  expect(blows).toHaveLength(stories.reduce((sum, { rounds }) => sum + rounds, 0))
  expect(hits(blows) / blows.length).toBeGreaterThanOrEqual(0.8)
})
