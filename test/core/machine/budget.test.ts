/** `budget: carry`, whatever is spent when, and whatever goes wrong. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DesiredKey } from '../../../src/core/key.ts'
import { decide } from '../../../src/core/machine/next-step.ts'
import type { Sight, Step } from '../../../src/core/machine/step.ts'
import { transition } from '../../../src/core/machine/transition.ts'
import { isLive, type KeyRecord, newRecord } from '../../../src/core/record.ts'
import { type Reset, windowStart } from '../../../src/core/schedule/calendar.ts'
import { DAY, HOUR, instant, MINUTE } from '../../../src/core/time.ts'
import { aKey, aPlace, aRotation } from '../../fakes/desired.ts'
import {
  active,
  ago,
  disabled,
  holding,
  issued,
  LINEAGE,
  NOW,
  next,
  readBack,
  record,
  seeing,
  sight,
  superseded,
} from './build.ts'
import { say } from './words.ts'
import { type Draw, usedIn, World } from './world.ts'

const RESETS: readonly Reset[] = [null, 'daily', 'weekly', 'monthly']

/** A key that shares its limit, rotated again and again, while its consumers spend at any moment. */
class Purse {
  record: KeyRecord
  desired: DesiredKey
  /** The most that may be spent: a lowered limit holds after the next run that came to its end and was not told to pause. */
  declared: number
  readonly world: World
  readonly #draw: Draw
  readonly #reset: Reset
  #spends: { readonly at: number; readonly usd: number }[] = []

  constructor(draw: Draw) {
    this.#draw = draw
    this.#reset = RESETS[draw(4)] ?? null
    this.world = new World(draw, NOW)
    this.desired = this.#entry(10, 1)
    this.declared = 10
    this.record = newRecord(this.desired, LINEAGE)
  }

