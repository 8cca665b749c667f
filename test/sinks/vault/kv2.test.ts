import { describe, expect, it } from 'vitest'
import { fingerprint } from '../../../src/sinks/bytes.ts'
import { placeOf } from '../../fakes/sinks.ts'
import { fieldsOf, secretAt, seed } from '../../fakes/vault/server.ts'
import { asked, FIRST, FULL, failure, fake, SECOND, stage, tokenFor } from './stage.ts'

describe('one field of a secret', () => {
  it('is patched, so that neighbours stay and the secret gains one version', async () => {
    const { vault, sink, place } = await stage()
    seed(vault, 'ci/openrouter', { other: 'theirs', deep: { a: [1] } })
    await sink.write(place, FIRST, null)
    expect(fieldsOf(vault, 'ci/openrouter')).toEqual({ other: 'theirs', deep: { a: [1] }, api_key: FIRST.expose() })
    expect(secretAt(vault, 'ci/openrouter')?.versions).toHaveLength(2)
    expect(asked(vault).filter((line) => /PATCH|POST/.test(line))).toEqual(['PATCH secret/data/ci/openrouter'])
  })

  it.each(['server', 'policy'])(
    'is written with its neighbours to the letter where the %s has no PATCH',
    async (which) => {
      const vault = await fake()
      const engine = vault.mounts.get('secret')
      if (which === 'server' && engine) engine.patches = false
      const env = tokenFor(vault, { 'secret/data/ci/*': ['create', 'update', 'read'] })
      const { sink, place } = await stage({ env }, vault)
      seed(vault, 'ci/openrouter', '{"big":12345678901234567890,"one":1.0,"text":"a\\u0007b"}')
      await sink.preflight(place)
      await sink.write(place, FIRST, null)
      const sent = vault.seen.findLast(({ method }) => method === 'POST')?.body
      expect(sent).toBe(
        `{"options":{"cas":1},"data":{"big":12345678901234567890,"one":1.0,"text":"a\\u0007b","api_key":"${FIRST.expose()}"}}`,
      )
    },
  )

  it('may have a name with dots, taken literally', async () => {
    const { vault, sink, config } = await stage()
    await sink.write(placeOf('here:a/b_c#x.y', config), FIRST, null)
    expect(fieldsOf(vault, 'a/b_c')).toEqual({ 'x.y': FIRST.expose() })
  })

  it('that is no text is seen as it is written, and is not ours', async () => {
    const { vault, sink, place } = await stage()
    seed(vault, 'ci/openrouter', '{"api_key":{"a":1}}')
    const reading = await sink.read(place)
    expect(reading).toMatchObject({ version: expect.stringMatching(/^sha256:/) })
    expect((await failure(sink.write(place, FIRST, null))).code).toBe('PLACE_CONFLICT')
  })
})

describe('a secret that changes while it is written', () => {
  it('is looked at again when only a neighbour moved', async () => {
    const { vault, sink, place } = await stage()
    seed(vault, 'ci/openrouter', { other: 1 })
    let moves = 3
    vault.before = ({ method }) => {
      if (method === 'PATCH' && moves-- > 0) seed(vault, 'ci/openrouter', { other: `moved ${moves}` })
    }
    await sink.write(place, FIRST, null)
    expect(fieldsOf(vault, 'ci/openrouter')).toEqual({ other: 'moved 0', api_key: FIRST.expose() })
  })

  it('is a conflict when the field moved, and the other keeps what it wrote', async () => {
    const { vault, sink, place } = await stage()
    seed(vault, 'ci/openrouter', { other: 1 })
    let once = true
    vault.before = ({ method }) => {
      if (method === 'PATCH' && once) seed(vault, 'ci/openrouter', { api_key: 'outsider' })
      if (method === 'PATCH') once = false
    }
    expect((await failure(sink.write(place, FIRST, null))).code).toBe('PLACE_CONFLICT')
    expect(fieldsOf(vault, 'ci/openrouter')).toEqual({ api_key: 'outsider' })
  })

  it('is a conflict, not an endless wait, when it never stands still', async () => {
    const { vault, sink, place } = await stage()
    seed(vault, 'ci/openrouter', { other: 0 })
    vault.before = ({ method }) => method === 'PATCH' && seed(vault, 'ci/openrouter', { other: vault.seen.length })
    expect((await failure(sink.write(place, FIRST, null))).code).toBe('PLACE_CONFLICT')
  })

  it('is created by exactly one of two', async () => {
    const { vault, sink, place } = await stage()
    let once = true
    vault.before = ({ method }) => {
      if (method === 'POST' && once) seed(vault, 'ci/openrouter', { other: 'first' })
      if (method === 'POST') once = false
    }
    await sink.write(place, FIRST, null)
    expect(fieldsOf(vault, 'ci/openrouter')).toEqual({ other: 'first', api_key: FIRST.expose() })
  })
})

