/** The real `terraform` in a folder of its own, offline. A test that needs it fails, rather than skips, where it is missing. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BuiltPlugin } from './plugin-build.ts'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface TerraformFolder {
  readonly path: string
  write(name: string, text: string): Promise<void>
  read(name: string): Promise<string>
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ran>
  /** Interrupted (Ctrl-C) once its output, or its log with that of the provider, holds `when`. */
  interrupted(args: readonly string[], when: RegExp): Promise<Ran>
  /** Throws with everything terraform said unless it ended with `code`. */
  done(args: readonly string[], code?: number): Promise<Ran>
  remove(): Promise<void>
}

const REQUIRED = `terraform {
  required_providers {
    keywright = {
      source = "keywright/keywright"
    }
  }
}
`

/** `main.tf` holds `config` and the requirement; the plugin is reached by dev_overrides, so that no init is needed. */
export async function terraformFolder(plugin: BuiltPlugin, config: string): Promise<TerraformFolder> {
  const path = await mkdtemp(join(tmpdir(), 'kw-tf-'))
  const write = (name: string, text: string): Promise<void> => writeFile(join(path, name), text)
  await write('main.tf', REQUIRED + config)
  await write(
    'cli.tfrc',
    `provider_installation {\n  dev_overrides {\n    "keywright/keywright" = "${plugin.folder}"\n  }\n}\n`,
  )
  const run: TerraformFolder['run'] = (args, env = {}) => terraform(args, { cwd: path, env })
  return {
    path,
    write,
    read: (name) => readFile(join(path, name), 'utf8'),
    run,
    interrupted: (args, when) => terraform(args, { cwd: path, env: { TF_LOG: 'INFO' } }, when),
    async done(args, code = 0) {
      const ran = await run(args)
      if (ran.code !== code)
        throw new Error(`terraform ${args.join(' ')} ended with ${ran.code}:\n${ran.stdout}\n${ran.stderr}`)
      return ran
    },
    remove: () => rm(path, { recursive: true, force: true }),
  }
}

interface Place {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

function terraform(args: readonly string[], { cwd, env }: Place, interruptAt?: RegExp): Promise<Ran> {
  const whole = {
    PATH: process.env.PATH,
    HOME: cwd,
    TMPDIR: tmpdir(),
    TF_CLI_CONFIG_FILE: join(cwd, 'cli.tfrc'),
    TF_IN_AUTOMATION: '1',
    CHECKPOINT_DISABLE: '1',
    ...env,
  }
  const words = [...args, ...(NO_COLOR.has(args[0] ?? '') ? ['-no-color'] : [])]
  const child = spawn('terraform', words, { cwd, env: whole, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  let isInterrupted = false
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text) => {
      said[name] += text
      if (isInterrupted || !interruptAt?.test(said.stdout + said.stderr)) return
      isInterrupted = true
      child.kill('SIGINT')
    })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code: code ?? -1, ...said }))
  })
}

const NO_COLOR: ReadonlySet<string> = new Set([
  'plan',
  'apply',
  'destroy',
  'validate',
  'import',
  'show',
  'init',
  'refresh',
])
