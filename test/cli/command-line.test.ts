import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { folder, house, keywright, leaveHouses, manifest } from '../fakes/cli.ts'

afterAll(leaveHouses)

describe.concurrent('the command line', () => {
  test('suggests the nearest command and flag, and does nothing', async () => {
    const cwd = folder()
    const command = await keywright(['aply'], { cwd })
    expect(command).toMatchObject({ code: 1, stdout: '' })
    expect(command.words).toContain('Did you mean "apply"?')
    const flag = await keywright(['plan', '--parallelsm', '3'], { cwd })
    expect(flag).toMatchObject({ code: 1, stdout: '' })
    expect(flag.words).toContain('--parallelism')
    const below = await keywright(['state', 'lst'], { cwd })
    expect(below.words).toContain('Did you mean "list"?')
    const value = await keywright(['plan', '--parallelism', 'many'], { cwd })
    expect(value).toMatchObject({ code: 1 })
    expect(value.words).toContain('whole number')
  })

  test('shows help everywhere, on stdout', async () => {
    const cwd = folder()
    for (const args of [[], ['--help'], ['help'], ['help', 'plan'], ['plan', '--help'], ['state', '--help']]) {
      const { code, stdout, stderr } = await keywright(args, { cwd })
      expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' })
      expect(stdout).toContain('keywright')
    }
    expect(await keywright(['--version'], { cwd })).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^keywright \d/),
    })
  })

  test('takes each flag from a variable, where 0 is no yes, and refuses what it cannot read', async () => {
    const home = await house()
    expect(await home.run('apply', { env: { KEYWRIGHT_YES: '0' } })).toMatchObject({ code: 3 })
    expect(home.writes()).toBe(0)
    expect(await home.run('apply', { env: { KEYWRIGHT_YES: '1', KEYWRIGHT_FORMAT: 'json' } })).toMatchObject({
      code: 0,
    })
    const wrong = await home.run('plan', { env: { KEYWRIGHT_YES: 'perhaps' } })
    expect(wrong).toMatchObject({ code: 1, stdout: '' })
    expect(wrong.words).toContain('KEYWRIGHT_YES')
  })

  test('starts in the folder of -C and looks upwards only without it', async () => {
    const home = await house()
    const below = join(home.root, 'keys')
    expect(await keywright(['validate'], { cwd: below })).toMatchObject({ code: 0 })
    expect(await keywright(['validate', '-C', below], { cwd: home.root })).toMatchObject({ code: 1 })
    expect(await keywright(['-C', home.root, 'validate'], { cwd: folder() })).toMatchObject({ code: 0 })
    expect((await keywright(['validate', '-C', 'nowhere'], { cwd: home.root })).words).toContain('CLI_FOLDER_MISSING')
  })

  test('prints one JSON document per command on stdout, also for a failure', async () => {
    const home = await house()
    const documents = ['validate', 'plan', 'apply --yes', 'drift', 'apply --yes --parallelism 0'].map(async (command) =>
      JSON.parse((await home.run(`${command} --format json`)).stdout),
    )
    for (const one of await Promise.all(documents)) expect(one).toMatchObject({ schemaVersion: 1 })
  })

  test('never writes a colour, a question or a redrawn line without a terminal', async () => {
    const home = await house()
    const runs = [await home.run('plan'), await home.run('apply'), await home.run('apply --yes')]
    for (const { all } of runs) expect(all).not.toMatch(/\x1b|\r|\[y\/N\]/)
  })

  test('writes events as NDJSON to a file of its own, or to stdout with all else on stderr', async () => {
    const home = await house()
    await home.run('apply --yes --events run.ndjson')
    const path = join(home.root, 'run.ndjson')
    const events = readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events.map(({ schemaVersion }) => schemaVersion)).toEqual(events.map(() => 1))
    expect(events).toContainEqual(expect.objectContaining({ step: 'issue', on: 'done', address: 'test-a1b2/a' }))
    expect(statSync(path).mode & 0o777).toBe(0o600)
    home.write('keys/a.keys.yaml', manifest({ a: 'limit: 20' }))
    const piped = await home.run('apply --yes --events -')
    for (const line of piped.stdout.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ schemaVersion: 1 })
    expect(piped.words).toContain('Done')
  })

  test('traces each request as method, path template, status and time, and nothing else of it', async () => {
    const home = await house()
    const { stderr } = await home.run('apply --yes --log-level trace')
    expect(
      stderr
        .trim()
        .split('\n')
        .every((line) => /^trace [A-Z]+ \/[a-z/{}]+ \d+ \d+ ms$/.test(line)),
    ).toBe(true)
    expect(stderr).toContain('trace POST /keys 201')
  })

  test('survives a reader that goes away', async () => {
    const home = await house({ keys: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, 'limit: 1'])) })
    const run = home.start('apply --yes')
    run.child.stdout?.destroy()
    expect(await run.ended).toMatchObject({ code: 0, stderr: '' })
    expect(home.live()).toHaveLength(20)
  })

  test('takes the first token that works, and a command only with permission', async () => {
    const home = await house()
    mkdirSync(join(home.root, 'bin'))
    home.write('bin/token', `#!/bin/sh\necho ${home.emulator.openrouter.managementKey}\n`)
    const { chmodSync } = await import('node:fs')
    chmodSync(join(home.root, 'bin/token'), 0o755)
    const sources = '[{ env: OLD_KEY }, { file: token.txt }, { exec: [./bin/token] }]'
    home.write('keywright.yaml', home.read('keywright.yaml').replace('{ env: OPENROUTER_MANAGEMENT_KEY }', sources))
    home.write('token.txt', 'sk-or-v1-stale\n')
    const refused = await home.run('plan', { env: { OLD_KEY: 'sk-or-v1-older' } })
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.words).toContain('KEYWRIGHT_ALLOW_EXEC=1')
    const allowed = await home.run('plan', { env: { OLD_KEY: 'sk-or-v1-older', KEYWRIGHT_ALLOW_EXEC: '1' } })
    expect(allowed).toMatchObject({ code: 0, stderr: '' })
  })

  test('changes an environment only from the ref it is bound to', async () => {
    const home = await house()
    const bound = 'environments: { prod: { stack: prod-a1b2, onlyFrom: refs/heads/main } }'
    home.write('keywright.yaml', home.read('keywright.yaml').replace('stack: test-a1b2', bound))
    const refused = await home.run('apply -e prod --yes', { env: { GITHUB_REF: 'refs/pull/7/merge' } })
    expect(refused).toMatchObject({ code: 3 })
    expect(refused.words).toContain('CLI_REF_REFUSED')
    expect(await home.run('plan -e prod')).toMatchObject({ code: 0 })
    expect(await home.run('apply -e prod --yes', { env: { GITHUB_REF: 'refs/heads/main' } })).toMatchObject({ code: 0 })
  })
})