describe('a lost answer', () => {
  it.each([0, 2])('is looked after: the write lands once (%s neighbours)', async (neighbours) => {
    const { vault, sink, place } = await stage()
    if (neighbours > 0) seed(vault, 'ci/openrouter', { a: 1, b: 2 })
    let once = true
    vault.fault = ({ method, url }) => {
      if (!once || !url.includes('/data/') || method === 'GET') return null
      once = false
      return { cut: true, late: true }
    }
    const before = secretAt(vault, 'ci/openrouter')?.versions.length ?? 0
    expect(await sink.write(place, FIRST, null)).toEqual({ version: fingerprint(FIRST) })
    expect(secretAt(vault, 'ci/openrouter')?.versions).toHaveLength(before + 1)
  })

  it('never lets a write land over what came in between', async () => {
    const { vault, sink, place } = await stage()
    seed(vault, 'ci/openrouter', { api_key: 'old' })
    const { version } = await sink.preflight(place)
    let once = true
    vault.fault = ({ method }) => {
      if (!once || method !== 'PATCH') return null
      once = false
      seed(vault, 'ci/openrouter', { api_key: 'newer' })
      return { cut: true }
    }
    expect((await failure(sink.write(place, FIRST, version))).code).toBe('PLACE_CONFLICT')
    expect(fieldsOf(vault, 'ci/openrouter')).toEqual({ api_key: 'newer' })
  })
})

describe('a secret whose latest version was deleted', () => {
  it.each(['deleted', 'destroyed'] as const)('(%s) is an empty place, and takes a new version', async (how) => {
    const { vault, sink, place } = await stage()
    seed(vault, 'ci/openrouter', { other: 'gone', api_key: 'gone' })
    const [version] = secretAt(vault, 'ci/openrouter')?.versions ?? []
    if (version) version[how] = true
    expect(await sink.read(place)).toBeNull()
    expect(await sink.preflight(place)).toEqual({ version: null })
    await sink.write(place, FIRST, null)
    expect(fieldsOf(vault, 'ci/openrouter')).toEqual({ api_key: FIRST.expose() })
    expect(secretAt(vault, 'ci/openrouter')?.versions[0]?.data).toContain('gone')
  })

  it('counts as moved when it is deleted in the middle of a patch', async () => {
    const { vault, sink, place } = await stage()
    seed(vault, 'ci/openrouter', { other: 1 })
    vault.before = ({ method }) => {
      const [version] = secretAt(vault, 'ci/openrouter')?.versions ?? []
      if (method === 'PATCH' && version) version.deleted = true
    }
    await sink.write(place, FIRST, null)
    expect(fieldsOf(vault, 'ci/openrouter')).toEqual({ api_key: FIRST.expose() })
  })
})

