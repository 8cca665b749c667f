/** What a running loop shows: the real process, asked over a real socket. */

import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { metrics } from '../../src/daemon/listen/metrics.ts'
import { stagedView } from '../fakes/board.ts'
import { type House, house, leaveHouses, manifest, type Running } from '../fakes/cli.ts'

let home: House
let loop: Running
let origin = ''

beforeAll(async () => {
  home = await house({
    keys: { a: 'limit: 10, owner: team-a', b: 'limit: unlimited' },
    more: 'loop: { every: 1h, webhookSecret: { env: HOOK } }\n',
  })
  loop = home.start('reconcile --listen 0', { env: { HOOK: 's3cret' } })
  let text = ''
  loop.child.stderr?.on('data', (chunk: string) => {
    text += chunk
  })
  await loop.saw('next look')
  origin = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0] ?? ''
})

afterAll(async () => {
  loop.child.kill('SIGTERM')
  await loop.ended
  await leaveHouses()
})

const get = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${origin}${path}`, init)

test('answers health, readiness, status and page, none of it with a secret', async () => {
  expect((await get('/healthz')).status).toBe(200)
  expect((await get('/readyz')).status).toBe(200)
  const status = JSON.parse(await (await get('/status.json')).text())
  expect(status).toMatchObject({ schemaVersion: 1, kind: 'loop', loop: { failures: 0, apiUp: true }, alerts: [] })
  expect(status.board.keys.map((key: { id: string }) => key.id)).toEqual(['a', 'b'])
  const page = await get('/')
  expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*script-src 'sha256-/)
  const html = await page.text()
  expect(html).toContain('team-a')
  const secrets = home.read('.env.keys').match(/sk-or-v1-[0-9a-f]{64}/g) ?? []
  expect(secrets).toHaveLength(2)
  for (const secret of secrets) expect(html + JSON.stringify(status)).not.toContain(secret.slice(9))
})

test('has every metric that the examples of alerts and dashboards ask for', async () => {
  const text = await (await get('/metrics')).text()
  expect(text).toMatch(/^keywright_addresses\{standing="active"\} 2$/m)
  expect(text).toMatch(/^keywright_limit_usd\{owner="team-a"\} 10$/m)
  expect(text).toMatch(/^keywright_unlimited_keys 1$/m)
  expect(text).toMatch(/^keywright_api_up 1$/m)
  const rules = readFileSync('examples/monitoring/alerts.yaml', 'utf8')
  const dashboard = readFileSync('examples/monitoring/dashboard.json', 'utf8')
  const named = new Set([...`${rules}${dashboard}`.matchAll(/\bkeywright_[a-z_]+/g)].map(([name]) => name))
  expect(named.size).toBeGreaterThan(8)
  for (const name of named) expect(text, name).toMatch(new RegExp(`^# TYPE ${name} `, 'm'))
  expect(parse(rules).groups[0].rules.length).toBeGreaterThan(5)
  expect(JSON.parse(dashboard).panels.length).toBeGreaterThan(5)
})

test('is read only, and answers no name but its own', async () => {
  expect((await get('/', { method: 'POST' })).status).toBe(405)
  expect((await get('/nowhere')).status).toBe(404)
  const status = await new Promise((done) => {
    request(`${origin}/status.json`, { headers: { host: 'evil.example' } }, (answer) => done(answer.statusCode)).end()
  })
  expect(status).toBe(421)
})

test('looks at once when a signed push or SIGHUP says so, and not when anybody else does', async () => {
  home.write('keys/a.keys.yaml', manifest({ a: 'limit: 20', b: 'limit: unlimited' }))
  const limits = () => home.live().map(({ limit }) => limit)
  expect((await get('/hook', { method: 'POST', headers: { 'x-gitlab-token': 'guess' }, body: '{}' })).status).toBe(401)
  expect(limits()).toContain(10)
  expect((await get('/hook', { method: 'POST', headers: { 'x-gitlab-token': 's3cret' }, body: '{}' })).status).toBe(202)
  await expect.poll(limits, { timeout: 20_000 }).toContain(20)
  home.write('keys/a.keys.yaml', manifest({ a: 'limit: 30', b: 'limit: unlimited' }))
  loop.child.kill('SIGHUP')
  await expect.poll(limits, { timeout: 20_000 }).toContain(30)
})

test('keeps the number of series bounded, however many owners there are', async () => {
  const { view } = await stagedView({ keys: 1 })
  const { board, loop: state } = view
  const [key] = board?.keys ?? []
  if (!board || !state || !key) throw new Error('nothing is on the stage')
  const spend = { used: 2, limit: 10, reset: null }
  const keys = Array.from({ length: 200 }, (_, i) => ({ ...key, owner: `team-${i}"\n{}`, spend }))
  const gauges = await metrics('0.0.0')
  gauges.note({ ...view, board: { ...board, keys }, loop: state }, { error: null })
  const lines = (await gauges.text()).split('\n').filter((line) => line.startsWith('keywright_spend_usd{'))
  expect(lines).toHaveLength(51)
  expect(lines.find((line) => line.includes('other'))).toBe('keywright_spend_usd{owner="other"} 300')
})

test('takes no more of a call than a push ever needs', async () => {
  const sent = await new Promise((done) => {
    const call = request(`${origin}/hook`, { method: 'POST', headers: { 'x-gitlab-token': 's3cret' } }, (answer) =>
      done(answer.statusCode),
    )
    call.on('error', () => undefined) // it hangs up while we still send
    call.end('x'.repeat(8 << 20))
  })
  expect(sent).toBe(413)
})
