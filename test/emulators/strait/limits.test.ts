import { expect, test } from 'vitest'
import { parseFault } from '../../../src/emulators/flags.ts'
import { lockout } from '../../../src/emulators/strait/lockout.ts'
import { fixedWindow, slidingMinute } from '../../../src/emulators/strait/windows.ts'
import { emulate } from '../client.ts'
import { type Answer, type Call, caller, create, insider, refusal, START, straitOf, wanted } from './client.ts'

async function statuses(times: number, send: () => Promise<Answer>): Promise<readonly number[]> {
  const seen: number[] = []
  for (let time = 0; time < times; time += 1) seen.push((await send()).status)
  return seen
}

const TEN = (status: number): readonly number[] => Array.from({ length: 10 }, () => status)

test('D2.6 counts creates, rotates and revokes apart, ten a minute each', async () => {
  const emulator = await straitOf({ limits: true })
  const call = caller(emulator)
  expect(await statuses(11, () => call('POST', '/api-keys', wanted(emulator)))).toEqual([...TEN(201), 429])
  expect(await statuses(11, () => call('POST', '/api-keys/nobody/rotate'))).toEqual([...TEN(404), 429])
  expect(await statuses(11, () => call('DELETE', '/api-keys/nobody'))).toEqual([...TEN(404), 429])
  expect((await call('GET', '/api-keys')).status).toBe(200)
  expect(emulator.world.strait.keys()).toHaveLength(11)
})

test('D2.6 refuses in plain text, and says to come back in a minute', async () => {
  const emulator = await straitOf({ limits: true })
  const call = caller(emulator)
  await statuses(10, () => call('DELETE', '/api-keys/nobody'))
  const answer = await call('DELETE', '/api-keys/nobody')
  expect([answer.status, answer.text]).toEqual([429, 'Too Many Requests\n'])
  expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  expect(answer.headers.get('retry-after')).toBe('60')
})

test('D2.6 counts a hundred requests a minute over all routes, also those without a credential', async () => {
  const emulator = await straitOf({ limits: true })
  const call = caller(emulator)
  await Promise.all(Array.from({ length: 99 }, () => call('GET', '/api-keys')))
  expect((await caller(emulator, null)('GET', '/nowhere')).status).toBe(401)
  const answer = await call('GET', '/api-keys')
  expect([answer.status, answer.text, answer.headers.get('retry-after')]).toEqual([429, 'Too Many Requests\n', '60'])
  expect((await caller(emulator, null)('GET', '/api-keys')).status).toBe(429)
})

test('D2.6 lets the estimate slide: a minute after a burst all is forgotten, half a minute after it half', async () => {
  const emulator = await straitOf({ limits: true })
  const call = (): Promise<Answer> => caller(emulator)('DELETE', '/api-keys/nobody')
  await statuses(10, call)
  emulator.world.clock.advance(60)
  expect((await call()).status).toBe(429)
  emulator.world.clock.advance(30)
  expect(await statuses(6, call)).toEqual([404, 404, 404, 404, 404, 429])
  emulator.world.clock.advance(90)
  expect(await statuses(11, call)).toEqual([...TEN(404), 429])
})

test("D2.6 shows two values of a header on limited routes: the key's and the route's", async () => {
  const emulator = await straitOf({ limits: true })
  const reset = String(Date.parse(START) / 1000 + 60)
  const rates = ({ headers }: Answer): unknown[] =>
    ['Limit', 'Remaining', 'Reset'].map((name) => headers.get(`x-ratelimit-${name}`))
  const call = caller(emulator)
  expect(rates(await call('GET', '/api-keys'))).toEqual(['1000', '999', reset])
  expect(rates(await call('DELETE', '/api-keys/nobody'))).toEqual(['1000, 10', '998, 9', `${reset}, ${reset}`])
  const inside = insider(emulator, emulator.strait.project)
  expect(rates(await inside('GET', '/api-keys'))).toEqual(['100', '97', reset])
  expect(rates(await inside('DELETE', '/api-keys/nobody'))).toEqual(['100, 10', '96, 8', `${reset}, ${reset}`])
  expect(rates(await insider(emulator)('DELETE', '/api-keys/nobody'))).toEqual(['10', '7', reset])
})

