/** Somebody makes a key stricter, or the key API is away, while nobody watches. Real processes, a real emulator, a real receiver. */
import { fileURLToPath } from 'node:url'
import { Webhook } from 'standardwebhooks'
import { afterAll, describe, expect, test } from 'vitest'
import { parseFault } from '../../src/emulators/flags.ts'
import { DAY } from '../../src/core/time.ts'
import { type Ended, type House, house, leaveHouses, manifest } from '../fakes/cli.ts'
import { aReceiver, closeReceivers, type Receiver } from '../fakes/receiver.ts'
import { type Later, laterIn } from './later.ts'

afterAll(async () => {
  await leaveHouses()
  await closeReceivers()
})

const DUE = 'rotation: { every: 30d }'
const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes abc').toString('base64')}`

interface Watched extends House {
  readonly told: Receiver
  readonly later: Later
  /** A process with all variables, at the time it is now. */
  now(line: string): Promise<Ended>
}

async function watched(): Promise<Watched> {
  const told = await aReceiver()
  const more = `loop: { every: 1h }
notify:
  - { kind: slack, url: { env: SLACK_URL }, on: [held-outside, loop-failed] }
  - { kind: http, url: "${told.origin}/signed", secret: { env: NOTIFY_SECRET }, on: [held-outside, rotated] }
heartbeat: { env: HEARTBEAT_URL }
`
  const home = await house({ keys: { a: `limit: 10, ${DUE}`, b: `limit: 5, ${DUE}` }, more })
  const env = {
    SLACK_URL: `${told.origin}/slack/T0/B0/xyz`,
    NOTIFY_SECRET: SECRET,
    HEARTBEAT_URL: `${told.origin}/beat?token=abc`,
  }
  const later = laterIn(home)
  return { ...home, told, later, now: (line) => home.run(line, { env: { ...env, ...later.env() } }) }
}

/** The newest of that address. */
function disable(home: House, id: string): void {
  const key = home.live().findLast(({ name }) => name.includes(`/${id}#`))
  home.emulator.world.openrouter.edit(key?.hash ?? '', { disabled: true })
}

function isDisabled(home: House, id: string): readonly boolean[] {
  return home
    .live()
    .filter(({ name }) => name.includes(`/${id}#`))
    .map(({ disabled }) => disabled)
}

/** By the library of Standard Webhooks itself, and with no secret in it. */
function isSigned(home: Watched): void {
  const sent = home.told.got.find(({ path }) => path === '/signed')
  const headers = Object.fromEntries(Object.entries(sent?.headers ?? {}).map(([name, value]) => [name, `${value}`]))
  expect(new Webhook(SECRET).verify(sent?.body ?? '', headers)).toMatchObject({
    kind: 'alerts',
    alerts: [{ kind: 'held-outside', address: 'test-a1b2/a', remedy: 'keywright resume a' }],
  })
  expect(() => new Webhook(SECRET).verify(`${sent?.body} `, headers)).toThrow()
  expect(home.told.got.map(({ body }) => body).join()).not.toContain('sk-or-v1-')
}

/** One unattended run, as cron or as the loop would make it. */
type Unattended = (home: Watched) => Promise<number | null>

const CRON: Unattended = async (home) => (await home.now('apply --yes')).code
const LOOP: Unattended = async (home) => (await home.now('reconcile --once')).code

