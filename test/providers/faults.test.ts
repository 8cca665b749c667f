import { afterEach, describe, expect, it } from 'vitest'
import type { LiveKey } from '../../src/core/key.ts'
import { Secret } from '../../src/core/secret.ts'
import { FAULT_KINDS, type FaultKind } from '../../src/emulators/faults.ts'
import type { KeyApi } from '../../src/ports/key-api.ts'
import { guarded, makeGuardrail } from '../fakes/guarded-apis.ts'
import { closeEmulators, type Emulated, emulated } from '../fakes/key-apis.ts'
import { closeServers, failure, hashOf, scripted, TOKEN, wireKey } from './scripted.ts'

afterEach(async () => {
  await closeEmulators()
  await closeServers()
})

const SOME_SECRET = Secret.of('sk-or-v1-some-secret')

interface Subject {
  readonly account: Emulated
  readonly id: string
  readonly secret: Secret
  readonly guardrail: string
}

type Verb =
  | 'identify'
  | 'list'
  | 'get'
  | 'update'
  | 'remove'
  | 'prove'
  | 'guardrails'
  | 'assignments'
  | 'assign'
  | 'unassign'

/** The request each idempotent verb makes, and what it gives when all is well. */
const VERBS: Readonly<
  Record<Verb, { on: string; call: (subject: Subject) => Promise<unknown>; gives: object | string }>
> = {
  identify: { on: 'GET /key', call: ({ account }) => account.api.identify(), gives: { identity: { account: {} } } },
  list: { on: 'GET /keys', call: ({ account }) => account.api.list(account.scope, 101), gives: { length: 101 } },
  get: { on: 'GET /keys/*', call: ({ account, id }) => account.api.get(id), gives: { name: 'subject' } },
  update: {
    on: 'PATCH /keys/*',
    call: ({ account, id }) => account.api.update(id, { limit: 3 }),
    gives: { fields: { limit: 3 } },
  },
  remove: { on: 'DELETE /keys/*', call: ({ account, id }) => account.api.remove(id), gives: 'undefined' },
  prove: { on: 'GET /key', call: ({ account, secret }) => account.api.prove(secret), gives: 'works' },
  guardrails: {
    on: 'GET /guardrails',
    call: ({ account }) => guarded(account.api).guardrails(account.scope),
    gives: { ids: { size: 1 } },
  },
  assignments: {
    on: 'GET /guardrails/*',
    call: ({ account }) => guarded(account.api).assignments(account.scope),
    gives: { size: 0 },
  },
  assign: {
    on: 'POST /guardrails/*',
    call: ({ account, id, guardrail }) => guarded(account.api).assign(id, guardrail),
    gives: 'undefined',
  },
  unassign: {
    on: 'POST /guardrails/*/remove',
    call: ({ account, id, guardrail }) => guarded(account.api).unassign(id, guardrail),
    gives: 'undefined',
  },
}

async function subject(verb: Verb, kind: FaultKind, count: number | null): Promise<Subject> {
  const keys = verb === 'list' ? 100 : 0
  const account = await emulated({ keys, slowMs: 400 }, { timeoutMillis: kind === 'slow' ? 120 : 5_000 })
  const { hash, secret } = account.emulator.world.openrouter.createForeign({ name: 'subject' })
  const guardrail = await makeGuardrail(account.emulator, { name: 'strict' })
  const [method = '', pattern = ''] = VERBS[verb].on.split(' ')
  account.emulator.world.faults.add({ method, pattern, kind, count })
  return { account, id: hash, secret: Secret.of(secret), guardrail }
}

function expectResult(verb: Verb, result: unknown): void {
  const { gives } = VERBS[verb]
  if (verb === 'identify') expect(result).toMatchObject({ identity: { account: expect.any(String) } })
  else if (verb === 'list') expect(new Set((result as LiveKey[]).map(({ id }) => id)).size).toBeGreaterThanOrEqual(100)
  else if (typeof gives === 'string') expect(`${result}`).toBe(gives)
  else expect(result).toMatchObject(gives)
}

const verbs = Object.keys(VERBS) as Verb[]

