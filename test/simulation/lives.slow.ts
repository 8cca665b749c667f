import { test } from 'vitest'
import { expectNoFindings } from './check.ts'

test('50,000 further lives end well', async () => {
  await expectNoFindings({ from: 2_000_000, runs: 50_000, life: true })
}, 1_800_000)
