import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { jsonOf, median, tableOf } from '../../src/build/bench/row.ts'
import { CLI, runNode } from '../fakes/cli-process.ts'

/** Times are for a quiet machine to judge: here only the figures' shape counts. */
test('prints one figure and limit by name as JSON', async () => {
  const { stdout, code, stderr } = await runNode([join(dirname(CLI), 'bench.js'), 'startup', '--json'])
  expect(stderr).toBe('')
  expect([0, 1]).toContain(code)
  const figures = JSON.parse(stdout) as Record<string, unknown>
  expect(figures).toEqual({
    'version-time': { value: expect.any(Number), limit: 1.6 },
    'validate-time': { value: expect.any(Number), limit: 3 },
  })
})

test('names its chapters when asked for one that is not there', async () => {
  const { stderr, code } = await runNode([join(dirname(CLI), 'bench.js'), 'speed'])
  expect(code).toBe(1)
  expect(stderr).toBe('There is no chapter "speed": startup, hostile, thousand, ten-thousand, terraform, synth\n')
})

test('marks what exceeds its limit', () => {
  const rows = [
    { name: 'a', what: 'one thing', value: 2, limit: 2 },
    { name: 'b', what: 'another', value: 2.004, limit: 2 },
  ]
  expect(
    tableOf(rows)
      .split('\n')
      .map((line) => line.slice(0, 8)),
  ).toEqual(['ok    a ', 'OVER  b ', ''])
  expect(JSON.parse(jsonOf(rows))).toEqual({ a: { value: 2, limit: 2 }, b: { value: 2, limit: 2 } })
})

test('takes the middle of odd and even numbers of runs', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([1, 2, 10, 4])).toBe(3)
})
