/** The examples as users have them: a folder each, with the packages they ask for above them. */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'

export type Library = 'cdktf' | 'cdktn'
export const LIBRARIES: readonly Library[] = ['cdktf', 'cdktn']

export interface Examples {
  folder(library: Library): string
  /** `cdk.tf.json` of its stack, synthesised by plain node. */
  synth(library: Library, env: Readonly<Record<string, string>>): Promise<string>
  remove(): Promise<void>
}

export async function examples(): Promise<Examples> {
  const root = await mkdtemp(join(tmpdir(), 'kw-cdk-'))
  await mkdir(join(root, 'node_modules'))
  await symlink(resolve('.'), join(root, 'node_modules/keywright'))
  for (const name of [...LIBRARIES, 'constructs', 'vitest'])
    await symlink(resolve('node_modules', name), join(root, 'node_modules', name))
  for (const library of LIBRARIES) await cp(`examples/${library}-typescript`, join(root, library), { recursive: true })
  const folder = (library: Library): string => join(root, library)
  return {
    folder,
    async synth(library, env) {
      const cwd = folder(library)
      const bundle = { bundle: true, platform: 'node', packages: 'external', logLevel: 'warning' } as const
      await build({ ...bundle, entryPoints: [join(cwd, 'main.ts')], outfile: join(cwd, 'main.cjs') })
      await promisify(execFile)(process.execPath, ['main.cjs'], { cwd, env: { PATH: process.env.PATH ?? '', ...env } })
      return readFile(join(cwd, 'cdktf.out/stacks/keys/cdk.tf.json'), 'utf8')
    },
    remove: () => rm(root, { recursive: true, force: true }),
  }
}
