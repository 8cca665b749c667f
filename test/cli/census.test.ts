/** `census` in and outside of a project; what it says of single keys is tested in `test/engine`. */
import { afterAll, describe, expect, test } from 'vitest'
import { folder, house, keywright, leaveHouses, STACK } from '../fakes/cli.ts'
import { quietHouse } from './inside.ts'

afterAll(leaveHouses)

describe.concurrent('census', () => {
  test('tells an orphan from a key that somebody uses, and what to type about each', async () => {
    const home = await quietHouse({ keys: { own: 'limit: 1' } })
    expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
    const { openrouter } = home.emulator.world
    const marked = (id: string) => openrouter.createForeign({ name: `x [kw:${STACK}/${id}#1.aaaabbbb]`, limit: 3 }).hash
    openrouter.addUsage(marked('used'), 1)
    marked('fresh')
    const writes = home.writes()
    const { stdout, words } = await home.run('census')
    expect(stdout).toMatch(/orphan, never used +1 +0 +0\n +test-a1b2\/fresh\n/)
    expect(stdout).toMatch(/unclaimed, was used +1 +1 +1\n +test-a1b2\/used\n/)
    expect(stdout).toMatch(/managed here \(test-a1b2\) +1 /)
    expect(stdout).toMatch(/foreign +0\n/)
    expect(words).toContain(`orphan, never used keywright census --burn-orphans ${STACK} after keywright state rebuild`)
    expect(words).toContain('unclaimed, was used keywright state rebuild looks which')
    const { classes, keys } = JSON.parse((await home.run('census --json')).stdout)
    expect(classes[0]).toMatchObject({ class: 'orphan', keys: 1, spentThisMonth: 0, remedy: expect.any(String) })
    expect(keys.map((key: { classes: readonly string[] }) => key.classes[0])).toEqual([
      'orphan',
      'unclaimed',
      'no-expiry',
    ])
    expect(home.writes()).toBe(writes)
    const burned = await home.run(`census --burn-orphans ${STACK} --yes --confirm 2`)
    expect(burned).toMatchObject({ code: 0 })
    expect((await home.run('census')).stdout).not.toMatch(/orphan|unclaimed/)
  })

  test('knows since when a key is idle, for as long as it was asked', async () => {
    const home = await quietHouse({ keys: { own: 'limit: 1' } })
    expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
    const { hash } = home.emulator.world.openrouter.createForeign({ name: 'hackathon', limit: 5 })
    expect((await home.run('census --unused-for 1d')).stdout).not.toContain('unused')
    home.emulator.world.clock.advance(100 * 86_400_000)
    const { stdout } = await home.run('census')
    expect(stdout).toMatch(/unused for 90 d +2 +0 +0\n +own \(since .*\), hackathon \(since .*\)\n/)
    expect(stdout).toMatch(/keywright leaked sha256:[0-9a-f]{64} {3}switches one off/)
    home.emulator.world.openrouter.addUsage(hash, 1)
    expect((await home.run('census')).stdout).toMatch(/unused for 90 d +1 /)
    for (const wrong of ['1h', '90', 'soon'])
      expect((await home.run(['census', '--unused-for', wrong])).words).toContain('write a duration of a day or more')
  })

  test('counts 10,000 keys in as many requests as there are pages, in a small heap', async () => {
    const home = await house({ emulator: { keys: 10_000 } })
    const env = {
      OPENROUTER_MANAGEMENT_KEY: home.emulator.openrouter.managementKey,
      OPENROUTER_BASE_URL: home.emulator.openrouter.baseUrl,
      NODE_OPTIONS: '--max-old-space-size=48',
    }
    const counted = await keywright(['census'], { cwd: folder(), env })
    expect(counted).toMatchObject({ code: 0, stderr: '' })
    expect(counted.stdout).toMatch(
      /unlimited +10,000 +0 +0\n +foreign 1, foreign 2, foreign 3, foreign 4, and 9996 more\n/,
    )
    const { total, writes } = home.emulator.world.traffic.counts()
    // A list without a hint reads at most a third of its pages beyond the end.
    expect(total).toBeLessThanOrEqual(140)
    expect(writes).toBe(0)
  })
})
