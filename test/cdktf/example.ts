/** An example as a user has it: a folder of its own, with the packages it asks for beside it. */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'

export type Library = 'cdktf' | 'cdktn'
export const LIBRARIES: readonly Library[] = ['cdktf', 'cdktn']

export interface Example {
  readonly path: string
  /** `cdk.tf.json` of its stack, synthesised by plain node. */
  synth(): Promise<string>
  remove(): Promise<void>
}

export async function example(library: Library): Promise<Example> {
  const path = await mkdtemp(join(tmpdir(), `kw-${library}-`))
  await cp(`examples/${library}-typescript`, path, { recursive: true })
  await mkdir(join(path, 'node_modules'))
  await symlink(resolve('.'), join(path, 'node_modules/keywright'))
  for (const name of [library, 'constructs', 'vitest'])
    await symlink(resolve('node_modules', name), join(path, 'node_modules', name))
  return {
    path,
    async synth() {
      const outfile = join(path, 'main.cjs')
      await build({
        entryPoints: [join(path, 'main.ts')],
        outfile,
        bundle: true,
        platform: 'node',
        packages: 'external',
        logLevel: 'warning',
      })
      await promisify(execFile)(process.execPath, [outfile], { cwd: path })
      return readFile(join(path, 'cdktf.out/stacks/keys/cdk.tf.json'), 'utf8')
    },
    remove: () => rm(path, { recursive: true, force: true }),
  }
}
