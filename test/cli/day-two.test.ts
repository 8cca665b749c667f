/** The commands of a day: each is one command line in a project of its own, against an emulator. */
import { afterAll, describe, expect, test } from 'vitest'
import { type Ended, type House, leaveHouses } from '../fakes/cli.ts'
import { quietHouse } from './inside.ts'

afterAll(leaveHouses)

function secretOf(home: House, name = 'A'): string {
  return new RegExp(`^${name}=(.*)$`, 'm').exec(home.read('.env.keys'))?.[1] ?? ''
}

function json(ended: Ended): Record<string, unknown> {
  return JSON.parse(ended.stdout)
}

async function phases(home: House, id = 'a'): Promise<string> {
  const { record } = JSON.parse((await home.run(`show ${id} --json --offline`)).stdout)
  return record.generations.map((g: { n: number; phase: string }) => `${g.n}:${g.phase}`).join(' ')
}

/** Nothing is left to do now. */
async function atRest(home: House): Promise<void> {
  expect(json(await home.run('plan --json'))).toMatchObject({ changes: [] })
}

async function issued(options: Parameters<typeof quietHouse>[0] = {}): Promise<House> {
  const home = await quietHouse(options)
  expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
  return home
}

describe.concurrent('rotate', () => {
  test('issues, delivers and keeps the old secret for its grace, with the reason in plan and history', async () => {
    const home = await issued()
    const old = secretOf(home)
    const ended = await home.run(['rotate', 'a', '--reason', 'laptop lost'])
    expect(ended.code).toBe(0)
    expect(ended.words).toMatch(/issued #2 · proven · delivered, read back 1\/1.* active.* #1 in grace until/)
    expect(secretOf(home)).not.toBe(old)
    expect(await phases(home)).toBe('1:superseded 2:active')
    await atRest(home)
    const { stdout } = await home.run('history a')
    expect(stdout).toMatch(
      /tester\n[\s\S]*#2 active, instead of #1[\s\S]*#2 issued \(requested\)[\s\S]*\(laptop lost\)/,
    )
    expect(await home.run('status --prove --offline')).toMatchObject({ code: 0 })
  })

  test('with grace 0 ends the old one at once', async () => {
    const home = await issued()
    expect(await home.run('rotate a --grace 0')).toMatchObject({ code: 0 })
    expect(await phases(home)).toBe('1:disabled 2:active')
    expect(home.live().map(({ disabled }) => disabled)).toEqual([true, false])
    await atRest(home)
  })

  test('with grace 0 is refused where a place cannot be read back, and does nothing', async () => {
    const home = await quietHouse({ keys: {} })
    home.write(
      'store.cjs',
      `const { op } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
process.stdout.write(JSON.stringify({ ok: true, version: op === 'preflight' ? null : '1' }))`,
    )
    const blind = `blind: { kind: exec, command: ["${process.execPath}", store.cjs] }`
    home.write('keywright.yaml', home.read('keywright.yaml').replace('sinks: {', `sinks: { ${blind},`))
    home.write('keys/a.keys.yaml', 'keys: { a: { limit: 1, deliverTo: ["blind:a"] } }')
    const env = { KEYWRIGHT_ALLOW_EXEC: '1' }
    expect(await home.run('apply --yes', { env })).toMatchObject({ code: 0 })
    const refused = await home.run('rotate a --grace 0', { env })
    expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('GRACE_REQUIRED') })
    expect(refused.words).toContain('nobody can prove what blind:a holds')
    expect(await phases(home)).toBe('1:active')
    expect(await home.run('rotate a', { env })).toMatchObject({ code: 0 })
    expect(await home.run('retire a --now', { env })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('GRACE_REQUIRED'),
    })
  })

  test('--where needs a yes for several keys, prints the line, and leaves all others alone', async () => {
    const home = await issued({
      keys: {
        a: 'limit: 1, labels: { team: pay }',
        b: 'limit: 1, labels: { team: pay }',
        c: 'limit: 1, labels: { team: ops }',
      },
    })
    const before = home.writes()
    const asked = await home.run('rotate --where team=pay')
    expect(asked.code).toBe(3)
    expect(asked.stderr).toContain('keywright rotate --where team=pay --yes')
    expect(home.writes()).toBe(before)
    expect(await home.run('rotate --where team=pay --yes --json')).toMatchObject({ code: 0 })
    expect([await phases(home, 'a'), await phases(home, 'b'), await phases(home, 'c')]).toEqual([
      '1:superseded 2:active',
      '1:superseded 2:active',
      '1:active',
    ])
    await atRest(home)
  })

  test('names nothing by default, and suggests what was meant', async () => {
    const home = await issued({ keys: { 'payments/api': 'limit: 1' } })
    expect(await home.run('rotate')).toMatchObject({ code: 1, stderr: expect.stringContaining('CLI_USAGE') })
    const wrong = await home.run('rotate payments/apy')
    expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('Did you mean "payments/api"') })
    expect((await home.run('rotate --where team=none')).stderr).toContain('CLI_ADDRESS_UNKNOWN')
    expect(home.live()).toHaveLength(1)
  })

  test('asks before it takes a change along that nobody approved', async () => {
    const home = await issued()
    home.write('keys/a.keys.yaml', 'keys: { a: { limit: 99, deliverTo: ["dotenv:A"] } }')
    const asked = await home.run('rotate a')
    expect(asked).toMatchObject({ code: 3, stderr: expect.stringContaining('keywright rotate a --yes') })
    expect(asked.stdout).toMatch(/limit +10 -> 99 USD in all +LOOSEN/)
    expect(await phases(home)).toBe('1:active')
    expect(await home.run('rotate a --yes')).toMatchObject({ code: 0 })
    expect(await phases(home)).toBe('1:superseded 2:active')
    await atRest(home)
  })

  test('of a key that was never issued says what to do first', async () => {
    const home = await quietHouse()
    const ended = await home.run('rotate a')
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('ADDRESS_NOT_ISSUED') })
    expect(ended.stderr).toContain('keywright apply a')
  })

  test('is one JSON document', async () => {
    const home = await issued()
    const done = json(await home.run(['rotate', 'a', '--json', '--reason', 'x']))
    expect(done).toMatchObject({
      schemaVersion: 1,
      kind: 'rotate',
      exit: 0,
      outcomes: [{ address: 'test-a1b2/a', status: 'settled', generations: [{ n: 1 }, { n: 2, phase: 'active' }] }],
    })
  })
})