test('D2.6 refuses a key above its own limit in JSON, with its window as Retry-After', async () => {
  const emulator = await straitOf({ limits: true, keyLimit: 2 })
  const call = caller(emulator)
  expect(await statuses(2, () => call('GET', '/api-keys'))).toEqual([200, 200])
  const answer = await call('GET', '/api-keys')
  expect(refusal(answer)).toEqual([429, 'rate_limited', 'rate limit exceeded'])
  expect([answer.headers.get('retry-after'), answer.headers.get('x-ratelimit-remaining')]).toEqual(['60', '0'])
  expect((await insider(emulator, emulator.strait.project)('GET', '/api-keys')).status).toBe(200)
  emulator.world.clock.advance(60)
  expect((await call('GET', '/api-keys')).status).toBe(200)
})

test('D2.6 holds a key with a limit of its own to that one', async () => {
  const emulator = await straitOf({ limits: true })
  const { secret } = emulator.world.strait.createForeign({
    scopes: ['*'],
    rate_limit_requests: 1,
    rate_limit_window_secs: 300,
  })
  const call = caller(emulator, secret)
  expect((await call('GET', '/api-keys')).headers.get('x-ratelimit-limit')).toBe('1')
  const answer = await call('GET', '/api-keys')
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '300'])
  expect((await caller(emulator)('GET', '/api-keys')).status).toBe(200)
})

test('D2.6 asks for the scope before it counts a route', async () => {
  const emulator = await straitOf({ limits: true })
  const { secret } = emulator.world.strait.createForeign({ scopes: ['jobs:read'] })
  expect(await statuses(11, () => caller(emulator, secret)('DELETE', '/api-keys/nobody'))).toEqual([...TEN(403), 403])
  expect((await caller(emulator)('DELETE', '/api-keys/nobody')).status).toBe(404)
})

test('D2.6 locks out after ten failures, apart for keys and for the internal secret', async () => {
  const emulator = await straitOf({ limits: true })
  const wrong = caller(emulator, 'strait_wrong')
  expect(await statuses(11, () => wrong('GET', '/api-keys'))).toEqual([...TEN(401), 429])
  const answer = await caller(emulator)('GET', '/api-keys')
  expect(refusal(answer)).toEqual([429, 'rate_limited', 'too many failed authentication attempts; retry after 1m0s'])
  expect(answer.headers.get('retry-after')).toBe('60')
  expect((await insider(emulator, emulator.strait.project)('GET', '/api-keys')).status).toBe(200)
  emulator.world.clock.advance(59.5)
  expect((await caller(emulator)('GET', '/api-keys')).headers.get('retry-after')).toBe('0')
  emulator.world.clock.advance(0.5)
  expect((await caller(emulator)('GET', '/api-keys')).status).toBe(200)
})

test('D2.6 forgets failures after a success', async () => {
  const emulator = await straitOf({ limits: true })
  const wrong: Call = caller(emulator, 'strait_wrong')
  await statuses(9, () => wrong('GET', '/api-keys'))
  await caller(emulator)('GET', '/api-keys')
  expect(await statuses(9, () => wrong('GET', '/api-keys'))).not.toContain(429)
})

test('D2.6 switches all limits off', async () => {
  const emulator = await straitOf({ limits: false })
  expect(await statuses(12, () => caller(emulator, 'strait_wrong')('GET', '/api-keys'))).not.toContain(429)
  for (let index = 0; index < 12; index += 1) await create(emulator)
  const answers = await Promise.all(Array.from({ length: 100 }, () => caller(emulator)('GET', '/api-keys')))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(answers[0]?.headers.has('x-ratelimit-limit')).toBe(false)
})

