import { test } from 'vitest'
import { expectCrashes, expectNoFindings, LIFE_CRASHES } from './check.ts'

test('11,200 whole lives end well, and nothing in them hurts a consumer (first half)', async () => {
  expectCrashes(await expectNoFindings({ from: 300_000, runs: 5_600, life: true }), LIFE_CRASHES)
}, 180_000)
