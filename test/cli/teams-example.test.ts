/** `examples/teams`, and each change in it that is refused. */
import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pointAt } from '../../src/cli/shell/tour.ts'
import { type RunningEmulator, startEmulator } from '../../src/emulators/server.ts'
import { type Ended, folder, leaveHouses } from '../fakes/cli.ts'
import { inside } from './inside.ts'

const EXAMPLE = resolve('examples/teams')
const README = readFileSync(join(EXAMPLE, 'README.md'), 'utf8')
/** Change and code, as the page says. */
const ROWS = [...README.matchAll(/^\| `([\w-]+\.yaml)`: .* \| `(\w+)` \|$/gm)].map(
  ([, file = '', code = '']) => [file, code] as const,
)

let emulator: RunningEmulator
let root: string
let env: Readonly<Record<string, string>>
beforeAll(async () => {
  emulator = await startEmulator({ seed: 1 })
  root = folder()
  cpSync(EXAMPLE, root, { recursive: true })
  await pointAt(root, emulator)
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-C', root, ...args], {
      env: { PATH: process.env.PATH ?? '', HOME: root, GIT_CONFIG_NOSYSTEM: '1' },
    })
  git('init', '-q', '-b', 'main')
  git('add', '.')
  git('commit', '-qm', 'teams')
  env = { OPENROUTER_MANAGEMENT_KEY: emulator.openrouter.managementKey, STRAIT_API_KEY: emulator.strait.token }
  expect(await run('apply --yes')).toMatchObject({ code: 0 })
  expect(await run('snapshot --out live.json')).toMatchObject({ code: 0 })
})
afterAll(async () => {
  await emulator.close()
  await leaveHouses()
})

const run = (line: string, more: Readonly<Record<string, string>> = env): Promise<Ended> =>
  inside(line.split(' '), { cwd: root, env: more })

/** The change in place, for as long as something is done with it. */
async function changed<T>(file: string, work: () => Promise<T>): Promise<T> {
  const text = readFileSync(join(root, 'refused', file), 'utf8')
  const path = join(root, /^# As (\S+)$/m.exec(text)?.[1] ?? '')
  writeFileSync(path, text)
  try {
    return await work()
  } finally {
    rmSync(path)
  }
}

describe('examples/teams', () => {
  test('has the CODEOWNERS that its keywright.yaml says', async () => {
    expect((await run('codeowners')).stdout).toBe(readFileSync(join(EXAMPLE, 'CODEOWNERS'), 'utf8'))
  })

  test('explains every change in its folder', () => {
    expect(ROWS.map(([file]) => file).sort()).toEqual(readdirSync(join(EXAMPLE, 'refused')).sort())
  })

  test.each(ROWS)('refuses %s by %s, as a plan without a token and as an apply', async (file, code) => {
    const { writes } = emulator.world.traffic.counts()
    const [plan, apply] = await changed(file, async () => [
      await run('plan --live live.json --trust main --json', {}),
      await run('apply --yes --trust main'),
    ])
    expect([plan?.code, apply?.code]).toEqual([3, 3])
    expect(JSON.parse(plan?.stdout ?? '').refusals.map((one: { code: string }) => one.code)).toEqual([code])
    expect(apply?.words).toContain(`refused ${code}`)
    expect(emulator.world.traffic.counts().writes).toBe(writes)
  })

  test('shows what its page shows, and a budget that is raised in the same change is no help', async () => {
    const shown = README.slice(README.indexOf('Plan: 1 create'), README.indexOf('$ echo $?'))
    const config = readFileSync(join(root, 'keywright.yaml'), 'utf8')
    const ended = await changed('budget.yaml', () => run('plan --live live.json --trust main', {}))
    expect(ended.stdout).toContain(shown)
    writeFileSync(join(root, 'keywright.yaml'), config.replace('maxMonthlyUsd: 200', 'maxMonthlyUsd: 2000'))
    const raised = await changed('budget.yaml', () => run('plan --live live.json --trust main', {}))
    writeFileSync(join(root, 'keywright.yaml'), config)
    expect(raised).toMatchObject({ code: 3 })
    expect(raised.stdout).toContain(shown)
    expect(raised.words).toContain('! teams.payments.maxMonthlyUsd 200 -> 2000')
  })
})
