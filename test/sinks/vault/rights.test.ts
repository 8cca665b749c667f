/** What policies allow, and what a preflight finds out about it before a key exists. */
import { describe, expect, it } from 'vitest'
import { fingerprint } from '../../../src/sinks/bytes.ts'
import { fieldsOf, secretAt, seed } from '../../fakes/vault/server.ts'
import { asked, FIRST, FULL, failure, fake, ownedBy, SECOND, stage, tokenFor } from './stage.ts'

const DATA = 'secret/data/ci/*'

describe('a preflight', () => {
  it.each([
    ['create', {}, ['create', 'read']],
    ['update', { other: 1 }, ['update', 'read']],
    ['patch', { other: 1 }, ['patch', 'read']],
  ])('is content with %s where that is what the write needs', async (_, fields, rights) => {
    const vault = await fake()
    if (Object.keys(fields).length > 0) seed(vault, 'ci/openrouter', fields)
    const { sink, place } = await stage({ env: tokenFor(vault, { [DATA]: rights }) }, vault)
    expect(await sink.preflight(place)).toEqual({ version: null })
    await sink.write(place, FIRST, null)
    expect(fieldsOf(vault, 'ci/openrouter')).toEqual({ ...fields, api_key: FIRST.expose() })
  })

  it.each([
    ['create', {}, ['update', 'patch', 'read']],
    ['update or patch', { other: 1 }, ['create', 'read']],
  ])('misses %s before anything is written, and shows the policy to give', async (_, fields, rights) => {
    const vault = await fake()
    if (Object.keys(fields).length > 0) seed(vault, 'ci/openrouter', fields)
    const { sink, place } = await stage({ env: tokenFor(vault, { [DATA]: rights }) }, vault)
    expect(await failure(sink.preflight(place))).toEqual({
      code: 'SINK_DENIED',
      message: 'the policy of the sink here does not allow what secret/data/ci/openrouter needs',
      hint: 'path "secret/data/ci/openrouter" { capabilities = ["create", "update", "patch", "read"] }',
    })
  })

  it.each([
    ['patched', FULL],
    ['written whole', ['update', 'read']],
  ])('under a token that may not ask tries a write that cannot land on what can be %s', async (_, rights) => {
    const vault = await fake()
    seed(vault, 'ci/openrouter', { other: 1 })
    const { sink, place } = await stage({ env: tokenFor(vault, { [DATA]: rights }, false) }, vault)
    expect(await sink.preflight(place)).toEqual({ version: null })
    expect(asked(vault).at(-1)).toMatch(/^(PATCH|POST) secret\/data\/ci\/openrouter$/)
    expect(secretAt(vault, 'ci/openrouter')?.versions).toHaveLength(1)
  })

  it('under a token that may not ask writes nothing where the engine is not proven to have conditions', async () => {
    const vault = await fake()
    const { sink, place } = await stage({ env: tokenFor(vault, { [DATA]: FULL }, false) }, vault)
    expect((await failure(sink.preflight(place))).code).toBe('SINK_DENIED')
    expect(asked(vault).filter((line) => /data/.test(line) && !line.startsWith('GET'))).toEqual([])
  })

  it('under a token that may neither ask nor write is a refusal', async () => {
    const vault = await fake()
    seed(vault, 'ci/openrouter', { other: 1 })
    const { sink, place } = await stage({ env: tokenFor(vault, { [DATA]: ['read'] }, false) }, vault)
    expect((await failure(sink.preflight(place))).code).toBe('SINK_DENIED')
    expect(secretAt(vault, 'ci/openrouter')?.versions).toHaveLength(1)
  })

  it('writes no new version and no metadata', async () => {
    const { vault, sink, place } = await stage()
    seed(vault, 'ci/openrouter', { other: 1 })
    await sink.preflight(ownedBy(place))
    expect(secretAt(vault, 'ci/openrouter')).toMatchObject({ versions: [{ data: '{"other":1}' }], custom: {} })
  })

  it.each([
    ['an engine of another version', { kv: 1 as const, mount: 'secret' }, 'kv: 2'],
    ['an engine of another version', { kv: 2 as const, mount: 'kv1' }, 'kv: 1'],
    ['nothing at that mount', { mount: 'nowhere' }, 'vault secrets list'],
  ])('finds %s, and nothing is written', async (_, change, hint) => {
    const { vault, sink, place } = await stage(change)
    expect(await failure(sink.preflight(place))).toMatchObject({ code: 'SINK_MISFIT', hint })
    expect((await failure(sink.write(place, FIRST, null))).code).toBe('SINK_MISFIT')
    expect(asked(vault).filter((line) => /^(POST|PATCH|PUT)/.test(line))).toEqual([])
  })
})

