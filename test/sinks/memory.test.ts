import { expect, it } from 'vitest'
import { Secret } from '../../src/core/secret.ts'
import { fingerprint } from '../../src/sinks/bytes.ts'
import { memorySink, memoryWorld } from '../../src/sinks/memory.ts'

const place = { identity: 'memory:a', at: { path: 'a' }, text: 'm:a' }
const [one, two] = [Secret.of('one'), Secret.of('two')]

it('a memory world never uses a version twice, also not after a removal', async () => {
  const sink = memorySink()
  const { version } = await sink.write(place, one, null)
  await sink.remove(place, fingerprint(one))
  expect((await sink.write(place, one, null)).version).not.toBe(version)
})

it('a memory sink without conditions overwrites whatever is there', async () => {
  const world = memoryWorld()
  const sink = memorySink(world, { readable: true, conditional: false })
  await sink.write(place, one, null)
  await sink.write(place, two, null)
  expect(world.cells.get(place.identity)?.bytes).toBe(two)
})

it('a memory sink that is not readable never shows content, full or empty', async () => {
  const sink = memorySink(memoryWorld(), { readable: false, conditional: true })
  expect(await sink.read(place)).toBe('unreadable')
  await sink.write(place, one, null)
  expect(await sink.read(place)).toBe('unreadable')
})

it('memory sinks with one world see one another', async () => {
  const world = memoryWorld()
  await memorySink(world).write(place, one, null)
  await expect(memorySink(world).write(place, two, null)).rejects.toMatchObject({ code: 'PLACE_CONFLICT' })
  expect(await memorySink().read(place)).toBeNull()
})

it('a memory sink brings back an earlier content by fingerprint, on condition of the version, and only what it has kept', async () => {
  const sink = memorySink()
  const first = await sink.write(place, one, null)
  const second = await sink.write(place, two, first.version)
  await expect(sink.restore?.(place, fingerprint(one), first.version)).rejects.toMatchObject({ code: 'PLACE_CONFLICT' })
  const back = await sink.restore?.(place, fingerprint(one), second.version)
  expect(await sink.read(place)).toMatchObject({ fingerprint: fingerprint(one), version: back?.version })
  expect(await sink.restore?.(place, fingerprint(Secret.of('three')), back?.version ?? null)).toBeNull()
  expect(await sink.restore?.(place, fingerprint(two), back?.version ?? null)).not.toBeNull()
})
