import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Fields } from '../../src/core/key.ts'
import { parseInstant } from '../../src/core/time.ts'
import { PROVIDERS } from '../../src/providers/registry.ts'
import { issued, KEY_API_FIXTURES, KEY_API_TRAITS, type KeyApiFixture } from '../fakes/key-apis.ts'

const NAME = 'CI bot [kw:acme-7f3a/platform/ci-bot#4.k3v9x2ab]'

it.each(Object.keys(PROVIDERS))('%s has a fixture', (kind) => {
  expect(KEY_API_FIXTURES[kind]).toBeDefined()
  expect(KEY_API_TRAITS[kind]).toBeDefined()
})

describe.each(Object.entries(KEY_API_TRAITS))('the key API %s', (kind, { born, lifetime, managed, kept, changes }) => {
  let fixture: KeyApiFixture
  beforeAll(async () => {
    const open = KEY_API_FIXTURES[kind]
    if (open === undefined) throw new Error(`no fixture for ${kind}`)
    fixture = await open()
  })
  afterAll(async () => {
    await fixture.api.close?.()
    await fixture.close()
  })

  const aging = lifetime === undefined ? {} : { lifetime }
  const make = async (fields: Fields = {}, name = NAME) =>
    issued(await fixture.api.create({ name, scope: fixture.scope, fields: { ...born, ...fields }, ...aging }))

  it('names its account and knows its default workspace by slug and by id', async () => {
    const { identity, scopes, skew } = await fixture.api.identify()
    expect(identity.account).toBe(fixture.scope)
    expect(scopes.get('default')).toBe(fixture.scope)
    expect(scopes.get(fixture.scope)).toBe(fixture.scope)
    expect(Number.isFinite(skew)).toBe(true)
  })

  it('finds a created key by id and in the list, exactly as it was created', async () => {
    const { key } = await make()
    expect(await fixture.api.get(key.id)).toEqual(key)
    expect((await fixture.api.list(fixture.scope)).find(({ id }) => id === key.id)).toEqual(key)
  })

  it('gives a new key nothing to have been used or updated by', async () => {
    const { key } = await make()
    expect(key).toMatchObject({ updatedAt: null, usage: { total: 0, daily: 0, weekly: 0, monthly: 0 } })
    expect(parseInstant(key.createdAt)).not.toBeNull()
  })

  it.each([
    NAME,
    'a',
    ' «Ünïcode» \u{1f511} ',
    `${'x'.repeat(150)} [kw:a/b#1.aaaaaaaa]`,
    'esc \u001b[31m and\nnewline',
    '::add-mask::</script>',
  ])('keeps the name %j', async (name) => {
    const { key } = await make({}, name)
    expect(key.name).toBe(name)
    expect((await fixture.api.get(key.id))?.name).toBe(name)
  })

  it('allows the same name twice and gives each its own id and secret', async () => {
    const [one, other] = [await make(), await make()]
    expect(one.key.id).not.toBe(other.key.id)
    expect(one.secret.expose()).not.toBe(other.secret.expose())
  })

  it.each(kept)('gives the fields %j back as they were created', async (fields) => {
    const { key } = await make(fields)
    expect(key.fields).toMatchObject(fields)
    expect((await fixture.api.get(key.id))?.fields).toEqual(key.fields)
  })

  it('has every managed field on every key', async () => {
    const { key } = await make()
    expect(Object.keys(key.fields).sort()).toEqual(managed)
  })

  if (changes.length > 0)
    describe('that changes keys in place', () => {
      const [before = {}, change = {}] = changes[0] ?? []

      it.each(changes)('updates %j by %j and leaves the rest alone', async (before, change) => {
        const { key } = await make(before)
        const after = await fixture.api.update(key.id, change)
        expect(after?.fields).toEqual({ ...key.fields, ...change })
        expect(after?.name).toBe(key.name)
        expect(after?.updatedAt).not.toBeNull()
        expect(await fixture.api.get(key.id)).toEqual(after)
      })

      it('renames a key without touching its fields', async () => {
        const { key } = await make(before)
        const after = await fixture.api.update(key.id, { name: 'renamed' })
        expect(after).toMatchObject({ name: 'renamed', fields: key.fields })
      })

      it('updates twice as well as once', async () => {
        const { key } = await make()
        await fixture.api.update(key.id, change)
        expect((await fixture.api.update(key.id, change))?.fields).toMatchObject(change)
      })
    })

  it('refuses to change what is fixed at birth', async () => {
    const { key } = await make()
    const change = fixture.api.update(key.id, { expiresAt: '2030-01-01T00:00:00.000Z' })
    await expect(change).rejects.toMatchObject({ code: 'API_REJECTED' })
  })

  it('rejects a create with a field that keys do not have', async () => {
    const made = await fixture.api.create({ name: NAME, scope: fixture.scope, fields: { ...born, colour: 'red' } })
    expect(made.kind).toBe('rejected')
  })

  it('lists each key once, whatever number was expected', async () => {
    await make()
    for (const expected of [undefined, 0, 1, 7, 250]) {
      const ids = (await fixture.api.list(fixture.scope, expected)).map(({ id }) => id)
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids.length).toBeGreaterThan(0)
    }
  })

  it('answers null for a key that is not there', async () => {
    expect(await fixture.api.get(fixture.absentId)).toBeNull()
    expect(await fixture.api.update(fixture.absentId, {})).toBeNull()
  })

  it('removes a key for good, and again without complaint', async () => {
    const { key, secret } = await make()
    await fixture.api.remove(key.id)
    await fixture.api.remove(key.id)
    expect(await fixture.api.get(key.id)).toBeNull()
    expect((await fixture.api.list(fixture.scope)).some(({ id }) => id === key.id)).toBe(false)
    expect(await fixture.api.prove(secret)).toBe('refused')
  })

  it('proves a secret whose key is there', async () => {
    const { secret } = await make()
    expect(await fixture.api.prove(secret)).toBe('works')
  })

  it('matches a secret to its own key only', async () => {
    const [one, other] = [await make(), await make()]
    expect(await fixture.api.matches(one.secret, one.key.id)).toBe(true)
    expect(await fixture.api.matches(one.secret, other.key.id)).toBe(false)
  })

  if (managed.includes('disabled'))
    describe('that switches keys off', () => {
      it('lists disabled keys', async () => {
        const { key } = await make()
        await fixture.api.update(key.id, { disabled: true })
        const listed = await fixture.api.list(fixture.scope)
        expect(listed.find(({ id }) => id === key.id)?.fields.disabled).toBe(true)
      })

      it('proves a secret while its key is enabled', async () => {
        const { key, secret } = await make()
        expect(await fixture.api.prove(secret)).toBe('works')
        await fixture.api.update(key.id, { disabled: true })
        expect(await fixture.api.prove(secret)).toBe('refused')
        await fixture.api.update(key.id, { disabled: false })
        expect(await fixture.api.prove(secret)).toBe('works')
      })

      it('proves a secret that may not spend', async () => {
        const { secret } = await make({ limit: 0 })
        expect(await fixture.api.prove(secret)).toBe('works')
      })
    })
})
