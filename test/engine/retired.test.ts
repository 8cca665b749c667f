/** Sinks that keep versions hear when the secret in an old one has ended. */
import { expect, test } from 'vitest'
import { KeywrightError } from '../../src/core/diagnostic.ts'
import { DAY, HOUR, instant } from '../../src/core/time.ts'
import type { PlaceAt } from '../../src/ports/secret-sink.ts'
import { memorySink } from '../../src/sinks/memory.ts'
import { aKey, aRotation } from '../fakes/desired.ts'
import { aBench, type Bench, phases, settled } from '../fakes/engine.ts'

const key = (serial: number) => aKey({ rotation: aRotation({ serial }) })

interface Keeping {
  readonly bench: Bench
  /** `#n` of each call, with what the API said of that key at the moment. */
  readonly heard: string[]
  broken: 'not' | 'before' | 'after'
}

function keeping(): Keeping {
  const bench = aBench()
  const stage: Keeping = { bench, heard: [], broken: 'not' }
  const down = (): never => {
    throw new KeywrightError('SINK_UNREACHABLE', { message: 'down', hint: 'wait', retryable: true })
  }
  const retired = async ({ owner }: PlaceAt): Promise<void> => {
    if (stage.broken === 'before') down()
    const generation = (await bench.record('a'))?.generations.find((g) => g.n === owner?.n)
    const live = bench.account.key(generation && 'id' in generation ? generation.id : '')
    stage.heard.push(`#${owner?.n} ${live === null ? 'gone' : live.fields.disabled === true ? 'disabled' : 'works'}`)
    if (stage.broken === 'after') down()
  }
  bench.sinks.set('memory', { ...memorySink(bench.cells), retired })
  return stage
}

test('when grace is over and the old key is off, and before it is deleted; never while it works', async () => {
  const { bench, heard } = keeping()
  await settled(bench, [key(1)])
  await settled(bench, [key(2)])
  expect(heard).toEqual([])
  bench.advance(DAY)
  await settled(bench, [key(2)])
  expect(heard).toEqual(['#1 disabled'])
  bench.advance(HOUR)
  await settled(bench, [key(2)])
  expect(heard).toEqual(['#1 disabled', '#1 disabled'])
  expect(await phases(bench, 'a')).toBe('2:active')
})

test.each(['before', 'after'] as const)('a sink that breaks %s it is asked again before the delete', async (moment) => {
  const stage = keeping()
  const { bench, heard } = stage
  await settled(bench, [key(1)])
  await settled(bench, [key(2)])
  bench.advance(DAY)
  stage.broken = moment
  await settled(bench, [key(2)])
  expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
  bench.advance(HOUR)
  const result = await bench.apply([key(2)])
  expect(result.outcomes.map(({ status, problem }) => [status, problem?.code])).toEqual([['open', 'SINK_UNREACHABLE']])
  expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
  stage.broken = 'not'
  await settled(bench, [key(2)])
  expect(heard.at(-1)).toBe('#1 disabled')
  expect(await phases(bench, 'a')).toBe('2:active')
})

test('a leaked key is switched off whatever the sink does', async () => {
  const stage = keeping()
  const { bench } = stage
  await settled(bench, [key(1)])
  await settled(bench, [key(2)])
  stage.broken = 'before'
  await bench.say('a', { on: 'compromised', at: instant(bench.now()), ns: [1], afterReplacement: false })
  await settled(bench, [key(2)])
  expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
})

test('not for the generation that the place still holds', async () => {
  const { bench, heard } = keeping()
  await settled(bench, [key(1)])
  await bench.apply([])
  bench.advance(8 * DAY)
  await bench.apply([])
  expect(heard).toEqual([])
})
