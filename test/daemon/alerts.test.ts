/** What a receiver hears of in the course of five weeks, and a page in one file: real processes on a clock that is moved. */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { DAY } from '../../src/core/time.ts'
import { house, leaveHouses, manifest } from '../fakes/cli.ts'
import { aReceiver, closeReceivers } from '../fakes/receiver.ts'
import { laterIn } from './later.ts'

afterAll(async () => {
  await leaveHouses()
  await closeReceivers()
})

interface Heard {
  readonly kind: string
  readonly summary?: string
  readonly alerts: readonly { readonly kind: string; readonly address: string | null; readonly cause: string }[]
}

test('quota, ends, late runs, refusals, old credentials and old secrets are told once each, with a digest a day', async () => {
  const told = await aReceiver()
  const home = await house({
    more: `guard: { maxDeletes: 0 }
loop: { every: 10m, managementKeyAge: 36d }
notify: [{ kind: http, url: "${told.origin}/told", secret: { env: NOTIFY_SECRET }, digest: "00:00" }]
`,
  })
  const later = laterIn(home)
  const run = (line: string) =>
    home.run(line, { env: { NOTIFY_SECRET: `whsec_${'A'.repeat(44)}`, NO_COLOR: '1', ...later.env() } })
  const heard = (): readonly Heard[] => told.at('/told').map((body) => JSON.parse(body) as Heard)
  const since = (before: readonly Heard[]): readonly string[] =>
    heard()
      .slice(before.length)
      .flatMap(({ kind, alerts }) =>
        kind === 'digest' ? ['digest'] : alerts.map((one) => `${one.kind} ${one.address?.split('/')[1] ?? '*'}`),
      )
      .sort()
  const config = home.read('keywright.yaml')
  home.write('keywright.yaml', config.replace('kind: openrouter,', 'kind: openrouter, writesPerDay: 12,'))
  const a = 'limit: 10, rotation: { every: 30d, grace: 24h, jitter: 0 }'
  const end = new Date(later.now().getTime() + 40 * DAY).toISOString().replace(/\.\d+Z/, 'Z')
  const keys = { a, b: `limit: 5, expiresAt: "${end}"`, c: 'limit: 5' }
  home.write('keys/a.keys.yaml', manifest(keys))

  expect((await run('reconcile --once')).code).toBe(0)
  expect(since([])).toEqual(['digest', 'quota-low *'])

  later.jump(35 * DAY)
  let before = heard()
  const cron = await run('apply --yes')
  expect(cron.code).toBe(0)
  expect(cron.words).toMatch(
    /warning RUN_LATE Nothing ran since .* The shortest grace is 1d, so something has to run every 12h/,
  )
  expect(since(before)).toEqual(['digest', 'expiry-near b', 'rotated a'])
  expect(heard().at(-1)?.summary).toMatch(
    /^3 keys: 3 active\. Rotated since yesterday: 1; due until tomorrow: 0\. Open: 1\.$/,
  )

  expect((await run('pause a --for 10d')).code).toBe(0)
  later.jump(3 * DAY)
  home.write('keys/a.keys.yaml', manifest({ a, b: keys.b }))
  before = heard()
  const loop = await run('reconcile --once')
  expect(loop.code).toBe(3)
  expect(loop.words).toContain('RUN_LATE: nothing ran since')
  // Two days before its end that is news again.
  expect(since(before)).toEqual(['digest', 'expiry-near b', 'guard-refused *', 'management-key-old *', 'retire-late a'])
  before = heard()
  expect((await run('apply --yes')).code).toBe(3)
  expect(since(before), 'each of it once').toEqual([])
  expect(
    home.live().filter(({ disabled }) => !disabled),
    'the refused removal is none',
  ).toHaveLength(4)

  expect((await run('status --html page.html')).code).toBe(0)
  const page = home.read('page.html')
  for (const text of ['retire-late', 'management-key-old', 'expiry-near', '<b>a</b>', '<b>b</b>', '<b>c</b>'])
    expect(page).toContain(text)
  expect(page).not.toMatch(/sk-or-v1-[0-9a-f]{8}/)
  expect(statSync(join(home.root, 'page.html')).mode & 0o777).toBe(0o600)
})
