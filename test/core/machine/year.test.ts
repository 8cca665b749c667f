/** A year without failures, with a run every few hours, under any policy that a manifest may have. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DesiredKey, Freeze, Window } from '../../../src/core/key.ts'
import { worksAt } from '../../../src/core/liveness.ts'
import { renewalMargin } from '../../../src/core/machine/due.ts'
import { decide } from '../../../src/core/machine/next-step.ts'
import type { Sight } from '../../../src/core/machine/step.ts'
import { transition } from '../../../src/core/machine/transition.ts'
import { activeOf, isLive, type KeyRecord, newRecord } from '../../../src/core/record.ts'
import { DAY, HOUR, instant, type Millis } from '../../../src/core/time.ts'
import { aKey, aRotation } from '../../fakes/desired.ts'
import { LINEAGE, NOW } from './build.ts'
import { World } from './world.ts'

const YEAR = 365 * DAY
const MOST_STEPS = 40

interface Policy {
  readonly desired: DesiredKey
  /** Longest lifetime that the API grants. */
  readonly longest: Millis
  /** Time between two runs. */
  readonly pause: Millis
  /** How often somebody uses each old key, in runs; 0 is never. */
  readonly used: number
}

const windows: fc.Arbitrary<Window | null> = fc.option(
  fc.record({
    days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 2, maxLength: 7 }),
    from: fc.integer({ min: 0, max: 1439 }),
    to: fc.integer({ min: 0, max: 1439 }),
    zone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'),
  }),
  { nil: null },
)

const freezes: fc.Arbitrary<readonly Freeze[]> = fc.array(
  fc
    .record({ from: fc.integer({ min: 0, max: 360 }), days: fc.integer({ min: 1, max: 20 }) })
    .map(({ from, days }) => ({ from: dayOf(from), to: dayOf(from + days), reason: 'release' })),
  { maxLength: 3 },
)

function dayOf(day: number): string {
  return instant(NOW + day * DAY)
}

/** Every policy that passes the offline checks: graces end before the next rotation, and lives are long enough. */
const policies: fc.Arbitrary<Policy> = fc
  .record({
    every: fc.option(fc.integer({ min: 3, max: 120 }), { nil: null }),
    grace: fc.integer({ min: 0, max: 30 }),
    hold: fc.integer({ min: 0, max: 12 }),
    jitter: fc.integer({ min: 0, max: 10 }),
    unused: fc.boolean(),
    window: windows,
    freezes,
    expires: fc.option(fc.integer({ min: 0, max: 200 }), { nil: null }),
    longest: fc.constantFrom(3, 10, 40, 1_000),
    pause: fc.integer({ min: 4, max: 11 }),
    used: fc.integer({ min: 0, max: 3 }),
    carry: fc.boolean(),
  })
  .map((draw) => {
    const grace = draw.grace * HOUR
    const hold = draw.hold * HOUR
    const by = grace + 18 * HOUR
    const wait = draw.unused ? by : grace
    const every = draw.every === null ? null : Math.max(draw.every * DAY, wait + hold + HOUR)
    const jitter = every === null ? 0 : Math.min(DAY, (every * draw.jitter) / 100)
    const least = (every ?? 0) + jitter + wait + hold
    const expiresIn = draw.expires === null ? null : Math.ceil((least * 1.5) / DAY) * DAY + (draw.expires + 1) * DAY
    const rotation = aRotation({
      every,
      grace,
      hold,
      jitter,
      window: wide(draw.window),
      freezes: draw.freezes,
      retire: draw.unused ? { when: 'unused', quiet: 6 * HOUR, by } : { when: 'deadline' },
      budget: draw.carry ? 'carry' : 'fresh',
    })
    const desired = aKey({ rotation, expiresIn, fields: { limit: 100, limitReset: 'monthly' } })
    return { desired, longest: draw.longest * DAY, pause: draw.pause * HOUR, used: draw.used }
  })

/** Open for an hour at least. */
function wide(window: Window | null): Window | null {
  if (window === null) return null
  const length = window.to > window.from ? window.to - window.from : window.to + 1440 - window.from
  return length < 60 ? { ...window, to: (window.from + 60) % 1440 } : window
}

