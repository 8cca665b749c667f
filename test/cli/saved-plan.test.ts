/** `plan --out` and `apply FILE`: what was reviewed is what is done, or the address is named. */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Ajv } from 'ajv'
import { afterAll, describe, expect, test } from 'vitest'
import { canonical } from '../../src/core/canonical.ts'
import { decodePlan, encodePlan } from '../../src/core/documents/saved-plan-schema.ts'
import { digestOf } from '../../src/core/sealed.ts'
import { fingerprintOf } from '../../src/io/digest.ts'
import { type House, leaveHouses, manifest } from '../fakes/cli.ts'
import { quietHouse } from './inside.ts'

afterAll(leaveHouses)

const THREE = { a: 'limit: 10', b: 'limit: 10', c: 'limit: 10' }

/** A house with three keys in service. */
async function served(): Promise<House> {
  const home = await quietHouse({ keys: THREE })
  expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
  return home
}

const hashOf = (home: House, id: string): string =>
  home.live().find(({ name }) => name.startsWith(`${id} `))?.hash ?? ''
const limitOf = (home: House, id: string) => home.live().find(({ name }) => name.startsWith(`${id} `))?.limit

describe.concurrent('a saved plan', () => {
  test('is canonical, keeps to its schema, holds no secret, and is readable by its owner alone', async () => {
    const home = await served()
    home.write('keys/a.keys.yaml', manifest({ ...THREE, a: 'limit: 20', d: 'limit: 1' }))
    const saved = await home.run('plan --out plan.json')
    expect(saved).toMatchObject({ code: 0 })
    expect(saved.stderr).toContain('Wrote plan.json: 2 changes sealed, no secret.')
    const text = home.read('plan.json')
    expect(text).toBe(`${canonical(JSON.parse(text))}\n`)
    expect(statSync(join(home.root, 'plan.json')).mode & 0o777).toBe(0o600)
    const schema = resolve(import.meta.dirname, '../../schemas/keywright.saved-plan.schema.json')
    const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync(schema, 'utf8')))
    expect([validate(JSON.parse(text)), validate.errors]).toEqual([true, null])
    expect(text).not.toMatch(/sk-or-/)
    expect(text).not.toContain(home.emulator.openrouter.managementKey)
    await home.run('plan --out again.json')
    const digest = (file: string) => JSON.parse(home.read(file)).digest
    expect(digest('again.json')).toBe(digest('plan.json'))
    expect(JSON.parse((await home.run('plan --json')).stdout).digest).toBe(digest('plan.json'))
  })

  test('is carried out without another yes, does exactly that, and leaves an empty plan', async () => {
    const home = await served()
    home.write('keys/a.keys.yaml', manifest({ ...THREE, a: 'limit: 20' }))
    await home.run('plan --out plan.json')
    home.emulator.world.openrouter.edit(hashOf(home, 'c'), { limit: 99 })
    expect(await home.run('apply plan.json')).toMatchObject({ code: 0 })
    expect([limitOf(home, 'a'), limitOf(home, 'c')]).toEqual([20, 99])
    expect((await home.run('plan c --detailed-exitcode')).code).toBe(2)
    expect((await home.run('plan a b --detailed-exitcode')).code).toBe(0)
    const again = await home.run('apply plan.json')
    expect(again).toMatchObject({ code: 0 })
  })

  test('is stale at exactly the addresses whose decision would now differ, and then nothing is sent', async () => {
    const home = await served()
    home.write('keys/a.keys.yaml', manifest({ ...THREE, a: 'limit: 20', b: 'limit: 20' }))
    await home.run('plan --out plan.json')
    home.emulator.world.openrouter.edit(hashOf(home, 'a'), { limit: 15 })
    const writes = home.writes()
    const refused = await home.run('apply plan.json')
    expect(refused).toMatchObject({ code: 3 })
    expect(refused.words).toContain('PLAN_STALE')
    expect(refused.words).toContain(
      'test-a1b2/a: the plan says update, limit 10 -> 20 USD in all; now it would be update, limit 15 -> 20 USD in all.',
    )
    expect(refused.words).not.toContain('test-a1b2/b:')
    expect(home.writes()).toBe(writes)
  })

  test('is stale where the manifest entry is another one, where it is gone, and where a human stopped the key', async () => {
    const home = await served()
    const raised = { a: 'limit: 20', b: 'limit: 20', c: 'limit: 20' }
    home.write('keys/a.keys.yaml', manifest(raised))
    await home.run('plan --out plan.json')
    home.write('keys/a.keys.yaml', manifest({ ...raised, a: 'limit: 21' }))
    expect((await home.run('apply plan.json')).words).toContain(
      'limit 10 -> 21 USD in all. Its manifest entry is another one now.',
    )
    home.write('keys/a.keys.yaml', manifest(THREE))
    expect((await home.run('apply plan.json')).words).toContain('now it would be nothing.')
    home.write('keys/a.keys.yaml', manifest({ b: 'limit: 20', c: 'limit: 20' }))
    expect((await home.run('apply plan.json')).words).toContain('now it would be retire')
    home.write('keys/a.keys.yaml', manifest(raised))
    await home.run('pause b --for 1h --yes')
    const paused = await home.run('apply plan.json')
    expect(paused).toMatchObject({ code: 3 })
    expect(paused.words).toContain(
      'test-a1b2/b: the plan says update, limit 10 -> 20 USD in all; now it would be nothing.',
    )
  })

  test('goes on after a run that ended in the middle, and is done when it was done', async () => {
    const home = await quietHouse({ keys: THREE })
    const config = home.read('keywright.yaml')
    await home.run('plan --out plan.json')
    home.write('keywright.yaml', config.replace('kind: openrouter,', 'kind: openrouter, writesPerDay: 2, reserve: 0,'))
    expect(await home.run('apply plan.json')).toMatchObject({ code: 5 })
    expect(home.live()).toHaveLength(2)
    home.write('keywright.yaml', config)
    expect(await home.run('apply plan.json')).toMatchObject({ code: 0 })
    expect(home.live()).toHaveLength(3)
    expect((await home.run('plan --detailed-exitcode')).code).toBe(0)
  })

  test('leaves alone what was not in it, renames and new keys included, and says how many', async () => {
    const home = await served()
    home.write('keys/a.keys.yaml', manifest({ ...THREE, a: 'limit: 20' }))
    await home.run('plan --out plan.json')
    const { b, c, ...rest } = { ...THREE, a: 'limit: 20' }
    const moved = `${manifest({ ...rest, c, d: 'limit: 1', e: b }).replace('dotenv:E', 'dotenv:B')}moved: [{ from: b, to: e }]\n`
    home.write('keys/a.keys.yaml', moved)
    const applied = await home.run('apply plan.json')
    expect(applied).toMatchObject({ code: 0 })
    expect(applied.stderr).toContain('2 changes are not in this plan and left alone')
    expect(limitOf(home, 'a')).toBe(20)
    expect(home.live()).toHaveLength(3)
    expect((await home.run('state list --json')).stdout).not.toContain('test-a1b2/e')
  })

  test('seals what is due only with --due', async () => {
    const home = await served()
    home.write('keys/a.keys.yaml', manifest({ ...THREE, a: 'limit: 20' }))
    home.emulator.world.openrouter.edit(hashOf(home, 'b'), { limit: 30 })
    await home.run('plan --out plan.json')
    await home.run('plan --due --out due.json')
    const ids = (file: string) => JSON.parse(home.read(file)).sealed.map(({ address }: { address: string }) => address)
    expect([ids('plan.json'), ids('due.json')]).toEqual([['test-a1b2/a'], ['test-a1b2/a', 'test-a1b2/b']])
    expect(await home.run('apply due.json')).toMatchObject({ code: 0 })
    expect([limitOf(home, 'a'), limitOf(home, 'b')]).toEqual([20, 10])
  })

  test('is judged by the guards that hold when it is applied', async () => {
    const home = await served()
    home.write('keys/a.keys.yaml', manifest({ a: 'limit: 20', b: 'limit: 20', c: 'limit: 20' }))
    await home.run('plan --out plan.json')
    const config = home.read('keywright.yaml')
    home.write('keywright.yaml', `${config}guard: { maxLoosen: 2 }\n`)
    const refused = await home.run('apply plan.json')
    expect(refused).toMatchObject({ code: 3 })
    expect(refused.words).toContain('--allow-loosen 3')
    expect(await home.run('apply plan.json --allow-loosen 3')).toMatchObject({ code: 0 })
  })

  test('is not written for a plan that a guard refuses', async () => {
    const home = await quietHouse({ keys: THREE, more: 'guard: { requireOwner: true }\n' })
    expect(await home.run('plan --out plan.json')).toMatchObject({ code: 3 })
    expect(() => home.read('plan.json')).toThrow('ENOENT')
  })

  test.each([
    ['of another stack', (text: string) => text.replaceAll('test-a1b2', 'test-zzzz'), 'seals do not match'],
    ['that is cut', (text: string) => text.slice(0, 200), 'not JSON'],
    ['with a seal that was exchanged', (text: string) => text.replace(/("seal":"sha256:)./, '$1g'), 'has another form'],
    [
      'with another seal',
      (text: string) => text.replace(/("seal":"sha256:)...../, '$100000'),
      'seals do not match its digest',
    ],
    [
      'of a later version',
      (text: string) => text.replace('"schemaVersion":1', '"schemaVersion":2'),
      'schemaVersion is not 1',
    ],
  ])('%s is refused and nothing is sent', async (_, change, word) => {
    const home = await quietHouse()
    await home.run('plan --out plan.json')
    writeFileSync(join(home.root, 'plan.json'), change(home.read('plan.json')))
    const refused = await home.run('apply plan.json')
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.words).toContain('PLAN_INVALID')
    expect(refused.words).toContain(word)
    expect(home.writes()).toBe(0)
  })

  test('that was forged, digest and all, does nothing that would not be decided now', async () => {
    const home = await served()
    home.write('keys/a.keys.yaml', manifest({ ...THREE, a: 'limit: 20' }))
    await home.run('plan --out plan.json')
    const saved = decodePlan(home.read('plan.json'))
    const [one] = saved.sealed
    if (!one) throw new Error('nothing is sealed')
    const sealed = [{ ...one, seal: `sha256:${'0'.repeat(64)}` }]
    const forged = { ...saved, sealed, digest: digestOf(saved.stack, sealed, fingerprintOf) }
    writeFileSync(join(home.root, 'plan.json'), encodePlan(forged))
    const writes = home.writes()
    const refused = await home.run('apply plan.json')
    expect(refused).toMatchObject({ code: 3 })
    expect(refused.words).toContain('PLAN_STALE')
    expect(home.writes()).toBe(writes)
  })

  test('is a file and no address: an id of the same name is still an id', async () => {
    const home = await quietHouse({ keys: { 'a.b': 'limit: 1', c: 'limit: 1' } })
    home.write('a.b', 'a file of its own')
    expect(await home.run('apply a.b --yes')).toMatchObject({ code: 0 })
    expect(home.live()).toHaveLength(1)
    expect((await home.run('apply missing.json')).words).toContain('PLAN_INVALID')
  })
})

describe.concurrent('a digest', () => {
  test('stands for the authored plan in a merge queue, and --check is a yes to exactly that', async () => {
    const home = await served()
    home.write('keys/a.keys.yaml', manifest({ ...THREE, a: 'limit: 20' }))
    const { digest } = JSON.parse((await home.run('plan --json')).stdout)
    home.emulator.world.openrouter.edit(hashOf(home, 'b'), { limit: 50 })
    expect(await home.run(['plan', '--check', digest])).toMatchObject({ code: 0 })
    const other = await home.run(['plan', '--check', `sha256:${'0'.repeat(64)}`])
    expect(other).toMatchObject({ code: 3 })
    expect(other.words).toContain('PLAN_STALE')
    expect((await home.run(['plan', '--check', 'abc'])).words).toContain('CLI_USAGE')
    home.write('keys/a.keys.yaml', manifest({ ...THREE, a: 'limit: 21' }))
    const refused = await home.run(['apply', '--check', digest])
    expect(refused).toMatchObject({ code: 3 })
    expect(limitOf(home, 'a')).toBe(10)
    home.write('keys/a.keys.yaml', manifest({ ...THREE, a: 'limit: 20' }))
    expect(await home.run(['apply', '--check', digest])).toMatchObject({ code: 0 })
    expect([limitOf(home, 'a'), limitOf(home, 'b')]).toEqual([20, 10])
  })
})