describe.concurrent('rollback', () => {
  test('of a place that keeps no versions says so, and both keys work until resume', async () => {
    const home = await issued()
    await home.run('rotate a --grace 0')
    const serving = secretOf(home)
    const back = await home.run(['rollback', 'a', '--reason', 'slow'])
    expect(back.code).toBe(0)
    expect(back.words).toContain('#1 works again beside #2, which stays in service.')
    expect(back.words).toContain('dotenv:.env.keys#A: still holds #2: its sink keeps no versions')
    expect(back.words).toContain('keywright resume a')
    expect(secretOf(home)).toBe(serving)
    expect(home.live().map(({ disabled }) => disabled)).toEqual([false, false])
    await atRest(home)
    expect((await home.run('status')).words).toContain('1 pinned')
    expect((await home.run('plan')).words).toContain('pinned to #1 by a rollback (slow)')
    expect((await home.run('apply --yes')).words).toContain('pinned to #1 (slow); keywright resume a')

    expect((await home.run('resume a')).words).toContain('no longer pinned to #1')
    expect((await home.run('status')).words).toContain('#1 in grace until')
    await atRest(home)
  })

  test('is refused where nothing earlier is left', async () => {
    const home = await issued()
    expect(await home.run('rollback a')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ROLLBACK_IMPOSSIBLE'),
    })
    await atRest(home)
  })

  test('as JSON names each place', async () => {
    const home = await issued()
    await home.run('rotate a')
    expect(json(await home.run('rollback a --json'))).toMatchObject({
      kind: 'rollback',
      turned: [{ address: 'test-a1b2/a', n: 1, serving: 2, places: [{ restored: false, n: 2 }] }],
    })
  })
})