describe.concurrent.each([
  ['cron of apply --yes', CRON],
  ['reconcile', LOOP],
] as const)('a key that was disabled in the dashboard, under %s', (_, run) => {
  test('stays disabled, is not rotated although due, is told of once with a signature that verifies, and goes on after resume or a later commit', async () => {
    const home = await watched()
    const slack = () => home.told.at('/slack/T0/B0/xyz')
    expect(await run(home)).toBe(0)
    disable(home, 'a')
    expect(await run(home)).toBe(0)
    home.later.jump(40 * DAY)
    expect(await run(home)).toBe(0)
    expect(isDisabled(home, 'a')).toEqual([true])
    expect(isDisabled(home, 'b'), 'this one was rotated').toEqual([false, false])
    expect(slack()).toHaveLength(1)
    expect(slack()[0]).toContain('keywright resume a')
    expect(home.told.at('/signed').filter((body) => body.includes('held-outside'))).toHaveLength(1)
    isSigned(home)
    expect(home.told.got.filter(({ path }) => path === '/beat?token=abc')).toHaveLength(3)

    expect((await home.now('resume a')).code).toBe(0)
    expect(await run(home)).toBe(0)
    expect(isDisabled(home, 'a'), 'it lives again, and what was due is done').toEqual([false, false])
    expect(slack()).toHaveLength(1)

    disable(home, 'a')
    expect(await run(home)).toBe(0)
    expect(slack(), 'it is news again').toHaveLength(2)
    home.write('keys/a.keys.yaml', manifest({ a: `limit: 10, purpose: later, ${DUE}`, b: `limit: 5, ${DUE}` }))
    expect(await run(home)).toBe(0)
    expect(isDisabled(home, 'a'), 'a later commit decided anew').toEqual([false, false])
    expect((await home.now('plan --detailed-exitcode')).code).toBe(0)
  })
})

const HASTY = `--import=${fileURLToPath(new URL('../fakes/hasty.mjs', import.meta.url))}`

/** Two providers, one key each. */
function bothKeys(limit: number): string {
  return `keys:
  a: { provider: openrouter, limit: ${limit}, deliverTo: ["dotenv:A"] }
  worker: { provider: jobs, scopes: [jobs:read], expiresIn: 90d, deliverTo: ["dotenv:W"] }
`
}

test.concurrent('an API that is away is told of once, stops no other, beats no heart, is remembered by the state, and is over with the first good look', async () => {
  const told = await aReceiver()
  const home = await house({
    more: 'notify: [{ kind: slack, url: { env: SLACK_URL } }]\nheartbeat: { env: HEARTBEAT_URL }\n',
  })
  const { baseUrl, token, project } = home.emulator.strait
  const jobs = `{ kind: strait, baseUrl: "${baseUrl}", token: { env: STRAIT_API_KEY }, project: ${project} }`
  home.write('keywright.yaml', home.read('keywright.yaml').replace('providers:\n', `providers:\n  jobs: ${jobs}\n`))
  const env = {
    SLACK_URL: `${told.origin}/slack`,
    HEARTBEAT_URL: `${told.origin}/beat`,
    STRAIT_API_KEY: token,
    NODE_OPTIONS: HASTY,
  }
  const look = () => home.run('reconcile --once', { env })
  const limits = () => home.live().map(({ limit }) => limit)
  const faults = home.emulator.world.faults
  home.write('keys/a.keys.yaml', bothKeys(10))
  expect((await look()).code).toBe(0)

  faults.add(parseFault('GET /v1/*=error-before-commit'))
  home.write('keys/a.keys.yaml', bothKeys(20))
  expect((await look()).code).toBe(5)
  expect(limits(), 'the other goes on').toEqual([20])
  home.write('keys/a.keys.yaml', bothKeys(30))
  const cron = await home.run('apply --yes', { env })
  expect(cron.code).toBe(5)
  expect(cron.words).toContain('the provider "jobs" is left out')
  expect(limits(), 'also by cron').toEqual([30])
  expect(told.at('/slack')).toHaveLength(1)
  expect(told.at('/slack')[0]).toContain('loop-failed')
  expect(home.read('.keywright/state.1.jsonl')).toContain('"away":{"jobs":"')

  faults.add(parseFault('GET *=error-before-commit'))
  expect((await look()).code).toBe(5)
  expect(told.at('/slack'), 'all of them are another matter than one').toHaveLength(2)
  expect(home.read('.keywright/state.1.jsonl')).toContain('"outage":"')
  expect(told.at('/beat')).toHaveLength(1)

  faults.clear()
  expect((await look()).code).toBe(0)
  expect(told.at('/beat')).toHaveLength(2)
  expect(told.at('/slack')).toHaveLength(2)
  expect((await home.run('state pull', { env })).stdout).not.toMatch(/"(?:away|outage)"/)
})
