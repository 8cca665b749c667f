import { afterEach, describe, expect, it } from 'vitest'
import { parseFault } from '../../src/emulators/flags.ts'
import { ask, assignAll, guarded, makeGuardrail } from '../fakes/guarded-apis.ts'
import { closeEmulators, type Emulated, emulated } from '../fakes/key-apis.ts'
import { type Answer, closeServers, failure, hashOf, scripted } from './scripted.ts'

afterEach(async () => {
  await closeEmulators()
  await closeServers()
})

const GUARDRAIL = '11111111-2222-4333-8444-555555555555'
const SCOPE = '0df9e665-d932-5740-b2c7-b52af166bc11'

/** Hashes of the foreign keys an account was born with, oldest first. */
function born({ emulator }: Emulated): readonly string[] {
  return emulator.world.openrouter.keys().map(({ hash }) => hash)
}

function guardrailOf({ emulator }: Emulated, id: string): unknown {
  return emulator.world.openrouter.keys().find(({ hash }) => hash === id)?.guardrail_id
}

describe('reading guardrails', () => {
  it('walks all pages', async () => {
    const account = await emulated()
    const names = Array.from({ length: 205 }, (_, each) => `number ${each}`)
    await Promise.all(names.map((name) => makeGuardrail(account.emulator, { name })))
    account.emulator.world.traffic.reset()
    const { byName, ids } = await guarded(account.api).guardrails(account.scope)
    expect([byName.size, ids.size]).toEqual([205, 205])
    expect(account.requests()).toEqual({ 'GET /guardrails': 3, 'GET /workspaces/{id}': 1 })
  })

  it('does not offer the default guardrail, to which no key can be assigned', async () => {
    const account = await emulated()
    const { data } = await ask(account.emulator, 'GET', '/workspaces/default')
    const id = String(data?.default_guardrail_id)
    await ask(account.emulator, 'PATCH', `/guardrails/${id}`, { enforce_zdr_openai: true })
    const strict = await makeGuardrail(account.emulator, { name: 'strict' })
    const { byName, ids } = await guarded(account.api).guardrails(account.scope)
    expect([[...byName], [...ids]]).toEqual([[['strict', strict]], [strict]])
    await expect(guarded(account.api).assign(hashOf(1), id)).rejects.toMatchObject({ code: 'API_REJECTED' })
  })

  it('finds every assignment behind pages of deleted keys, with a request per page', async () => {
    const account = await emulated({ keys: 450 })
    const [one, other] = [
      await makeGuardrail(account.emulator, { name: 'one' }),
      await makeGuardrail(account.emulator, { name: 'other' }),
    ]
    const hashes = born(account)
    await assignAll(account.emulator, one, hashes.slice(0, 350))
    await assignAll(account.emulator, other, hashes.slice(350, 400))
    for (const hash of hashes.slice(100, 350)) account.emulator.world.openrouter.remove(hash)
    account.emulator.world.traffic.reset()
    const seen = await guarded(account.api).assignments(account.scope)
    expect(new Set(seen.keys())).toEqual(new Set([...hashes.slice(0, 100), ...hashes.slice(350, 400)]))
    expect(seen.get(hashes[0] ?? '')).toBe(one)
    expect(seen.get(hashes[350] ?? '')).toBe(other)
    expect(account.requests()['GET /guardrails/{id}/assignments/keys']).toBe(5)
  })

  it('reads a guardrail that is deleted meanwhile as one that nobody has', async () => {
    const { api } = await scripted(({ url }) => {
      if (url.includes('/assignments/')) return failure(404)
      return page(url.includes('/guardrails') ? [{ id: GUARDRAIL, name: 'gone soon' }] : [])
    })
    expect((await guarded(api).assignments(SCOPE)).size).toBe(0)
  })

  it('reads on when the list grows while it is read', async () => {
    const sizes = [120, 250, 250, 250]
    const { api, seen } = await scripted(({ url }) => {
      if (!url.includes('/guardrails')) return failure(404)
      const offset = Number(new URL(url, 'http://x').searchParams.get('offset'))
      const total = sizes.shift() ?? 250
      const rows = Array.from({ length: Math.max(0, Math.min(100, total - offset)) }, (_, each) => ({
        id: `11111111-2222-4333-8444-${String(offset + each).padStart(12, '0')}`,
        name: `number ${offset + each}`,
      }))
      return page(rows, total)
    })
    expect((await guarded(api).guardrails(SCOPE)).ids.size).toBe(250)
    expect(seen.filter(({ url }) => url.includes('/guardrails')).length).toBe(3)
  })

  it.each([
    ['no total', { data: [] }],
    ['a text for a total', { data: [], total_count: '7' }],
    ['a negative total', { data: [], total_count: -1 }],
    ['no list', { total_count: 0 }],
    ['a row without id', { data: [{ name: 'x' }], total_count: 1 }],
    ['an id that is a path', { data: [{ id: '../keys', name: 'x' }], total_count: 1 }],
    ['a row without name', { data: [{ id: GUARDRAIL }], total_count: 1 }],
    ['a row that is null', { data: [null], total_count: 1 }],
  ])('believes nothing of a list with %s', async (_, body) => {
    const { api } = await scripted(({ url }) => (url.includes('/guardrails') ? { status: 200, body } : failure(404)))
    await expect(guarded(api).guardrails(SCOPE)).rejects.toMatchObject({ code: 'API_BAD_RESPONSE' })
  })

  it('believes nothing of an assignment whose key is no hash', async () => {
    const { api } = await scripted(({ url }) =>
      page(url.includes('/assignments/') ? [{ key_hash: 'x' }] : [{ id: GUARDRAIL, name: 'x' }]),
    )
    await expect(guarded(api).assignments(SCOPE)).rejects.toMatchObject({ code: 'API_BAD_RESPONSE' })
  })

  it.each([
    [403, 'API_NOT_MANAGEMENT_KEY'],
    [401, 'API_UNAUTHORIZED'],
    [400, 'API_REJECTED'],
  ] as const)('tells refusals apart: %i is %s', async (status, code) => {
    const { api } = await scripted(() => failure(status))
    await expect(guarded(api).guardrails(SCOPE)).rejects.toMatchObject({ code })
    await expect(guarded(api).assign(hashOf(1), GUARDRAIL)).rejects.toMatchObject({ code })
    await expect(guarded(api).unassign(hashOf(1), GUARDRAIL)).rejects.toMatchObject({ code })
  })
})

