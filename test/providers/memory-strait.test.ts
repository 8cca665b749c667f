import { describe, expect, it } from 'vitest'
import { DAY, HOUR, instant, MINUTE } from '../../src/core/time.ts'
import { memoryWorld } from '../../src/providers/memory.ts'
import { issued } from '../fakes/key-apis.ts'

const T0 = 1_795_000_000_000

function strait() {
  let now = T0
  const clock = { now: () => now, sleep: async () => {} }
  const world = memoryWorld({ clock, kind: 'strait' })
  const api = world.handle()
  const make = async (lifetime = 30 * DAY) => {
    const fields = { scopes: ['jobs:read'], expiresAt: instant(now + lifetime) }
    return issued(await api.create({ name: 'worker', scope: 'workspace-default', fields, lifetime }))
  }
  const rotate = async (id: string, grace = HOUR) => (await api.rotate?.(id, grace)) ?? null
  const later = (millis: number) => {
    now += millis
  }
  return { world, api, make, rotate, later }
}

describe('the memory world posing as Strait', () => {
  it('cannot change or disable a key, and says so', async () => {
    const { api, make } = strait()
    expect(api.capabilities).toEqual({ update: false, disable: false, matchesOffline: false })
    const { key } = await make()
    for (const fields of [{ name: 'other' }, { disabled: true }, { scopes: ['*'] }])
      await expect(api.update(key.id, fields)).rejects.toMatchObject({ code: 'API_REJECTED' })
    expect(await api.update(key.id, {})).toEqual(key)
  })

  it('offers no guardrails', () => {
    expect(strait().api.guardrails).toBeUndefined()
  })

  it('counts lifetimes in whole days from the create on', async () => {
    const { make } = strait()
    expect((await make(30 * DAY + HOUR)).key.fields.expiresAt).toBe(instant(T0 + 30 * DAY))
    expect((await make(HOUR)).key.fields.expiresAt).toBe(instant(T0 + DAY))
  })

  it('rejects a key without scopes', async () => {
    const made = await strait().api.create({ name: 'x', scope: 'workspace-default', fields: {} })
    expect(made).toMatchObject({ kind: 'rejected', status: 400 })
  })

  it('lists an expired key that no longer works', async () => {
    const { api, make, later } = strait()
    const { key, secret } = await make(DAY)
    later(DAY)
    expect(await api.list('workspace-default')).toEqual([key])
    expect(await api.prove(secret)).toBe('refused')
  })

  it('rotates into a successor of the same end, and links the old key to it', async () => {
    const { api, make, rotate } = strait()
    const { key, secret } = await make()
    const made = await rotate(key.id, 90_000)
    if (made?.kind !== 'created') throw new Error('not created')
    expect(made.key).toMatchObject({ name: 'worker (rotated)', fields: key.fields, lastUsedAt: null })
    expect(made.key.id).not.toBe(key.id)
    expect(await api.get(key.id)).toEqual({
      ...key,
      replacedBy: made.key.id,
      graceEndsAt: instant(T0 + 2 * MINUTE),
    })
    expect(await api.get(made.key.id)).toEqual(made.key)
    for (const one of [secret, made.secret]) expect(await api.prove(one)).toBe('works')
  })

  it('ends the old key with its grace, and goes on listing it', async () => {
    const { api, make, rotate, later } = strait()
    const { key, secret } = await make()
    await rotate(key.id)
    later(HOUR)
    expect(await api.prove(secret)).toBe('refused')
    expect(await api.list('workspace-default')).toHaveLength(2)
  })

  it('rotates a key once and never again, even when the successor is gone', async () => {
    const { api, world, make, rotate } = strait()
    const { key } = await make()
    const made = await rotate(key.id)
    if (made?.kind === 'created') await api.remove(made.key.id)
    expect(await rotate(key.id)).toMatchObject({ kind: 'rejected', status: 409 })
    expect(world.keys()).toHaveLength(1)
  })

  it('rejects the rotation of an absent key and a grace of more than a week', async () => {
    const { make, rotate } = strait()
    expect(await rotate('id-none')).toMatchObject({ kind: 'rejected', status: 404 })
    expect(await rotate((await make()).key.id, 8 * DAY)).toMatchObject({ kind: 'rejected', status: 400 })
  })

  it('notes the last use of a key and no spend', async () => {
    const { api, world, make, later } = strait()
    const { key, secret } = await make()
    expect(key.lastUsedAt).toBeNull()
    later(MINUTE)
    await api.prove(secret)
    expect(world.key(key.id)?.lastUsedAt).toBe(instant(T0 + MINUTE))
    later(MINUTE)
    world.spend(key.id, 5)
    expect(world.key(key.id)).toMatchObject({ lastUsedAt: instant(T0 + 2 * MINUTE), usage: { total: 0 } })
  })

  it('takes a revoked key off the list at once, and its secret with it', async () => {
    const { api, make } = strait()
    const { key, secret } = await make()
    await api.remove(key.id)
    await api.remove(key.id)
    expect(await api.get(key.id)).toBeNull()
    expect(await api.prove(secret)).toBe('refused')
    expect(await api.matches(secret, key.id)).toBe(false)
  })
})
