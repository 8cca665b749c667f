import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type House, leaveHouses, manifest, STACK } from '../fakes/cli.ts'
import { quietHouse } from './inside.ts'

afterAll(leaveHouses)

function forget(home: House): void {
  rmSync(join(home.root, '.keywright'), { recursive: true })
}

const isEmpty = async (home: House) =>
  expect(await home.run('plan --detailed-exitcode')).toMatchObject({ code: 0, stderr: '' })

describe.concurrent('a lost state', () => {
  test('stops everything, and comes back from what the places hold: the next plan is empty', async () => {
    const home = await quietHouse({
      keys: { a: 'limit: 1, expiresIn: 90d', b: 'limit: 2', c: 'limit: 3, disabled: true' },
    })
    await home.run('apply --yes')
    home.write(
      'keys/a.keys.yaml',
      manifest({ a: 'limit: 1, expiresIn: 60d', b: 'limit: 2', c: 'limit: 3, disabled: true' }),
    )
    await home.run('apply --yes')
    forget(home)
    const before = home.writes()
    const stopped = await home.run('apply --yes')
    expect(stopped).toMatchObject({ code: 1, stderr: expect.stringContaining('STATE_MISSING') })

    const dry = await home.run('state rebuild --dry-run')
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining('Would record 3 addresses') })
    expect(await home.run('state rebuild')).toMatchObject({ code: 0, stderr: '' })
    await isEmpty(home)
    expect(home.writes()).toBe(before)
    const { records } = JSON.parse((await home.run('state list --json')).stdout)
    const phases = records.map(({ generations }: { generations: { n: number; phase: string }[] }) =>
      generations.map(({ n, phase }) => `#${n} ${phase}`),
    )
    expect(phases).toEqual(expect.arrayContaining([['#1 superseded', '#2 active'], ['#1 active'], ['#1 active']]))
    expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
    expect(home.writes()).toBe(before)
  })

  test('believes no marker that no place proves, however high its number, and leaves it alone', async () => {
    const home = await quietHouse({ keys: { a: 'limit: 1', b: 'limit: 2' } })
    await home.run('apply --yes')
    const [real] = home.live()
    const lineage = /#1\.([a-z2-7]{8})\]$/.exec(real?.name ?? '')?.[1]
    const forged = home.emulator.world.openrouter.createForeign({ name: `a [kw:${STACK}/a#9.${lineage}]`, limit: 5 })
    home.write('.env.keys', home.read('.env.keys').replace(/^B=.*$/m, 'B=something-else'))
    forget(home)
    const rebuilt = await home.run('state rebuild')
    expect(rebuilt.code).toBe(1)
    expect(rebuilt.stdout).toContain('✓ a  #1')
    expect(rebuilt.stdout).toContain('✗ b  no place of this key holds the secret of #1')
    expect(rebuilt.stdout).toContain('#9.')
    const before = home.writes()
    await home.run('apply --yes')
    expect(home.writes()).toBe(before)
    expect(home.live().find(({ hash }) => hash === forged.hash)?.disabled).toBe(false)
    const { record } = JSON.parse((await home.run('state show a --json')).stdout)
    expect(record).toMatchObject({ highest: 9, generations: [{ n: 1, phase: 'active', id: real?.hash }] })
  })

  test('a place that cannot be read proves nothing: a human names the generation', async () => {
    const command = 'sinks: { out: { kind: exec, command: ["node", "sink.mjs"] } }'
    const home = await quietHouse({ keys: {} })
    const env = { KEYWRIGHT_ALLOW_EXEC: '1' }
    home.write(
      'sink.mjs',
      "process.stdin.resume(); process.stdin.on('end', () => process.stdout.write(JSON.stringify({ ok: true })))",
    )
    home.write('keywright.yaml', home.read('keywright.yaml').replace(/^sinks:.*$/m, command))
    home.write('keys/a.keys.yaml', 'keys: { a: { limit: 1, deliverTo: ["out:x"] } }')
    expect(await home.run('apply --yes', { env })).toMatchObject({ code: 0 })
    forget(home)
    const asked = await home.run('state rebuild', { env })
    expect(asked).toMatchObject({ code: 1, stdout: expect.stringContaining('--believe a#1') })
    expect(await home.run('state rebuild --believe a#1', { env })).toMatchObject({ code: 0 })
    expect(await home.run('plan --detailed-exitcode', { env })).toMatchObject({ code: 0 })
  })
})

describe.concurrent('the state by hand', () => {
  test('rm forgets a record after a yes and touches no key', async () => {
    const home = await quietHouse({ keys: { a: 'limit: 1' } })
    await home.run('apply --yes')
    const before = home.writes()
    expect(await home.run('state rm a')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('keywright state rm a --yes'),
    })
    expect(JSON.parse((await home.run('state list --json')).stdout).records).toHaveLength(1)
    expect(await home.run('state rm a --yes')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('still in the manifests'),
    })
    expect(JSON.parse((await home.run('state list --json')).stdout).records).toHaveLength(0)
    expect(home.writes()).toBe(before)
  })

  test('mv --stack takes all records along: same keys, same secrets, new markers', async () => {
    const home = await quietHouse({ keys: { a: 'limit: 1', b: 'limit: 2' } })
    await home.run('apply --yes')
    const places = home.read('.env.keys')
    const hashes = home.live().map(({ hash }) => hash)
    home.write('keywright.yaml', home.read('keywright.yaml').replace(`stack: ${STACK}`, 'stack: new-c3d4'))
    expect((await home.run('plan')).stderr).toContain('STACK_RENAMED')
    expect(await home.run(`state mv --stack ${STACK} new-c3d4 --yes`)).toMatchObject({ code: 0 })
    expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
    expect(home.live().map(({ hash }) => hash)).toEqual(hashes)
    expect(home.live().every(({ name }) => name.includes('[kw:new-c3d4/'))).toBe(true)
    expect(home.read('.env.keys')).toBe(places)
    await isEmpty(home)
  })

  test('accept-identity takes another account only after a yes', async () => {
    const home = await quietHouse({ keys: { a: 'limit: 1' } })
    const other = await quietHouse({ keys: {} })
    await home.run('apply --yes')
    home.write('keywright.yaml', other.read('keywright.yaml'))
    const env = { OPENROUTER_MANAGEMENT_KEY: other.emulator.openrouter.managementKey }
    expect(await home.run('plan', { env })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('PROVIDER_IDENTITY_CHANGED'),
    })
    expect(await home.run('state accept-identity', { env })).toMatchObject({ code: 3 })
    expect(await home.run('state accept-identity --yes', { env })).toMatchObject({ code: 0 })
    expect((await home.run('plan', { env })).stdout).toContain('deleted outside keywright')
  })

  test('break-lock ends the lease of another run after a yes', async () => {
    const home = await quietHouse({ emulator: { latencyMs: 700 } })
    const busy = home.start('apply --yes')
    await new Promise((done) => setTimeout(done, 900))
    expect(await home.run('state break-lock')).toMatchObject({ code: 3, stderr: expect.stringContaining('apply') })
    expect(await home.run('state break-lock --yes')).toMatchObject({ code: 0 })
    expect((await busy.ended).stderr).toContain('LEASE_LOST')
    expect((await home.run('state break-lock')).stdout).toContain('Nobody holds')
    expect((await home.run('apply --yes')).code).toBe(0)
  })
})
