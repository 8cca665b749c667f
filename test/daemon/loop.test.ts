import { afterAll, describe, expect, test } from 'vitest'
import { house, leaveHouses } from '../fakes/cli.ts'

afterAll(leaveHouses)

describe.concurrent('reconcile --once', () => {
  test('applies what the manifests say without a yes, and the next look has nothing to do', async () => {
    const home = await house({ keys: { a: 'limit: 10', b: 'limit: 5' } })
    const first = await home.run('reconcile --once')
    expect(first, first.all).toMatchObject({ code: 0 })
    expect(first.stdout).toContain('2 of 2 done')
    expect(home.live()).toHaveLength(2)
    const again = await home.run('reconcile --once --json')
    expect(again.code).toBe(0)
    expect(JSON.parse(again.stdout)).toMatchObject({ kind: 'reconcile', exit: 0, writes: 0, loop: { failures: 0 } })
  })
})
