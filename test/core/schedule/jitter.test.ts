import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jitterOf } from '../../../src/core/schedule/jitter.ts'
import { DAY } from '../../../src/core/time.ts'

const addresses = fc.tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.nat(99_999)).map(([id, n]) => `acme/${id}-${n}`)

describe('jitter', () => {
  test('is the same in every run', () => {
    expect(jitterOf('acme/ci-bot', 4, DAY)).toBe(jitterOf('acme/ci-bot', 4, DAY))
    expect([1, 2, 3].map((n) => jitterOf('acme/ci-bot', n, DAY))).toEqual([26_540_469, 34_818_400, 69_315_471])
  })

  test('is whole milliseconds from zero to less than the most', () => {
    fc.assert(
      fc.property(addresses, fc.nat(999), fc.integer({ min: 1, max: 40 * DAY }), (address, n, most) => {
        const jitter = jitterOf(address, n, most)
        expect(Number.isSafeInteger(jitter) && jitter >= 0 && jitter < most).toBe(true)
      }),
    )
  })

  test('is nothing when nothing is allowed', () => {
    expect(jitterOf('acme/ci-bot', 1, 0)).toBe(0)
  })

  test.each<[what: string, of: (i: number) => number]>([
    ['ids that differ in their number', (i) => jitterOf(`acme/dev/user-${i}`, 1, 1_000)],
    ['generations of one key', (i) => jitterOf('acme/ci-bot', i, 1_000)],
  ])('spreads %s evenly', (_what, of) => {
    const tenths = new Array<number>(10).fill(0)
    for (let i = 0; i < 10_000; i++) {
      const tenth = Math.floor(of(i) / 100)
      tenths[tenth] = (tenths[tenth] ?? 0) + 1
    }
    // Five standard deviations of 1,000 expected per tenth.
    for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150)
  })
})
