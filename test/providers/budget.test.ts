import { afterEach, describe, expect, it } from 'vitest'
import { writeBudget } from '../../src/providers/openrouter/budget.ts'
import { closeEmulators, emulated, issued } from '../fakes/key-apis.ts'

afterEach(closeEmulators)

const DAY = 86_400_000
const NOON = 20_000 * DAY + DAY / 2

describe('the budget of writes', () => {
  it('knows no end unless it is told one', () => {
    const budget = writeBudget({ now: () => NOON })
    for (let sent = 0; sent < 1_000; sent++) expect(budget.take('ordinary')).toBeNull()
    expect(budget.left()).toBeNull()
  })

  it.each([
    [1_000, undefined, 50],
    [40, undefined, 5],
    [40, 0, 0],
    [40, 12, 12],
    [3, undefined, 3],
  ])('of %i with reserve %s keeps %i writes for disables', (writesPerDay, reserve, kept) => {
    const budget = writeBudget({ writesPerDay, ...(reserve === undefined ? {} : { reserve }), now: () => NOON })
    for (let sent = 0; sent < writesPerDay - kept; sent++) expect(budget.take('ordinary')).toBeNull()
    expect(budget.left()).toBe(0)
    expect(budget.take('ordinary')).toBe(DAY / 2)
    for (let sent = 0; sent < kept; sent++) expect(budget.take('disable')).toBeNull()
    expect(budget.take('disable')).toBe(DAY / 2)
  })

  it('starts anew at 00:00 UTC', () => {
    let now = NOON
    const budget = writeBudget({ writesPerDay: 10, reserve: 0, now: () => now })
    for (let sent = 0; sent < 10; sent++) budget.take('ordinary')
    now += DAY / 2 - 1
    expect(budget.take('ordinary')).toBe(1)
    now += 1
    expect(budget.left()).toBe(10)
  })

  it('believes the API that the day is over, and keeps the number it told for the next one', () => {
    let now = NOON
    const budget = writeBudget({ writesPerDay: 1_000, reserve: 0, now: () => now })
    budget.exhaust(30)
    expect(budget.left()).toBe(0)
    expect(budget.take('ordinary')).toBe(DAY / 2)
    expect(budget.take('disable')).toBeNull()
    now += DAY
    expect(budget.left()).toBe(30)
  })
})

describe('OpenRouter with a daily quota', () => {
  it('sends no ordinary write beyond the budget, but still disables', async () => {
    const { api, scope, requests } = await emulated({}, { writesPerDay: 3, reserve: 1 })
    const request = { name: 'n', scope, fields: {} }
    const { key } = issued(await api.create(request))
    issued(await api.create(request))
    expect(api.writesLeft?.()).toBe(0)
    expect(await api.create(request)).toMatchObject({ kind: 'rejected', status: 429, retryAfter: 14 * 3_600_000 })
    const full = { code: 'API_WRITE_QUOTA', retryable: true, retryAfter: 14 * 3_600_000 }
    await expect(api.update(key.id, { limit: 1 })).rejects.toMatchObject(full)
    await expect(api.update(key.id, { limit: 1, disabled: true })).rejects.toMatchObject(full)
    await expect(api.remove(key.id)).rejects.toMatchObject(full)
    expect((await api.update(key.id, { disabled: true }))?.fields.disabled).toBe(true)
    await expect(api.update(key.id, { disabled: true })).rejects.toMatchObject(full)
    expect(requests()).toEqual({ 'POST /keys': 2, 'PATCH /keys/{hash}': 1 })
  })

  it('counts repeated tries of a write', async () => {
    const faults = [{ method: 'PATCH', pattern: '/keys/*', kind: 'error-before-commit', count: 2 }] as const
    const { api, scope } = await emulated({ faults }, { writesPerDay: 100, reserve: 0 })
    const { key } = issued(await api.create({ name: 'n', scope, fields: {} }))
    await api.update(key.id, { limit: 1 })
    expect(api.writesLeft?.()).toBe(96)
  })

  it('learns of a quota from the 429 that names it, and stops until the next UTC day', async () => {
    const { api, scope, requests, clock, emulator } = await emulated({ writeQuota: 20 })
    const request = { name: 'n', scope, fields: {} }
    expect(api.writesLeft?.()).toBeNull()
    const { key } = issued(await api.create(request))
    for (let sent = 1; sent < 20; sent++) await api.update(key.id, { limit: sent })
    expect(await api.create(request)).toMatchObject({ kind: 'rejected', status: 429, retryAfter: 14 * 3_600_000 })
    expect(api.writesLeft?.()).toBe(0)
    await api.create(request)
    expect(requests()['POST /keys']).toBe(2)
    expect(clock.sleeps).toEqual([])
    clock.advance(14 * 3_600_000)
    emulator.world.clock.advance(14 * 3_600)
    expect(api.writesLeft?.()).toBe(15)
    issued(await api.create(request))
  })

  it('does not repeat a write that the quota refused', async () => {
    const { api, requests, clock } = await emulated({ writeQuota: 0 })
    await expect(api.remove('0'.repeat(64))).rejects.toMatchObject({ code: 'API_WRITE_QUOTA', retryable: true })
    expect(requests()).toEqual({ 'DELETE /keys/{hash}': 1 })
    expect(clock.sleeps).toEqual([])
  })

  it('still tries to disable after the API said the day is over', async () => {
    const { api, scope, emulator } = await emulated({ writeQuota: 1 })
    const { key } = issued(await api.create({ name: 'n', scope, fields: {} }))
    await expect(api.update(key.id, { limit: 1 })).rejects.toMatchObject({ code: 'API_WRITE_QUOTA' })
    emulator.world.clock.advance(86_400)
    expect((await api.update(key.id, { disabled: true }))?.fields.disabled).toBe(true)
  })
})
