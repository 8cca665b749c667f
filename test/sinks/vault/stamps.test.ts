import { describe, expect, it } from 'vitest'
import { fingerprint } from '../../../src/sinks/bytes.ts'
import { fieldsOf, secretAt, seed } from '../../fakes/vault/server.ts'
import { FIRST, FULL, failure, fake, ownedBy, SECOND, stage, tokenFor } from './stage.ts'

const stampAfter = (n: number, print: string): string => `acme-7f3a/platform/ci-bot k3v7x2ab #${n} ${print}`

describe('a stamp', () => {
  it('says beside the secret whose it is, and moves on with the generations', async () => {
    const { vault, sink, place } = await stage()
    await sink.write(ownedBy(place), FIRST, null)
    const custom = () => secretAt(vault, 'ci/openrouter')?.custom
    expect(custom()).toEqual({ 'keywright.api_key': stampAfter(4, fingerprint(FIRST)) })
    await sink.write(ownedBy(place, { n: 5 }), SECOND, fingerprint(FIRST))
    expect(custom()).toEqual({ 'keywright.api_key': stampAfter(5, fingerprint(SECOND)) })
  })

  it('leaves what others keep in the metadata, and stands once for each field', async () => {
    const { vault, sink, place } = await stage()
    seed(vault, 'ci/openrouter', { other: 1 })
    const secret = secretAt(vault, 'ci/openrouter')
    if (secret) secret.custom = { team: 'platform' }
    await sink.write(ownedBy(place), FIRST, null)
    const second = { ...place, identity: place.identity.replace('api_key', 'k2'), at: { ...place.at, field: 'k2' } }
    await sink.write(ownedBy(second, { lineage: 'aaaabbbb' }), SECOND, null)
    expect(Object.keys(secret?.custom ?? {})).toEqual(['team', 'keywright.api_key', 'keywright.k2'])
  })

  it('of another key refuses before anything is written, and names what to type', async () => {
    const { vault, sink, place } = await stage()
    await sink.write(ownedBy(place), FIRST, null)
    const stranger = ownedBy(place, { address: 'other-1a2b/bot', lineage: 'zzzzzzzz' })
    const expected = {
      code: 'PLACE_OWNED',
      message: 'here:ci/openrouter#api_key is stamped as the place of acme-7f3a/platform/ci-bot',
      hint: expect.stringContaining('-remove-custom-metadata=keywright.api_key ci/openrouter'),
    }
    expect(await failure(sink.preflight(stranger))).toEqual(expected)
    expect(await failure(sink.write(stranger, SECOND, fingerprint(FIRST)))).toEqual(expected)
    expect(fieldsOf(vault, 'ci/openrouter')).toEqual({ api_key: FIRST.expose() })
  })

  it('of the same lineage under a former address is ours', async () => {
    const { sink, place } = await stage()
    await sink.write(ownedBy(place), FIRST, null)
    const renamed = ownedBy(place, { address: 'acme-7f3a/ci-bot', n: 5 })
    await sink.write(renamed, SECOND, fingerprint(FIRST))
    expect((await sink.preflight(renamed)).version).toBe(fingerprint(SECOND))
  })

  it('passes to whoever was handed the very secret that is there', async () => {
    const { vault, sink, place } = await stage()
    await sink.write(ownedBy(place), FIRST, null)
    await sink.write(ownedBy(place, { address: 'heir/bot', lineage: 'zzzzzzzz', n: 1 }), FIRST, null)
    expect(secretAt(vault, 'ci/openrouter')?.custom['keywright.api_key']).toMatch(/^heir\/bot zzzzzzzz #1 /)
    expect(secretAt(vault, 'ci/openrouter')?.versions).toHaveLength(1)
  })

  it('that a crash kept from being written is written when the same bytes come again, without a new version', async () => {
    const { vault, sink, place } = await stage()
    vault.fault = ({ url }) => (url.includes('/metadata/') ? { cut: true } : null)
    await sink.write(ownedBy(place), FIRST, null)
    vault.fault = () => null
    await sink.write(ownedBy(place), FIRST, null)
    expect(secretAt(vault, 'ci/openrouter')?.custom['keywright.api_key']).toBe(stampAfter(4, fingerprint(FIRST)))
    expect(secretAt(vault, 'ci/openrouter')?.versions).toHaveLength(1)
  })

  it('over an empty field binds nobody', async () => {
    const { vault, sink, place } = await stage()
    seed(vault, 'ci/openrouter', { other: 1 })
    const secret = secretAt(vault, 'ci/openrouter')
    if (secret) secret.custom = { 'keywright.api_key': stampAfter(1, 'sha256:0') }
    const heir = ownedBy(place, { lineage: 'zzzzzzzz' })
    expect(await sink.preflight(heir)).toEqual({ version: null })
    await sink.write(heir, FIRST, null)
    expect(fieldsOf(vault, 'ci/openrouter')).toMatchObject({ api_key: FIRST.expose() })
  })

  it('goes with the secret', async () => {
    const { vault, sink, place } = await stage()
    await sink.write(ownedBy(place), FIRST, null)
    await sink.remove(ownedBy(place), fingerprint(FIRST))
    expect(secretAt(vault, 'ci/openrouter')?.custom).toEqual({})
  })

  it('is left out where the policy keeps us from the metadata; the secret is written all the same', async () => {
    const vault = await fake()
    const { sink, place } = await stage({ env: tokenFor(vault, { 'secret/data/*': FULL }) }, vault)
    await sink.write(ownedBy(place), FIRST, null)
    expect(fieldsOf(vault, 'ci/openrouter')).toEqual({ api_key: FIRST.expose() })
    expect(secretAt(vault, 'ci/openrouter')?.custom).toEqual({})
  })

  it('with hostile text is no stamp, or is not repeated', async () => {
    const { vault, sink, place } = await stage()
    seed(vault, 'ci/openrouter', { api_key: 'x' })
    const secret = secretAt(vault, 'ci/openrouter')
    if (secret) secret.custom = { 'keywright.api_key': '\u001b[31m::add-mask:: zzzzzzzz #1 x' }
    expect((await failure(sink.preflight(ownedBy(place)))).message).toMatch(/the place of another key$/)
    if (secret) secret.custom = { 'keywright.api_key': 'mine!' }
    expect((await sink.preflight(ownedBy(place))).version).not.toBeNull()
  })
})
