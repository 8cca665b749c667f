/** One key, five places in four sinks: it reaches all of them or is tried until it does, and harms nobody meanwhile. */
import { describe, expect, test } from 'vitest'
import { KeywrightError } from '../../src/core/diagnostic.ts'
import { HOUR } from '../../src/core/time.ts'
import { statusOf } from '../../src/engine/standing.ts'
import type { SecretSink } from '../../src/ports/secret-sink.ts'
import { memorySink } from '../../src/sinks/memory.ts'
import { aKey, aPlace, aRotation } from '../fakes/desired.ts'
import { aBench, type Bench, outcomeOf, phases, settled } from '../fakes/engine.ts'

const PLACES = [
  aPlace('one', 'vault'),
  aPlace('two', 'vault'),
  aPlace('three', 'github'),
  aPlace('four', 'gitlab'),
  aPlace('five', 'files'),
]

const wide = (serial = 1) =>
  aKey({ id: 'wide', places: PLACES, rotation: aRotation({ serial, grace: HOUR, hold: HOUR }) })
const other = (serial = 1) => aKey({ id: 'other', places: [aPlace('six', 'files')], rotation: aRotation({ serial }) })

function aWideBench(): Bench {
  const bench = aBench()
  bench.sinks.set('vault', memorySink(bench.cells))
  bench.sinks.set('github', memorySink(bench.cells, { readable: false, conditional: false }))
  bench.sinks.set('gitlab', memorySink(bench.cells, { readable: true, conditional: false }))
  bench.sinks.set('files', memorySink(bench.cells))
  return bench
}

/** The sink is there and refuses every write. Returns what mends it. */
function breaks(bench: Bench, name: string, isAtOnce = false): () => void {
  const sink = bench.sinks.get(name)
  if (!sink) throw new Error('no sink')
  const down = async (): Promise<never> => {
    throw new KeywrightError('SINK_UNREACHABLE', {
      message: `${name} answers 503`,
      hint: `mend ${name}`,
      retryable: true,
    })
  }
  const broken: SecretSink = { ...sink, write: down, ...(isAtOnce ? { preflight: down } : {}) }
  bench.sinks.set(name, broken)
  return () => void bench.sinks.set(name, sink)
}

const held = (bench: Bench): readonly (string | null)[] => PLACES.map(({ at, sink }) => bench.held(at.path ?? '', sink))

test('reaches every place', async () => {
  const bench = aWideBench()
  await settled(bench, [wide()])
  const live = await bench.serving('wide')
  expect(held(bench)).toEqual(PLACES.map(() => bench.secretOf(live?.id ?? '')))
})

describe.each(['vault', 'github', 'gitlab', 'files'])('while the sink %s refuses writes', (name) => {
  test('the old secret serves on and never ends, another key goes on, and mending it is enough', async () => {
    const bench = aWideBench()
    await settled(bench, [wide(), other()])
    const first = bench.secretOf((await bench.serving('wide'))?.id ?? '')
    const mend = breaks(bench, name)
    const result = await bench.apply([wide(2), other(name === 'files' ? 1 : 2)])
    expect(outcomeOf(result, 'wide')).toMatchObject({
      status: 'open',
      problem: { code: 'SINK_UNREACHABLE', hint: `mend ${name}` },
    })
    expect(await phases(bench, 'other')).toBe(name === 'files' ? '1:active' : '1:superseded 2:active')
    for (let hour = 0; hour < 30; hour++) {
      bench.advance(HOUR)
      await bench.apply([wide(2), other(name === 'files' ? 1 : 2)])
      expect(bench.account.key((await bench.serving('wide'))?.id ?? '')?.fields.disabled).toBe(false)
      const served = await bench.serving('wide')
      expect(bench.secretOf(served?.id ?? '')).toBe(first)
    }
    mend()
    bench.advance(2 * 24 * HOUR)
    await bench.apply([wide(2), other(2)])
    const live = await bench.serving('wide')
    expect(bench.secretOf(live?.id ?? '')).not.toBe(first)
    expect(held(bench)).toEqual(PLACES.map(() => bench.secretOf(live?.id ?? '')))
  })
})

test('status names the places that lack the secret, and what to do', async () => {
  const bench = aWideBench()
  await settled(bench, [wide()])
  breaks(bench, 'gitlab')
  await bench.apply([wide(2)])
  const record = await bench.record('wide')
  const status = statusOf('test-1/wide', { desired: wide(2), record, live: null, stopped: false, now: bench.now() })
  expect(status.standing).toBe('stuck')
  expect(status.troubles).toEqual([
    '#2 is not delivered everywhere: gitlab:four, files:five; #1 keeps working meanwhile; mend the sink gitlab or files, then keywright apply',
  ])
})

test('a place that cannot be written before a key is minted keeps it from being minted', async () => {
  const bench = aWideBench()
  await settled(bench, [wide()])
  breaks(bench, 'github', true)
  const outcome = outcomeOf(await bench.apply([wide(2)]), 'wide')
  expect(outcome).toMatchObject({ status: 'open', problem: { message: 'github answers 503' } })
  expect(await phases(bench, 'wide')).toBe('1:active')
  expect(bench.sent.filter((one) => one.do === 'create')).toHaveLength(1)
})
