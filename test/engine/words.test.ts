/** What follows from a human's word about one address. */
import { describe, expect, test } from 'vitest'
import { KeywrightError } from '../../src/core/diagnostic.ts'
import type { Word } from '../../src/core/machine/heed.ts'
import { DAY, HOUR, instant, MINUTE } from '../../src/core/time.ts'
import { aKey, aPlace, aRotation } from '../fakes/desired.ts'
import { aBench, type Bench, outcomeOf, phases, settled } from '../fakes/engine.ts'

const NEXT = aKey({ rotation: aRotation({ serial: 2 }) })

/** #1 superseded, #2 active. */
async function rotated(): Promise<Bench> {
  const bench = aBench()
  await settled(bench, [aKey()])
  await bench.apply([NEXT])
  return bench
}

/** As a file or a dotenv line: what was there before is gone. */
function withoutVersions(bench: Bench): void {
  const { restore: _, ...plain } = bench.sinks.get('memory') as NonNullable<ReturnType<Bench['sinks']['get']>>
  bench.sinks.set('memory', plain)
}

function now(bench: Bench): string {
  return instant(bench.now())
}

describe('rotate', () => {
  test('issues once, with the grace of the policy', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    await bench.say('a', { on: 'requested', at: now(bench), reason: 'laptop lost' })
    const { changes } = await bench.plan([aKey()])
    expect(changes).toMatchObject([{ reasons: [{ kind: 'requested', reason: 'laptop lost' }], origin: 'scheduled' }])
    await bench.apply([aKey()])
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
    bench.advance(DAY + HOUR)
    await bench.apply([aKey()])
    bench.advance(HOUR)
    await settled(bench, [aKey()])
    expect(await phases(bench, 'a')).toBe('2:active')
  })

  test('with a grace of its own ends the old one then, and only that one', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    await bench.say('a', { on: 'requested', at: now(bench), grace: 0 })
    await bench.apply([aKey()])
    expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
    await bench.apply([NEXT])
    expect(await phases(bench, 'a')).toBe('1:disabled 2:superseded 3:active')
  })

  test('resets the breaker', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    for (let n = 0; n < 12; n++) {
      await bench.say('a', { on: 'requested', at: now(bench), grace: 0 })
      await bench.apply([aKey()])
      bench.advance(HOUR)
      await bench.apply([aKey()])
    }
    expect((await bench.record('a'))?.highest).toBe(13)
  })
})

describe('extend and retire', () => {
  test('extend keeps the old one for longer than its policy', async () => {
    const bench = await rotated()
    await bench.say('a', { on: 'extended', until: instant(bench.now() + 3 * DAY), atOnce: false })
    bench.advance(2 * DAY)
    await bench.apply([NEXT])
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
    bench.advance(DAY)
    await bench.apply([NEXT])
    expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
  })

  test('retire ends the grace at once, after a read-back, and keeps the hold', async () => {
    const bench = await rotated()
    await bench.say('a', { on: 'extended', until: now(bench), atOnce: true })
    await bench.apply([NEXT])
    expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
    bench.advance(HOUR)
    await settled(bench, [NEXT])
    expect(await phases(bench, 'a')).toBe('2:active')
  })
})

describe('pause', () => {
  const pause = (bench: Bench): Word => ({ on: 'paused', until: instant(bench.now() + 2 * DAY), reason: 'audit' })

  test('begins nothing: no rotation, no update, no retirement, no removal', async () => {
    const bench = await rotated()
    await bench.say('a', pause(bench))
    bench.advance(DAY + HOUR)
    const third = aKey({ rotation: aRotation({ serial: 3 }), fields: { limit: 5 } })
    const outcome = outcomeOf(await bench.apply([third]), 'a')
    expect(outcome).toMatchObject({ status: 'settled', problem: { code: 'ADDRESS_PAUSED', severity: 'warning' } })
    expect(outcome.problem?.message).toContain('(audit)')
    await bench.apply([aKey({ id: 'other' })])
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
    expect(await bench.serving('a')).toMatchObject({ fields: { limit: 10 } })
  })

  test('ends by itself, or by resume', async () => {
    const bench = await rotated()
    await bench.say('a', pause(bench))
    bench.advance(DAY + HOUR)
    await bench.say('a', { on: 'resumed' })
    await bench.apply([NEXT])
    expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
    await bench.say('a', pause(bench))
    bench.advance(2 * DAY)
    await settled(bench, [NEXT])
    expect(await phases(bench, 'a')).toBe('2:active')
  })

  test('lets a half-delivered generation come to its end', async () => {
    const bench = aBench()
    const two = aKey({ places: [aPlace('a'), aPlace('b', 'second')] })
    const sink = bench.sinks.get('memory')
    if (!sink) throw new Error('no sink')
    const down = async (): Promise<never> => {
      throw new KeywrightError('SINK_UNREACHABLE', { message: 'down', hint: 'keywright apply', retryable: true })
    }
    bench.sinks.set('second', { ...sink, write: down })
    await bench.apply([two])
    expect(await phases(bench, 'a')).toBe('1:delivering')
    await bench.say('a', pause(bench))
    bench.sinks.set('second', sink)
    await bench.apply([two])
    expect(await phases(bench, 'a')).toBe('1:active')
  })
})

