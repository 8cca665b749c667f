import { expect, test } from 'vitest'
import { fanOut } from './fan-out.ts'

test('five places in four sinks hold a live secret after every kill, with faults everywhere, and nothing is left over', async () => {
  const struck = await Promise.all([
    fanOut({ seed: 11, rounds: 3, trouble: 0.08 }),
    fanOut({ seed: 12, rounds: 2, trouble: 0.15 }),
  ])
  expect(struck[0] + struck[1]).toBeGreaterThanOrEqual(3)
})
