import { describe, expect, test } from 'vitest'
import type { Code } from '../../src/core/codes/index.ts'
import { KeywrightError } from '../../src/core/diagnostic.ts'
import { DAY, HOUR, instant, MINUTE } from '../../src/core/time.ts'
import type { Round } from '../../src/engine/reconcile.ts'
import type { SecretSink } from '../../src/ports/secret-sink.ts'
import { boardOf } from '../../src/engine/board.ts'
import { memoryWorld as accountWorld } from '../../src/providers/memory.ts'
import { aKey, aPlace, aRotation } from '../fakes/desired.ts'
import { aBench, phases } from '../fakes/engine.ts'
import { roundsOf } from '../fakes/rounds.ts'

const EVERY_DAY = aRotation({ every: 2 * DAY, grace: 6 * HOUR, hold: HOUR })

function steps(round: Round): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(round.result.outcomes.map((one) => [one.address.split('/')[1] ?? '', one.steps]))
}

function broken(sink: SecretSink, isDown: () => boolean): SecretSink {
  const fail = async (): Promise<never> => {
    throw new KeywrightError('SINK_UNREACHABLE', { message: 'down', hint: 'wait', retryable: true })
  }
  return {
    ...sink,
    preflight: (place) => (isDown() && place.at.path === 'a' ? fail() : sink.preflight(place)),
  }
}

