import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { house, leaveHouses } from '../fakes/cli.ts'

afterAll(leaveHouses)

describe.concurrent('a lost or foreign state', () => {
  test('stops apply, touches nothing, and goes on when it is back', async () => {
    const home = await house({ keys: { a: 'limit: 1', b: 'limit: 1' } })
    await home.run('apply --yes')
    const writes = home.writes()
    const secrets = home.read('.env.keys')
    renameSync(join(home.root, '.keywright'), join(home.root, '.lost'))
    for (const command of ['apply --yes', 'destroy --yes', 'plan', 'drift'] as const) {
      const { code, words } = await home.run(command)
      expect({ command, code }).toEqual({ command, code: 1 })
      expect(words).toContain('STATE_MISSING')
      expect(words).toContain('keywright state rebuild')
    }
    expect(home.writes()).toBe(writes)
    expect(home.live().every(({ disabled }) => !disabled)).toBe(true)
    expect(home.read('.env.keys')).toBe(secrets)
    rmSync(join(home.root, '.keywright'), { recursive: true, force: true })
    renameSync(join(home.root, '.lost'), join(home.root, '.keywright'))
    expect(await home.run('plan --detailed-exitcode')).toMatchObject({ code: 0 })
  })

  test('of another folder with the same stack name is refused', async () => {
    const home = await house()
    await home.run('apply --yes')
    const other = await house({ beside: home, keys: { other: 'limit: 1' } })
    const refused = await other.run('apply --yes')
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.words).toContain('STATE_MISSING')
    expect(home.live()).toHaveLength(1)
  })

  test('of another account stops everything', async () => {
    const home = await house()
    await home.run('apply --yes')
    const elsewhere = await house()
    home.write('keywright.yaml', elsewhere.read('keywright.yaml'))
    const { managementKey } = elsewhere.emulator.openrouter
    const refused = await home.run('apply --yes', { env: { OPENROUTER_MANAGEMENT_KEY: managementKey } })
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.words).toContain('PROVIDER_IDENTITY_CHANGED')
    expect(elsewhere.live()).toHaveLength(0)
  })
})
