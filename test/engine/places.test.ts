import { describe, expect, test } from 'vitest'
import { KeywrightError } from '../../src/core/diagnostic.ts'
import { DAY, HOUR } from '../../src/core/time.ts'
import { memorySink } from '../../src/sinks/memory.ts'
import { aKey, aPlace, aRotation } from '../fakes/desired.ts'
import { aBench, outcomeOf, phases, settled } from '../fakes/engine.ts'

const at = (...paths: readonly string[]) => aKey({ places: paths.map((path) => aPlace(path)) })

describe('a place that is added', () => {
  test('gets the secret from a place that can be read, without a new key', async () => {
    const bench = aBench()
    await settled(bench, [at('a')])
    const plan = await bench.plan([at('a', 'b')])
    expect(plan.changes).toMatchObject([
      {
        action: 'place',
        writes: 0,
        places: [
          { text: 'memory:a', change: 'same' },
          { text: 'memory:b', change: 'new' },
        ],
      },
    ])
    await settled(bench, [at('a', 'b')])
    expect(bench.held('b')).toBe(bench.held('a'))
    expect(bench.sent.map((one) => one.do)).toEqual(['create', 'prove'])
  })

  test('means a rotation when no place can be read', async () => {
    const bench = aBench()
    bench.sinks.set('memory', memorySink(bench.cells, { readable: false, conditional: true }))
    await settled(bench, [at('a')])
    expect((await bench.plan([at('a', 'b')])).changes).toMatchObject([
      { action: 'rotate', origin: 'authored', reasons: [{ kind: 'place', places: ['memory:b'] }] },
    ])
    await settled(bench, [at('a', 'b')])
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
    expect(bench.held('b')).toBe(bench.held('a'))
  })

  test('means a rotation when the place that should have the secret does not', async () => {
    const bench = aBench()
    await settled(bench, [at('a')])
    bench.poke('a', 'by hand')
    await settled(bench, [at('a', 'b')])
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
    expect(bench.held('a')).toBe(bench.held('b'))
  })

  test('means a rotation when its only source can no longer be read', async () => {
    const bench = aBench()
    await settled(bench, [at('a')])
    bench.sinks.set('memory', memorySink(bench.cells, { readable: false, conditional: true }))
    await settled(bench, [at('a', 'b')])
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
  })

  test('holds what its template says', async () => {
    const bench = aBench()
    await settled(bench, [at('a')])
    const bearer = { ...aPlace('b'), template: 'Bearer ${secret}' }
    await settled(bench, [aKey({ places: [aPlace('a'), bearer] })])
    expect(bench.held('b')).toBe(`Bearer ${bench.held('a')}`)
  })
})

describe('a place that is taken away', () => {
  test('is emptied where it holds our secret', async () => {
    const bench = aBench()
    await settled(bench, [at('a', 'b')])
    await settled(bench, [at('a')])
    expect(bench.held('b')).toBeNull()
    expect(bench.sent.map((one) => one.do)).toEqual(['create', 'prove'])
  })

  test('is left alone where it holds anything else', async () => {
    const bench = aBench()
    await settled(bench, [at('a', 'b')])
    bench.poke('b', 'by hand')
    await settled(bench, [at('a')])
    expect(bench.held('b')).toBe('by hand')
    expect((await bench.record('a'))?.places.length).toBe(1)
  })

  test('together with its sink is an error that names the sink, and the key goes on working', async () => {
    const bench = aBench()
    bench.sinks.set('old', memorySink(bench.cells))
    await settled(bench, [aKey({ places: [aPlace('a'), aPlace('b', 'old')] })])
    bench.sinks.delete('old')
    const outcome = outcomeOf(await bench.apply([at('a')]), 'a')
    expect(outcome).toMatchObject({ status: 'stopped', problem: { code: 'RECORD_UNCONFIGURED' } })
    expect(outcome.problem?.hint).toContain('old')
    expect(await phases(bench, 'a')).toBe('1:active')
  })
})

