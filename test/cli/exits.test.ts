import { afterAll, describe, expect, test } from 'vitest'
import { folder, house, keywright, leaveHouses, manifest } from '../fakes/cli.ts'
import { quietHouse } from './inside.ts'

afterAll(leaveHouses)

const many = (count: number, fields = 'limit: 1') =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, fields] as const))

describe.concurrent('exit codes', () => {
  test('1 for files with problems, all of them at once, and nothing is sent', async () => {
    const home = await quietHouse({ keys: { a: 'limt: 1', b: 'limit: blue' } })
    for (const command of ['validate', 'plan', 'apply --yes', 'drift'] as const) {
      const { code, words } = await home.run(command)
      expect({ command, code }).toEqual({ command, code: 1 })
      expect(words).toContain('keys/a.keys.yaml:2:')
      expect(words).toContain('keys/a.keys.yaml:3:')
      expect(words).toContain('Did you mean "limit"?')
    }
    expect(home.emulator.world.traffic.counts().total).toBe(0)
  })

  test('1 without a token or project, with what to type', async () => {
    const home = await house()
    const without = await home.run('plan', { env: { OPENROUTER_MANAGEMENT_KEY: '' } })
    expect(without).toMatchObject({ code: 1, stdout: '' })
    expect(without.words).toContain('export OPENROUTER_MANAGEMENT_KEY=')
    const nowhere = await keywright(['plan'], { cwd: folder() })
    expect(nowhere).toMatchObject({ code: 1 })
    expect(nowhere.words).toContain('keywright init')
  })

  test('1 for a token that is refused, and for one that is an ordinary key', async () => {
    const home = await house()
    const refused = await home.run('plan', { env: { OPENROUTER_MANAGEMENT_KEY: 'sk-or-v1-nobody' } })
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.words).toContain('API_UNAUTHORIZED')
    const { secret } = home.emulator.world.openrouter.createForeign()
    const ordinary = await home.run('plan', { env: { OPENROUTER_MANAGEMENT_KEY: secret } })
    expect(ordinary).toMatchObject({ code: 1 })
    expect(ordinary.words).toContain('API_NOT_MANAGEMENT_KEY')
  })

  test('5 without a network, with the address that does not answer', async () => {
    const home = await quietHouse()
    home.write(
      'keywright.yaml',
      home.read('keywright.yaml').replace(home.emulator.openrouter.baseUrl, 'http://127.0.0.1:9'),
    )
    const cut = await home.run('plan')
    expect(cut).toMatchObject({ code: 5, stdout: '' })
    expect(cut.words).toContain('connection failed (ECONNREFUSED) at http://127.0.0.1:9 (5 tries)')
    expect(cut.words).toContain('Next: keywright census')
  })

  test('3 for an apply that needs a yes and has nobody to ask; the line is printed', async () => {
    const home = await house()
    const refused = await home.run('apply')
    expect(refused).toMatchObject({ code: 3 })
    expect(refused.stdout).toContain('NEW PLACE')
    expect(refused.words).toContain('keywright apply --yes')
    expect(home.writes()).toBe(0)
    const json = await home.run('apply --json')
    expect(JSON.parse(json.stdout)).toMatchObject({ schemaVersion: 1, diagnostics: [{ code: 'CLI_NEEDS_YES' }] })
    expect(json.code).toBe(3)
  })

  test('3 for a guard, with number, threshold and the flag that allows it once', async () => {
    const home = await quietHouse({ keys: many(12), more: 'guard: { maxDeletes: 3 }\n' })
    await home.run('apply --yes')
    home.write('keys/a.keys.yaml', manifest({ k0: 'limit: 1' }))
    const refused = await home.run('apply --yes')
    expect(refused).toMatchObject({ code: 3, stdout: '' })
    expect(refused.words).toContain('GUARD_TOO_MANY_DELETES')
    expect(refused.words).toContain('--allow-deletes 11')
    expect(await home.run('plan')).toMatchObject({ code: 3 })
    expect(home.live().every(({ disabled }) => !disabled)).toBe(true)
    expect(await home.run('apply --yes --allow-deletes 11')).toMatchObject({ code: 0 })
    expect(home.live().filter(({ disabled }) => disabled)).toHaveLength(11)
  })

  test('3 for manifests without a key, unless that is said', async () => {
    const home = await quietHouse()
    await home.run('apply --yes')
    home.write('keys/a.keys.yaml', 'keys: {}\n')
    const refused = await home.run('apply --yes')
    expect(refused).toMatchObject({ code: 3 })
    expect(refused.words).toContain('GUARD_EMPTY')
    expect(await home.run('apply --yes --allow-empty')).toMatchObject({ code: 0 })
    expect(home.live()).toMatchObject([{ disabled: true }])
  })

  test('4 when another run holds the lease longer than --lock-timeout', async () => {
    const home = await house({ emulator: { latencyMs: 700 } })
    const first = home.start('apply --yes')
    await expect.poll(() => home.emulator.world.traffic.counts().total, { timeout: 30_000 }).toBeGreaterThan(0)
    const second = await home.run('apply --yes --lock-timeout 0s')
    expect(second).toMatchObject({ code: 4, stdout: '' })
    expect(second.words).toContain('LOCK_HELD')
    expect((await first.ended).code).toBe(0)
  })

  test('5 when the writes of the day are used up or the API is down, and the next run finishes it', async () => {
    const home = await house({ keys: many(3) })
    const config = home.read('keywright.yaml')
    home.write('keywright.yaml', config.replace('kind: openrouter,', 'kind: openrouter, writesPerDay: 2, reserve: 0,'))
    const open = await home.run('apply --yes')
    expect(open).toMatchObject({ code: 5 })
    expect(open.stdout).toContain('Unfinished but safe')
    expect(home.live()).toHaveLength(2)
    home.write('keywright.yaml', config)
    expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
    expect(home.live()).toHaveLength(3)
    await home.emulator.close()
    expect(await home.run('plan')).toMatchObject({ code: 5, stdout: '' })
  })

  test('1 for an address that is stopped by a code, after the rest was applied', async () => {
    const home = await quietHouse({ keys: { a: 'limit: 1', b: 'limit: 1' } })
    await home.run('apply a --yes')
    home.emulator.world.openrouter.createForeign({ name: 'b [kw:test-a1b2/b#1.aaaabbbb]' })
    home.write('keys/a.keys.yaml', manifest({ a: 'limit: 2', b: 'limit: 1' }))
    const stopped = await home.run('apply --yes')
    expect(stopped).toMatchObject({ code: 1 })
    expect(stopped.words).toContain('ADDRESS_TAKEN')
    expect(home.live().find(({ name }) => name.startsWith('a '))).toMatchObject({ limit: 2 })
  })
})
