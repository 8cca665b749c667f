import { expect, test } from 'vitest'
import { HOUR } from '../../src/core/time.ts'
import { liveAWeek } from './week.ts'

/** The whole one, with 2,000 keys and a look every hour, is `week.slow.ts`. */
test('a week of 24 keys with a look every four hours ends with the heap of its first day', async () => {
  const { rounds, rotations, heap } = await liveAWeek({ keys: 24, every: 4 * HOUR })
  expect(rounds).toBe(42)
  expect(rotations).toBeGreaterThan(5)
  expect((heap.at(-1) ?? 0) / (heap[0] ?? 1)).toBeLessThan(1.1)
})