describe('removal', () => {
  it('takes the field and leaves its neighbours', async () => {
    const { vault, sink, place } = await stage()
    seed(vault, 'ci/openrouter', { other: 1 })
    await sink.write(place, FIRST, null)
    expect(await sink.remove(place, fingerprint(FIRST))).toBe(true)
    expect(fieldsOf(vault, 'ci/openrouter')).toEqual({ other: 1 })
  })

  it('of the last field deletes the empty version by its number, and no other', async () => {
    const { vault, sink, place } = await stage()
    await sink.write(place, FIRST, null)
    vault.before = ({ url }) => url.includes('/delete/') && seed(vault, 'ci/openrouter', { other: 'came in between' })
    expect(await sink.remove(place, fingerprint(FIRST))).toBe(true)
    expect(fieldsOf(vault, 'ci/openrouter')).toEqual({ other: 'came in between' })
    expect(secretAt(vault, 'ci/openrouter')?.versions.map(({ deleted }) => deleted)).toEqual([false, true, false])
  })

  it('of the last field leaves an empty secret where the policy forbids to delete', async () => {
    const vault = await fake()
    const { sink, place } = await stage({ env: tokenFor(vault, { 'secret/data/ci/*': FULL }) }, vault)
    await sink.write(place, FIRST, null)
    expect(await sink.remove(place, fingerprint(FIRST))).toBe(true)
    expect(fieldsOf(vault, 'ci/openrouter')).toEqual({})
  })

  it('leaves alone what somebody else put there', async () => {
    const { vault, sink, place } = await stage()
    seed(vault, 'ci/openrouter', { api_key: 'outsider' })
    expect(await sink.remove(place, fingerprint(FIRST))).toBe(false)
    expect(fieldsOf(vault, 'ci/openrouter')).toEqual({ api_key: 'outsider' })
  })
})

describe('restore', () => {
  it('brings back an earlier content of the field and keeps the neighbours of now', async () => {
    const { vault, sink, place } = await stage()
    seed(vault, 'ci/openrouter', { other: 1 })
    await sink.write(place, FIRST, null)
    const { version } = await sink.write(place, SECOND, fingerprint(FIRST))
    seed(vault, 'ci/openrouter', { ...fieldsOf(vault, 'ci/openrouter'), other: 2 })
    expect(await sink.restore?.(place, fingerprint(FIRST), version)).toEqual({ version: fingerprint(FIRST) })
    expect(fieldsOf(vault, 'ci/openrouter')).toEqual({ other: 2, api_key: FIRST.expose() })
  })

  it('is done when the field holds it already, and refuses a field that moved', async () => {
    const { vault, sink, place } = await stage()
    await sink.write(place, FIRST, null)
    expect(await sink.restore?.(place, fingerprint(FIRST), 'stale')).toEqual({ version: fingerprint(FIRST) })
    seed(vault, 'ci/openrouter', { api_key: 'outsider' })
    const late = sink.restore?.(place, fingerprint(FIRST), fingerprint(FIRST)) ?? Promise.resolve()
    expect((await failure(late)).code).toBe('PLACE_CONFLICT')
  })

  it('finds it before a removal', async () => {
    const { vault, sink, place } = await stage()
    await sink.write(place, FIRST, null)
    await sink.remove(place, fingerprint(FIRST))
    expect(await sink.restore?.(place, fingerprint(FIRST), null)).toEqual({ version: fingerprint(FIRST) })
    expect(fieldsOf(vault, 'ci/openrouter')).toEqual({ api_key: FIRST.expose() })
  })

  it('is null when that version was deleted, destroyed or never there', async () => {
    const { vault, sink, place } = await stage()
    await sink.write(place, FIRST, null)
    const { version } = await sink.write(place, SECOND, fingerprint(FIRST))
    const [one] = secretAt(vault, 'ci/openrouter')?.versions ?? []
    if (one) one.destroyed = true
    expect(await sink.restore?.(place, fingerprint(FIRST), version)).toBeNull()
    expect(fieldsOf(vault, 'ci/openrouter')).toEqual({ api_key: SECOND.expose() })
  })
})