describe.concurrent('a grace', () => {
  test('is extended from now on, and an end that is later already stays', async () => {
    const home = await issued()
    await home.run('rotate a --grace 1h')
    const longer = await home.run('extend a --grace 48h')
    expect(longer.code).toBe(0)
    expect(longer.stdout).toMatch(/^a: #1 works until .* UTC, in (?:2 d|47 h 59 min)\.\n/)
    expect((await home.run('extend a --grace 1m')).stdout).toMatch(/in (?:2 d|47 h 59 min)/)
    expect((await home.run('schedule')).words).toContain('grace of #1 ends (set by hand)')
    await atRest(home)
  })

  test('is ended by hand, only when that is said', async () => {
    const home = await issued()
    await home.run('rotate a')
    expect((await home.run('retire a')).stderr).toContain('keywright retire a --now')
    expect(await phases(home)).toBe('1:superseded 2:active')
    const ended = await home.run('retire a --now')
    expect(ended).toMatchObject({ code: 0 })
    expect(ended.words).toContain('#1 disabled, deleted after')
    expect(await phases(home)).toBe('1:disabled 2:active')
    await atRest(home)
    expect(await home.run('retire a --now')).toMatchObject({ code: 1, stderr: expect.stringContaining('GRACE_OVER') })
  })

  test('of a protected key is not ended', async () => {
    const home = await issued({ keys: { a: 'limit: 1, protect: true' } })
    await home.run('rotate a')
    expect(await home.run('retire a --now')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('GUARD_PROTECTED'),
    })
    expect(await phases(home)).toBe('1:superseded 2:active')
  })

  test('is extended also while another change waits for a yes', async () => {
    const home = await issued()
    await home.run('rotate a --grace 1h')
    home.write('keys/a.keys.yaml', 'keys: { a: { limit: 99, deliverTo: ["dotenv:A"] } }')
    const ended = await home.run('extend a --grace 48h')
    expect(ended).toMatchObject({ code: 0, stdout: expect.stringContaining('Other changes wait there for a yes') })
    expect(home.live().map(({ limit }) => limit)).toEqual([10, 10])
  })
})

describe.concurrent('pause', () => {
  test('keeps everything as it is, also against rotate, until resume', async () => {
    const home = await issued()
    home.write('keys/a.keys.yaml', 'keys: { a: { limit: 2, deliverTo: ["dotenv:A"] } }')
    const paused = await home.run(['pause', 'a', '--for', '2h', '--reason', 'audit'])
    expect(paused).toMatchObject({ code: 0, stdout: expect.stringContaining('keywright resume a') })
    const applied = await home.run('apply --yes')
    expect(applied.code).toBe(0)
    expect(applied.words).toContain('(audit); keywright resume a')
    expect(home.live().map(({ limit }) => limit)).toEqual([10])
    const plan = await home.run('plan')
    expect(plan.words).toContain('paused (audit) until')
    expect(plan.words).toContain('1 put off')
    const refused = await home.run('rotate a')
    expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('ADDRESS_PAUSED') })
    expect(refused.stderr).toContain('keywright resume a')
    expect((await home.run('status')).words).toContain('1 paused')

    expect((await home.run('resume a')).words).toContain('no longer paused')
    expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
    expect(home.live().map(({ limit }) => limit)).toEqual([2])
    await atRest(home)
  })

  test('needs an end, and goes for several keys at once', async () => {
    const home = await issued({ keys: { 'x/a': 'limit: 1', 'x/b': 'limit: 1', c: 'limit: 1' } })
    expect(await home.run('pause c')).toMatchObject({ code: 1, stderr: expect.stringContaining('--for 2h') })
    expect(json(await home.run(['pause', 'x/*', '--for', '1d', '--json']))).toMatchObject({
      kind: 'pause',
      paused: [{ address: 'test-a1b2/x/a' }, { address: 'test-a1b2/x/b' }],
    })
    expect((await home.run('status')).words).toContain('2 paused')
    expect(json(await home.run(['resume', '*', 'x/*', '--json']))).toMatchObject({
      kind: 'resume',
      resumed: [{ pausedUntil: null }, { pausedUntil: expect.any(String) }, { pausedUntil: expect.any(String) }],
    })
  })
})