describe('assigning', () => {
  it.each(['counted', 'not-counted'] as const)(
    'repeats an assignment whose answer was lost, wherever a repeated one is %s',
    async (repeatedAssignment) => {
      const account = await emulated({ keys: 1, readings: { repeatedAssignment } })
      const guardrail = await makeGuardrail(account.emulator, { name: 'strict' })
      const [id = ''] = born(account)
      for (const kind of ['cut-after-commit', 'error-after-commit', 'html', 'cut-before-commit'])
        account.emulator.world.faults.add(parseFault(`POST *=${kind}:1`))
      await guarded(account.api).assign(id, guardrail)
      expect(guardrailOf(account, id)).toBe(guardrail)
      expect((await guarded(account.api).assignments(account.scope)).size).toBe(1)
    },
  )

  it('takes one request when all is well', async () => {
    const account = await emulated({ keys: 1 })
    const guardrail = await makeGuardrail(account.emulator, { name: 'strict' })
    account.emulator.world.traffic.reset()
    await guarded(account.api).assign(born(account)[0] ?? '', guardrail)
    expect(account.requests()).toEqual({ 'POST /guardrails/{id}/assignments/keys': 1 })
  })

  it('is none of the writes that a daily quota counts', async () => {
    const account = await emulated({ keys: 1, writeQuota: 0 }, { writesPerDay: 100 })
    const guardrail = await makeGuardrail(account.emulator, { name: 'strict' })
    const [id = ''] = born(account)
    const left = account.api.writesLeft?.()
    await guarded(account.api).assign(id, guardrail)
    await guarded(account.api).unassign(id, guardrail)
    expect([account.api.writesLeft?.(), account.api.writesMade?.()]).toEqual([left, 0])
  })

  it('sends nothing for what is no hash or no guardrail id, and shows neither', async () => {
    const { api, seen } = await scripted(() => failure(500))
    const secret = `sk-or-v1-${'a'.repeat(64)}`
    for (const [id, guardrail] of [
      [secret, GUARDRAIL],
      [hashOf(1), '../keys'],
      [hashOf(1), secret],
    ] as const) {
      for (const call of [guarded(api).assign(id, guardrail), guarded(api).unassign(id, guardrail)]) {
        const error = await call.catch((thrown: unknown) => thrown)
        expect(error).toMatchObject({ code: 'API_REJECTED' })
        expect(String(error)).not.toContain(secret)
      }
    }
    expect(seen).toEqual([])
  })

  it.each([{}, { assigned_count: '1' }, { assigned_count: null }])('does not take %j for a success', async (body) => {
    const { api } = await scripted(() => ({ status: 200, body }))
    await expect(guarded(api).assign(hashOf(1), GUARDRAIL)).rejects.toMatchObject({ code: 'API_BAD_RESPONSE' })
  })

  it('gives up on an API that answers in HTML, and says so', async () => {
    const { api, seen } = await scripted(() => ({ status: 503, body: '<html>' }))
    await expect(guarded(api).assign(hashOf(1), GUARDRAIL)).rejects.toMatchObject({ code: 'API_UNREACHABLE' })
    expect(seen.length).toBe(5)
  })
})

function page(rows: readonly object[], total_count = rows.length): Answer {
  return { status: 200, body: { data: rows, total_count } }
}
