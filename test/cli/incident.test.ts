import { afterAll, describe, expect, test } from 'vitest'
import { folder, type House, keywright, leaveHouses } from '../fakes/cli.ts'
import { quietHouse } from './inside.ts'

afterAll(leaveHouses)

function secretOf(home: House, name: string): string {
  return new RegExp(`^${name}=(.*)$`, 'm').exec(home.read('.env.keys'))?.[1] ?? ''
}

describe.concurrent('incidents', () => {
  test('leaked with only a token sends exactly one request, a disable, and never shows the value', async () => {
    const home = await quietHouse()
    const { hash, secret } = home.emulator.world.openrouter.createForeign({ name: 'old demo' })
    home.emulator.world.traffic.reset()
    const env = {
      OPENROUTER_MANAGEMENT_KEY: home.emulator.openrouter.managementKey,
      OPENROUTER_BASE_URL: home.emulator.openrouter.baseUrl,
    }
    const { code, all } = await keywright(['leaked'], { cwd: folder(), env, input: `${secret}\n` })
    expect(code).toBe(0)
    expect(home.emulator.world.traffic.log().map(({ method, status }) => [method, status])).toEqual([['PATCH', 200]])
    expect(home.live().find((key) => key.hash === hash)?.disabled).toBe(true)
    expect(all).toContain('"old demo"')
    expect(all).not.toContain(secret)

    const unknown = await keywright(['leaked', `sha256:${'0'.repeat(64)}`], { cwd: folder(), env })
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('API_KEY_UNKNOWN') })
    const argument = await keywright(['leaked', secret], { cwd: folder(), env })
    expect(argument.code).toBe(1)
    expect(argument.all).not.toContain(secret)
    expect(home.emulator.world.traffic.counts().total).toBe(2)
  })

  test('a leaked key ends at once although manifests are broken, and the next apply replaces it', async () => {
    const home = await quietHouse({ keys: { a: 'limit: 1', b: 'limit: 2' } })
    await home.run('apply --yes')
    const [leaked, other] = [secretOf(home, 'A'), secretOf(home, 'B')]
    const [first] = home.live().filter(({ name }) => name.startsWith('a '))
    home.write('keys/b.keys.yaml', 'keys: { broken')
    const { code, stdout } = await home.run('leaked', { input: leaked })
    expect(code).toBe(5)
    expect(stdout).toContain('Disabled in 1 write')
    expect(stdout).toContain('Not replaced yet')
    expect(stdout).toContain('keywright apply a')
    expect(home.live().find(({ hash }) => hash === first?.hash)?.disabled).toBe(true)

    home.write('keys/b.keys.yaml', 'keys: {}')
    const applied = await home.run('apply --yes')
    expect(applied.code).toBe(0)
    expect(applied.stdout).toContain('issued #2')
    expect(home.live().map(({ disabled }) => disabled)).toEqual([true, false, false])
    expect(secretOf(home, 'A')).not.toBe(leaked)
    expect(secretOf(home, 'B')).toBe(other)
    expect(await home.run('plan --detailed-exitcode')).toMatchObject({ code: 0 })
    expect(await home.run('status --prove --offline')).toMatchObject({ code: 0 })
  })

  test('leaked does not wait for a run that holds the lease', async () => {
    const home = await quietHouse({ emulator: { latencyMs: 400 } })
    await home.run('apply --yes')
    home.write(
      'keys/a.keys.yaml',
      'keys: { a: { limit: 10, deliverTo: ["dotenv:A"] }, b: { limit: 1, deliverTo: ["dotenv:B"] } }',
    )
    const busy = home.start('apply --yes')
    await new Promise((done) => setTimeout(done, 700))
    const [key] = home.live()
    const { code, all } = await home.run(`leaked ${key?.hash ?? ''} --lock-timeout 0`)
    expect(code).toBe(5)
    expect(all).toContain('LOCK_HELD')
    expect(home.live().find(({ hash }) => hash === key?.hash)?.disabled ?? true).toBe(true)
    await busy.ended
    expect((await home.run('apply --yes')).code).toBe(0)
    expect(home.live().filter(({ hash, disabled }) => !disabled && hash === key?.hash)).toEqual([])
    expect(home.live().filter(({ disabled }) => !disabled)).toHaveLength(2)
  })

  test('a key disabled by hand stays so through apply until resume, and the next plan then enables it as a LOOSEN', async () => {
    const home = await quietHouse()
    await home.run('apply --yes')
    const secret = secretOf(home, 'A')
    expect(await home.run('disable a')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('keywright resume a'),
    })
    expect(home.live().map(({ disabled }) => disabled)).toEqual([true])
    expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
    expect(home.live().map(({ disabled }) => disabled)).toEqual([true])

    expect(await home.run('resume a')).toMatchObject({ code: 0 })
    expect((await home.run('plan')).stdout).toMatch(/disabled +yes -> no +LOOSEN/)
    expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
    expect(home.live().map(({ disabled }) => disabled)).toEqual([false])
    expect(secretOf(home, 'A')).toBe(secret)
    expect(await home.run('plan --detailed-exitcode')).toMatchObject({ code: 0 })
    expect((await home.run('resume a')).stdout).toContain('nothing was changed')
  })

  test('a protected key is not disabled by its address', async () => {
    const home = await quietHouse({ keys: { a: 'limit: 1, protect: true' } })
    await home.run('apply --yes')
    expect(await home.run('disable a')).toMatchObject({ code: 3, stderr: expect.stringContaining('GUARD_PROTECTED') })
    expect(home.live().map(({ disabled }) => disabled)).toEqual([false])
  })
})