describe.each(verbs)('%s', (verb) => {
  it.each(FAULT_KINDS)('gets over one %s', async (kind) => {
    const world = await subject(verb, kind, 1)
    expectResult(verb, await VERBS[verb].call(world))
    if (verb === 'remove') expect(await world.account.api.get(world.id)).toBeNull()
    if (verb === 'assign')
      expect(await guarded(world.account.api).assignments(world.account.scope)).toEqual(
        new Map([[world.id, world.guardrail]]),
      )
  })

  it('gives up after five tries of a failing API and says so', async () => {
    const world = await subject(verb, 'error-before-commit', null)
    await expect(VERBS[verb].call(world)).rejects.toMatchObject({ code: 'API_UNREACHABLE', retryable: true })
    const failed = world.account.emulator.world.traffic.log().filter(({ fault }) => fault !== null)
    const tries = new Map<string, number>()
    for (const { path } of failed) tries.set(path, (tries.get(path) ?? 0) + 1)
    expect(Math.max(...tries.values())).toBe(5)
  })
})

describe('an idempotent call that gives up', () => {
  it.each<[FaultKind, string]>([
    ['rate-limit', 'API_RATE_LIMITED'],
    ['cut-before-commit', 'API_UNREACHABLE'],
    ['html', 'API_UNREACHABLE'],
  ])('because of %s throws %s with a hint', async (kind, code) => {
    const world = await subject('get', kind, null)
    await expect(VERBS.get.call(world)).rejects.toMatchObject({ code, retryable: true, hint: expect.any(String) })
  })

  it('because 200 is no JSON throws API_BAD_RESPONSE', async () => {
    const { api, seen } = await scripted(() => ({ status: 200, body: '<html>' }))
    await expect(api.get(hashOf(1))).rejects.toMatchObject({ code: 'API_BAD_RESPONSE', retryable: true })
    expect(seen).toHaveLength(5)
  })

  it('never shows the token, a secret or the text of a page', async () => {
    const answers = [
      failure(400, `bad ${TOKEN}\u001b[31m\nx`),
      failure(401),
      failure(403),
      { status: 200, body: TOKEN },
    ]
    for (const answer of answers) {
      const { api } = await scripted(() => answer)
      const error: unknown = await api.get(hashOf(1)).catch((reason: unknown) => reason)
      const shown = `${error instanceof Error ? `${error.stack}` : ''}${JSON.stringify(error)}`
      expect(shown).not.toContain(TOKEN)
      expect(shown).not.toContain('\u001b')
      expect(error).toMatchObject({ hint: expect.any(String) })
    }
  })
})

describe('waiting', () => {
  it('doubles its bound from try to try', async () => {
    const { api, clock } = await scripted(() => failure(500), { random: () => 0.999_999 })
    await expect(api.get(hashOf(1))).rejects.toThrow()
    expect(clock.sleeps).toEqual([500, 1_000, 2_000, 4_000])
  })

  it('is jittered down to nothing', async () => {
    const { api, clock } = await scripted(() => failure(500), { random: () => 0 })
    await expect(api.get(hashOf(1))).rejects.toThrow()
    expect(clock.sleeps.every((millis) => millis === 0)).toBe(true)
  })

  it.each([
    ['7', 7_000],
    ['1.5', 1_500],
    ['Sun, 22 Nov 2026 10:00:20 GMT', 20_000],
    ['Sun, 22 Nov 2020 10:00:20 GMT', 0],
    ['tomorrow', 500],
  ])('follows Retry-After: %s', async (header, millis) => {
    const answer = { ...failure(429), headers: { 'retry-after': header } }
    const { api, clock } = await scripted((_, count) => (count === 1 ? answer : found()), { random: () => 0.999_999 })
    await api.get(hashOf(1))
    expect(clock.sleeps).toEqual([millis])
  })

  it('longer than a minute is refused at once, and so is every later call until it is over', async () => {
    const answer = { ...failure(429), headers: { 'retry-after': '300' } }
    const { api, clock, seen } = await scripted((_, count) => (count === 1 ? answer : found()))
    await expect(api.get(hashOf(1))).rejects.toMatchObject({ code: 'API_RATE_LIMITED', retryAfter: 300_000 })
    await expect(api.get(hashOf(1))).rejects.toMatchObject({ code: 'API_RATE_LIMITED', retryAfter: 300_000 })
    const outcome = await api.create({ name: 'n', scope: 'w', fields: {} })
    expect(outcome).toMatchObject({ kind: 'rejected', status: 429, retryAfter: 300_000 })
    expect(seen).toHaveLength(1)
    clock.advance(300_000)
    expect(await api.get(hashOf(1))).not.toBeNull()
  })
})

