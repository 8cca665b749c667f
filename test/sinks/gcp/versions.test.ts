/** What a write, a rollback and a retirement do to versions. */
import { describe, expect, it } from 'vitest'
import { fingerprintOf as fingerprintOfText } from '../../../src/io/digest.ts'
import { fingerprint } from '../../../src/sinks/bytes.ts'
import { contentOf, seed } from '../../fakes/gcp-secret-manager/server.ts'
import { FIRST, failure, NAME, ownedBy, SECOND, stage, states } from './stage.ts'

describe.each([undefined, 'live'])('a secret that is the key alone, read by the alias %s', (alias) => {
  const named = alias === undefined ? {} : { alias }

  it('is created by the first write, labelled, and gets a version for each', async () => {
    const { fake, sink, place } = await stage(named)
    expect(await sink.preflight(ownedBy(place))).toEqual({ version: null })
    expect(fake.secrets.size).toBe(0)
    await sink.write(ownedBy(place), FIRST, null)
    await sink.write(ownedBy(place, { n: 2 }), SECOND, fingerprint(FIRST))
    expect(contentOf(fake, NAME, alias)).toBe(SECOND.expose())
    expect([states(fake), fake.secrets.get(NAME)?.labels]).toEqual(['ENABLED ENABLED', { 'managed-by': 'keywright' }])
    const stamp = `#2@2=${fingerprint(SECOND)} #1@1=${fingerprint(FIRST)}`
    expect(fake.secrets.get(NAME)?.annotations.keywright).toBe(`acme-7f3a/platform/ci-bot k3v7x2ab ${stamp}`)
  })

  it('keeps the old version until its key has ended, then disables exactly that one', async () => {
    const { fake, sink, place } = await stage(named)
    await sink.write(ownedBy(place), FIRST, null)
    await sink.write(ownedBy(place, { n: 2 }), SECOND, fingerprint(FIRST))
    await sink.retired?.(ownedBy(place, { n: 2 }))
    await sink.retired?.(ownedBy(place, { lineage: 'zzzzzzzz' }))
    expect(states(fake)).toBe('ENABLED ENABLED')
    await sink.retired?.(ownedBy(place))
    await sink.retired?.(ownedBy(place))
    expect(states(fake)).toBe('DISABLED ENABLED')
  })

  it('leaves an old version that another alias points at, and one it may not disable', async () => {
    const { fake, sink, place } = await stage(named)
    await sink.write(ownedBy(place), FIRST, null)
    await sink.write(ownedBy(place, { n: 2 }), SECOND, fingerprint(FIRST))
    const secret = fake.secrets.get(NAME)
    if (secret) secret.aliases = { ...secret.aliases, audit: '1' }
    await sink.retired?.(ownedBy(place))
    if (secret) secret.aliases = { ...secret.aliases, audit: '2' }
    fake.permits = (permission) => permission !== 'secretmanager.versions.disable'
    await sink.retired?.(ownedBy(place))
    expect(states(fake)).toBe('ENABLED ENABLED')
  })

  it('brings back a version that was disabled, as another version', async () => {
    const { fake, sink, place } = await stage(named)
    await sink.write(ownedBy(place), FIRST, null)
    await sink.write(ownedBy(place, { n: 2 }), SECOND, fingerprint(FIRST))
    await sink.retired?.(ownedBy(place))
    const back = await sink.restore?.(ownedBy(place), fingerprint(FIRST), fingerprint(SECOND))
    expect(back).toEqual({ version: fingerprint(FIRST) })
    expect(contentOf(fake, NAME, alias)).toBe(FIRST.expose())
    expect(fake.secrets.get(NAME)?.versions).toHaveLength(3)
    expect(await sink.restore?.(ownedBy(place), `sha256:${'0'.repeat(64)}`, null)).toBeNull()
  })

  it('finds a version without a stamp by its content', async () => {
    const { fake, sink, place } = await stage(named)
    seed(fake, NAME, FIRST.expose(), alias)
    seed(fake, NAME, SECOND.expose(), alias)
    expect(await sink.restore?.(place, fingerprint(FIRST), fingerprint(SECOND))).not.toBeNull()
    expect(contentOf(fake, NAME, alias)).toBe(FIRST.expose())
  })

  it('is emptied by disabling its version, and nothing is destroyed', async () => {
    const { fake, sink, place } = await stage(named)
    await sink.write(ownedBy(place), FIRST, null)
    expect(await sink.remove(ownedBy(place), fingerprint(SECOND))).toBe(false)
    expect(await sink.remove(ownedBy(place), fingerprint(FIRST))).toBe(true)
    expect(await sink.read(place)).toBeNull()
    expect([states(fake), fake.secrets.get(NAME)?.annotations]).toEqual(['DISABLED', {}])
    await sink.write(ownedBy(place, { n: 2 }), SECOND, null)
    expect(contentOf(fake, NAME, alias)).toBe(SECOND.expose())
  })

  it('of another key is refused by its stamp', async () => {
    const { fake, sink, place } = await stage(named)
    await sink.write(ownedBy(place), FIRST, null)
    const stranger = ownedBy(place, { address: 'other-1a2b/bot', lineage: 'zzzzzzzz' })
    const expected = {
      code: 'PLACE_OWNED',
      message: 'here:ci-openrouter is stamped as the place of acme-7f3a/platform/ci-bot',
      hint: expect.stringContaining('--remove-annotations=keywright'),
    }
    expect(await failure(sink.preflight(stranger))).toEqual(expected)
    expect(await failure(sink.write(stranger, SECOND, fingerprint(FIRST)))).toEqual(expected)
    expect(contentOf(fake, NAME, alias)).toBe(FIRST.expose())
  })

  it('that is no text is left alone', async () => {
    const { fake, sink, place } = await stage(named)
    seed(fake, NAME, 'x', alias)
    const version = fake.secrets.get(NAME)?.versions[0]
    if (version) Object.assign(version, { data: Buffer.from([0xff, 0xfe]).toString('base64') })
    expect((await failure(sink.preflight(place))).code).toBe('SINK_FILE_UNREADABLE')
  })
})

