import { expect, test } from 'vitest'
import { HOUR } from '../../src/core/time.ts'
import { liveAWeek } from './week.ts'

test('a week of 2,000 keys with a look every hour ends with the heap of its first day', {
  timeout: 3_600_000,
}, async () => {
  const { rounds, rotations, heap } = await liveAWeek({ keys: 2_000, every: HOUR })
  expect(rounds).toBe(168)
  expect(rotations).toBeGreaterThan(500)
  console.log(`heap by day, MB: ${heap.map((bytes) => (bytes / 1e6).toFixed(1)).join(' ')}; ${rotations} rotations`)
  expect((heap.at(-1) ?? 0) / (heap[0] ?? 1)).toBeLessThan(1.1)
})
