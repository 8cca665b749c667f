import fc from 'fast-check'
import { expect, test } from 'vitest'
import { forecast } from '../../../src/core/machine/forecast.ts'
import type { Step } from '../../../src/core/machine/step.ts'
import { type Generation, isLive, type KeyRecord } from '../../../src/core/record.ts'
import { type Draw, Walk } from './walk.ts'

const draws = fc.array(fc.nat({ max: 999 }), { minLength: 200, maxLength: 600 })

/** Runs a check after each move of random walks of 120 moves. */
function walking(runs: number, check: (walk: Walk, moved: { before: KeyRecord; step: Step | null }) => void): void {
  fc.assert(
    fc.property(draws, fc.boolean(), (numbers, found) => {
      let i = 0
      const draw: Draw = (below) => (numbers[i++ % numbers.length] ?? 0) % below
      const walk = new Walk(draw, found)
      for (let move = 0; move < 120; move++) {
        const before = walk.record
        const step = walk.go()
        check(walk, { before, step })
      }
    }),
    { numRuns: runs * (process.env.SLOW === '1' ? 20 : 1) },
  )
}

const LOOSENING: ReadonlySet<Step['do']> = new Set(['enable', 'lift', 'update', 'restore', 'reinstate'])
const BEGINNING: ReadonlySet<Step['do']> = new Set(['issue', 'update', 'cut', 'disable', 'enable', 'remove'])

function isCompromised(g: Generation): boolean {
  return isLive(g) && g.compromised === true
}

test('whatever happened before, the machine names a step or rests, and what it plans comes to rest', () => {
  walking(12, (walk) => {
    const { steps } = forecast(walk.desired, walk.record, walk.sight())
    expect(steps.length).toBeLessThan(60)
  })
})

test('at most one generation is active, and at most one on its way', () => {
  walking(20, ({ record }) => {
    const count = (...phases: readonly string[]) => record.generations.filter((g) => phases.includes(g.phase)).length
    expect(count('active')).toBeLessThanOrEqual(1)
    expect(count('creating', 'delivering')).toBeLessThanOrEqual(1)
  })
})

test('generation numbers strictly increase and are never reused (R2)', () => {
  walking(20, ({ record }, { before, step }) => {
    if (step?.do === 'end') return
    expect(record.highest).toBeGreaterThanOrEqual(before.highest)
    if (step?.do === 'issue') expect(step.n).toBe(before.highest + 1)
    const numbers = record.generations.map((g) => g.n)
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b))
    expect(Math.max(0, ...numbers)).toBeLessThanOrEqual(record.highest)
  })
})

test('a generation whose delete was announced is never enabled, lifted or updated again', () => {
  walking(20, (_, { before, step }) => {
    const isEnding = (n: number) => before.generations.some((g) => g.n === n && 'removing' in g && g.removing)
    if (step?.do === 'enable' || step?.do === 'update' || step?.do === 'lift') expect(isEnding(step.n)).toBe(false)
  })
})

test('nothing that serves is deleted while it is wanted, and nothing old goes before something new serves (R8)', () => {
  walking(20, (walk, { before, step }) => {
    if (!walk.desired || (step?.do !== 'remove' && step?.do !== 'disable')) return
    const ended = before.generations.find((g) => g.n === step.n)
    if (ended && isCompromised(ended)) return
    expect(ended?.phase).not.toBe('active')
    if (step.do === 'remove' && step.why === 'leftover') return
    if (ended?.phase === 'superseded') expect(before.generations.some((g) => g.phase === 'active')).toBe(true)
  })
})

test('a generation that got out is never enabled, lifted, updated or put back again', () => {
  walking(20, (_, { before, step }) => {
    if (!step || !LOOSENING.has(step.do) || !('n' in step)) return
    const g = before.generations.find((one) => one.n === step.n)
    expect(g && isCompromised(g)).toBe(false)
  })
})

test('a pinned generation does not end while it is pinned and its entry stands', () => {
  walking(20, (walk, { before, step }) => {
    if (!walk.desired || (step?.do !== 'remove' && step?.do !== 'disable')) return
    const g = before.generations.find((one) => one.n === step.n)
    if (g && !isCompromised(g)) expect(before.pinned?.n).not.toBe(step.n)
  })
})

test('nothing is begun at an address that is paused, unless something got out', () => {
  walking(20, (walk, { before, step }) => {
    if (!step || !before.paused || before.compromised || Date.parse(before.paused.until) <= walk.now) return
    if (step.do === 'remove' && step.why === 'leftover') return
    const g = before.generations.find((one) => 'n' in step && one.n === step.n)
    if (BEGINNING.has(step.do)) expect(g && isCompromised(g)).toBe(true)
  })
})

test('a record is plain data, of instants, numbers and fingerprints', () => {
  walking(10, ({ record }) => {
    expect(JSON.parse(JSON.stringify(record))).toEqual(record)
  })
})

test('a key that is as it was found was written to by nobody here, and a key is looked for in its places once', () => {
  const WRITES: ReadonlySet<Step['do']> = new Set(['update', 'assign', 'cut', 'write', 'restore'])
  walking(30, ({ record }, { before, step }) => {
    const serving = record.generations.find((g) => g.phase === 'active')
    if (serving?.asFound !== undefined && step && 'n' in step && step.n === serving.n)
      expect(WRITES.has(step.do)).toBe(false)
    if (step?.do !== 'adopt') return
    const g = before.generations.find((one) => one.n === step.n)
    expect(g?.phase === 'active' && g.adopted).toBeTruthy()
    // A run that died has not looked.
    if (record === before) return
    expect(record.generations.some((one) => one.phase === 'active' && one.adopted === 'unseen')).toBe(false)
  })
})
