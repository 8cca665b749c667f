import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { pointAt } from '../../src/cli/shell/tour.ts'
import { type RunningEmulator, startEmulator } from '../../src/emulators/server.ts'
import { folder, keywright, leaveHouses } from '../fakes/cli.ts'

const EXAMPLES = resolve('examples')
/** Those of CI need a forge, and are run with one; stacks in TypeScript are applied by terraform. */
const NAMES = readdirSync(EXAMPLES, { withFileTypes: true }).flatMap(({ name }) =>
  existsSync(join(EXAMPLES, name, 'keywright.yaml')) && !/^ci-|-typescript$/.test(name) ? [name] : [],
)

const emulators: RunningEmulator[] = []
afterAll(async () => {
  for (const emulator of emulators) await emulator.close()
  await leaveHouses()
})

/** `-e NAME` for each environment, or one empty choice. */
function choices(root: string): readonly (readonly string[])[] {
  const { environments } = parse(readFileSync(join(root, 'keywright.yaml'), 'utf8'))
  return environments === undefined ? [[]] : Object.keys(environments).map((name) => ['-e', name])
}

/** As a job of CI has it: a checkout with an origin. */
function asRepository(root: string): void {
  const origin = join(folder(), 'origin.git')
  const git = (...args: string[]): void => void execFileSync('git', args, { cwd: root })
  git('init', '--quiet', '--bare', origin)
  git('init', '--quiet')
  git('remote', 'add', 'origin', origin)
}

describe.concurrent('examples', () => {
  test.each(NAMES)(
    '%s is valid, applies, and is planned empty afterwards, also from a snapshot without a token',
    async (name) => {
      const root = folder()
      cpSync(join(EXAMPLES, name), root, { recursive: true, filter: (path) => !/\/\.(?:run|keywright)$/.test(path) })
      const emulator = await startEmulator()
      emulators.push(emulator)
      await pointAt(root, emulator)
      if (readFileSync(join(root, 'keywright.yaml'), 'utf8').includes('kind: git }')) asRepository(root)
      const env = {
        OPENROUTER_MANAGEMENT_KEY: emulator.openrouter.managementKey,
        STRAIT_API_KEY: emulator.strait.token,
        GITHUB_REF: 'refs/heads/main',
      }
      for (const choice of choices(root)) {
        const run = (...args: string[]) => keywright([...args, ...choice], { cwd: root, env })
        expect(await run('validate')).toMatchObject({ code: 0, stderr: '' })
        expect(await run('apply', '--yes')).toMatchObject({ code: 0, stderr: '' })
        expect(await run('plan', '--detailed-exitcode')).toMatchObject({ code: 0, stderr: '' })
        expect(await run('snapshot', '--out', 'live.json')).toMatchObject({ code: 0 })
        const offline = await keywright(['plan', '--live', 'live.json', '--detailed-exitcode', ...choice], {
          cwd: root,
        })
        expect(offline).toMatchObject({ code: 0, stderr: '' })
      }
    },
  )
})
