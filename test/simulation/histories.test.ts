import { test } from 'vitest'
import { expectCrashes, expectNoFindings } from './check.ts'

test('3,000 histories of crashes, lost answers, freezes and races end with live == manifest', async () => {
  const crashes = await expectNoFindings({ from: 100_000, runs: 3_000 })
  const often = { update: 100, read: 100, list: 100, commit: 100, remove: 80 }
  expectCrashes(crashes, { ...often, create: 60, prove: 40, write: 30, empty: 25 })
}, 180_000)