describe('between the new version and its alias', () => {
  it.each([
    ['an answer that is lost', true],
    ['a request that is lost', false],
  ])('%s is made good in the same run', async (_, late) => {
    const { fake, sink, place } = await stage({ alias: 'live' })
    seed(fake, NAME, 'before', 'live')
    let left = 1
    fake.fault = ({ method }) => (method === 'PATCH' && left-- > 0 ? { cut: true, late } : null)
    await sink.write(ownedBy(place), FIRST, fingerprintOfText('before'))
    expect(contentOf(fake, NAME, 'live')).toBe(FIRST.expose())
    expect(fake.secrets.get(NAME)?.versions).toHaveLength(late ? 2 : 3)
  })

  it('a crash leaves the place as it was, and the next run delivers', async () => {
    const { fake, sink, place } = await stage({ alias: 'live' })
    seed(fake, NAME, 'before', 'live')
    fake.fault = ({ method }) => (method === 'PATCH' ? { cut: true } : null)
    expect((await failure(sink.write(ownedBy(place), FIRST, fingerprintOfText('before')))).code).toBe(
      'SINK_UNREACHABLE',
    )
    fake.fault = () => null
    const next = await stage({ alias: 'live' }, fake)
    const reading = await next.sink.read(place)
    expect(reading).toMatchObject({ fingerprint: fingerprintOfText('before') })
    await next.sink.write(ownedBy(place, { n: 2 }), SECOND, fingerprintOfText('before'))
    expect(contentOf(fake, NAME, 'live')).toBe(SECOND.expose())
  })

  it('somebody else who moves the alias wins, and our version is locked away', async () => {
    const { fake, sink, place } = await stage({ alias: 'live' })
    seed(fake, NAME, 'before', 'live')
    let once = true
    fake.before = ({ method }) => {
      if (method !== 'PATCH' || !once) return
      once = false
      seed(fake, NAME, 'outsider', 'live')
    }
    const error = await failure(sink.write(ownedBy(place), FIRST, fingerprintOfText('before')))
    expect(error.code).toBe('PLACE_CONFLICT')
    expect([contentOf(fake, NAME, 'live'), states(fake)]).toEqual(['outsider', 'ENABLED DISABLED ENABLED'])
  })

  it('a secret whose alias is not set yet gets it, with its neighbours', async () => {
    const { fake, sink, place } = await stage({ alias: 'live', field: 'api_key' })
    seed(fake, NAME, '{"other": 12345678901234567890}')
    await sink.write(ownedBy(place), FIRST, null)
    expect(contentOf(fake, NAME, 'live')).toBe(`{"other": 12345678901234567890,"api_key": "${FIRST.expose()}"}`)
  })
})

describe('without an alias', () => {
  it('a lost answer adds no second version', async () => {
    const { fake, sink, place } = await stage()
    let left = 1
    fake.fault = ({ url }) => (url.includes(':addVersion') && left-- > 0 ? { cut: true, late: true } : null)
    await sink.write(ownedBy(place), FIRST, null)
    expect(fake.secrets.get(NAME)?.versions).toHaveLength(1)
    expect(fake.secrets.get(NAME)?.annotations.keywright).toContain('#1@1=')
  })

  it('a policy that forbids updates leaves the stamp out, and the secret is written all the same', async () => {
    const { fake, sink, place } = await stage()
    fake.permits = (permission) => permission !== 'secretmanager.secrets.update'
    await sink.write(ownedBy(place), FIRST, null)
    expect([contentOf(fake, NAME), fake.secrets.get(NAME)?.annotations]).toEqual([FIRST.expose(), {}])
  })
})