class Year {
  record: KeyRecord
  readonly world = new World((below) => below - 1, NOW)
  readonly #policy: Policy
  #runs = 0

  constructor(policy: Policy) {
    this.#policy = policy
    this.world.longest = policy.longest
    this.record = newRecord(policy.desired, LINEAGE)
  }

  run(): void {
    const { desired, used } = this.#policy
    this.world.restart()
    if (used > 0 && this.#runs++ % used === 0) for (const id of this.world.keys.keys()) this.world.spend(id, 0.001)
    for (let steps = 0; ; steps++) {
      const step = decide(desired, this.record, this.#sight())
      if (step.do === 'rest') return
      if (steps > MOST_STEPS) throw new RangeError(`no rest after ${step.do}`)
      const inside = () => ({ record: this.record, desired })
      this.record = this.world.claims(step, inside()).reduce(transition, this.record)
      this.record = this.world.act(step, inside()).reduce(transition, this.record)
    }
  }

  #sight(): Sight {
    const { keys, places, inHand, now } = this.world
    const recorded = this.record.generations.filter(isLive).map((g) => [g.id, keys.get(g.id) ?? null] as const)
    return { now, keys: new Map(recorded), marked: [], places, inHand, skewed: false }
  }

  serves(): boolean {
    const live = this.world.keys.get(activeOf(this.record)?.id ?? '')
    return live !== undefined && worksAt(live, this.world.now)
  }
}

/** The shortest time after which one generation follows another. */
function shortest({ desired, longest }: Policy): Millis {
  const { every, window } = desired.rotation
  if (desired.expiresIn === null) return every ?? YEAR
  const life = Math.min(desired.expiresIn, longest)
  const margin = renewalMargin(life)
  return Math.min(every ?? YEAR, life - margin - (window === null ? 0 : margin / 3))
}

function lived(policy: Policy): Year {
  const year = new Year(policy)
  for (const start = year.world.now; year.world.now < start + YEAR; year.world.pass(policy.pause)) {
    if (year.record.highest > 0) expect(year.serves(), `at ${instant(year.world.now)}`).toBe(true)
    year.run()
    expect(year.serves()).toBe(true)
  }
  return year
}

const RUNS = { numRuns: 9 * (process.env.SLOW === '1' ? 60 : 1), endOnFailure: true }

test('there is always a key that works, and never more generations than the policy asks for, whatever lifetimes the API grants', () => {
  fc.assert(
    fc.property(policies, (policy) => {
      const { record } = lived(policy)
      expect(record.highest).toBeLessThanOrEqual(Math.ceil(YEAR / shortest(policy)) + 2)
    }),
    RUNS,
  )
})

test('a rotation comes at the latest with the first run after 1.2 times its age, where nothing is frozen', () => {
  const thawed = policies
    .filter(({ desired }) => desired.rotation.every !== null)
    .map((policy) => ({
      ...policy,
      desired: { ...policy.desired, rotation: { ...policy.desired.rotation, freezes: [] } },
    }))
  fc.assert(
    fc.property(thawed, (policy) => {
      const slowest = (policy.desired.rotation.every ?? YEAR) * 1.2 + policy.pause
      expect(lived(policy).record.highest).toBeGreaterThanOrEqual(Math.floor(YEAR / slowest) - 1)
    }),
    RUNS,
  )
})

test('nothing rotates by age inside a freeze', () => {
  const freeze = { from: dayOf(0), to: dayOf(300), reason: 'release' }
  fc.assert(
    fc.property(policies, (policy) => {
      const rotation = { ...policy.desired.rotation, freezes: [freeze] }
      const year = new Year({ ...policy, desired: { ...policy.desired, expiresIn: null, rotation } })
      for (; year.world.now < NOW + 300 * DAY; year.world.pass(policy.pause)) year.run()
      expect(year.record.highest).toBe(1)
    }),
    { ...RUNS, numRuns: RUNS.numRuns / 3 },
  )
})
