import { expect, test } from 'vitest'
import type { Fields } from '../../src/core/key.ts'
import { worstMonth } from '../../src/core/spend.ts'

test.each<[string, Fields, number]>([
  ['a daily cap of 50 counts for 31 days', { limit: 50, limitReset: 'daily' }, 1_550],
  ['a weekly cap of 50 counts for the running week and five Mondays', { limit: 50, limitReset: 'weekly' }, 300],
  ['a monthly cap counts once', { limit: 50, limitReset: 'monthly' }, 50],
  ['a cap that never resets counts once', { limit: 50, limitReset: null }, 50],
  ['without a cap there is no end', { limit: null, limitReset: null }, Number.POSITIVE_INFINITY],
  ['nothing is known of a cap that is not there', {}, Number.POSITIVE_INFINITY],
  ['a disabled key spends nothing', { limit: null, disabled: true }, 0],
  ['a cap of 0 spends nothing', { limit: 0, limitReset: 'daily' }, 0],
])('%s', (_, fields, usd) => {
  expect(worstMonth(fields)).toBe(usd)
})
