import { describe, expect, it } from 'vitest'
import { encodeCreate, encodeUpdate, KeyDecoder } from '../../src/providers/openrouter/codec.ts'
import { OPENROUTER_BASE_URL } from '../../src/providers/openrouter.ts'
import { PROVIDERS } from '../../src/providers/registry.ts'
import { leapingClock } from '../fakes/key-apis.ts'
import { hashOf, wireKey } from './scripted.ts'

const decode = (change: object) => new KeyDecoder().decode(wireKey(hashOf(1), change))

describe('a key of the wire', () => {
  it('becomes a live key with all managed fields', () => {
    expect(decode({ limit: 0, disabled: true, expires_at: '2027-12-31T23:59:59Z' })).toEqual({
      id: hashOf(1),
      name: 'CI bot',
      scope: '0df9e665-d932-5740-b2c7-b52af166bc11',
      fields: {
        limit: 0,
        limitReset: 'monthly',
        includeByokInLimit: false,
        disabled: true,
        expiresAt: '2027-12-31T23:59:59.000Z',
        creatorUserId: 'user_1',
      },
      createdAt: '2026-08-24T10:30:00.000Z',
      updatedAt: null,
      label: 'sk-or-v1-0e6...1c96',
      usage: { total: 0, daily: 0, weekly: 0, monthly: 0 },
    })
  })

  it.each([
    ['2025-02-19T20:52:27.363244+00:00', '2025-02-19T20:52:27.363Z'],
    ['2025-02-19T21:52:27+01:00', '2025-02-19T20:52:27.000Z'],
    ['2025-02-19T20:52:27Z', '2025-02-19T20:52:27.000Z'],
    ['2025-02-19 20:52:27+00', '2025-02-19T20:52:27.000Z'],
  ])('reads the stamp %s', (text, instant) => {
    expect(decode({ created_at: text, updated_at: text, expires_at: text })).toMatchObject({
      createdAt: instant,
      updatedAt: instant,
      fields: { expiresAt: instant },
    })
  })

  it('with stamps that cannot be read is too old and too touched to be a leftover', () => {
    const key = decode({ created_at: 'yesterday', updated_at: 'today' })
    expect(key).toMatchObject({ createdAt: '1970-01-01T00:00:00.000Z', updatedAt: '1970-01-01T00:00:00.000Z' })
  })

  it.each(['yearly', 'never', null])('keeps the reset %s as it is', (reset) => {
    expect(decode({ limit_reset: reset })?.fields.limitReset).toBe(reset)
  })

  it('may lack an expiry, a creator and a label, and have fields nobody knows', () => {
    const change = { expires_at: undefined, creator_user_id: undefined, label: undefined, external_user: 'x' }
    expect(decode(change)).toMatchObject({ label: '', fields: { expiresAt: null, creatorUserId: null } })
  })

  it('counts credit and BYOK together in each window', () => {
    const own = { usage: 4, usage_daily: 1, usage_weekly: 2, usage_monthly: 3 }
    const byok = { byok_usage: 0.5, byok_usage_daily: 0.25, byok_usage_weekly: 0.5, byok_usage_monthly: 0.5 }
    expect(decode({ ...own, ...byok })?.usage).toEqual({ total: 4.5, daily: 1.25, weekly: 2.5, monthly: 3.5 })
    expect(decode({ byok_usage: 1 })?.usage.total).toBe(1)
  })

  it('cannot be changed through what it shares with others', () => {
    const fields: object = decode({})?.fields ?? {}
    expect(() => Object.assign(fields, { limit: 1 })).toThrow(TypeError)
  })

  it.each([
    null,
    [],
    'key',
    wireKey('sk-or-v1-abc'),
    wireKey(hashOf(1), { name: 5 }),
    wireKey(hashOf(1), { disabled: null }),
  ])('is none: %j', (value) => {
    expect(new KeyDecoder().decode(value)).toBeNull()
  })
})

describe('a body', () => {
  it('of a create tells a limit of zero from no limit and from none given', () => {
    const body = (fields: object) => encodeCreate('n', 'w', { ...fields })
    expect(body({ limit: 0 })).toEqual({ kind: 'body', body: { name: 'n', workspace_id: 'w', limit: 0 } })
    expect(body({ limit: null })).toEqual({ kind: 'body', body: { name: 'n', workspace_id: 'w', limit: null } })
    expect(body({})).toEqual({ kind: 'body', body: { name: 'n', workspace_id: 'w' } })
  })

  it('of a create has expiry and creator, of an update has neither', () => {
    const fields = { expiresAt: '2027-01-01T00:00:00.000Z', creatorUserId: 'u' }
    expect(encodeCreate('n', 'w', fields)).toMatchObject({
      body: { expires_at: '2027-01-01T00:00:00Z', creator_user_id: 'u' },
    })
    expect(encodeUpdate(fields)).toEqual({ kind: 'unsupported', field: 'expiresAt' })
    expect(encodeUpdate({ creatorUserId: null })).toEqual({ kind: 'unsupported', field: 'creatorUserId' })
  })

  it.each(['colour', 'constructor', '__proto__'])('has no field %s', (field) => {
    expect(encodeCreate('n', 'w', Object.fromEntries([[field, 1]])).kind).toBe('unsupported')
    expect(encodeUpdate(Object.fromEntries([[field, 1]])).kind).toBe('unsupported')
  })
})

describe('the registry', () => {
  it.each(Object.entries(PROVIDERS))('names %s by its kind and documents each option once', (kind, entry) => {
    expect(entry.kind).toBe(kind)
    const options = entry.options.map(({ option }) => option)
    expect(new Set(options).size).toBe(options.length)
    for (const { doc } of entry.options) expect(doc).toMatch(/\.$/)
  })

  it('pins the host that the provider calls by default', () => {
    expect(PROVIDERS.openrouter.baseUrl).toBe(OPENROUTER_BASE_URL)
  })

  it('opens no OpenRouter without a token', async () => {
    const opened = PROVIDERS.openrouter.open({ token: 'text' }, { clock: leapingClock(), random: () => 0 })
    await expect(opened).rejects.toMatchObject({ code: 'API_REJECTED', hint: expect.stringContaining('token') })
  })
})
