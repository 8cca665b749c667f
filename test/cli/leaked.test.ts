/** A leak with a stack in reach: the key ends, and another one takes its place. */
import { afterAll, describe, expect, test } from 'vitest'
import { type House, leaveHouses } from '../fakes/cli.ts'
import { quietHouse } from './inside.ts'

afterAll(leaveHouses)

function secretOf(home: House, name = 'A'): string {
  return new RegExp(`^${name}=(.*)$`, 'm').exec(home.read('.env.keys'))?.[1] ?? ''
}

async function issued(options: Parameters<typeof quietHouse>[0] = {}): Promise<House> {
  const home = await quietHouse(options)
  expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
  return home
}

async function atRest(home: House, more: Parameters<House['run']>[1] = {}): Promise<void> {
  const { changes } = JSON.parse((await home.run('plan --json', more)).stdout)
  expect(changes).toEqual([])
}

describe.concurrent('leaked', () => {
  test('disables first, in one write, then replaces and delivers; the value is shown nowhere', async () => {
    const home = await issued()
    const leaked = secretOf(home)
    const [old] = home.live()
    home.emulator.world.traffic.reset()
    const ended = await home.run('leaked', { input: `api key: ${leaked}\n` })
    expect(ended.code).toBe(0)
    expect(
      home.emulator.world.traffic
        .log()
        .filter(({ method }) => method !== 'GET')
        .map(({ method }) => method),
    ).toEqual(['PATCH', 'POST'])
    expect(ended.words).toMatch(/is a #1 .*Disabled in 1 write\. It works nowhere from now on\./)
    expect(ended.words).toMatch(/issued #2 · proven · delivered, read back 1\/1.* active/)
    expect(ended.all).not.toContain(leaked)
    expect(secretOf(home)).not.toBe(leaked)
    expect(home.live().find(({ hash }) => hash === old?.hash)?.disabled).toBe(true)
    await atRest(home)
    expect((await home.run('history a')).stdout).toContain('#1 leaked')
    expect(await home.run('status --prove --offline')).toMatchObject({ code: 0 })
  })

  test('--after-replacement delivers the successor before the leaked key ends', async () => {
    const home = await issued()
    home.emulator.world.traffic.reset()
    const ended = await home.run('leaked a --after-replacement')
    expect(ended.code).toBe(0)
    expect(ended.words).toContain('It works until its successor is delivered, since you asked for that.')
    expect(
      home.emulator.world.traffic
        .log()
        .filter(({ method }) => method !== 'GET')
        .map(({ method }) => method),
    ).toEqual(['POST', 'PATCH'])
    expect(home.live().map(({ disabled }) => disabled)).toEqual([true, false])
    await atRest(home)
  })

  test('by address ends every secret of it that still works', async () => {
    const home = await issued()
    await home.run('rotate a')
    const ended = await home.run('leaked a --json')
    expect(ended.code).toBe(0)
    expect(JSON.parse(ended.stdout)).toMatchObject({
      schemaVersion: 1,
      kind: 'leaked',
      hash: null,
      address: 'test-a1b2/a',
      leaked: [1, 2],
      ended: [1, 2],
      outcomes: [{ status: 'settled' }],
    })
    expect(home.live().map(({ disabled }) => disabled)).toEqual([true, true, false])
    await atRest(home)
  })

  test('of an old secret in grace leaves the one in service alone', async () => {
    const home = await issued()
    const leaked = secretOf(home)
    await home.run('rotate a')
    const serving = secretOf(home)
    const ended = await home.run('leaked', { input: leaked })
    expect(ended.code).toBe(0)
    expect(secretOf(home)).toBe(serving)
    expect(home.live().map(({ disabled }) => disabled)).toEqual([true, false])
    await atRest(home)
  })

  test('never repeats a word that may be a secret, and suggests an address that is near', async () => {
    const home = await issued({ keys: { 'payments/api': 'limit: 1' } })
    const near = await home.run('leaked payments/apj')
    expect(near).toMatchObject({ code: 1, stderr: expect.stringContaining('keywright leaked payments/api') })
    const word = await home.run('leaked some-long-secret-value')
    expect(word.code).toBe(1)
    expect(word.all).not.toContain('some-long-secret-value')
    expect(home.live().map(({ disabled }) => disabled)).toEqual([false])
  })

  test('does nothing for who asks for a dry run of one key', async () => {
    const home = await issued()
    for (const line of ['leaked a --dry-run', 'leaked a --confirm 1'])
      expect(await home.run(line)).toMatchObject({ code: 1, stderr: expect.stringContaining('CLI_USAGE') })
    expect(home.live().map(({ disabled }) => disabled)).toEqual([false])
  })

  test('is stronger than a pause', async () => {
    const home = await issued()
    await home.run('pause a --for 2h')
    expect(await home.run('leaked a')).toMatchObject({ code: 0 })
    expect(home.live().map(({ disabled }) => disabled)).toEqual([true, false])
  })

  test('of a key that is in no manifest any more ends it, and replaces nothing', async () => {
    const home = await issued({ keys: { a: 'limit: 1', b: 'limit: 1', c: 'limit: 1' } })
    const leaked = secretOf(home, 'C')
    home.write(
      'keys/a.keys.yaml',
      'keys: { a: { limit: 1, deliverTo: ["dotenv:A"] }, b: { limit: 1, deliverTo: ["dotenv:B"] } }',
    )
    const ended = await home.run('leaked', { input: leaked })
    expect(ended.stdout).toContain('Disabled in 1 write')
    expect(home.live().filter(({ name }) => name.startsWith('c '))).toMatchObject([{ disabled: true }])
  })
})

describe.concurrent('leaked --all', () => {
  const keys = { a: 'limit: 5', b: 'limit: unlimited', c: 'limit: 50, limitReset: daily' }

  test('--dry-run shows order, writes, time and places, and does nothing', async () => {
    const home = await issued({ keys })
    const before = home.writes()
    const { stdout, words, code } = await home.run('leaked --all --dry-run')
    expect(code).toBe(0)
    expect(stdout).toMatch(/1 +b +unlimited[\s\S]*2 +c +1,550 USD a month[\s\S]*3 +a +5 USD a month/)
    expect(words).toContain('openrouter: 3 keys, 6 writes;')
    expect(words).toContain('3 places written: dotenv 3.')
    expect(stdout).toContain('keywright leaked --all --yes --confirm 3')
    expect(home.writes()).toBe(before)
    expect(JSON.parse((await home.run('leaked --all --dry-run --json')).stdout)).toMatchObject({
      kind: 'leaked',
      dryRun: true,
      writes: 6,
      keys: [{ address: 'test-a1b2/b', stake: null }, { stake: 1550 }, { stake: 5 }],
    })
    await atRest(home)
  })

  test('needs a yes and the number of keys', async () => {
    const home = await issued({ keys })
    const before = home.writes()
    for (const line of [
      'leaked --all',
      'leaked --all --yes',
      'leaked --all --yes --confirm 2',
      'leaked --all --confirm 3',
    ])
      expect(await home.run(line)).toMatchObject({ code: 3, stderr: expect.stringContaining('--yes --confirm 3') })
    expect(home.writes()).toBe(before)
  })

  test('ends all of them, the most money first, before the first is replaced', async () => {
    const home = await issued({ keys })
    const old = ['A', 'B', 'C'].map((name) => secretOf(home, name))
    home.emulator.world.traffic.reset()
    const ended = await home.run('leaked --all --yes --confirm 3')
    expect(ended.code).toBe(0)
    const methods = home.emulator.world.traffic
      .log()
      .filter(({ method }) => method !== 'GET')
      .map(({ method }) => method)
    expect(methods).toEqual(['PATCH', 'PATCH', 'PATCH', 'POST', 'POST', 'POST'])
    expect(ended.stdout).toContain('Ended 3 keys. Replacing them:')
    expect(['A', 'B', 'C'].map((name) => secretOf(home, name)).filter((one) => old.includes(one))).toEqual([])
    expect(home.live().filter(({ disabled }) => !disabled)).toHaveLength(3)
    await atRest(home)
    expect(await home.run('status --prove --offline')).toMatchObject({ code: 0 })
  })

  test('--where narrows it', async () => {
    const home = await issued({ keys: { a: 'limit: 1, labels: { team: pay }', b: 'limit: 1' } })
    expect(await home.run('leaked --all --where team=pay --yes --confirm 1')).toMatchObject({ code: 0 })
    expect(home.live().map(({ name, disabled }) => [name[0], disabled])).toEqual([
      ['a', true],
      ['b', false],
      ['a', false],
    ])
  })
})

describe.concurrent('leaked at Strait', () => {
  async function straitHouse(
    more: { readonly value?: string } = {},
  ): Promise<{ home: House; env: Record<string, string> }> {
    const home = await quietHouse({ keys: {} })
    const { baseUrl, token, project } = home.emulator.strait
    home.write(
      'keywright.yaml',
      `version: 1
stack: test-a1b2
providers:
  jobs: { kind: strait, baseUrl: "${baseUrl}", token: { env: STRAIT_API_KEY }, project: ${project} }
sinks: { dotenv: { kind: dotenv, path: .env.keys } }
`,
    )
    const value = more.value === undefined ? '' : `, value: "${more.value}"`
    home.write(
      'keys/a.keys.yaml',
      `keys: { w: { scopes: [jobs:read], expiresIn: 90d, deliverTo: [{ sink: dotenv, name: W${value} }] } }`,
    )
    const env = { STRAIT_API_KEY: token }
    expect(await home.run('apply --yes', { env })).toMatchObject({ code: 0 })
    return { home, env }
  }

  const alive = (home: House) => home.emulator.world.strait.keys().filter(({ revoked_at }) => revoked_at === null)

  test('finds the key by what its place holds, revokes it at once and replaces it', async () => {
    const { home, env } = await straitHouse()
    const leaked = secretOf(home, 'W')
    const ended = await home.run('leaked', { env, input: leaked })
    expect(ended.code).toBe(0)
    expect(ended.words).toMatch(/is w #1 .*Revoked in 1 write\./)
    expect(ended.all).not.toContain(leaked)
    expect(secretOf(home, 'W')).not.toBe(leaked)
    expect(alive(home).filter(({ name }) => name.startsWith('w '))).toHaveLength(1)
    await atRest(home, { env })
  })

  test('finds it by its first characters where a template hides it, and only with a yes', async () => {
    const { home, env } = await straitHouse({ value: 'Bearer ${secret}' })
    const leaked = secretOf(home, 'W').replace(/^.*(strait_\w+).*$/, '$1')
    const asked = await home.run('leaked', { env, input: leaked })
    expect(asked).toMatchObject({ code: 3, stderr: expect.stringContaining('keywright leaked w') })
    expect(alive(home).filter(({ name }) => name.startsWith('w '))).toHaveLength(1)
    const ended = await home.run('leaked --yes', { env, input: leaked })
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('Revoked in 1 write') })
    await atRest(home, { env })
  })

  test('status counts what is listed and dead, and census what the API rotated itself', async () => {
    const { home, env } = await straitHouse()
    const { strait } = home.emulator.world
    const [key] = alive(home).filter(({ name }) => name.startsWith('w '))
    const past = (Date.now() - 60_000) * 1_000
    strait.edit(strait.createForeign({ name: 'old' }).id, { expires_at: past })
    strait.createForeign({ name: `${key?.name} (rotated)` })
    expect((await home.run('status', { env })).words).toContain('1 listed and dead')
    const { stdout } = await home.run('census', { env })
    expect(stdout).toMatch(/rotated by the API +1 .*\n +test-a1b2\/w\n/)
    expect(stdout).toMatch(/expired +1 .*\n +old/)
    expect(stdout).not.toContain('keywright import')
  })

  test('--all --dry-run reckons with the limits of the API', async () => {
    const { home, env } = await straitHouse()
    const { words } = await home.run('leaked --all --dry-run', { env })
    expect(words).toContain('jobs: 1 key, 2 writes; none works after about 1 min')
    expect(words).toContain('no spend counted')
  })
})
