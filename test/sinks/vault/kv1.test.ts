import { describe, expect, it } from 'vitest'
import { fingerprint } from '../../../src/sinks/bytes.ts'
import { fieldsOf, seed } from '../../fakes/vault/server.ts'
import { FIRST, failure, fake, ownedBy, SECOND, stage, tokenFor } from './stage.ts'

const V1 = { kv: 1, mount: 'kv1' } as const

describe('a KV engine of version 1', () => {
  it('says that it has no condition, and keeps no versions', async () => {
    const { sink } = await stage(V1)
    expect(sink.capabilities).toEqual({ readable: true, conditional: false })
    expect(sink.restore).toBeUndefined()
  })

  it('writes, reads and empties one field and keeps the others to the letter', async () => {
    const { vault, sink, place } = await stage(V1)
    seed(vault, 'ci/openrouter', '{"big":12345678901234567890,"other":"x"}', 'kv1')
    expect(await sink.preflight(place)).toEqual({ version: null })
    await sink.write(ownedBy(place), FIRST, null)
    expect(vault.seen.at(-1)?.body).toBe(`{"big":12345678901234567890,"other":"x","api_key":"${FIRST.expose()}"}`)
    expect(await sink.read(place)).toMatchObject({ fingerprint: fingerprint(FIRST) })
    expect(await sink.remove(place, fingerprint(SECOND))).toBe(false)
    expect(await sink.remove(place, fingerprint(FIRST))).toBe(true)
    expect(Object.keys(fieldsOf(vault, 'ci/openrouter', 'kv1') ?? {})).toEqual(['big', 'other'])
  })

  it('overwrites whatever is there, and touches nothing when it is the same', async () => {
    const { vault, sink, place } = await stage(V1)
    seed(vault, 'ci/openrouter', { api_key: 'outsider' }, 'kv1')
    expect(await sink.write(place, FIRST, 'stale')).toEqual({ version: fingerprint(FIRST) })
    const before = vault.seen.filter(({ method }) => method === 'POST').length
    await sink.write(place, FIRST, null)
    expect(vault.seen.filter(({ method }) => method === 'POST')).toHaveLength(before)
  })

  it('deletes a secret that loses its last field', async () => {
    const { vault, sink, place } = await stage(V1)
    await sink.write(place, FIRST, null)
    expect(await sink.remove(place, fingerprint(FIRST))).toBe(true)
    expect(fieldsOf(vault, 'ci/openrouter', 'kv1')).toBeNull()
    expect(await sink.remove(place, fingerprint(FIRST))).toBe(true)
  })

  it('keeps every one of many fields that one run writes at once', async () => {
    const { vault, sink, place } = await stage(V1)
    const fields = ['a', 'b', 'c', 'd', 'e']
    await Promise.all(fields.map((field) => sink.write({ ...place, at: { ...place.at, field } }, FIRST, null)))
    expect(Object.keys(fieldsOf(vault, 'ci/openrouter', 'kv1') ?? {}).sort()).toEqual(fields)
  })

  it('is never written without the right to read: neighbours would be lost', async () => {
    const vault = await fake()
    seed(vault, 'ci/openrouter', { other: 1 }, 'kv1')
    const { sink, place } = await stage({ ...V1, env: tokenFor(vault, { 'kv1/*': ['create', 'update'] }) }, vault)
    expect((await failure(sink.preflight(place))).code).toBe('SINK_DENIED')
    expect((await failure(sink.write(place, FIRST, null))).code).toBe('SINK_DENIED')
    expect(await sink.read(place)).toBe('unreadable')
    expect(fieldsOf(vault, 'ci/openrouter', 'kv1')).toEqual({ other: 1 })
  })

  it('is refused before a key exists when the right to write is missing', async () => {
    const vault = await fake()
    const { sink, place } = await stage({ ...V1, env: tokenFor(vault, { 'kv1/*': ['read'] }) }, vault)
    expect(await failure(sink.preflight(place))).toMatchObject({
      code: 'SINK_DENIED',
      hint: expect.stringMatching(/^path "kv1\/ci\/openrouter"/),
    })
  })
})
