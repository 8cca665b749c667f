import { expect, test } from 'vitest'
import { DRAWABLE_FAULTS, faultPlan } from '../../src/emulators/faults.ts'
import { parseFault } from '../../src/emulators/flags.ts'
import { drawFrom } from '../../src/emulators/seeded.ts'
import type { RunningEmulator } from '../../src/emulators/server.ts'
import { type Answer, caller, create, emulate, keysOf, names } from './client.ts'

/** Creates one key while the rule holds: the answer (null when the connection was cut) and the names that exist afterwards. */
async function createUnder(
  rule: string,
): Promise<{ answer: Answer | null; alive: string[]; emulator: RunningEmulator }> {
  const emulator = await emulate({ faults: [parseFault(rule)], slowMs: 120 })
  const answer = await caller(emulator)('POST', '/keys', { name: 'born' }).catch(() => null)
  return { answer, alive: emulator.world.openrouter.keys().map(({ name }) => name), emulator }
}

test('D1.5 rate-limit answers 429 without Retry-After and has no effect', async () => {
  const { answer, alive } = await createUnder('POST /keys=rate-limit')
  expect(answer).toMatchObject({ status: 429, body: { error: { code: 429, message: 'Rate limit exceeded' } } })
  expect(answer?.headers.has('retry-after')).toBe(false)
  expect(alive).toEqual([])
})

test('D1.5 rate-limit-retry-after says in seconds when to come back, and has no effect', async () => {
  const { answer, alive } = await createUnder('POST /keys=rate-limit-retry-after')
  expect(answer?.status).toBe(429)
  expect(answer?.headers.get('retry-after')).toBe('1')
  expect(alive).toEqual([])
})

test('D1.5 error-before-commit answers 500 and 503 without effect', async () => {
  const emulator = await emulate({ seed: 1, faults: [parseFault('POST /keys=error-before-commit')] })
  const answers = await Promise.all(Array.from({ length: 20 }, () => caller(emulator)('POST', '/keys', { name: 'x' })))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([500, 503]))
  for (const { status, body } of answers) expect(body.error?.code).toBe(status)
  expect(emulator.world.openrouter.keys()).toEqual([])
})

test('D1.5 error-after-commit answers 500 although the key was made', async () => {
  const { answer, alive } = await createUnder('POST /keys=error-after-commit')
  expect(answer).toMatchObject({ status: 500, body: { error: { code: 500, message: 'Internal Server Error' } } })
  expect(alive).toEqual(['born'])
})

test('D1.5 cut-before-commit drops the connection without effect', async () => {
  const { answer, alive } = await createUnder('POST /keys=cut-before-commit')
  expect(answer).toBeNull()
  expect(alive).toEqual([])
})

test('D1.5 cut-after-commit drops the connection although the key was made', async () => {
  const { answer, alive, emulator } = await createUnder('POST /keys=cut-after-commit')
  expect(answer).toBeNull()
  expect(alive).toEqual(['born'])
  expect(emulator.world.traffic.log()).toMatchObject([{ path: '/keys', status: null, fault: 'cut-after-commit' }])
})

test('D1.5 html answers as a content delivery network would, without effect', async () => {
  const { answer, alive } = await createUnder('POST /keys=html')
  expect(answer?.status).toBe(503)
  expect(answer?.headers.get('content-type')).toContain('text/html')
  expect(answer?.text).toMatch(/^<!DOCTYPE html>/)
  expect(alive).toEqual([])
})

test('D1.5 slow has its effect at once and its answer late', async () => {
  const emulator = await emulate({ faults: [parseFault('POST /keys=slow')], slowMs: 150 })
  const start = performance.now()
  const pending = caller(emulator)('POST', '/keys', { name: 'born' })
  await expect.poll(() => emulator.world.openrouter.keys().length, { interval: 5 }).toBe(1)
  expect(performance.now() - start).toBeLessThan(140)
  expect((await pending).status).toBe(201)
  expect(performance.now() - start).toBeGreaterThan(145)
})

