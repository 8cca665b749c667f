import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { SCHEMAS } from '../../src/cli/commands/schema.ts'
import { CODES } from '../../src/core/codes/index.ts'
import { folder, keywright, leaveHouses, start } from '../fakes/cli.ts'
import { inside } from './inside.ts'

afterAll(leaveHouses)

const EXAMPLE = resolve('examples/quickstart')

describe.concurrent('tools outside a project', () => {
  test('schema prints the published file', async () => {
    const { code, stdout } = await keywright(['schema', 'snapshot'], { cwd: folder() })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync('schemas/keywright.snapshot.schema.json', 'utf8')))
    expect((await keywright(['schema', 'manfest'], { cwd: folder() })).words).toContain('Did you mean "manifest"?')
  })

  test('schema knows every file in schemas/, without a process of its own', async () => {
    const published = readdirSync('schemas').map((name) => name.split('.')[1] ?? '')
    expect([...SCHEMAS].sort()).toEqual(published.sort())
    for (const kind of SCHEMAS) {
      const { stdout } = await inside(['schema', kind], { cwd: folder() })
      expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync(`schemas/keywright.${kind}.schema.json`, 'utf8')))
    }
  })

  test('explain knows every code, in any case, and suggests the nearest', async () => {
    const cwd = folder()
    expect((await keywright(['explain', 'state-missing'], { cwd })).stdout).toMatch(/^STATE_MISSING\n\n {2}Live keys/)
    expect((await keywright(['explain', 'STATE_MISING'], { cwd })).words).toContain('keywright explain STATE_MISSING')
    const list = (await keywright(['explain'], { cwd })).stdout
    for (const code of Object.keys(CODES)) expect(list).toContain(code)
  })

  test('completion is a script that bash can read, and names every command', async () => {
    const { stdout } = await keywright(['completion', 'bash'], { cwd: folder() })
    execFileSync('bash', ['-n'], { input: stdout })
    const words = `${stdout}\nCOMP_WORDS=(keywright state re); COMP_CWORD=2; _keywright; echo "\${COMPREPLY[*]}"`
    expect(execFileSync('bash', { input: words }).toString()).toContain('rebuild')
    for (const kind of ['zsh', 'fish'])
      expect((await keywright(['completion', kind], { cwd: folder() })).stdout).toContain('destroy')
  })

  test('emulate prints where it is as its first line and runs until it is told to end', async () => {
    const run = start(['emulate', '--port', '0', '--keys', '3', '--control'], { cwd: folder() })
    await run.saw('\n')
    run.child.kill('SIGTERM')
    const { code, stdout } = await run.ended
    expect(code).toBe(0)
    expect(JSON.parse(stdout.split('\n')[0] ?? '')).toEqual({
      openrouter: {
        baseUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/api\/v1$/),
        managementKey: expect.any(String),
      },
      strait: {
        baseUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
        token: expect.stringMatching(/^strait_[0-9a-f]{64}$/),
        project: expect.stringMatching(/^proj_/),
      },
    })
    const wrong = await keywright(['emulate', '--port', 'x', '--fault', 'nonsense'], { cwd: folder() })
    expect(wrong).toMatchObject({ code: 1, stdout: '' })
    expect(wrong.stderr.match(/CLI_USAGE/g)).toHaveLength(2)
  })

  test.each([
    { flags: [], counted: true },
    { flags: ['--no-strait-limits'], counted: false },
  ])('emulate $flags counts requests to Strait: $counted', async ({ flags, counted }) => {
    const run = start(['emulate', '--port', '0', ...flags], { cwd: folder() })
    const line = new Promise<string>((resolve) => run.child.stdout?.once('data', (text) => resolve(String(text))))
    const { strait } = JSON.parse(await line)
    const { status, headers } = await fetch(`${strait.baseUrl}/v1/api-keys`, {
      headers: { authorization: `Bearer ${strait.token}` },
    })
    run.child.kill('SIGTERM')
    await run.ended
    expect([status, headers.has('x-ratelimit-limit')]).toEqual([200, counted])
  })

  test('demo and the quickstart example end by themselves, and leave their files', async () => {
    const cwd = folder()
    const told = await keywright(['demo'], { cwd, env: { TMPDIR: cwd } })
    expect(told).toMatchObject({ code: 0, stderr: '' })
    const at = /look at: (.*)/.exec(told.stdout)?.[1] ?? ''
    expect(existsSync(join(at, '.env.keys'))).toBe(true)
    expect(existsSync(join(at, '.keywright'))).toBe(true)
    rmSync(join(EXAMPLE, '.run'), { recursive: true, force: true })
    for (let i = 0; i < 2; i++) {
      const story = await keywright(['demo', '--example', EXAMPLE], { cwd })
      expect(story).toMatchObject({ code: 0, stderr: '' })
      expect(story.stdout).toContain('issued #2')
    }
    expect(execFileSync('git', ['status', '--porcelain', '--', EXAMPLE]).toString()).not.toContain('.run')
  })
})