describe('a sink', () => {
  test('may get another name: its places stay the same places', async () => {
    const bench = aBench()
    const named = (sink: string, serial: number) =>
      aKey({ places: [{ ...aPlace('a'), sink }], rotation: aRotation({ every: null, grace: DAY, hold: HOUR, serial }) })
    await settled(bench, [named('memory', 1)])
    await settled(bench, [named('memory', 2)])
    bench.sinks.set('new', memorySink(bench.cells))
    bench.sinks.delete('memory')
    bench.advance(2 * DAY)
    await settled(bench, [named('new', 2)])
    expect(await phases(bench, 'a')).toBe('1:disabled 2:active')
    bench.advance(2 * DAY)
    await settled(bench, [])
    expect((await bench.record('a'))?.places).toMatchObject([{ sink: 'new' }])
  })

  test('that is seen to hold an older secret, while another one is looked for, is not taken for read back', async () => {
    const bench = aBench()
    const key = (serial: number, ...paths: readonly string[]) =>
      aKey({ places: paths.map((path) => aPlace(path)), rotation: aRotation({ serial }) })
    await settled(bench, [key(1, 'a', 'b')])
    const old = bench.held('b') ?? ''
    await settled(bench, [key(2, 'a', 'b')])
    bench.poke('b', old)
    bench.advance(DAY + HOUR)
    await settled(bench, [key(2, 'a', 'b', 'c')])
    expect(bench.held('b')).toBe(bench.held('a'))
    expect(bench.held('c')).toBe(bench.held('a'))
  })

  test('that can no longer be read does not let an old key go without its grace', async () => {
    const bench = aBench()
    const key = (serial: number) => aKey({ rotation: aRotation({ every: null, grace: DAY, hold: HOUR, serial }) })
    await settled(bench, [key(1)])
    await settled(bench, [key(2)])
    bench.sinks.set('memory', memorySink(bench.cells, { readable: false, conditional: true }))
    bench.advance(DAY - 1)
    await settled(bench, [key(2)])
    expect(await phases(bench, 'a')).toBe('1:superseded 2:active')
  })

  test('that is down leaves the address open, with the previous key in service', async () => {
    const bench = aBench()
    await settled(bench, [aKey()])
    const before = bench.held('a')
    const sink = memorySink(bench.cells)
    const write = async (): Promise<never> => {
      throw new KeywrightError('SINK_UNREACHABLE', { message: 'down', retryable: true })
    }
    bench.sinks.set('memory', { ...sink, write })
    const next = aKey({ rotation: aRotation({ every: null, grace: DAY, hold: HOUR, serial: 2 }) })
    expect(outcomeOf(await bench.apply([next]), 'a')).toMatchObject({
      status: 'open',
      problem: { code: 'SINK_UNREACHABLE' },
    })
    expect(bench.held('a')).toBe(before)
    bench.sinks.set('memory', sink)
    await settled(bench, [next])
    expect(bench.held('a')).not.toBe(before)
    expect(bench.held('a')).toBe(bench.secretOf((await bench.serving('a'))?.id ?? ''))
  })
})

describe('a write into a place that can neither be read nor written conditionally', () => {
  test('taints the address when its answer was lost and another run moved the record meanwhile', async () => {
    const bench = aBench()
    const blind = memorySink(bench.cells, { readable: false, conditional: false })
    bench.sinks.set('memory', {
      ...blind,
      write: async (place, bytes, version) => {
        await blind.write(place, bytes, version)
        await bench.say('a', { on: 'resumed' })
        throw new KeywrightError('SINK_UNREACHABLE', { message: 'cut', hint: 'keywright apply', retryable: true })
      },
    })
    await bench.apply([at('a')])
    expect((await bench.record('a'))?.tainted).toEqual({ n: 1 })
    bench.sinks.set('memory', blind)
    await settled(bench, [at('a')])
    expect((await bench.record('a'))?.tainted).toBeUndefined()
    expect(bench.held('a')).toBe(bench.secretOf((await bench.serving('a'))?.id ?? ''))
  })
})
