import { expect, test } from 'vitest'
import { fanOut } from './fan-out.ts'

/** Other seeds than the quick rounds. */
test('five places in four sinks hold a live secret after every one of 30 kills', { timeout: 900_000 }, async () => {
  const stories = [21, 22, 23].map((seed) => fanOut({ seed, rounds: 10, trouble: 0.12 }))
  const struck = (await Promise.all(stories)).reduce((sum, one) => sum + one, 0)
  process.stdout.write(`fan-out rounds: ${struck} of 30 struck a process at work\n`)
  expect(struck).toBeGreaterThanOrEqual(20)
})