describe('a round of the loop', () => {
  test('applies what is authored and what is due, and then rests until the next thing is due', async () => {
    const bench = aBench()
    const rounds = roundsOf(bench)
    const keys = [aKey({ rotation: EVERY_DAY })]
    expect(steps(await rounds.run(keys)).a).toContain('activate')
    const idle = await rounds.run(keys, { every: 7 * DAY })
    expect(idle.result.outcomes).toEqual([])
    expect(idle.wake).toBe(bench.now() + 2 * DAY)
    bench.advance(2 * DAY)
    const due = await rounds.run(keys, { every: 7 * DAY })
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
    expect(due.wake).toBe(bench.now() + 6 * HOUR)
    bench.advance(6 * HOUR)
    expect((await rounds.run(keys)).wake, 'never later than every').toBe(bench.now() + 10 * MINUTE)
    expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
  })

  test('leaves a key that failed alone for longer and longer, and goes on with the rest', async () => {
    const bench = aBench()
    const rounds = roundsOf(bench)
    let isDown = true
    const sink = bench.sinks.get('memory')
    if (sink)
      bench.sinks.set(
        'memory',
        broken(sink, () => isDown),
      )
    const keys = [aKey(), aKey({ id: 'b' })]
    const first = await rounds.run(keys)
    expect(await phases(bench, 'b')).toBe('1:active')
    expect(first.backoff.get('test-1/a')).toMatchObject({ failures: 1, problem: { code: 'SINK_UNREACHABLE' } })
    expect(first.wake).toBe(bench.now() + MINUTE)
    expect((await rounds.run(keys)).backedOff).toEqual(['test-1/a'])
    expect((await rounds.run(keys)).result.outcomes).toEqual([])
    const pauses: number[] = []
    for (let i = 0; i < 9; i++) {
      const { wake, backoff } = await rounds.run(keys, { every: 10 * DAY })
      pauses.push((wake - bench.now()) / MINUTE)
      expect(backoff.get('test-1/a')?.failures).toBe(i + 1)
      bench.advance(wake - bench.now())
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
    isDown = false
    const last = await rounds.run([aKey({ purpose: 'an edit is a reason to try at once' }), aKey({ id: 'b' })])
    expect(last.backoff.size).toBe(0)
    expect(await phases(bench, 'a')).toBe('1:active')
  })

  test('with a refused plan changes nothing authored, and goes on with what is due', async () => {
    const bench = aBench()
    const rounds = roundsOf(bench)
    const ids = ['a', 'b', 'c']
    const keys = ids.map((id) => aKey({ id, rotation: EVERY_DAY }))
    await rounds.run(keys)
    bench.advance(2 * DAY)
    const writes = bench.sent.length
    const round = await rounds.run([aKey({ id: 'c', rotation: EVERY_DAY }), aKey({ id: 'd' })])
    expect(round.refusals.map(({ code }) => code)).toEqual(['GUARD_TOO_MANY_DELETES'])
    expect(Object.keys(steps(round))).toEqual(['c'])
    expect(await phases(bench, 'c')).toBe('1:superseded 2:active')
    expect(await phases(bench, 'a')).toBe('1:active')
    expect(await phases(bench, 'd')).toBe('none')
    expect(bench.sent.slice(writes).map((one) => one.do)).toEqual(['create', 'prove'])
    bench.advance(6 * HOUR)
    await rounds.run([aKey({ id: 'c', rotation: EVERY_DAY }), aKey({ id: 'd' })])
    expect(await phases(bench, 'c')).toBe('1:disabled 2:active')
  })

  test('holds a key that was deleted outside, unless it shall be issued again', async () => {
    const bench = aBench()
    const rounds = roundsOf(bench)
    await rounds.run([aKey(), aKey({ id: 'b' })])
    bench.account.remove((await bench.serving('a'))?.id ?? '')
    const keys = [aKey(), aKey({ id: 'b', fields: { limit: 20 } })]
    const round = await rounds.run(keys)
    expect(round.missing).toEqual(['test-1/a'])
    expect(await phases(bench, 'a')).toBe('1:active')
    expect((await bench.serving('b'))?.fields.limit).toBe(20)
    expect((await rounds.run(keys)).missing).toEqual(['test-1/a'])
    expect((await rounds.run(keys, { onMissing: 'reissue' })).missing).toEqual([])
    expect(await phases(bench, 'a')).toBe('2:active')
  })

  test('neither enables nor rotates a key that was disabled outside, however long its rotation is due', async () => {
    const bench = aBench()
    const rounds = roundsOf(bench)
    const keys = [aKey({ rotation: EVERY_DAY })]
    await rounds.run(keys)
    bench.account.edit((await bench.serving('a'))?.id ?? '', { fields: { disabled: true } })
    const before = bench.sent.length
    for (let day = 0; day < 10; day++) {
      bench.advance(DAY)
      await rounds.run(keys)
    }
    expect(bench.sent.length).toBe(before)
    expect(await phases(bench, 'a')).toBe('1:active')
    const later = [aKey({ rotation: EVERY_DAY, purpose: 'a later commit' })]
    await rounds.run(later)
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
  })

  test('does nothing at a paused key, and goes on when the pause is over', async () => {
    const bench = aBench()
    const rounds = roundsOf(bench)
    const keys = [aKey({ rotation: EVERY_DAY })]
    await rounds.run(keys)
    await bench.say('a', { on: 'paused', until: instant(bench.now() + 3 * DAY) })
    bench.advance(2 * DAY)
    const paused = await rounds.run(keys, { every: 7 * DAY })
    expect(paused.wake).toBe(bench.now() + DAY)
    expect(await phases(bench, 'a')).toBe('1:active')
    bench.advance(DAY)
    await rounds.run(keys)
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
  })

  test('with --retire-only ends old generations and does nothing else', async () => {
    const bench = aBench()
    const rounds = roundsOf(bench)
    const keys = [aKey({ rotation: EVERY_DAY }), aKey({ id: 'gone' })]
    await rounds.run(keys)
    bench.advance(2 * DAY)
    await rounds.run(keys)
    bench.advance(2 * DAY)
    const later = [aKey({ rotation: EVERY_DAY, fields: { limit: 99 } }), aKey({ id: 'new' })]
    await rounds.run(later, { retireOnly: true })
    expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
    expect(await phases(bench, 'new')).toBe('none')
    expect(await phases(bench, 'gone')).toBe('1:active')
    expect((await bench.serving('a'))?.fields.limit).toBe(10)
    bench.advance(HOUR)
    await rounds.run(later, { retireOnly: true })
    expect(await phases(bench, 'a')).toBe('2:active')
  })

  test('counts no grace while the key API was out of reach', async () => {
    const bench = aBench()
    const rounds = roundsOf(bench)
    const keys = [aKey({ rotation: EVERY_DAY })]
    await rounds.run(keys)
    bench.advance(2 * DAY)
    await rounds.run(keys)
    bench.advance(HOUR)
    const outage = instant(bench.now())
    bench.advance(10 * HOUR)
    await rounds.run(keys, { outages: { all: outage, of: new Map() } })
    expect(await phases(bench, 'a'), '1 h of 6 h were before').toBe('1:superseded 2:active')
    bench.advance(5 * HOUR - 1)
    await rounds.run(keys)
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
    bench.advance(1)
    await rounds.run(keys)
    expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
  })

  describe('with one provider that cannot be asked', () => {
    const there = (more: Parameters<typeof aKey>[0] = {}) => aKey({ rotation: EVERY_DAY, ...more })
    const away = (id: string, more: Parameters<typeof aKey>[0] = {}) =>
      aKey({ id, provider: 'other', places: [aPlace(id)], rotation: EVERY_DAY, ...more })

    function twoAccounts(code: Code = 'API_UNREACHABLE') {
      const bench = aBench()
      const rounds = roundsOf(bench)
      const account = accountWorld({ clock: { now: bench.now, sleep: async () => undefined } })
      let isDown = false
      const down = async (): Promise<never> => {
        throw new KeywrightError(code, { message: 'no answer', hint: 'wait', retryable: true })
      }
      bench.providers.set('other', {
        ...account,
        handle: (clock) => (isDown ? { ...account.handle(clock), identify: down } : account.handle(clock)),
      })
      return { bench, rounds, fail: () => (isDown = true), recover: () => (isDown = false) }
    }

    test('goes on at the other, does nothing at its addresses, and counts no grace there alone', async () => {
      const { bench, rounds, fail, recover } = twoAccounts()
      const keys = [there(), away('b'), away('c')]
      await rounds.run(keys)
      bench.advance(2 * DAY)
      await rounds.run(keys)
      expect(await phases(bench, 'b')).toBe('1:superseded 2:active')
      bench.advance(HOUR)
      fail()
      const since = instant(bench.now())
      bench.sent.length = 0
      // One is edited, one left the manifests and came back elsewhere, one is new: nothing of it is carried out there.
      const edited = [
        there({ fields: { limit: 5 } }),
        away('b', { fields: { limit: 5 } }),
        away('d'),
        there({ id: 'c2' }),
      ]
      const round = await rounds.run(edited)
      expect([...round.after.world.away.values()]).toMatchObject([{ code: 'API_UNREACHABLE', message: /"other"/ }])
      expect(round.after.aside.map(({ address }) => address)).toEqual(['test-1/b', 'test-1/d', 'test-1/c'])
      expect(round.result.outcomes.map(({ address }) => address)).toEqual(['test-1/a', 'test-1/c2'])
      expect((await bench.serving('a'))?.fields.limit).toBe(5)
      expect(boardOf(round.after).keys.map(({ id, standing }) => [id, standing])).toEqual([
        ['a', 'active'],
        ['c2', 'active'],
        ['b', 'stopped'],
        ['d', 'stopped'],
        ['c', 'stopped'],
      ])
      bench.advance(10 * HOUR)
      await rounds.run(keys)
      expect(await phases(bench, 'a'), 'its grace is over').toBe('1:disabled 2:active')
      expect(await phases(bench, 'b')).toBe('1:superseded 2:active')
      recover()
      const outages = { all: null, of: new Map([['other', since]]) }
      await rounds.run(keys, { outages })
      expect(await phases(bench, 'b'), '1 h of 6 h were before').toBe('1:superseded 2:active')
      bench.advance(5 * HOUR)
      await rounds.run(keys)
      expect(await phases(bench, 'b')).toBe('1:disabled 2:active')
    })

    test('removes nothing while a key that may take its place cannot be issued', async () => {
      const { bench, rounds, fail, recover } = twoAccounts()
      await rounds.run([there(), away('b')])
      fail()
      const round = await rounds.run([away('b'), away('instead')])
      expect(round.result.postponed).toEqual(['test-1/a'])
      expect((await bench.serving('a'))?.fields.disabled).toBe(false)
      recover()
      await rounds.run([away('b'), away('instead')])
      expect(await phases(bench, 'a')).toBe('1:disabled')
    })

    test('counts its money as it was issued, so that a guard is not blind', async () => {
      const { rounds, fail } = twoAccounts()
      const keys = [there(), away('b', { fields: { limit: 40, limitReset: 'monthly' } })]
      const before = (await rounds.run(keys)).after.plan.spend
      fail()
      expect((await rounds.run(keys)).after.plan.spend).toEqual(before)
    })

    test('ends as a whole when there is no other, or when another account answers', async () => {
      const alone = twoAccounts()
      alone.fail()
      await expect(alone.rounds.run([away('b')])).rejects.toMatchObject({ code: 'API_UNREACHABLE' })
      const changed = twoAccounts('PROVIDER_IDENTITY_CHANGED')
      changed.fail()
      await expect(changed.rounds.run([there(), away('b')])).rejects.toMatchObject({
        code: 'PROVIDER_IDENTITY_CHANGED',
      })
      expect(changed.bench.account.keys()).toEqual([])
    })
  })
})
