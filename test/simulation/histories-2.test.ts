import { expect, test } from 'vitest'
import { expectNoFindings, table } from './check.ts'

test('10,000 histories of crashes, lost answers, freezes and races end with live == manifest (second half)', async () => {
  const crashes = await expectNoFindings({ from: 200_000, runs: 10_000 })
  console.log(table(crashes))
  // At least 100 of each over both halves.
  for (const effect of ['create', 'update', 'remove', 'prove', 'list', 'write', 'read', 'empty', 'commit'])
    for (const moment of ['before', 'after'])
      expect(crashes.get(`${effect}.${moment}`), `crashes ${moment} ${effect}`).toBeGreaterThanOrEqual(50)
}, 180_000)
