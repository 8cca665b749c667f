/** Somebody makes a key stricter in the dashboard, while nobody watches. Real processes, a real emulator, a real receiver. */
import { Webhook } from 'standardwebhooks'
import { afterAll, describe, expect, test } from 'vitest'
import { type House, house, leaveHouses, manifest } from '../fakes/cli.ts'
import { aReceiver, closeReceivers, type Receiver } from '../fakes/receiver.ts'

afterAll(async () => {
  await leaveHouses()
  await closeReceivers()
})

const DUE = 'rotation: { every: 30d }'
const SECRET = `whsec_${Buffer.from('a secret of thirty-two bytes abc').toString('base64')}`

interface Watched extends House {
  readonly told: Receiver
  readonly env: Readonly<Record<string, string>>
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
  return { ...home, told, env }
}

function disable(home: House, id: string): void {
  const key = home.live().find(({ name }) => name.includes(`/${id}#`))
  home.emulator.world.openrouter.edit(key?.hash ?? '', { disabled: true })
}

function isDisabled(home: House, id: string): readonly boolean[] {
  return home
    .live()
    .filter(({ name }) => name.includes(`/${id}#`))
    .map(({ disabled }) => disabled)
}

/** One unattended run, as cron or as the loop would make it. */
type Unattended = (home: Watched) => Promise<number | null>

const CRON: Unattended = async (home) => (await home.run('apply --yes', { env: home.env })).code
const LOOP: Unattended = async (home) => (await home.run('reconcile --once', { env: home.env })).code

describe.concurrent.each([
  ['cron of apply --yes', CRON],
  ['reconcile', LOOP],
] as const)('a key that was disabled in the dashboard, under %s', (_, run) => {
  test('stays disabled, is not rotated, is told of once, and goes on after resume', async () => {
    const home = await watched()
    expect(await run(home)).toBe(0)
    disable(home, 'a')
    for (let i = 0; i < 3; i++) expect(await run(home)).toBe(0)
    expect(isDisabled(home, 'a')).toEqual([true])
    expect(isDisabled(home, 'b')).toEqual([false])
    const slack = home.told.at('/slack/T0/B0/xyz')
    expect(slack).toHaveLength(1)
    expect(slack[0]).toContain('keywright resume a')
    expect(home.told.at('/signed')).toHaveLength(1)
    expect(home.told.got.filter(({ path }) => path === '/beat?token=abc')).toHaveLength(4)

    expect((await home.run('resume a', { env: home.env })).code).toBe(0)
    expect(await run(home)).toBe(0)
    expect(isDisabled(home, 'a')).toEqual([false])
    expect(home.told.at('/slack/T0/B0/xyz')).toHaveLength(1)

    disable(home, 'a')
    for (let i = 0; i < 2; i++) expect(await run(home)).toBe(0)
    expect(home.told.at('/slack/T0/B0/xyz'), 'it is news again').toHaveLength(2)
    home.write('keys/a.keys.yaml', manifest({ a: `limit: 10, purpose: later, ${DUE}`, b: `limit: 5, ${DUE}` }))
    expect(await run(home)).toBe(0)
    expect(isDisabled(home, 'a'), 'a later commit decided anew').toEqual([false])
    expect((await home.run('plan --detailed-exitcode', { env: home.env })).code).toBe(0)
  })

  test('signs what it sends as Standard Webhooks says, with no secret in it', async () => {
    const home = await watched()
    await run(home)
    disable(home, 'b')
    await run(home)
    const sent = home.told.got.find(({ path }) => path === '/signed')
    const headers = Object.fromEntries(Object.entries(sent?.headers ?? {}).map(([name, value]) => [name, `${value}`]))
    expect(new Webhook(SECRET).verify(sent?.body ?? '', headers)).toMatchObject({
      kind: 'alerts',
      alerts: [{ kind: 'held-outside', address: 'test-a1b2/b', remedy: 'keywright resume b' }],
    })
    expect(() => new Webhook(SECRET).verify(`${sent?.body} `, headers)).toThrow()
    expect(home.told.got.map(({ body }) => body).join()).not.toContain('sk-or-v1-')
  })
})