describe('rollback', () => {
  const pin = (bench: Bench, entry = NEXT.digest): Word => ({ on: 'pinned', at: now(bench), n: 1, entry })

  test('lets the earlier key work again beside the serving one where no place can give its secret back', async () => {
    const bench = await rotated()
    bench.advance(DAY)
    await bench.apply([NEXT])
    expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
    withoutVersions(bench)
    const serving = bench.held('a')
    await bench.say('a', pin(bench))
    await bench.apply([NEXT])
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
    expect(bench.held('a')).toBe(serving)
    expect((await bench.record('a'))?.pinned).toMatchObject({ n: 1, settled: true })
    expect(Object.values((await bench.record('a'))?.pinned?.notRestored ?? {})).toEqual(['its sink keeps no versions'])
  })

  test('keeps both for as long as it is pinned', async () => {
    const bench = await rotated()
    withoutVersions(bench)
    await bench.say('a', pin(bench))
    bench.advance(10 * DAY)
    await bench.apply([NEXT])
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
    await bench.say('a', { on: 'resumed' })
    await bench.apply([NEXT])
    expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
  })

  test('puts the earlier secret back where the sink keeps versions, and the one that served ends after its grace', async () => {
    const bench = await rotated()
    const old = bench.secretOf(
      (await bench.record('a'))?.generations.flatMap((g) => ('id' in g ? [g.id] : []))[0] ?? '',
    )
    await bench.say('a', pin(bench))
    await bench.apply([NEXT])
    expect(await phases(bench, 'a')).toBe('1:active 2:superseded')
    expect(bench.held('a')).toBe(old)
    bench.advance(DAY)
    await bench.apply([NEXT])
    expect(await phases(bench, 'a')).toBe('1:active 2:disabled')
  })

  test('to an older one does not take the secret of another one for its own', async () => {
    const bench = aBench()
    const nth = (serial: number) => aKey({ rotation: aRotation({ serial }) })
    for (const serial of [1, 2, 3]) await bench.apply([nth(serial)])
    const serving = bench.held('a')
    await bench.say('a', { on: 'pinned', at: now(bench), n: 1, entry: nth(3).digest })
    await bench.apply([nth(3)])
    expect(bench.held('a')).toBe(serving)
    expect((await bench.record('a'))?.pinned?.notRestored).toMatchObject({ 'memory:memory:a': expect.any(String) })
    bench.advance(9 * DAY)
    await bench.apply([nth(3)])
    expect(await phases(bench, 'a')).toBe('1:superseded 2:disabled 3:active')
  })

  test('that was cut off is taken up again, and not left for the first try to land late', async () => {
    const bench = await rotated()
    const sink = bench.sinks.get('memory')
    if (!sink) throw new Error('no sink')
    const cut = async () => Promise.reject(new KeywrightError('SINK_UNREACHABLE', { message: 'cut', retryable: true }))
    bench.sinks.set('memory', { ...sink, restore: cut })
    await bench.say('a', pin(bench))
    await bench.apply([NEXT])
    bench.sinks.set('memory', sink)
    await bench.apply([NEXT])
    expect(await phases(bench, 'a')).toBe('1:active 2:superseded')
  })

  test('that finds the kept version gone leaves the place, lost or not, as it was known', async () => {
    const bench = await rotated()
    const sink = bench.sinks.get('memory')
    if (!sink) throw new Error('no sink')
    bench.sinks.set('memory', { ...sink, restore: async () => null })
    await bench.say('a', pin(bench))
    await bench.apply([NEXT])
    expect((await bench.record('a'))?.places).toMatchObject([{ n: 2, status: 'verified' }])
  })

  test('copies the earlier secret from a place that still holds it to the others, and it serves again', async () => {
    const bench = aBench()
    const both = aKey({ places: [aPlace('a'), aPlace('b')] })
    await settled(bench, [both])
    const old = bench.held('a')
    const second = aKey({ places: [aPlace('a'), aPlace('b')], rotation: aRotation({ serial: 2 }) })
    await bench.apply([second])
    const sink = bench.sinks.get('memory')
    if (!sink) throw new Error('no sink')
    bench.sinks.set('memory', {
      ...sink,
      restore: async (place) => {
        if (place.at.path !== 'b') return null
        bench.poke('b', old ?? '')
        return { version: (await sink.preflight(place)).version ?? '' }
      },
    })
    await bench.say('a', pin(bench, second.digest))
    await bench.apply([second])
    expect(await phases(bench, 'a')).toBe('1:active 2:superseded')
    expect([bench.held('a'), bench.held('b')]).toEqual([old, old])
    bench.advance(30 * DAY)
    await bench.apply([second])
    expect(await phases(bench, 'a')).toBe('1:active 2:disabled')
  })

  test('holds against age and serial, until a commit changes the entry', async () => {
    const bench = await rotated()
    const aged = aKey({ rotation: aRotation({ serial: 2, every: 5 * DAY }) })
    await bench.say('a', pin(bench, aged.digest))
    bench.advance(20 * DAY)
    await bench.apply([aged])
    expect((await bench.record('a'))?.highest).toBe(2)
    await bench.apply([aKey({ rotation: aRotation({ serial: 3, every: 5 * DAY }) })])
    expect(await phases(bench, 'a')).toMatch(/3:active/)
    expect((await bench.record('a'))?.pinned).toBeUndefined()
  })
})

