import { test } from 'vitest'
import { expectCrashes, expectNoFindings } from './check.ts'

/** Each effect of the spine is cut off at least that often, before it took place and after. */
const OFTEN = 100
const EFFECTS = ['create', 'prove', 'update', 'write', 'read', 'list', 'commit', 'remove', 'empty']

test('14,000 histories of crashes, lost answers, freezes and races end with live == manifest', async () => {
  const crashes = await expectNoFindings({ from: 100_000, runs: 14_000 })
  expectCrashes(crashes, Object.fromEntries(EFFECTS.map((effect) => [effect, OFTEN])))
}, 180_000)
