/** A year under any policy in which nothing goes wrong: how often a key is rotated, and what it may spend. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DesiredKey, RotationPolicy } from '../../../src/core/key.ts'
import { decide } from '../../../src/core/machine/next-step.ts'
import type { Sight } from '../../../src/core/machine/step.ts'
import { transition } from '../../../src/core/machine/transition.ts'
import { activeOf, isLive, type KeyRecord, newRecord } from '../../../src/core/record.ts'
import { windowStart } from '../../../src/core/schedule/calendar.ts'
import { DAY, HOUR } from '../../../src/core/time.ts'
import { aKey, aPlace, aRotation } from '../../fakes/desired.ts'
import { LINEAGE, NOW } from './build.ts'
import { World } from './world.ts'

const YEAR = 365 * DAY

/** One key and its world. Every effect succeeds. */
class Life {
  readonly world = new World((below) => below - 1, NOW)
  desired: DesiredKey
  record: KeyRecord

  constructor(desired: DesiredKey) {
    this.desired = desired
    this.record = newRecord(desired, LINEAGE)
  }

  sight(): Sight {
    const { keys, places, inHand, now } = this.world
    const recorded = this.record.generations.filter(isLive).map((g) => [g.id, keys.get(g.id) ?? null] as const)
    return { now, keys: new Map(recorded), marked: [], places, inHand, skewed: false }
  }

  /** One run, to its end. `each` looks on after every step. */
  run(each: () => void = () => undefined): void {
    this.world.restart()
    for (let steps = 0; steps < 60; steps++) {
      const step = decide(this.desired, this.record, this.sight())
      if (step.do === 'rest') return
      const inside = () => ({ record: this.record, desired: this.desired })
      this.record = this.world.claims(step, inside()).reduce(transition, this.record)
      each()
      this.record = this.world.act(step, inside()).reduce(transition, this.record)
      each()
    }
    throw new Error('a run that does not end')
  }
}

const hours = (most: number) => fc.integer({ min: 0, max: most }).map((n) => n * HOUR)

const anyPolicy = fc
  .record({
    days: fc.integer({ min: 3, max: 120 }),
    jitter: hours(24),
    grace: hours(24),
    hold: hours(12),
    window: fc.constantFrom(null, { days: [1, 2, 3, 4, 5], from: 540, to: 960, zone: 'Europe/Berlin' } as const),
    unused: fc.boolean(),
    isFrozen: fc.boolean(),
    expiresIn: fc.constantFrom(null, 2, 4),
    /** The API grants less than was asked for. */
    longest: fc.constantFrom(Number.POSITIVE_INFINITY, 20 * DAY),
  })
  .map(({ days, jitter, unused, isFrozen, expiresIn, longest, ...rest }) => {
    const every = days * DAY
    const rotation: RotationPolicy = aRotation({
      ...rest,
      every,
      jitter: Math.min(jitter, every / 10),
      retire: unused ? { when: 'unused', quiet: 6 * HOUR, by: 2 * DAY } : { when: 'deadline' },
      freezes: isFrozen ? [{ from: '2027-12-20T00:00:00Z', to: '2028-01-03T00:00:00Z', reason: 'holidays' }] : [],
    })
    return { rotation, expiresIn: expiresIn === null ? null : expiresIn * every, longest }
  })

/** Shortest life the API or the manifest gives; what is renewed before its end is rotated more often than `every` says. */
function cadenceOf(every: number, expiresIn: number | null, longest: number): number {
  const life = expiresIn === null ? Number.POSITIVE_INFINITY : Math.min(expiresIn, longest)
  return Math.min(every, life - Math.min(14 * DAY, life / 3) * (4 / 3))
}

const RUNS = process.env.SLOW === '1' ? 300 : 12

test('a year of any policy issues at most ceil(year / every) + 2 generations, and rotates as often as it promises', () => {
  fc.assert(
    fc.property(anyPolicy, fc.integer({ min: 3, max: 11 }), ({ rotation, expiresIn, longest }, step) => {
      const every = rotation.every ?? YEAR
      const life = new Life(aKey({ rotation, expiresIn, places: [aPlace('a'), aPlace('c')] }))
      life.world.longest = longest
      for (const end = life.world.now + YEAR; life.world.now < end; life.world.now += step * HOUR) {
        life.run()
        const active = activeOf(life.record)
        const live = active ? life.world.keys.get(active.id) : undefined
        expect(live?.fields.disabled).toBe(false)
        expect(Date.parse(String(live?.fields.expiresAt ?? '9999-01-01T00:00:00Z'))).toBeGreaterThan(life.world.now)
      }
      const cadence = cadenceOf(every, expiresIn, longest)
      expect(life.record.highest).toBeLessThanOrEqual(Math.ceil(YEAR / cadence) + 2)
      const frozen = rotation.freezes.length === 0 ? 0 : 14 * DAY
      const latest = Math.max(every * 1.2, every + rotation.jitter + 3 * DAY) + step * HOUR
      expect(life.record.highest).toBeGreaterThanOrEqual(Math.floor((YEAR - frozen) / latest) - 1)
    }),
    { numRuns: RUNS },
  )
})

const money = fc.array(fc.record({ who: fc.nat({ max: 4 }), usd: fc.integer({ min: 0, max: 40 }), hours: hours(80) }), {
  minLength: 30,
  maxLength: 80,
})

test('under carry, what was spent in the window and what all may still spend never exceed the limit', () => {
  fc.assert(
    fc.property(
      money,
      fc.constantFrom(null, 'daily', 'weekly', 'monthly'),
      fc.constantFrom(0, HOUR),
      (moves, limitReset, hold) => {
        const policy = { every: 4 * DAY, grace: DAY, hold, budget: 'carry' } as const
        const rotation = aRotation(policy)
        const life = new Life(aKey({ rotation, fields: { limit: 100, limitReset } }))
        let spent = 0
        let began = windowStart(limitReset, NOW)
        const holdsNow = (): void => {
          const room = [...life.world.keys.values()].reduce((sum, key) => {
            if (key.fields.disabled === true) return sum
            const used = limitReset === null ? key.usage.total : key.usage[limitReset]
            return sum + Math.max(0, Number(key.fields.limit) - used)
          }, 0)
          expect(spent + room).toBeLessThanOrEqual(100 + 1e-6)
        }
        for (const { who, usd, hours: pause } of moves) {
          life.run(holdsNow)
          const key = [...life.world.keys.values()][who]
          if (key) spent += life.world.spend(key.id, usd)
          holdsNow()
          life.world.pass(pause)
          const begin = windowStart(limitReset, life.world.now)
          if (begin !== began) spent = 0
          began = begin
          holdsNow()
        }
        expect(life.record.highest).toBeGreaterThan(0)
      },
    ),
    { numRuns: RUNS * 4 },
  )
})
