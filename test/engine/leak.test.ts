/** A leaked secret: whose it is, and that it ends before anything else. */
import { describe, expect, test } from 'vitest'
import type { DesiredKey } from '../../src/core/key.ts'
import { Secret } from '../../src/core/secret.ts'
import { DAY, HOUR, SECOND } from '../../src/core/time.ts'
import { hear } from '../../src/engine/desk.ts'
import { type FleetKey, fleetOf, pacesOf } from '../../src/engine/fleet.ts'
import { endLeaked, leaking, suspects } from '../../src/engine/incident.ts'
import { leakedOf } from '../../src/engine/words.ts'
import { fingerprint } from '../../src/sinks/bytes.ts'
import { active, disabled, holding, record, superseded } from '../core/machine/build.ts'
import { aKey, aPlace, aRotation } from '../fakes/desired.ts'
import { aBench, type Bench, phases, STACK, settled } from '../fakes/engine.ts'

const NEXT = aKey({ rotation: aRotation({ serial: 2 }) })
const hashOf = (text: string): string => fingerprint(Secret.of(text)).slice('sha256:'.length)

async function recordsOf(bench: Bench, ...ids: readonly string[]) {
  const all = await Promise.all(ids.map((id) => bench.record(id)))
  return new Map(all.flatMap((one) => (one ? [[one.address, one] as const] : [])))
}

describe('the owner of a value', () => {
  test('is found by the hash the API calls it by', () => {
    const state = record([superseded(1), active(2)])
    expect(suspects(new Map([[state.address, state]]), 'id-1')).toEqual([{ address: state.address, n: 1 }])
  })

  test('is found by what a place holds, where the API calls it otherwise', async () => {
    const bench = aBench({ kind: 'strait' })
    const key = { ...aKey({ kind: 'strait' }), fields: { scopes: ['jobs:read'], environmentId: null } }
    await settled(bench, [key])
    const records = await recordsOf(bench, 'a')
    expect(suspects(records, hashOf(bench.held('a') ?? ''))).toEqual([{ address: `${STACK}/a`, n: 1 }])
    expect(suspects(records, hashOf('something else'))).toEqual([])
  })

  test('is found by what a place held before; several earlier ones are several suspects', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    const first = bench.held('a') ?? ''
    await bench.apply([NEXT])
    expect(suspects(await recordsOf(bench, 'a'), hashOf(first))).toEqual([{ address: `${STACK}/a`, n: 1 }])
    const state = record([superseded(1), superseded(2), active(3)], {
      places: [holding(3, { before: `sha256:${hashOf('old')}` })],
    })
    expect(suspects(new Map([[state.address, state]]), hashOf('old')).map(({ n }) => n)).toEqual([1, 2])
  })

  test('is not guessed from the bytes of a template', async () => {
    const bench = aBench()
    const place = { ...aPlace('a'), template: 'Bearer ${secret}' }
    await settled(bench, [aKey({ places: [place] })])
    expect(suspects(await recordsOf(bench, 'a'), hashOf(bench.held('a') ?? ''))).toEqual([])
  })
})

describe('a leak', () => {
  test('of an address is one of every secret that still works', () => {
    const state = record([disabled(1), superseded(2), active(3)])
    expect(leakedOf(state, null)).toEqual([2, 3])
    expect(leakedOf(state, 1)).toEqual([1])
    expect(leakedOf(state, 9)).toEqual([])
  })

  test('ends at the API with one request, and the apply after that sends no second one', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    bench.sent.length = 0
    await reported(bench, null)
    await bench.apply([aKey()])
    expect(bench.sent.map((one) => one.do)).toEqual(['create', 'prove'])
    expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
    bench.advance(HOUR)
    await settled(bench, [aKey()])
    expect(await phases(bench, 'a')).toBe('2:active')
  })

  test('of a key that cannot be switched off deletes it, and the next one takes its place', async () => {
    const bench = aBench({ kind: 'strait' })
    const key = { ...aKey({ kind: 'strait' }), fields: { scopes: ['jobs:read'], environmentId: null } }
    await settled(bench, [key])
    await reported(bench, null)
    expect(bench.account.keys()).toEqual([])
    await settled(bench, [key])
    expect(await phases(bench, 'a')).toBe('2:active')
  })

  test('that waits for the successor ends the older ones at once all the same', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    await bench.apply([NEXT])
    const { stopped } = await reported(bench, null, true)
    expect(stopped.map(({ n }) => n)).toEqual([1])
    await bench.apply([NEXT])
    expect(await phases(bench, 'a')).toBe('1:disabled 2:disabled 3:active')
  })

  /** Written down, then ended, then noted, as the command does it. */
  async function reported(bench: Bench, n: number | null, after = false) {
    const state = await bench.record('a')
    if (!state) throw new Error('no record')
    const ns = leakedOf(state, n)
    await bench.say('a', { on: 'compromised', at: '2027-01-01T00:00:00Z', ns, afterReplacement: after })
    const told = await bench.record('a')
    if (!told) throw new Error('no record')
    const clock = { now: bench.now, sleep: async () => undefined }
    const ends = await endLeaked(bench.account.handle(), { record: told, ns }, { clock })
    for (const event of ends.events) await bench.say('a', event as Parameters<Bench['say']>[1])
    return ends
  }
})

describe('a fleet', () => {
  const limited = (id: string, limit: number | null): DesiredKey => aKey({ id, fields: { limit } })
  const clock = { now: () => 0, sleep: async () => undefined }

  test('is ordered by money: unlimited first, then the most, then by name', async () => {
    const bench = aBench()
    const keys = [limited('c', 5), limited('b', 90), limited('a', 5), limited('d', null)]
    await settled(bench, keys)
    const { subjects } = await bench.session(keys)
    const heard = subjects.map((one) => ({
      ...one,
      record: hear(one.record, leaking(null, false), { clock, actor: { who: 'ann' } }),
    }))
    const { makePlan } = await import('../../src/core/plan.ts')
    const plan = makePlan({
      stack: STACK,
      now: bench.now(),
      subjects: heard,
      stops: new Map(),
      problems: [],
      unclaimed: 0,
      live: 4,
    })
    const fleet = fleetOf(subjects, plan)
    expect(fleet.map(({ address }) => address.slice(-1))).toEqual(['d', 'b', 'a', 'c'])
    expect(fleet.map(({ writes }) => writes)).toEqual([2, 2, 2, 2])
  })

  test('takes as long as the limits of an API, or as many requests at once, allow', () => {
    const key = (kind: FleetKey['kind']): FleetKey => ({
      address: 'a-1/b',
      provider: kind,
      kind,
      ns: [1],
      stake: 1,
      writes: 2,
      places: [],
    })
    const fleet = [
      ...Array.from({ length: 100 }, () => key('openrouter')),
      ...Array.from({ length: 25 }, () => key('strait')),
    ]
    const [fast, slow] = pacesOf(fleet, 20)
    expect(fast).toMatchObject({ keys: 100, writes: 200, ended: 1.5 * SECOND, replaced: 4.5 * SECOND, by: 'latency' })
    expect(slow).toMatchObject({ keys: 25, writes: 50, ended: 180 * SECOND, by: 'limits' })
    expect(slow?.replaced).toBeGreaterThanOrEqual(180 * SECOND)
    expect(slow?.replaced).toBeLessThan(DAY)
  })
})
