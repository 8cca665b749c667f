import { afterAll, describe, expect, test } from 'vitest'
import { house, leaveHouses } from '../fakes/cli.ts'

afterAll(leaveHouses)

const KEYS = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`k${i}`, 'limit: 1'] as const))

describe.concurrent('Ctrl-C', () => {
  test('finishes what is in flight, saves, ends with 130, and the next apply goes on without a leftover', async () => {
    const home = await house({ keys: KEYS, emulator: { latencyMs: 120 } })
    const first = home.start('apply --yes --parallelism 4')
    await expect.poll(() => home.writes(), { timeout: 30_000, interval: 20 }).toBeGreaterThan(3)
    first.child.kill('SIGINT')
    const { code, stdout, stderr } = await first.ended
    expect(code).toBe(130)
    expect(stderr).toContain('Finishing what is in flight')
    expect(stdout).toContain('Interrupted')
    const born = home.live().length
    expect(born).toBeLessThan(30)
    expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
    expect(home.live()).toHaveLength(30)
    expect(home.read('.env.keys').match(/=sk-or-v1-/g)).toHaveLength(30)
    expect(await home.run('plan --detailed-exitcode')).toMatchObject({ code: 0 })
  })

  test('twice ends at once, and the next apply converges all the same', async () => {
    const home = await house({ keys: KEYS, emulator: { latencyMs: 150 } })
    const first = home.start('apply --yes --parallelism 4')
    await expect.poll(() => home.writes(), { timeout: 30_000, interval: 20 }).toBeGreaterThan(3)
    first.child.kill('SIGTERM')
    await first.saw('Finishing what is in flight')
    first.child.kill('SIGINT')
    expect((await first.ended).code).toBe(130)
    expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
    expect(await home.run('plan --detailed-exitcode')).toMatchObject({ code: 0 })
    expect(home.live()).toHaveLength(30)
  })

  test('ends a plan at once', async () => {
    const home = await house({ emulator: { latencyMs: 3_000 } })
    const first = home.start('plan')
    await expect
      .poll(() => home.emulator.world.traffic.counts().peakConcurrency, { timeout: 30_000 })
      .toBeGreaterThan(0)
    first.child.kill('SIGINT')
    expect(await first.ended).toMatchObject({ code: 130, stdout: '' })
  })
})