describe.concurrent('looking ahead and back', () => {
  test('schedule lists what is due, in which window, and freezes', async () => {
    const window = '{ days: mon-fri, hours: "09:00-16:00", zone: Europe/Berlin }'
    const home = await quietHouse({
      keys: { a: `limit: 1, rotation: { every: 20d, window: ${window} }`, b: 'limit: 1' },
      more: 'freeze: [{ from: 2020-01-01T00:00:00Z, to: 2099-01-01T00:00:00Z, reason: forever }]\n',
    })
    await home.run('apply --yes')
    await home.run('rotate b')
    const { stdout, code, words } = await home.run('schedule --for 60d')
    expect(code).toBe(0)
    expect(stdout).toMatch(/in \d+ d .* 2099 00:00 UTC +b +grace of #1 ends/)
    expect(stdout).toMatch(/due .*; frozen \(forever\)/)
    expect(stdout).toMatch(/rotate #1/)
    expect(words).toContain('window mon-fri 09:00-16:00 Europe/Berlin')
    expect(stdout).toContain('freeze until')
    const plain = json(await home.run('schedule --for 40d --json'))
    expect(plain).toMatchObject({ schemaVersion: 1, kind: 'schedule', freezes: [{ reason: 'forever' }] })
  })

  test('history tells the run of a build, is empty before anything happened, and survives hostile names', async () => {
    const home = await quietHouse()
    expect((await home.run('history')).stdout).toContain('nothing has happened yet')
    const env = {
      GITHUB_ACTOR: 'ann\u001b[2J',
      GITHUB_SERVER_URL: 'https://github.com',
      GITHUB_REPOSITORY: 'acme/keys',
      GITHUB_RUN_ID: '7',
      GITHUB_SHA: 'ab12'.repeat(10),
    }
    await home.run('apply --yes', { env })
    const { stdout } = await home.run('history')
    expect(stdout).toMatch(/https:\/\/github.com\/acme\/keys\/actions\/runs\/7\n *at commit ab12ab12ab12\n/)
    expect(stdout).not.toContain('\u001b')
    expect(json(await home.run('history --json'))).toMatchObject({
      schemaVersion: 1,
      kind: 'history',
      entries: [
        {
          what: 'active',
          n: 1,
          who: 'ann?[2J',
          runUrl: 'https://github.com/acme/keys/actions/runs/7',
          commit: env.GITHUB_SHA,
        },
        { what: 'issued', n: 1, why: 'new', commit: env.GITHUB_SHA },
      ],
    })
  })

  test('a freeze keeps a rotation that is due waiting, and --break-freeze does it', async () => {
    const freeze = 'freeze: [{ from: 2020-01-01T00:00:00Z, to: 2099-01-01T00:00:00Z, reason: audit }]\n'
    const home = await issued({
      keys: { a: 'limit: 1, rotation: { every: 1s, grace: 0, hold: 0, jitter: 0 }' },
      more: freeze,
    })
    await new Promise((done) => setTimeout(done, 1_100))
    const plan = await home.run('plan')
    expect(plan.words).toContain('rotate: its age is due; frozen (audit) until')
    expect(await home.run('plan --break-freeze --detailed-exitcode')).toMatchObject({ code: 2 })
    expect(await home.run('apply --break-freeze')).toMatchObject({ code: 0 })
    expect(await phases(home)).toBe('2:active')
  })
})