test('D1.5 extra-fields puts unknown fields at the top, in data and in each element', async () => {
  const emulator = await emulate({ keys: 2, faults: [parseFault('* *=extra-fields')] })
  const call = caller(emulator)
  expect((await call('GET', '/keys')).body).toMatchObject({
    data: [{ x_unknown: {} }, { x_unknown: {} }],
    x_unknown: {},
  })
  expect((await call('GET', '/key')).body.data).toMatchObject({ is_management_key: true, x_unknown: {} })
})

test('works on updates and deletes too: effect after commit, none before', async () => {
  const emulator = await emulate({
    faults: [parseFault('PATCH *=cut-after-commit'), parseFault('DELETE *=cut-before-commit')],
  })
  const call = caller(emulator)
  const { key } = await create(call)
  await expect(call('PATCH', `/keys/${key.hash}`, { name: 'changed' })).rejects.toThrow(TypeError)
  await expect(call('DELETE', `/keys/${key.hash}`)).rejects.toThrow(TypeError)
  expect(emulator.world.openrouter.keys()).toMatchObject([{ name: 'changed', deleted_at: null }])
})

test('an error after commit needs a commit: what is refused anyway has no effect', async () => {
  const emulator = await emulate({ faults: [parseFault('POST /keys=error-after-commit')] })
  expect((await caller(emulator, null)('POST', '/keys', { name: 'x' })).status).toBe(500)
  expect(emulator.world.openrouter.keys()).toEqual([])
})

test('uses a rule as often as its count says, on matching requests only', async () => {
  const emulator = await emulate({ faults: [parseFault('GET /keys/*=rate-limit:2')] })
  const call = caller(emulator)
  const { key } = await create(call)
  const statuses: number[] = []
  for (let times = 0; times < 3; times += 1) {
    statuses.push((await call('GET', `/keys/${key.hash}`)).status, (await call('GET', '/keys')).status)
  }
  expect(statuses).toEqual([429, 200, 429, 200, 200, 200])
})

test('takes :name in a pattern for one segment, and * for any text', async () => {
  const emulator = await emulate({ faults: [parseFault('GET /keys/:hash=rate-limit'), parseFault('GET /w*=html')] })
  const call = caller(emulator)
  const statuses = await Promise.all(
    ['/keys', '/keys/x', '/keys/x/y', '/workspaces', '/workspaces/default'].map(async (path) => {
      return (await call('GET', path)).status
    }),
  )
  expect(statuses).toEqual([200, 429, 404, 503, 503])
})

test('draws no fault that makes no sense for the request, and the same ones as before for the rest', () => {
  const isCommon = (kind: string): boolean => !kind.startsWith('admission-')
  const plan = faultPlan([], 1, drawFrom(7))
  const drawn = Array.from({ length: 500 }, () => plan.choose(ANY_CALL, isCommon)?.kind)
  expect(new Set(drawn)).toEqual(new Set(DRAWABLE_FAULTS.filter(isCommon)))
})

test('takes the first rule that still has a count', async () => {
  const emulator = await emulate({ faults: [parseFault('GET /key=rate-limit:1'), parseFault('GET /key=html:1')] })
  const call = caller(emulator)
  const statuses = [await call('GET', '/key'), await call('GET', '/key'), await call('GET', '/key')].map(
    ({ status }) => status,
  )
  expect(statuses).toEqual([429, 503, 200])
})

/** Reads all pages as a careless client would: offset += length, until a page is empty. */
async function walk(emulator: RunningEmulator): Promise<{ lengths: number[]; hashes: string[] }> {
  const lengths: number[] = []
  const hashes: string[] = []
  for (;;) {
    const page = keysOf(await caller(emulator)('GET', `/keys?offset=${hashes.length}`))
    lengths.push(page.length)
    if (page.length === 0) return { lengths, hashes }
    hashes.push(...page.map(({ hash }) => hash))
  }
}

test('page-shift puts a foreign key in front before a later page, so that a key is seen twice', async () => {
  const emulator = await emulate({ keys: 150, faults: [parseFault('GET /keys=page-shift:1')] })
  const { hashes } = await walk(emulator)
  expect(hashes).toHaveLength(151)
  expect(new Set(hashes).size).toBe(150)
  expect(emulator.world.openrouter.keys()).toHaveLength(151)
})

