import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import type { Reading, SecretSink } from '../../src/ports/secret-sink.ts'
import { fingerprint } from '../../src/sinks/bytes.ts'
import { SINKS } from '../../src/sinks/registry.ts'
import { SINK_FIXTURES, type SinkFixture } from '../fakes/sinks.ts'

const first = Secret.of('sk-or-v1-first-0123456789')
const second = Secret.of('sk-or-v1-second-9876543210')
const fixtures = new Map(Object.entries(SINK_FIXTURES))

it.each(Object.keys(SINKS))('the sink %s has a fixture', (kind) => {
  expect([...fixtures.keys()]).toContain(kind)
})

async function outcome(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error) => error.code,
  )
}

/** All text of an error, causes included. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return [error.message, error.stack, JSON.stringify(error), textOf(error.cause)].join('\n')
}

describe.each([...fixtures])('a sink of kind %s', (kind, make) => {
  let fixture: SinkFixture
  let sink: SecretSink

  beforeEach(async () => {
    fixture = await make()
    sink = await fixture.open()
  })
  afterEach(async () => {
    await sink.close?.()
    fixture.close()
  })

  const read = async (n: number, from = sink): Promise<Reading | null> => {
    const reading = await from.read(fixture.place(n))
    if (reading === 'unreadable') throw new Error('unreadable')
    return reading
  }
  const write = (n: number, bytes: Secret, version: string | null, to = sink): Promise<{ version: string }> =>
    to.write(fixture.place(n), bytes, version)

  it('knows its kind', () => {
    expect(sink.kind).toBe(kind)
  })

  it('finds an empty place empty', async () => {
    expect(await sink.preflight(fixture.place(1))).toEqual({ version: null })
    expect(await read(1)).toBeNull()
  })

  it('leaves nothing behind after a preflight', async () => {
    const before = fixture.dump()
    await sink.preflight(fixture.place(1))
    await sink.close?.()
    expect(fixture.dump()).toBe(before)
  })

  it('holds exactly the bytes that were written, under their fingerprint and version', async () => {
    const { version } = await write(1, first, null)
    expect(await fixture.peek(1)).toBe(first.expose())
    const reading = await read(1)
    expect([reading?.bytes.expose(), reading?.fingerprint]).toEqual([first.expose(), fingerprint(first)])
    expect(reading?.version).toBe(version)
    expect(await sink.preflight(fixture.place(1))).toEqual({ version })
  })

  it('replaces the content when the version still holds, and gives another version', async () => {
    const { version } = await write(1, first, null)
    const next = await write(1, second, version)
    expect(next.version).not.toBe(version)
    expect(await fixture.peek(1)).toBe(second.expose())
  })

  it.each([null, 'stale'])(
    'refuses a write whose version is %s when the place changed, and changes nothing',
    async (stale) => {
      await fixture.poke(1, 'outsider')
      const before = fixture.dump()
      expect(await outcome(write(1, first, stale))).toBe('PLACE_CONFLICT')
      expect(fixture.dump()).toBe(before)
    },
  )

  it('refuses a write that expects content where the place was emptied', async () => {
    const { version } = await write(1, first, null)
    await sink.remove(fixture.place(1), fingerprint(first))
    expect(await outcome(write(1, second, version))).toBe('PLACE_CONFLICT')
    expect(await fixture.peek(1)).toBeNull()
  })

  it('sees what an outsider put there as another version', async () => {
    const { version } = await write(1, first, null)
    await fixture.poke(1, 'outsider')
    expect((await sink.preflight(fixture.place(1))).version).not.toBe(version)
    expect((await read(1))?.bytes.expose()).toBe('outsider')
  })

  it('succeeds at writing what is already there, whatever the version, and touches nothing', async () => {
    const { version } = await write(1, first, null)
    const before = fixture.dump()
    expect(await write(1, first, null)).toEqual({ version })
    expect(await write(1, first, 'stale', await fixture.open())).toEqual({ version })
    expect(fixture.dump()).toBe(before)
  })

  it('removes only its own bytes, as often as it is asked to', async () => {
    await write(1, first, null)
    expect(await sink.remove(fixture.place(1), fingerprint(second))).toBe(false)
    expect(await fixture.peek(1)).toBe(first.expose())
    expect(await sink.remove(fixture.place(1), fingerprint(first))).toBe(true)
    expect(await sink.remove(fixture.place(1), fingerprint(first))).toBe(true)
    expect(await fixture.peek(1)).toBeNull()
  })

  it('gives back exactly what was there before a write and a removal', async () => {
    const before = fixture.dump()
    await write(1, first, null)
    await sink.remove(fixture.place(1), fingerprint(first))
    expect(fixture.dump()).toBe(before)
  })

  it('leaves neighbours alone, and neighbours that change are no conflict', async () => {
    const { version } = await write(1, first, null)
    await write(2, second, null)
    await fixture.poke(3, 'outsider')
    await write(1, second, version)
    expect([await fixture.peek(2), await fixture.peek(3)]).toEqual([second.expose(), 'outsider'])
  })

  it('keeps every one of many writes at once', async () => {
    const numbers = Array.from({ length: 8 }, (_, i) => i + 1)
    await Promise.all(numbers.map((n) => write(n, Secret.of(`sk-${n}`), null)))
    expect(await Promise.all(numbers.map((n) => fixture.peek(n)))).toEqual(numbers.map((n) => `sk-${n}`))
  })

  it('lets exactly one of two handles win a race', async () => {
    const other = await fixture.open()
    const race = [write(1, first, null), write(1, second, null, other)]
    expect((await Promise.all(race.map(outcome))).sort()).toEqual(['PLACE_CONFLICT', 'done'])
    const winner = (await Promise.allSettled(race)).findIndex(({ status }) => status === 'fulfilled')
    expect(await fixture.peek(1)).toBe([first, second][winner]?.expose())
    await other.close?.()
  })

  it('shows no secret in its errors, hints or stored names', async () => {
    await fixture.poke(1, 'outsider-secret')
    const error = await write(1, first, 'stale').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'PLACE_CONFLICT', hint: expect.stringMatching(/./) })
    expect(textOf(error)).not.toMatch(/sk-or|outsider-secret/)
    expect(JSON.stringify(sink)).not.toContain('sk-or')
  })

  it('tells the truth about what it can do', async () => {
    expect(sink.capabilities).toEqual({ readable: true, conditional: true })
  })
})