describe('a call', () => {
  it.each<[string, (api: KeyApi) => Promise<unknown>]>([
    ['get', (api) => api.get(hashOf(1))],
    ['update', (api) => api.update(hashOf(1), { limit: 1 })],
    ['remove', (api) => api.remove(hashOf(1))],
  ])('%s believes no 404 that is not the API own', async (_, call) => {
    for (const body of ['<html>not found</html>', { message: 'no route' }, { error: 'nope' }]) {
      const { api } = await scripted(() => ({ status: 404, body }))
      await expect(call(api)).rejects.toMatchObject({ code: 'API_BAD_RESPONSE' })
    }
  })

  it('does not take another key for the one it asked for', async () => {
    const { api } = await scripted(() => ({ status: 200, body: { data: wireKey(hashOf(2)) } }))
    await expect(api.get(hashOf(1))).rejects.toMatchObject({ code: 'API_BAD_RESPONSE' })
  })

  it('does not take any 200 for a delete', async () => {
    const { api } = await scripted(() => ({ status: 200, body: { ok: true } }))
    await expect(api.remove(hashOf(1))).rejects.toMatchObject({ code: 'API_BAD_RESPONSE' })
  })

  it('sends no text that is no id, and does not show it', async () => {
    const { api, seen } = await scripted(() => found())
    for (const id of [TOKEN, '', '../key', hashOf(1).toUpperCase().replace(/0/g, 'A')]) {
      const error: unknown = await api.get(id).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: 'API_REJECTED' })
      expect(`${error}`).not.toContain(TOKEN)
    }
    expect(seen).toEqual([])
  })

  it('updates only the named fields, by their names on the wire', async () => {
    const { api, seen } = await scripted(() => found())
    await api.update(hashOf(1), {
      name: 'n',
      limit: null,
      limitReset: null,
      includeByokInLimit: false,
      disabled: false,
    })
    await api.update(hashOf(1), { limit: 0 })
    expect(seen.map(({ body }) => JSON.parse(body))).toEqual([
      { name: 'n', limit: null, limit_reset: null, include_byok_in_limit: false, disabled: false },
      { limit: 0 },
    ])
  })

  it('turns an update of nothing into a read', async () => {
    const { api, seen } = await scripted(() => found())
    await api.update(hashOf(1), {})
    expect(seen.map(({ method }) => method)).toEqual(['GET'])
  })

  it('reports each request with its template, status and attempt', async () => {
    const account = await emulated({
      faults: [{ method: 'GET', pattern: '/keys/*', kind: 'cut-before-commit', count: 1 }],
    })
    await account.api.get(hashOf(1))
    expect(account.events).toEqual([
      { method: 'GET', path: '/keys/{hash}', status: null, millis: 0, attempt: 1 },
      { method: 'GET', path: '/keys/{hash}', status: 404, millis: 0, attempt: 2 },
    ])
  })
})

describe('proving a secret', () => {
  it.each([
    [200, { data: { label: 'sk-...' } }, 'works'],
    [403, { error: { code: 403, message: 'no' } }, 'works'],
    [401, { error: { code: 401, message: 'no' } }, 'refused'],
  ])('takes %i for an answer', async (status, body, verdict) => {
    const { api } = await scripted(() => ({ status, body }))
    expect(await api.prove(SOME_SECRET)).toBe(verdict)
  })

  it.each([401, 403])('takes no %i of a proxy for an answer', async (status) => {
    const { api } = await scripted(() => ({ status, body: '<html>' }))
    await expect(api.prove(SOME_SECRET)).rejects.toMatchObject({ code: 'API_BAD_RESPONSE' })
  })

  it('authenticates with that secret and not with the management key', async () => {
    const { api, seen } = await scripted(() => ({ status: 200, body: { data: {} } }))
    await api.prove(SOME_SECRET)
    expect(seen[0]?.headers.authorization).toBe(`Bearer ${SOME_SECRET.expose()}`)
  })
})

function found() {
  return { status: 200, body: { data: wireKey(hashOf(1)) } }
}
