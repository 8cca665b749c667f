/**
 * A stage for keys: a real emulator, a folder with a configuration, the product as `npm run build` made it, and the real terraform.
 *
 * `spawned` terraform starts the provider itself, several times per command, as for users. `reattached` goes to one provider process that
 * stays, which costs a tenth of the time.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { KeyTruth } from '../../src/emulators/openrouter/hooks.ts'
import type { EmulatorOptions } from '../../src/emulators/options.ts'
import { type RunningEmulator, startEmulator } from '../../src/emulators/server.ts'
import { PRODUCT } from './plugin-build.ts'
import { type Ran, type TerraformFolder, terraformFolder } from './terraform.ts'

export interface Stage {
  readonly emulator: RunningEmulator
  readonly folder: TerraformFolder
  /** Runs terraform; throws with everything it said unless it ended with `code`. */
  done(args: readonly string[], code?: number): Promise<Ran>
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ran>
  /** A new main.tf: the provider block, and these blocks. */
  write(blocks: string): Promise<void>
  apply(...args: string[]): Promise<Ran>
  /** `terraform plan -detailed-exitcode` says that there is nothing to do. */
  rests(): Promise<void>
  /** Live keys at OpenRouter, oldest first. */
  live(): readonly KeyTruth[]
  /** Attributes of one resource, by its address without type. */
  attributes(name: string): Promise<Record<string, unknown>>
  /** The value of a dotenv variable. */
  secret(name: string): string | null
  /** Every secret that the emulator issued. */
  issued(): readonly string[]
  env(): Readonly<Record<string, string>>
  close(): Promise<void>
}

export interface StageOptions extends EmulatorOptions {
  readonly how: 'spawned' | 'reattached'
  /** Inside the provider block, beside stack and the dotenv sink. */
  readonly provider?: string
}

export async function keyStage({ how, provider = '', ...options }: StageOptions): Promise<Stage> {
  const folder = await terraformFolder(PRODUCT, '')
  const issued = join(folder.path, '..', `issued-${folder.path.slice(-6)}`)
  const emulator = await startEmulator({ control: true, ...options, issued })
  const { managementKey, baseUrl } = emulator.openrouter
  const env: Record<string, string> = {
    OPENROUTER_MANAGEMENT_KEY: managementKey,
    OPENROUTER_BASE_URL: baseUrl,
    STRAIT_API_KEY: emulator.strait.token,
    STRAIT_BASE_URL: emulator.strait.baseUrl,
    STRAIT_PROJECT: emulator.firstLine.strait.project,
  }
  const peer = how === 'reattached' ? await reattach(folder.path, env) : null
  const whole = peer ? { ...env, TF_REATTACH_PROVIDERS: peer.line } : env
  const run: Stage['run'] = (args, more = {}) => folder.run(args, { ...whole, ...more })
  const done: Stage['done'] = async (args, code = 0) => {
    const ran = await run(args)
    if (ran.code !== code)
      throw new Error(`terraform ${args.join(' ')} ended with ${ran.code}:\n${ran.stdout}\n${ran.stderr}`)
    return ran
  }
  return {
    emulator,
    folder,
    run,
    done,
    write: (blocks) => folder.write('main.tf', configuration(provider, blocks)),
    apply: (...args) => done(['apply', '-auto-approve', ...args]),
    rests: async () => void (await done(['plan', '-detailed-exitcode'])),
    live: () => emulator.world.openrouter.keys().filter((key) => key.deleted_at === null),
    attributes: async (name) => attributesOf(JSON.parse(await folder.read('terraform.tfstate')), name),
    secret: (name) => dotenv(folder.path, name),
    issued: () => lines(issued),
    env: () => whole,
    async close() {
      peer?.child.kill()
      await emulator.close()
      await folder.remove()
    },
  }
}

function configuration(provider: string, blocks: string): string {
  return `terraform {
  required_providers {
    keywright = {
      source = "keywright/keywright"
    }
  }
}
provider "keywright" {
  stack = "acme-7f3a"
  sinks = {
    dotenv = { kind = "dotenv" }
    files  = { kind = "file", root = "secrets" }
    ${provider}
  }
}
${blocks}
`
}

/** The provider as a process of its own: terraform kills the pid of a socket that it cannot reach. */
async function reattach(
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<{ line: string; child: ChildProcess }> {
  mkdirSync(cwd, { recursive: true })
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, [resolve('dist/provider.cjs')], {
    cwd,
    env: { PATH, ...env, KEYWRIGHT_TERRAFORM_REATTACH: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const line = await new Promise<string>((done, fail) => {
    child.once('exit', () => fail(new Error('the provider ended before it said where it is')))
    child.stdout.setEncoding('utf8').once('data', (text: string) => done(text.trim()))
  })
  return { line, child }
}

function attributesOf(
  state: { resources: readonly { name: string; instances: readonly { attributes: Record<string, unknown> }[] }[] },
  name: string,
): Record<string, unknown> {
  const found = state.resources.find((one) => one.name === name)?.instances[0]?.attributes
  if (!found) throw new Error(`the state has no ${name}`)
  return found
}

function dotenv(path: string, name: string): string | null {
  const line = lines(join(path, '.env.keys')).find((one) => one.startsWith(`${name}=`))
  return line === undefined ? null : line.slice(name.length + 1)
}

function lines(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
  } catch {
    return []
  }
}