test('page-gap takes the newest foreign key away before a later page, so that a live key is seen by nobody', async () => {
  const emulator = await emulate({ keys: 150, faults: [parseFault('GET /keys=page-gap:1')] })
  const { hashes } = await walk(emulator)
  const live = emulator.world.openrouter.keys().filter(({ deleted_at }) => deleted_at === null)
  expect(live.filter(({ hash }) => !hashes.includes(hash)).map(({ name }) => name)).toEqual(['foreign 50'])
})

test('page-size serves pages of another length', async () => {
  const emulator = await emulate({ keys: 100, faults: [parseFault('GET /keys=page-size')] })
  expect((await walk(emulator)).lengths).toEqual([40, 40, 20, 0])
})

test('leaves paging faults alone on other requests, and moves nothing in workspaces that are not there', async () => {
  const emulator = await emulate({ keys: 101, faults: [parseFault('* *=page-shift:2')] })
  const call = caller(emulator)
  await call('GET', '/key')
  await call('GET', '/keys')
  await create(call)
  await call('GET', '/keys?offset=1&workspace_id=00000000-0000-4000-8000-000000000000')
  expect(emulator.world.openrouter.keys()).toHaveLength(102)
  await call('GET', '/keys?offset=100')
  expect(emulator.world.openrouter.keys()).toHaveLength(103)
})

const ANY_CALL = {
  method: 'GET',
  path: '/key',
  query: new URLSearchParams(),
  authorization: undefined,
  userAgent: '',
  headers: {},
  body: '',
}

/** What a plan without rules draws for 2000 requests in a row. */
function drawnKinds(seed: number, rate: number): (string | null)[] {
  const plan = faultPlan([], rate, drawFrom(seed))
  return Array.from({ length: 2000 }, () => plan.choose(ANY_CALL, () => true)?.kind ?? null)
}

test('draws every drawable kind, no other, and about as often as the rate says', () => {
  const drawn = drawnKinds(7, 0.3).filter((kind) => kind !== null)
  expect(new Set(drawn)).toEqual(new Set(DRAWABLE_FAULTS))
  expect(drawn.length / 2000).toBeCloseTo(0.3, 1)
  for (const kind of DRAWABLE_FAULTS) expect(drawn.filter((each) => each === kind).length).toBeGreaterThan(40)
})

test('draws nothing at rate 0 and always at rate 1', () => {
  expect(new Set(drawnKinds(7, 0))).toEqual(new Set([null]))
  expect(drawnKinds(7, 1)).not.toContain(null)
})

/** Faults met by 40 requests to a running emulator, in order. */
async function metKinds(seed: number): Promise<(string | null)[]> {
  const emulator = await emulate({ seed, faultRate: 0.4, slowMs: 0 })
  const call = caller(emulator)
  for (let times = 0; times < 40; times += 1) await call('GET', '/key').catch(() => null)
  return emulator.world.traffic.log().map(({ fault }) => fault)
}

test('meets the same faults for the same seed, and others for another', async () => {
  const [one, again, other] = await Promise.all([metKinds(7), metKinds(7), metKinds(8)])
  expect(again).toEqual(one)
  expect(other).not.toEqual(one)
  expect(one.some((kind) => kind !== null)).toBe(true)
})

test('delays each API request by the latency', async () => {
  const emulator = await emulate({ latencyMs: 60, keys: 1 })
  const start = performance.now()
  expect(await names(caller(emulator))).toEqual(['foreign 1'])
  expect(performance.now() - start).toBeGreaterThan(55)
})

test('commits what a client stopped waiting for', async () => {
  const emulator = await emulate({ latencyMs: 60 })
  const { baseUrl, managementKey } = emulator.openrouter
  const headers = { authorization: `Bearer ${managementKey}` }
  const impatient = fetch(`${baseUrl}/keys`, {
    method: 'POST',
    headers,
    body: '{"name":"born"}',
    signal: AbortSignal.timeout(30),
  })
  await expect(impatient).rejects.toThrow()
  await expect.poll(() => emulator.world.openrouter.keys().length, { interval: 10 }).toBe(1)
})
