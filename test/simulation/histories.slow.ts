import { test } from 'vitest'
import { expectNoFindings } from './check.ts'

test('100,000 further histories end with live == manifest', async () => {
  await expectNoFindings({ from: 1_000_000, runs: 100_000 })
}, 1_800_000)
