/** Hooks: who read the old secret hears of the new one, at least once, and never in anybody's way. */
import { expect, test } from 'vitest'
import { KeywrightError } from '../../src/core/diagnostic.ts'
import { type Hook, hookOf } from '../../src/core/hook-kinds.ts'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { statusOf } from '../../src/engine/standing.ts'
import { aKey, aPlace, aRotation } from '../fakes/desired.ts'
import { aBench, type Bench, outcomeOf, phases, settled } from '../fakes/engine.ts'

const RESTART = hookOf('rollout-restart', 'cluster', { namespace: 'shop', workload: 'deployment/web' })
const DISPATCH = hookOf('github-dispatch', 'github', { repository: 'acme/app' })

const hooked = (serial = 1, after: readonly Hook[] = [RESTART]) =>
  aKey({ after, places: [aPlace('one'), aPlace('two')], rotation: aRotation({ serial, grace: HOUR, hold: 0 }) })

const broken = (bench: Bench): void => {
  bench.onHook = () => {
    throw new KeywrightError('SINK_UNREACHABLE', { message: 'gone', hint: 'wait', retryable: true })
  }
}

const ran = (bench: Bench): readonly string[] => bench.ran.map(({ hook, n }) => `${n} ${hook.split(':')[0]}`)

test('runs once for each generation, after it is in every place and serves', async () => {
  const bench = aBench()
  bench.onHook = () => expect([bench.held('one'), bench.held('two')]).not.toContain(null)
  await settled(bench, [hooked(1, [RESTART, DISPATCH])])
  expect(ran(bench)).toEqual(['1 rollout-restart', '1 github-dispatch'])
  await settled(bench, [hooked(1, [RESTART, DISPATCH])])
  expect(bench.ran).toHaveLength(2)
  await settled(bench, [hooked(2, [RESTART, DISPATCH])])
  expect(ran(bench).slice(2)).toEqual(['2 rollout-restart', '2 github-dispatch'])
  expect((await bench.record('a'))?.after).toBeUndefined()
})

test('never runs while planning, and the plan says that it would', async () => {
  const bench = aBench()
  const plan = await bench.plan([hooked()])
  expect(plan.changes[0]?.steps).toContain('hook')
  expect(bench.ran).toEqual([])
})

test('waits for a place that cannot be written', async () => {
  const bench = aBench()
  const sink = bench.sinks.get('memory')
  if (!sink) throw new Error('no sink')
  const down = new KeywrightError('SINK_UNREACHABLE', { message: 'down', hint: 'wait', retryable: true })
  bench.sinks.set('memory', {
    ...sink,
    write: (place, ...rest) => (place.at.path === 'two' ? Promise.reject(down) : sink.write(place, ...rest)),
  })
  await bench.apply([hooked()])
  expect(bench.ran).toEqual([])
  bench.sinks.set('memory', sink)
  await settled(bench, [hooked()])
  expect(ran(bench)).toEqual(['1 rollout-restart'])
})

test('that fails is a warning with the key in service, and is tried again after a minute, then later and later', async () => {
  const bench = aBench()
  broken(bench)
  const outcome = outcomeOf(await bench.apply([hooked()]), 'a')
  expect(outcome).toMatchObject({
    status: 'open',
    problem: {
      severity: 'warning',
      code: 'HOOK_FAILED',
      message: '#1 serves, but rollout-restart shop/deployment/web failed once (SINK_UNREACHABLE)',
      hint: expect.stringContaining('keywright explain SINK_UNREACHABLE'),
    },
  })
  expect(await phases(bench, 'a')).toBe('1:active')
  await bench.apply([hooked()])
  expect(bench.ran).toHaveLength(1)
  bench.advance(MINUTE)
  await bench.apply([hooked()])
  bench.advance(MINUTE)
  await bench.apply([hooked()])
  expect(bench.ran).toHaveLength(2)
  bench.onHook = () => undefined
  bench.advance(HOUR)
  await settled(bench, [hooked()])
  expect(bench.ran).toHaveLength(3)
  expect(new Set(bench.ran.map(({ id }) => id)).size).toBe(1)
})

test('that fails holds up neither a rotation, nor the end of the old secret, nor another key', async () => {
  const bench = aBench()
  broken(bench)
  const other = aKey({ id: 'b' })
  await bench.apply([hooked(), other])
  await bench.apply([hooked(2), other])
  expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
  expect(await phases(bench, 'b')).toBe('1:active')
  bench.advance(2 * HOUR)
  await bench.apply([hooked(2), other])
  expect(await phases(bench, 'a')).toBe('2:active')
  expect((await bench.record('a'))?.after).toMatchObject({ n: 2, open: [{ tries: 2 }] })
})

test('that was struck down while it ran is run again, under the same id', async () => {
  const bench = aBench()
  bench.onHook = () => {
    throw new Error('killed')
  }
  await expect(bench.apply([hooked()])).rejects.toThrow('killed')
  bench.onHook = () => undefined
  await settled(bench, [hooked()])
  expect(bench.ran.map(({ id }) => id)).toEqual([`aaaaaaaa-1-${RESTART.identity}`, `aaaaaaaa-1-${RESTART.identity}`])
})

test('of an earlier generation gives way to that of the next, and one that left the manifest is dropped', async () => {
  const bench = aBench()
  broken(bench)
  await bench.apply([hooked(1, [RESTART, DISPATCH])])
  expect((await bench.record('a'))?.after?.open).toHaveLength(2)
  await bench.apply([hooked(1, [DISPATCH])])
  expect((await bench.record('a'))?.after?.open.map(({ text }) => text)).toEqual(['github-dispatch acme/app'])
  bench.onHook = () => undefined
  await settled(bench, [hooked(2, [DISPATCH])])
  expect(ran(bench).at(-1)).toBe('2 github-dispatch')
  expect((await bench.record('a'))?.after).toBeUndefined()
})

test('that is added later runs for the next secret, as nothing has changed for anybody yet', async () => {
  const bench = aBench()
  await settled(bench, [hooked(1, [])])
  await settled(bench, [hooked(1)])
  expect(bench.ran).toEqual([])
  await settled(bench, [hooked(2)])
  expect(ran(bench)).toEqual(['2 rollout-restart'])
})

test('runs as well when a rollback puts an earlier secret back', async () => {
  const bench = aBench()
  await settled(bench, [hooked(1)])
  await settled(bench, [hooked(2)])
  const record = await bench.record('a')
  if (!record) throw new Error('no record')
  const when = new Date(bench.now()).toISOString().replace('.000Z', 'Z')
  await bench.say('a', { on: 'pinned', at: when, n: 1, entry: hooked(2).digest })
  await bench.apply([hooked(2)])
  expect(await phases(bench, 'a')).toContain('1:active')
  expect(ran(bench)).toEqual(['1 rollout-restart', '2 rollout-restart', '1 rollout-restart'])
})

test('is seen in the status as long as it is owed, and in the history once it was heard', async () => {
  const bench = aBench()
  broken(bench)
  const key = hooked()
  await bench.apply([key])
  const record = await bench.record('a')
  const seen = statusOf(key.address, { desired: key, record, live: null, stopped: false, now: bench.now() })
  expect(seen).toMatchObject({ standing: 'active', watch: [expect.stringContaining('failed once (SINK_UNREACHABLE)')] })
  bench.onHook = () => undefined
  bench.advance(DAY)
  await settled(bench, [key])
  expect((await bench.record('a'))?.history?.at(-1)).toMatchObject({ what: 'told', n: 1, why: RESTART.text })
})
