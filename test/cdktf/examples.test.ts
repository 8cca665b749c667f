/** Both examples: synthesised by plain node, applied by the real terraform through a filesystem mirror, and swapped for each other. */
import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { keywright } from '../fakes/cli.ts'
import { keyStage } from '../terraform/key-stage.ts'
import { example, LIBRARIES, type Library } from './example.ts'

const other = (library: Library): Library => (library === 'cdktf' ? 'cdktn' : 'cdktf')

/** The state lies beside the stack, under the same path for both libraries. */
function inFolder(text: string, path: string): string {
  const stack = JSON.parse(text)
  return JSON.stringify({
    ...stack,
    terraform: { ...stack.terraform, backend: { local: { path: join(path, 'terraform.tfstate') } } },
  })
}

test.each(LIBRARIES)('%s: applies, rests, is empty under the other library, and destroys', async (library) => {
  const stage = await keyStage({ how: 'spawned' })
  const [one, another] = [await example(library), await example(other(library))]
  try {
    const { stdout } = await keywright(['provider', 'install', '--mirror', 'mirror'], { cwd: stage.folder.path })
    await stage.folder.write('cli.tfrc', stdout)
    await stage.folder.write('main.tf', '')
    await stage.folder.write('cdk.tf.json', inFolder(await one.synth(), stage.folder.path))
    await stage.done(['init', '-input=false'])
    await stage.apply()
    await stage.rests()
    expect(
      stage
        .live()
        .map(({ name }) => name.split(' [')[0])
        .sort(),
    ).toEqual(['Reports', 'platform/ci-bot', 'team/sandbox'])
    for (const name of ['CI_BOT_KEY', 'REPORTS_KEY', 'SANDBOX_KEY'])
      expect(stage.issued()).toContain(stage.secret(name))
    await stage.folder.write('cdk.tf.json', inFolder(await another.synth(), stage.folder.path))
    await stage.done(['init', '-input=false'])
    await stage.rests()
    await stage.done(['destroy', '-auto-approve'])
    expect(stage.live().filter(({ disabled }) => !disabled)).toEqual([])
  } finally {
    await stage.close()
    await one.remove()
    await another.remove()
  }
})

test.each(LIBRARIES)('%s: its own tests pass', async (library) => {
  const one = await example(library)
  try {
    const run = promisify(execFile)(
      process.execPath,
      [resolve('node_modules/vitest/vitest.mjs'), 'run', '--root', one.path],
      {
        cwd: one.path,
        env: { PATH: process.env.PATH ?? '', KEYS_CONFIG: one.path },
      },
    )
    expect((await run).stdout).toMatch(/2 passed/)
  } finally {
    await one.remove()
  }
})
