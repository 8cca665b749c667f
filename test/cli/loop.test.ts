import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { folder, house, keywright, leaveHouses, manifest } from '../fakes/cli.ts'
import { quietHouse } from './inside.ts'

afterAll(leaveHouses)

describe.concurrent('the loop', () => {
  test('creates, delivers, updates in place, rotates what cannot be patched, and each next plan is empty', async () => {
    const home = await house({ keys: { 'team/bot': 'limit: 10', b: 'limit: 5' } })
    const isEmpty = async () =>
      expect(await home.run('plan --detailed-exitcode')).toMatchObject({ code: 0, stderr: '' })

    expect(await home.run('plan --detailed-exitcode')).toMatchObject({ code: 2 })
    expect(home.writes()).toBe(0)
    expect(existsSync(join(home.root, '.keywright'))).toBe(false)
    expect(await home.run('apply --yes')).toMatchObject({ code: 0, stderr: '' })
    expect(
      home
        .live()
        .map(({ name }) => name.replace(/ .*#/, ' #').replace(/\..*/, ''))
        .sort(),
    ).toEqual(['b #1', 'team/bot #1'])
    const first = home.read('.env.keys')
    expect(first).toMatch(/^TEAM_BOT=sk-or-v1-[0-9a-f]{64}$/m)
    expect(statSync(join(home.root, '.env.keys')).mode & 0o777).toBe(0o600)
    await isEmpty()

    home.write('keys/a.keys.yaml', manifest({ 'team/bot': 'limit: 20', b: 'limit: 5' }))
    expect((await home.run('plan')).stdout).toMatch(/10 -> 20 USD in all +LOOSEN/)
    expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
    expect(home.read('.env.keys')).toBe(first)
    await isEmpty()

    home.write(
      'keys/a.keys.yaml',
      manifest({ 'team/bot': 'limit: 20', b: 'limit: 5, expiresAt: 2099-01-01T00:00:00Z' }),
    )
    expect((await home.run('apply --yes')).stdout).toContain('issued #2')
    expect(home.read('.env.keys')).not.toBe(first)
    expect(home.live()).toHaveLength(3)
    expect(home.live().every(({ disabled }) => !disabled)).toBe(true)
    await isEmpty()
  })

  test('retires a removed key by disabling it, and brings the same secret back', async () => {
    const home = await quietHouse({ keys: { a: 'limit: 1', b: 'limit: 2' } })
    await home.run('apply --yes')
    const [secret = ''] = /^B=.*$/m.exec(home.read('.env.keys')) ?? []
    home.write('keys/a.keys.yaml', manifest({ a: 'limit: 1' }))
    expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
    expect(home.live().map(({ disabled }) => disabled)).toEqual([false, true])
    expect(await home.run('plan --detailed-exitcode')).toMatchObject({ code: 0 })
    home.write('keys/a.keys.yaml', manifest({ a: 'limit: 1', b: 'limit: 2' }))
    expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
    expect(home.live().map(({ disabled }) => disabled)).toEqual([false, false])
    expect(home.read('.env.keys')).toContain(secret)
    expect(await home.run('plan --detailed-exitcode')).toMatchObject({ code: 0 })
  })

  test('works on the addresses that are named, by id, address or glob, and by label', async () => {
    const home = await quietHouse({
      keys: { 'x/a': 'limit: 1', 'x/b': 'limit: 1', 'y/c': 'limit: 1, labels: { team: red }' },
    })
    await home.run('apply x/a --yes')
    expect(home.live()).toHaveLength(1)
    await home.run(['apply', '--where', 'team=red', '--yes'])
    expect(home.live().map(({ name }) => name.slice(0, 3))).toEqual(['x/a', 'y/c'])
    const unknown = await home.run(['plan', 'x/d'])
    expect(unknown).toMatchObject({ code: 1, stdout: '' })
    expect(unknown.words).toContain('CLI_ADDRESS_UNKNOWN')
    await home.run(['apply', 'test-a1b2/x/*', '--yes'])
    expect(await home.run('plan --detailed-exitcode')).toMatchObject({ code: 0 })
  })

  test('destroys under the guard: disabled now, deleted after the hold or at once', async () => {
    const home = await quietHouse({ keys: { a: 'limit: 1', b: 'limit: 1, protect: true', c: 'limit: 1' } })
    await home.run('apply --yes')
    expect((await home.run('destroy --yes')).words).toContain('GUARD_PROTECTED')
    const asked = await home.run('destroy a')
    expect(asked).toMatchObject({ code: 3 })
    expect(asked.words).toContain('keywright destroy a --yes')
    expect(await home.run('destroy a --yes')).toMatchObject({ code: 0 })
    expect(home.live().map(({ disabled }) => disabled)).toEqual([true, false, false])
    expect(await home.run('destroy c --now --yes')).toMatchObject({ code: 0 })
    expect(home.live().map(({ name }) => name.charAt(0))).toEqual(['a', 'b'])
    expect(home.read('.env.keys')).not.toMatch(/^C=/m)
  })

  test('shows drift against the record and leaves stricter keys alone', async () => {
    const home = await quietHouse({ keys: { a: 'limit: 10', b: 'limit: 10' } })
    await home.run('apply --yes')
    expect(await home.run('drift')).toMatchObject({ code: 0 })
    const [a, b] = home.live()
    home.emulator.world.openrouter.edit(a?.hash ?? '', { limit: 3 })
    home.emulator.world.openrouter.edit(b?.hash ?? '', { limit: 30 })
    const drifted = await home.run('drift')
    expect(drifted).toMatchObject({ code: 2, stderr: '' })
    expect(drifted.stdout).toMatch(/a #1 +limit 10 USD -> 3 USD, stricter/)
    expect(drifted.stdout).toMatch(/b #1 +limit 10 USD -> 30 USD, apply puts it back/)
    expect(JSON.parse((await home.run('drift --json')).stdout)).toMatchObject({
      schemaVersion: 1,
      drift: [{ field: 'limit' }, {}],
    })
    expect(await home.run('apply')).toMatchObject({ code: 0 })
    expect(home.live().map(({ limit }) => limit)).toEqual([3, 10])
    expect((await home.run('drift')).code).toBe(2)
  })
})

describe.concurrent('init', () => {
  test('writes a project that is valid, with a stack of its own, and overwrites nothing', async () => {
    const cwd = folder()
    const made = await keywright(['init', '--json'], { cwd })
    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(made.stdout).stack).toMatch(/^keywright-cli-[a-z0-9-]+-[a-z0-9]{4}$/)
    expect(await keywright(['validate'], { cwd })).toMatchObject({ code: 0, stderr: '' })
    const again = await keywright(['init'], { cwd })
    expect(again).toMatchObject({ code: 1, stdout: '' })
    expect(again.words).toContain('CLI_FILE_EXISTS')
  })
})
