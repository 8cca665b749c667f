import { test } from 'vitest'
import { expectCrashes, expectNoFindings, LIFE_CRASHES } from './check.ts'

test('11,200 whole lives end well, and nothing in them hurts a consumer (second half)', async () => {
  expectCrashes(await expectNoFindings({ from: 400_000, runs: 5_600, life: true }), LIFE_CRASHES)
}, 180_000)
