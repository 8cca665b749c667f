import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isConditional, isReadable } from '../../src/core/places.ts'
import { Secret } from '../../src/core/secret.ts'
import type { PlaceAt, Reading, SecretSink } from '../../src/ports/secret-sink.ts'
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

  /** Where a place is never shown, what an outsider finds there stands in for the reading. */
  const read = async (n: number, from = sink): Promise<Partial<Reading> | null> => {
    const reading = await from.read(fixture.place(n))
    expect(reading === 'unreadable').toBe(!isReadable(fixture.config))
    if (reading !== 'unreadable') return reading
    const held = await fixture.peek(n)
    return held === null ? null : { fingerprint: fingerprint(Secret.of(held)), bytes: Secret.of(held) }
  }
  /** What a record knows of a place that was written: the version by which a sink that cannot read recognises its own write. */
  const known = (n: number, version: string): PlaceAt =>
    isReadable(fixture.config) ? fixture.place(n) : { ...fixture.place(n), written: version }
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
    expect(reading?.fingerprint).toBe(fingerprint(first))
    if (reading?.bytes !== undefined) expect(reading.bytes.expose()).toBe(first.expose())
    if (isReadable(fixture.config)) expect(reading?.version).toBe(version)
    expect(await sink.preflight(fixture.place(1))).toEqual({ version })
  })

  it('replaces the content when the version still holds, and gives another version', async () => {
    const { version } = await write(1, first, null)
    const next = await write(1, second, version)
    expect(next.version).not.toBe(version)
    expect(await fixture.peek(1)).toBe(second.expose())
  })

  it.each([null, 'stale'])(
    'refuses a write whose version is %s when the place changed, and changes nothing, if it says so',
    async (stale) => {
      await fixture.poke(1, 'outsider')
      const before = fixture.dump()
      if (!isConditional(fixture.config)) {
        expect(await outcome(write(1, first, stale))).toBe('done')
        expect(await fixture.peek(1)).toBe(first.expose())
        return
      }
      expect(await outcome(write(1, first, stale))).toBe('PLACE_CONFLICT')
      expect(fixture.dump()).toBe(before)
    },
  )

  it('refuses a write that expects content where the place was emptied, if it says so', async () => {
    const { version } = await write(1, first, null)
    await sink.remove(known(1, version), fingerprint(first))
    const isRefused = isConditional(fixture.config)
    expect(await outcome(write(1, second, version))).toBe(isRefused ? 'PLACE_CONFLICT' : 'done')
    expect(await fixture.peek(1)).toBe(isRefused ? null : second.expose())
  })

  it('sees what an outsider put there as another version', async () => {
    const { version } = await write(1, first, null)
    await fixture.poke(1, 'outsider')
    expect((await sink.preflight(fixture.place(1))).version).not.toBe(version)
    expect((await read(1))?.fingerprint).toBe(fingerprint(Secret.of('outsider')))
  })

  it('succeeds at writing what is already there, whatever the version, and touches nothing', async () => {
    const { version } = await write(1, first, null)
    const before = fixture.dump()
    const again = [await write(1, first, null), await write(1, first, 'stale', await fixture.open())]
    if (isReadable(fixture.config)) expect(again).toEqual([{ version }, { version }])
    expect(fixture.dump()).toBe(before)
  })

  it('removes only its own bytes, as often as it is asked to', async () => {
    const { version } = await write(1, first, null)
    const other = isReadable(fixture.config) ? fixture.place(1) : { ...fixture.place(1), written: 'another' }
    expect(await sink.remove(other, fingerprint(second))).toBe(false)
    expect(await fixture.peek(1)).toBe(first.expose())
    expect(await sink.remove(known(1, version), fingerprint(first))).toBe(true)
    expect(await sink.remove(known(1, version), fingerprint(first))).toBe(true)
    expect(await fixture.peek(1)).toBeNull()
  })

  it('gives back exactly what was there before a write and a removal', async () => {
    const before = fixture.dump()
    const { version } = await write(1, first, null)
    await sink.remove(known(1, version), fingerprint(first))
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
    await Promise.all(numbers.map((n) => write(n, Secret.of(`sk-or-v1-${n}`), null)))
    expect(await Promise.all(numbers.map((n) => fixture.peek(n)))).toEqual(numbers.map((n) => `sk-or-v1-${n}`))
  })

  it('lets exactly one of two handles win a race, if its writes are conditional', async () => {
    const other = await fixture.open()
    const race = [write(1, first, null), write(1, second, null, other)]
    const outcomes = (await Promise.all(race.map(outcome))).sort()
    expect(outcomes).toEqual(isConditional(fixture.config) ? ['PLACE_CONFLICT', 'done'] : ['done', 'done'])
    const settled = await Promise.allSettled(race)
    const won = [first, second].filter((_, i) => settled[i]?.status === 'fulfilled').map((one) => one.expose())
    expect(won).toContain(await fixture.peek(1))
    await other.close?.()
  })

  it('shows no secret in its errors, hints or stored names', async () => {
    await fixture.poke(1, 'outsider-secret')
    const stray = { ...fixture.place(1), identity: 'elsewhere:x' }
    const [code, work] = isConditional(fixture.config)
      ? ['PLACE_CONFLICT', write(1, first, 'stale')]
      : ['SINK_DENIED', sink.write(stray, first, null)]
    const error = await work.catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code, hint: expect.stringMatching(/./) })
    expect(textOf(error)).not.toMatch(/sk-or|outsider-secret/)
    expect(JSON.stringify(sink)).not.toContain('sk-or')
  })

  it('tells the truth about what it can do', async () => {
    const { config } = fixture
    expect(sink.capabilities).toEqual({ readable: isReadable(config), conditional: isConditional(config) })
  })
})
