import { createHash } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { folder, keywright, leaveHouses } from '../fakes/cli.ts'
import { quietHouse } from './inside.ts'

afterAll(leaveHouses)

describe.concurrent('looking', () => {
  test('status --prove compares every readable place with the live key by hash, and writes nothing anywhere', async () => {
    const home = await quietHouse({ keys: { a: 'limit: 1', b: 'limit: 2' } })
    await home.run('apply --yes')
    const [before, places] = [home.writes(), home.read('.env.keys')]
    const good = await home.run('status --prove --json')
    expect(good).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(good.stdout)).toMatchObject({
      schemaVersion: 1,
      counts: { active: 2, stuck: 0 },
      proofs: [
        { verdict: 'holds', n: 1 },
        { verdict: 'holds', n: 1 },
      ],
    })

    const [, secret = ''] = /^A=(.*)$/m.exec(places) ?? []
    home.write('.env.keys', places.replace(/^B=.*$/m, `B=${secret}`))
    const bad = await home.run('status --prove --offline')
    expect(bad).toMatchObject({ code: 1, stderr: '' })
    expect(bad.stdout).toContain('✓ dotenv:.env.keys#A  holds the live key: a #1')
    expect(bad.stdout).toContain('✗ dotenv:.env.keys#B  holds something else: b')
    expect(bad.stdout).toContain('1 of 2 readable places')
    expect(home.writes()).toBe(before)
    expect(good.all + bad.all).not.toContain(secret)
  })

  test('status names what is held by hand and what to type', async () => {
    const home = await quietHouse()
    await home.run('apply --yes')
    home.emulator.world.openrouter.edit(home.live()[0]?.hash ?? '', { disabled: true })
    await home.run('apply --yes')
    const { stdout, code } = await home.run('status')
    expect(code).toBe(0)
    expect(stdout).toContain('1 held')
    expect(stdout).toContain('keywright resume a')
  })

  test('show tells each value with file and line, the generation, its place, and the next step', async () => {
    const home = await quietHouse({ keys: { a: 'limit: 1' } })
    const fresh = await home.run('show a')
    expect(fresh.stdout).toMatch(/limit +1 USD +keys\/a\.keys\.yaml:2/)
    expect(fresh.stdout).toMatch(/grace +1d +default/)
    expect(fresh.stdout).toContain('apply would start with: issue')
    await home.run('apply --yes')
    const { schemaVersion, record, next, live } = JSON.parse((await home.run('show test-a1b2/a --json')).stdout)
    expect({ schemaVersion, n: record.generations[0].n, next: next.step, seen: live.length }).toEqual({
      schemaVersion: 1,
      n: 1,
      next: null,
      seen: 1,
    })
    expect(await home.run('show nothing-like-it')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('CLI_ADDRESS_UNKNOWN'),
    })
  })

  test('census needs only a token, writes nothing, and classes every key', async () => {
    const home = await quietHouse({ keys: { a: 'limit: 1' } })
    await home.run('apply --yes')
    const { openrouter } = home.emulator.world
    const spent = openrouter.createForeign({ name: 'bot\u001b[2J\n::add-mask::x', limit: 10 }).hash
    openrouter.addUsage(spent, 9.5)
    openrouter.edit(openrouter.createForeign({ name: 'off', limit: 3 }).hash, { disabled: true })
    openrouter.createForeign({ name: 'open', limit: null })
    const before = home.writes()
    const env = {
      OPENROUTER_MANAGEMENT_KEY: home.emulator.openrouter.managementKey,
      OPENROUTER_BASE_URL: home.emulator.openrouter.baseUrl,
    }
    const [human, data] = await Promise.all([
      keywright(['census'], { cwd: folder(), env }),
      keywright(['census', '--json'], { cwd: folder(), env }),
    ])
    expect(human).toMatchObject({ code: 0, stderr: '' })
    expect(human.stdout).toMatch(/unlimited +1 +0 +0\n +open\n/)
    expect(human.stdout).toMatch(/over 90% of limit +1 +9\.50 +9\.50\n +bot\\x1b\[2J\\n: :add-mask: :x \(9\.50/)
    expect(human.stdout).toMatch(/disabled +1 +0 +0\n +off\n/)
    expect(human.stdout).toMatch(/managed by keywright +1 /)
    expect(human.words).toContain('Next unlimited npx keywright init then keywright import --all')
    expect(human.stdout).toContain('0 writes')
    const census = JSON.parse(data.stdout)
    expect(census).toMatchObject({
      schemaVersion: 1,
      kind: 'census',
      writes: 0,
      worstMonth: null,
      spend: { total: 9.5 },
    })
    expect(census.classes.map((one: { class: string }) => one.class)).toEqual([
      'unlimited',
      'near-limit',
      'no-expiry',
      'disabled',
      'foreign',
      'other-stack',
    ])
    expect(census.keys.map(({ who }: { who: string }) => who).sort()).toEqual([
      'foreign',
      'foreign',
      'foreign',
      'other-stack',
    ])
    expect(home.writes()).toBe(before)
    expect(
      JSON.parse((await home.run('census --json')).stdout).keys.filter(({ who }: { who: string }) => who === 'ours'),
    ).toHaveLength(1)
  })

  test('a snapshot plans the same with no token and no network, and holds no part of a secret', async () => {
    const home = await quietHouse({ keys: { a: 'limit: 1' } })
    await home.run('apply --yes')
    home.write('keys/a.keys.yaml', 'keys: { a: { limit: 5, deliverTo: ["dotenv:A"] } }')
    const [live] = await Promise.all([home.run('plan --json'), home.run('snapshot --out live.json')])
    const requests = home.emulator.world.traffic.counts().total
    const { code, stdout } = await keywright(['plan', '--live', 'live.json', '--json'], { cwd: home.root })
    expect(code).toBe(0)
    expect(JSON.parse(stdout).changes).toEqual(JSON.parse(live.stdout).changes)
    expect(home.emulator.world.traffic.counts().total).toBe(requests)
    expect(home.read('live.json')).not.toContain('sk-or-')
  })
})

test('hash prints the hash of a key on stdin, also inside a longer line, and never the key', async () => {
  const secret = `sk-or-v1-${'ab'.repeat(32)}`
  const wanted = createHash('sha256').update(secret).digest('hex')
  const cwd = folder()
  const [plain, inLine, argument, empty] = await Promise.all([
    keywright(['hash'], { cwd, input: `${secret}\n` }),
    keywright(['hash', '--json'], { cwd, input: `2027-01-01 OPENROUTER_API_KEY="${secret}" leaked\n` }),
    keywright(['hash', secret], { cwd, input: '' }),
    keywright(['hash'], { cwd, input: '' }),
  ])
  expect(plain).toMatchObject({ code: 0, stdout: `sha256:${wanted}\n`, stderr: '' })
  expect(JSON.parse(inLine.stdout)).toMatchObject({ schemaVersion: 1, hash: wanted })
  expect(argument).toMatchObject({ code: 1, stdout: '' })
  expect(argument.stderr).toContain('CLI_USAGE')
  expect(empty).toMatchObject({ code: 1, stdout: '' })
  expect(plain.all + inLine.all + argument.all).not.toContain(secret)
})