test('D2.6 has limits unless told otherwise', async () => {
  const emulator = await emulate({ clock: START })
  expect(await statuses(11, () => caller(emulator)('DELETE', '/api-keys/nobody'))).toEqual([...TEN(404), 429])
})

test.each([
  ['admission-before-commit', 1],
  ['admission-after-commit', 2],
] as const)('D2.6 %s answers the 429 that does not say whether anything happened', async (kind, keys) => {
  const emulator = await straitOf()
  emulator.world.faults.add(parseFault(`POST /v1/api-keys=${kind}:1`))
  const answer = await caller(emulator)('POST', '/api-keys', wanted(emulator))
  expect(refusal(answer)).toEqual([429, 'rate_limited', 'database admission control throttled'])
  expect(answer.body.error?.details).toEqual(['retry_after_seconds=1'])
  expect(answer.headers.get('retry-after')).toBe('1')
  expect(emulator.world.strait.keys()).toHaveLength(keys)
})

test('meets every drawable fault by rate, the admission ones too', async () => {
  const emulator = await emulate({ seed: 3, faultRate: 1, slowMs: 0, strait: { limits: false } })
  const send = () => caller(emulator)('GET', '/api-keys').catch(() => null)
  await Promise.all(Array.from({ length: 150 }, send))
  const met = new Set(emulator.world.traffic.log().map(({ fault }) => fault))
  expect(met).toContain('admission-before-commit')
  expect(met).toContain('admission-after-commit')
  expect(met.size).toBe(10)
})

test('plays no paging fault: a list by cursor does not shift', async () => {
  const emulator = await straitOf({ keys: 3 })
  for (const kind of ['page-shift', 'page-gap', 'page-size'] as const)
    emulator.world.faults.add({ method: '*', pattern: '*', kind, count: null })
  expect((await caller(emulator)('GET', '/api-keys')).status).toBe(200)
  expect(emulator.world.traffic.log()).toMatchObject([{ fault: null }])
  expect(emulator.world.strait.keys()).toHaveLength(4)
})

test.each([
  ['rate-limit', null],
  ['rate-limit-retry-after', '1'],
] as const)('plays %s as a limiter does: plain text, nothing happened', async (kind, retryAfter) => {
  const emulator = await straitOf()
  emulator.world.faults.add(parseFault(`POST /v1/*=${kind}:1`))
  const answer = await caller(emulator)('POST', '/api-keys', wanted(emulator))
  expect([answer.status, answer.text, answer.headers.get('retry-after')]).toEqual([
    429,
    'Too Many Requests\n',
    retryAfter,
  ])
  expect(emulator.world.strait.keys()).toHaveLength(1)
})

test('a sliding minute counts what passed, not what was refused', () => {
  const count = slidingMinute(2)
  const passes = [0, 1, 2, 3].map((now) => count(now).passes)
  expect(passes).toEqual([true, true, false, false])
  expect(count(60_000)).toMatchObject({ passes: false, remaining: 0, reset: 120 })
  expect(count(90_000)).toMatchObject({ passes: true, remaining: 0 })
  expect(count(180_000)).toMatchObject({ passes: true, remaining: 1 })
})

test('a fixed window begins with its first request', () => {
  const count = fixedWindow(1, 10)
  const passes = [5_000, 14_999, 15_000].map((now) => count(now).passes)
  expect(passes).toEqual([true, false, true])
})

test('locks grow with failures, which are forgotten after 15 quiet minutes', () => {
  const lock = lockout()
  const lengths: number[] = []
  for (let failure = 1; failure <= 50; failure += 1) {
    lock.fail('api_key', 0)
    lengths.push(lock.left('api_key', 0) / 60_000)
  }
  expect([lengths[8], lengths[9], lengths[23], lengths[24], lengths[48], lengths[49]]).toEqual([0, 1, 1, 5, 5, 15])
  expect(lock.left('internal_secret', 0)).toBe(0)
  lock.fail('api_key', 15 * 60_000)
  expect(lock.left('api_key', 15 * 60_000)).toBe(0)
})