describe('a place that may be written and not read', () => {
  const writeOnly = { [DATA]: ['create', 'patch'] }

  it('is refused by the preflight unless the sink is declared so', async () => {
    const vault = await fake()
    const { sink, place } = await stage({ env: tokenFor(vault, writeOnly) }, vault)
    expect(await failure(sink.preflight(place))).toMatchObject({
      code: 'SINK_DENIED',
      hint: expect.stringContaining('"read"'),
    })
  })

  it('that was readable once is unreadable, not empty', async () => {
    const vault = await fake()
    const { sink, place } = await stage({ env: tokenFor(vault, writeOnly) }, vault)
    expect(await sink.read(place)).toBe('unreadable')
    expect((await failure(sink.write(place, FIRST, null))).code).toBe('SINK_DENIED')
    expect((await failure(sink.remove(place, fingerprint(FIRST)))).code).toBe('SINK_DENIED')
  })

  it('claims neither to be readable nor to refuse a late write when declared', async () => {
    const { sink, place } = await stage({ readable: false })
    expect(sink.capabilities).toEqual({ readable: false, conditional: false })
    expect(await sink.read(place)).toBe('unreadable')
    expect(sink.restore).toBeUndefined()
  })

  it('keeps the neighbours nobody sees', async () => {
    const vault = await fake()
    seed(vault, 'ci/openrouter', { other: 1 })
    const { sink, place } = await stage({ readable: false, env: tokenFor(vault, writeOnly) }, vault)
    await sink.preflight(place)
    await sink.write(place, FIRST, null)
    await sink.write(place, SECOND, null)
    expect(fieldsOf(vault, 'ci/openrouter')).toEqual({ other: 1, api_key: SECOND.expose() })
    expect(await sink.remove(place, fingerprint(SECOND))).toBe(false)
  })

  it('is created only while it is not there', async () => {
    const vault = await fake()
    const { sink, place } = await stage({ readable: false, env: tokenFor(vault, writeOnly) }, vault)
    let once = true
    vault.before = ({ method }) => {
      if (method === 'POST' && once) seed(vault, 'ci/openrouter', { other: 'came first' })
      if (method === 'POST') once = false
    }
    await sink.write(place, FIRST, null)
    expect(fieldsOf(vault, 'ci/openrouter')).toEqual({ other: 'came first', api_key: FIRST.expose() })
  })

  it('whose latest version was deleted takes a new one', async () => {
    const vault = await fake()
    seed(vault, 'ci/openrouter', { api_key: 'gone' })
    const [version] = secretAt(vault, 'ci/openrouter')?.versions ?? []
    if (version) version.deleted = true
    const env = tokenFor(vault, { [DATA]: ['create', 'update', 'patch'] })
    const { sink, place } = await stage({ readable: false, env }, vault)
    await sink.write(place, FIRST, null)
    expect(fieldsOf(vault, 'ci/openrouter')).toEqual({ api_key: FIRST.expose() })
  })

  it.each([['create'], ['patch']])('needs more than %s, as it may be there or not', async (right) => {
    const vault = await fake()
    const { sink, place } = await stage({ readable: false, env: tokenFor(vault, { [DATA]: [right] }) }, vault)
    expect((await failure(sink.preflight(place))).code).toBe('SINK_DENIED')
  })

  it('is refused when the metadata name another owner', async () => {
    const { vault, sink, place } = await stage({ readable: false })
    await sink.write(ownedBy(place), FIRST, null)
    expect((await failure(sink.preflight(ownedBy(place, { lineage: 'zzzzzzzz' })))).code).toBe('PLACE_OWNED')
    expect(secretAt(vault, 'ci/openrouter')?.versions).toHaveLength(1)
  })

  it('that demands check-and-set names the right that is missing', async () => {
    const vault = await fake()
    const engine = vault.mounts.get('secret')
    if (engine) engine.casRequired = true
    seed(vault, 'ci/openrouter', { other: 1 })
    const { sink, place } = await stage({ readable: false, env: tokenFor(vault, writeOnly) }, vault)
    expect(await failure(sink.write(place, FIRST, null))).toMatchObject({
      code: 'SINK_DENIED',
      hint: 'path "secret/metadata/ci/openrouter" { capabilities = ["read"] }',
    })
  })
})
