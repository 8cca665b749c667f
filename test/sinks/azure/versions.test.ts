/** What a write, a rollback, a retirement and a soft delete do to versions. */
import { describe, expect, it } from 'vitest'
import { fingerprint } from '../../../src/sinks/bytes.ts'
import { contentOf, seed } from '../../fakes/azure-key-vault/server.ts'
import { FIRST, failure, NAME, ownedBy, SECOND, stage, states } from './stage.ts'

describe('a secret that is the key alone', () => {
  it('gets a version for each write, stamped in the same request; tags and type of others stay', async () => {
    const { fake, sink, place } = await stage()
    seed(fake, NAME, 'before', { team: 'platform' })
    await sink.write(ownedBy(place), FIRST, null)
    await sink.write(ownedBy(place, { n: 2 }), SECOND, fingerprint(FIRST))
    expect(contentOf(fake, NAME)).toBe(SECOND.expose())
    expect(fake.secrets.get(NAME)?.versions.map(({ tags }) => tags)).toEqual([
      { team: 'platform' },
      { team: 'platform', keywright: `acme-7f3a/platform/ci-bot k3v7x2ab #1 ${fingerprint(FIRST)}` },
      { team: 'platform', keywright: `acme-7f3a/platform/ci-bot k3v7x2ab #2 ${fingerprint(SECOND)}` },
    ])
  })

  it('keeps the old version until its key has ended, then disables exactly that one', async () => {
    const { fake, sink, place } = await stage()
    await sink.write(ownedBy(place), FIRST, null)
    await sink.write(ownedBy(place, { n: 2 }), SECOND, null)
    await sink.retired?.(ownedBy(place, { n: 2 }))
    await sink.retired?.(ownedBy(place, { lineage: 'zzzzzzzz' }))
    expect(states(fake)).toBe('on on')
    fake.permits = (right) => right !== 'set'
    await sink.retired?.(ownedBy(place))
    expect(states(fake)).toBe('on on')
    fake.permits = () => true
    await sink.retired?.(ownedBy(place))
    await sink.retired?.(ownedBy(place))
    expect(states(fake)).toBe('off on')
  })

  it('brings back a version that was disabled, as another version', async () => {
    const { fake, sink, place } = await stage()
    await sink.write(ownedBy(place), FIRST, null)
    await sink.write(ownedBy(place, { n: 2 }), SECOND, null)
    await sink.retired?.(ownedBy(place))
    expect(await sink.restore?.(ownedBy(place), fingerprint(FIRST), null)).toEqual({ version: fingerprint(FIRST) })
    expect([contentOf(fake, NAME), fake.secrets.get(NAME)?.versions.length]).toEqual([FIRST.expose(), 3])
    expect(await sink.restore?.(ownedBy(place), `sha256:${'0'.repeat(64)}`, null)).toBeNull()
  })

  it('finds a version without a stamp by its content', async () => {
    const { fake, sink, place } = await stage()
    seed(fake, NAME, FIRST.expose())
    seed(fake, NAME, SECOND.expose())
    expect(await sink.restore?.(place, fingerprint(FIRST), null)).not.toBeNull()
    expect(contentOf(fake, NAME)).toBe(FIRST.expose())
  })

  it('is emptied by disabling its version, and its name is not blocked', async () => {
    const { fake, sink, place } = await stage()
    await sink.write(ownedBy(place), FIRST, null)
    expect(await sink.remove(ownedBy(place), fingerprint(SECOND))).toBe(false)
    expect(await sink.remove(ownedBy(place), fingerprint(FIRST))).toBe(true)
    expect(await sink.read(place)).toBeNull()
    expect([states(fake), fake.secrets.get(NAME)?.deleted]).toEqual(['off', false])
    await sink.write(ownedBy(place, { n: 2 }), SECOND, null)
    expect(contentOf(fake, NAME)).toBe(SECOND.expose())
  })

  it('of another key is refused by its stamp', async () => {
    const { fake, sink, place } = await stage()
    await sink.write(ownedBy(place), FIRST, null)
    const stranger = ownedBy(place, { address: 'other-1a2b/bot', lineage: 'zzzzzzzz' })
    const expected = {
      code: 'PLACE_OWNED',
      message: 'here:ci-openrouter is stamped as the place of acme-7f3a/platform/ci-bot',
      hint: expect.stringContaining('az keyvault secret set-attributes'),
    }
    expect(await failure(sink.preflight(stranger))).toEqual(expected)
    expect(await failure(sink.write(stranger, SECOND, null))).toEqual(expected)
    expect(contentOf(fake, NAME)).toBe(FIRST.expose())
  })

  it('tells when it was stored', async () => {
    const { sink, place } = await stage()
    await sink.write(place, FIRST, null)
    expect(await sink.read(place)).toMatchObject({ storedAt: expect.stringMatching(/^2026-09-2\dT/) })
  })
})

describe('a name whose secret was deleted', () => {
  it('comes back by itself where the stamp says that it was ours', async () => {
    const { fake, sink, place } = await stage()
    await sink.write(ownedBy(place), FIRST, null)
    const secret = fake.secrets.get(NAME)
    if (secret) secret.deleted = true
    expect(await sink.preflight(ownedBy(place))).toEqual({ version: null })
    expect(secret?.deleted).toBe(true)
    await sink.write(ownedBy(place, { n: 2 }), SECOND, null)
    expect([contentOf(fake, NAME), secret?.versions.length]).toEqual([SECOND.expose(), 2])
  })

  it('is left to a human where it was not, before a key is minted', async () => {
    const { fake, sink, place } = await stage()
    seed(fake, NAME, 'of somebody else')
    const secret = fake.secrets.get(NAME)
    if (secret) secret.deleted = true
    const { code, message, hint } = await failure(sink.preflight(ownedBy(place)))
    expect([code, message]).toEqual(['SINK_DENIED', expect.stringContaining('was deleted and is still kept')])
    expect(hint).toMatch(/az keyvault secret recover --vault-name \S+ --name ci-openrouter .*purge/)
    expect((await failure(sink.write(ownedBy(place), FIRST, null))).code).toBe('SINK_DENIED')
    expect(secret?.deleted).toBe(true)
  })
})

describe('a lost answer', () => {
  it('adds no second version', async () => {
    const { fake, sink, place } = await stage()
    let left = 1
    fake.fault = ({ method }) => (method === 'PUT' && left-- > 0 ? { cut: true, late: true } : null)
    await sink.write(ownedBy(place), FIRST, null)
    expect(fake.secrets.get(NAME)?.versions).toHaveLength(1)
  })
})