  #entry(limit: number, serial: number): DesiredKey {
    const hold = [0, HOUR][this.#draw(2)] ?? 0
    return aKey({
      places: [aPlace('a'), aPlace('b')].slice(0, 1 + this.#draw(2)),
      rotation: aRotation({ serial, grace: DAY, hold, budget: 'carry' }),
      bornHarmless: this.#draw(2) === 0,
      fields: { limit, limitReset: this.#reset },
    })
  }

  /** One step, or what happens between two runs. Money is spent at any time, between a decision and its effect as well. */
  go(): Step | null {
    this.#spend()
    if (this.#draw(30) === 0) this.record = say(this.record, this.#draw, { now: this.world.now, desired: this.desired })
    const decision = decide(this.desired, this.record, this.#sight())
    if (decision.do !== 'rest') {
      this.#take(decision)
      this.#spend()
      return decision
    }
    if (!decision.open && decision.code !== 'ADDRESS_PAUSED') this.declared = Number(this.desired.fields.limit)
    this.world.restart()
    this.world.pass([MINUTE, HOUR, 2 * DAY, 9 * DAY][this.#draw(4)] ?? 0)
    this.#commit()
    return null
  }

  #commit(): void {
    const limit = this.#draw(4) === 0 ? ([5, 10, 20][this.#draw(3)] ?? 10) : Number(this.desired.fields.limit)
    this.desired = this.#entry(limit, this.desired.rotation.serial + (this.#draw(2) === 0 ? 1 : 0))
    this.declared = Math.max(this.declared, limit)
  }

  #sight(): Sight {
    const { keys, places, inHand, now } = this.world
    const recorded = this.record.generations.filter(isLive).map((g) => [g.id, keys.get(g.id) ?? null] as const)
    const marked = [...keys.values()].filter((key) => !recorded.some(([id]) => id === key.id))
    return { now, keys: new Map(recorded), marked, places, inHand, skewed: false }
  }

  #take(step: Step): void {
    const inside = () => ({ record: this.record, desired: this.desired })
    this.record = this.world.claims(step, inside()).reduce(transition, this.record)
    this.#spend()
    const fate = this.#draw(14)
    const results = fate === 0 ? [] : this.world.act(step, inside())
    if (fate < 2) this.world.restart()
    else this.record = results.reduce(transition, this.record)
  }

  /** Only keys whose secret may have reached somebody. */
  #live() {
    const handed = this.record.generations.filter(isLive).filter((g) => g.claimed)
    const ids = new Set(handed.map((g) => g.id))
    return [...this.world.keys.values()].filter((key) => ids.has(key.id))
  }

  #spend(): void {
    for (const key of this.#live()) {
      const usd = [0, 0, 0.3, 2, 50][this.#draw(5)] ?? 0
      const spent = this.world.spend(key.id, usd)
      if (spent > 0) this.#spends.push({ at: this.world.now, usd: spent })
    }
  }

  /** Spent in the running window. */
  spent(): number {
    const start = windowStart(this.#reset, this.world.now)
    return this.#spends.filter(({ at }) => at >= start).reduce((sum, { usd }) => sum + usd, 0)
  }

  /** What all keys together can still spend in it. */
  left(): number {
    return this.#live().reduce((sum, key) => sum + leftOf(key), 0)
  }
}

function leftOf(key: NonNullable<ReturnType<World['keys']['get']>>): number {
  const { limit, disabled } = key.fields
  if (disabled === true) return 0
  return typeof limit === 'number' ? Math.max(0, limit - usedIn(key)) : Number.POSITIVE_INFINITY
}

const draws = fc.array(fc.nat({ max: 999 }), { minLength: 200, maxLength: 800 })

describe('under a shared limit', () => {
  test('what is spent and what can still be spent never add up to more than the limit, at any step', () => {
    fc.assert(
      fc.property(draws, (numbers) => {
        let i = 0
        const purse = new Purse((below) => (numbers[i++ % numbers.length] ?? 0) % below)
        for (let move = 0; move < 150; move++) {
          purse.go()
          expect(purse.left()).toBeLessThanOrEqual(Math.max(0, purse.declared - purse.spent()) + 1e-4)
        }
      }),
      { numRuns: 25 * (process.env.SLOW === '1' ? 20 : 1), endOnFailure: true },
    )
  })

  const carrying = (limit = 10) => aKey({ fields: { limit }, rotation: aRotation({ budget: 'carry', hold: 0 }) })
  const capped = (limit: number) => ({ issued: issued(1, { fields: { ...aKey().fields, limit } }) })
  const spent = (total: number) => ({ total, daily: total, weekly: total, monthly: total })
  const after = { activeAt: ago(DAY) }

  test('a key that went on spending while its cap was cut counts with what it has spent', () => {
    const state = record([active(1, capped(5))], { carry: { window: instant(0), spent: 0, cut: { n: 1, limit: 5 } } })
    const desired = aKey({ ...carrying(), rotation: aRotation({ budget: 'carry', serial: 2 }) })
    const seen = seeing(state, 1, { usage: spent(8), fields: { ...aKey().fields, limit: 5 } })
    expect(next(state, desired, seen)).toMatchObject({ do: 'issue', fields: { limit: 2 } })
  })

  test('an old key is disabled before it is deleted, also without hold: only then its counter is believed', () => {
    const state = record(
      [superseded(1, { ...capped(5), supersededAt: ago(DAY) }), active(2, { ...capped(5), ...after })],
      {
        policy: { grace: DAY, hold: 0, removalHold: 0 },
      },
    )
    expect(next(state, carrying(), sight(state, { places: readBack('a') }))).toMatchObject({ do: 'disable', n: 1 })
  })

  test('the spend of a key that is gone is remembered with the announcement of its delete', () => {
    const state = record([disabled(1), active(2)])
    const claim = transition(state, { on: 'remove-claimed', n: 1, spent: { window: instant(0), spent: 3 } })
    const again = transition(claim, { on: 'remove-claimed', n: 1 })
    expect(transition(again, { on: 'gone', n: 1 }).carry).toEqual({ window: instant(0), spent: 3 })
  })

  test('a key that vanished has spent nobody knows what, and its successor is not left without', () => {
    const state = record([active(1)], { carry: { window: instant(0), spent: 3 } })
    expect(transition(state, { on: 'gone', n: 1 }).carry).toEqual({ window: instant(0), spent: 3 })
  })

  test('a disabled key gets its life back with no more than the one in service leaves, which is cut first', () => {
    const state = record([disabled(1, capped(5)), active(2, capped(10))], {
      pinned: { n: 1, at: ago(0), entry: carrying().digest, notRestored: {} },
    })
    expect(next(state, carrying())).toEqual({ do: 'cut', n: 2, id: 'id-2', fields: { limit: 5 } })
    const cut = transition(transition(state, { on: 'cut-claimed', n: 2, limit: 5, window: instant(0) }), {
      on: 'updated',
      n: 2,
      fields: { limit: 5 },
      lifted: false,
    })
    expect(next(cut, carrying())).toEqual({ do: 'enable', n: 1, id: 'id-1', fields: { disabled: false } })
    const small = seeing(cut, 2, { usage: spent(3), fields: { ...aKey().fields, limit: 8 } })
    expect(next(cut, carrying(), small)).toMatchObject({ do: 'enable', fields: { disabled: false, limit: 2 } })
  })

  test('old caps are cut as well where the limit was lowered below them', () => {
    const state = record([superseded(1, capped(8)), active(2, capped(2))])
    expect(next(state, carrying(4))).toMatchObject({ do: 'cut', n: 1, fields: { limit: 2 } })
  })

  test('a cap is not cut and given back in turns while a place waits for a new key', () => {
    const blind = holding(1, { readable: false, status: 'unverifiable' })
    const cut = record([active(1, capped(5))], {
      places: [blind],
      carry: { window: instant(0), spent: 0, cut: { n: 1, limit: 5 } },
    })
    expect(next(cut, aKey({ ...carrying(), places: [aPlace('a'), aPlace('b')] }))).toMatchObject({ do: 'issue', n: 2 })
    expect(next(cut, carrying())).toEqual({ do: 'uncut' })
  })
})