describe('a leak', () => {
  const leak = (bench: Bench, afterReplacement: boolean, ns = [1]): Word => ({
    on: 'compromised',
    at: now(bench),
    ns,
    afterReplacement,
  })

  test('switches the key off before anything else, replaces it and delivers', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    bench.sent.length = 0
    await bench.say('a', leak(bench, false))
    await bench.apply([aKey()])
    expect(bench.sent.map((one) => one.do)).toEqual(['update', 'create', 'prove'])
    expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
    expect(bench.held('a')).toBe(bench.secretOf((await bench.serving('a'))?.id ?? ''))
    bench.advance(HOUR)
    await settled(bench, [aKey()])
    expect(bench.account.keys()).toHaveLength(1)
  })

  test('waits for the successor where the human said so, and not a moment longer', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    bench.sent.length = 0
    await bench.say('a', leak(bench, true))
    await bench.apply([aKey()])
    expect(bench.sent.map((one) => one.do)).toEqual(['create', 'prove', 'update'])
    expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
  })

  test('of an older generation only ends that one', async () => {
    const bench = await rotated()
    await bench.say('a', leak(bench, false))
    await bench.apply([NEXT])
    expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
  })

  test('is stronger than a pause, a pin and a hold from outside', async () => {
    const bench = await rotated()
    await bench.say('a', { on: 'pinned', at: now(bench), n: 1, entry: NEXT.digest })
    await bench.say('a', { on: 'paused', until: instant(bench.now() + DAY) })
    bench.account.edit((await bench.serving('a'))?.id ?? '', { fields: { limit: 1 } })
    await bench.say('a', leak(bench, false, [1, 2]))
    await bench.apply([NEXT])
    expect(await phases(bench, 'a')).toBe('1:disabled 2:disabled 3:active')
  })

  test('never brings a leaked secret back, also not into a place restored from a backup', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    const leaked = bench.held('a') ?? ''
    await bench.say('a', leak(bench, false))
    await bench.apply([aKey()])
    bench.poke('a', leaked)
    bench.advance(HOUR)
    await bench.apply([aKey()])
    expect(bench.account.keys().every(({ id, fields }) => bench.secretOf(id) !== leaked || fields.disabled)).toBe(true)
    expect(bench.held('a')).not.toBe(leaked)
  })

  test('of a key that cannot be switched off revokes it at once', async () => {
    const bench = aBench({ kind: 'strait' })
    const key = { ...aKey({ kind: 'strait' }), fields: { scopes: ['jobs:read'], environmentId: null } }
    await settled(bench, [key])
    await bench.say('a', leak(bench, false))
    await bench.apply([key])
    expect(await phases(bench, 'a')).toBe('2:active')
    expect(bench.account.keys()).toHaveLength(1)
  })

  test('that the run dies in is finished by the next one', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    await bench.say('a', leak(bench, false))
    bench.faults = (api) => ({
      ...api,
      update: async (id, fields) => {
        await api.update(id, fields)
        throw new Error('killed')
      },
    })
    await expect(bench.apply([aKey()])).rejects.toThrow('killed')
    bench.faults = (api) => api
    bench.advance(MINUTE)
    await bench.apply([aKey()])
    expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
  })
})
