import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type House, leaveHouses, STACK } from '../fakes/cli.ts'
import { quietHouse } from './inside.ts'

afterAll(leaveHouses)

const isEmpty = async (home: House) =>
  expect(await home.run('plan --detailed-exitcode')).toMatchObject({ code: 0, stderr: '' })

const records = async (home: House) => JSON.parse((await home.run('state pull')).stdout).records

async function applied(): Promise<House> {
  const home = await quietHouse({ keys: { a: 'limit: 1', b: 'limit: 2' } })
  expect(await home.run('apply --yes')).toMatchObject({ code: 0 })
  return home
}

describe.concurrent('a state that is pulled', () => {
  test('comes back into an empty store: nothing is issued again, and the next plan is empty', async () => {
    const home = await applied()
    const { stdout } = await home.run('state pull')
    expect(stdout).not.toMatch(/sk-or-v1-/)
    home.write('state.json', stdout)
    home.write('keywright.yaml', `${home.read('keywright.yaml')}store: { kind: local, path: elsewhere }\n`)
    expect((await home.run('plan')).stderr).toContain('STATE_MISSING')
    const writes = home.writes()
    expect(await home.run('state push state.json')).toMatchObject({ code: 3 })
    expect(await home.run('state push state.json --yes')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Saved 2 records'),
    })
    await isEmpty(home)
    expect(home.writes()).toBe(writes)
    expect((await home.run('state push state.json')).stdout).toContain('Saved 0 records')
  })

  test('is not pushed back over a later one, unless that is what is wanted', async () => {
    const home = await applied()
    home.write('old.json', (await home.run('state pull')).stdout)
    expect(await home.run('rotate a --yes')).toMatchObject({ code: 0 })
    const before = await records(home)
    const refused = await home.run('state push old.json --yes')
    expect(refused).toMatchObject({ code: 3 })
    expect(refused.words).toContain(
      `STATE_PUSH_REFUSED That would lose what the store knows: ${STACK}/a goes back from #2 to #1`,
    )
    expect(await records(home)).toEqual(before)
    expect(await home.run('state push old.json --force --yes')).toMatchObject({ code: 0 })
    // The live key of the generation that was forgotten is not touched: the address is stopped.
    expect((await home.run('plan')).all).toContain('STATE_BEHIND')
  })

  test.each([
    ['of another stack', { stack: 'other-1', header: null, records: [] }, 'is the state of the stack other-1'],
    ['of somebody else', { records: [{ address: `${STACK}/a`, lineage: 'aaaaaaaa' }] }, 'another lineage'],
    ['that lacks a record', { records: [] }, 'is not in it'],
    ['whose records are none', { records: [{ address: `${STACK}/a`, highest: 'x' }] }, 'cannot be read'],
    ['of a later format', { format: 99 }, 'STATE_TOO_NEW'],
    ['that is none', { kind: 'plan' }, 'is no state'],
  ])('%s is refused', async (_, changed, said) => {
    const home = await quietHouse({ keys: { a: 'limit: 1' } })
    await home.run('apply --yes')
    const document = JSON.parse((await home.run('state pull')).stdout)
    const { records: odd, ...rest } = changed as { records?: readonly object[] }
    const next = {
      ...document,
      ...rest,
      ...(odd ? { records: odd.map((one) => ({ ...document.records[0], ...one })) } : {}),
    }
    home.write('odd.json', JSON.stringify(next))
    const ended = await home.run('state push odd.json --yes')
    expect(ended.code).not.toBe(0)
    expect(ended.words).toContain(said)
    expect((await records(home))[0]).toEqual(document.records[0])
  })
})

describe.concurrent('a state that moves to another store', () => {
  test('from the folder to a branch: the next plan is empty, and nothing of the work tree is touched', async () => {
    const home = await applied()
    const git = (...args: string[]): string =>
      execFileSync('git', ['-C', home.root, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { encoding: 'utf8' })
    git('init', '--quiet', '--bare', 'remote.git')
    git('init', '--quiet', '-b', 'main')
    git('remote', 'add', 'origin', './remote.git')
    home.write('.gitignore', 'remote.git\n.env*\n.keywright\n')
    git('add', '-A')
    git('commit', '--quiet', '-m', 'keys')
    const [status, refs] = [git('status', '--porcelain'), git('for-each-ref')]
    expect(await home.run('state migrate local git')).toMatchObject({ code: 3 })
    expect(await home.run('state migrate local git --yes')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Copied 2 records of the stack'),
    })
    expect([git('status', '--porcelain'), git('for-each-ref')]).toEqual([status, refs])
    home.write('keywright.yaml', `${home.read('keywright.yaml')}store: { kind: git }\n`)
    await isEmpty(home)
    expect(await home.run('state migrate local git --yes')).toMatchObject({ code: 0 })
    const lines = git('--git-dir=remote.git', 'log', '--format=%an: %s', 'keywright-state')
    expect(lines).toContain(`tester: ${STACK}: 2 keys`)
    expect(git('--git-dir=remote.git', 'ls-tree', '-r', '--name-only', 'keywright-state').trim().split('\n')).toEqual([
      'keywright.json',
      `${STACK}/keys/a.json`,
      `${STACK}/keys/b.json`,
      `${STACK}/lease.json`,
      `${STACK}/stack.json`,
    ])
  })

  test('is refused where the other store knows more', async () => {
    const home = await applied()
    expect(await home.run(['state', 'migrate', 'local', '{ kind: local, path: other }', '--yes'])).toMatchObject({
      code: 0,
    })
    expect(await home.run('rotate a --yes')).toMatchObject({ code: 0 })
    const back = await home.run(['state', 'migrate', '{ kind: local, path: other }', 'local', '--yes'])
    expect(back).toMatchObject({ code: 3, stderr: expect.stringContaining('STATE_PUSH_REFUSED') })
    expect(await home.run(['state', 'migrate', 'loca', 'git', '--yes'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('"loca" is no store'),
    })
  })
})

const OLD = resolve(import.meta.dirname, 'fixtures/state-format-1.jsonl')

describe('a state of format 1, written by the build of that time', () => {
  test('is read, planned empty, and goes on in the present format', async () => {
    const home = await quietHouse({ keys: {} })
    mkdirSync(join(home.root, '.keywright'))
    cpSync(OLD, join(home.root, '.keywright', 'state.1.jsonl'))
    expect(readFileSync(OLD, 'utf8')).not.toContain('"words"')
    const { records: found, format } = JSON.parse((await home.run('state pull')).stdout)
    expect(format).toBe(2)
    const words = found.flatMap(({ generations }: { generations: { issued: { words: object } }[] }) =>
      generations.map(({ issued }) => issued.words),
    )
    expect(words).toEqual([
      { id: 'ci/bot', name: 'CI bot' },
      { id: 'worker', name: 'worker' },
    ])
    expect(await home.run('state rm worker --yes')).toMatchObject({ code: 0 })
    expect(await home.run('state rm ci/bot --yes')).toMatchObject({ code: 0 })
    expect(home.read('.keywright/state.2.jsonl')).toMatch(/^\{"kind":"birth","format":2,/)
  })
})
