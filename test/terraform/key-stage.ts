/**
 * A stage for keys: a real emulator, a folder with a configuration, the product as `npm run build` made it, and the real terraform.
 *
 * `spawned` terraform starts the provider itself, several times per command, as for users. `reattached` goes to one provider process that
 * stays, which costs a tenth of the time. Whatever the way, each apply that succeeds is followed by a plan, which has to be empty
 * unless the state says that something is left to do.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import type { KeyTruth } from '../../src/emulators/openrouter/hooks.ts'
import type { EmulatorOptions } from '../../src/emulators/options.ts'
import { type RunningEmulator, startEmulator } from '../../src/emulators/server.ts'
import { PRODUCT } from './plugin-build.ts'
import { openEnds, resourceOf, type StateFile, stateIn } from './state-file.ts'
import { type Ran, type TerraformFolder, terraformFolder } from './terraform.ts'

export type How = 'spawned' | 'reattached'

export interface Stage {
  readonly emulator: RunningEmulator
  readonly folder: TerraformFolder
  /** Runs terraform; throws with everything it said unless it ended with `code`. */
  done(args: readonly string[], code?: number): Promise<Ran>
  /** An apply that succeeds with nothing left to do throws unless the plan after it is empty. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ran>
  /** `done` over the provider that stays, also where others are spawned. */
  quick(args: readonly string[], code?: number): Promise<Ran>
  /** A new main.tf: these blocks, and a provider block unless one of them is. */
  write(blocks: string): Promise<void>
  apply(...args: string[]): Promise<Ran>
  /** The plan over the provider that stays, and its apply as `how` says: the half of an apply that writes. Says what both said. */
  carryOut(): Promise<Ran>
  /** Live keys at OpenRouter, oldest first. */
  live(): readonly KeyTruth[]
  state(): StateFile
  /** Attributes of one resource, by its address without type. */
  attributes(name: string): Record<string, unknown>
  /** The value of a dotenv variable. */
  secret(name: string): string | null
  /** Every secret that the emulator issued. */
  issued(): readonly string[]
  /** Both clocks go on, that of the APIs and that of the provider. */
  goOn(millis: number): void
  /** What a spawned provider needs to live by that clock. TLS is off: terraform judges certificates by the clock of the machine. */
  clock(): Readonly<Record<string, string>>
  env(): Readonly<Record<string, string>>
  /** The plan is empty, said once more. */
  rests(): Promise<void>
  /** Nothing is there any more: no key, no state, no secret, no fault. Clocks stay where they are. */
  clear(): void
  close(): Promise<void>
}

export interface StageOptions extends EmulatorOptions {
  readonly how: How
  /** Inside `sinks` of the provider block, beside the dotenv and the file sink. */
  readonly sinks?: string
}

export async function keyStage({ how, sinks = '', ...options }: StageOptions): Promise<Stage> {
  const folder = await terraformFolder(PRODUCT, '')
  const beside = (name: string): string => `${folder.path}-${name}`
  const issued = beside('issued')
  const emulator = await startEmulator({ control: true, ...options, issued })
  const env = environment(emulator)
  let ahead = 0
  setClock(beside('clock'), ahead)
  const clock = {
    CLOCK_AHEAD: beside('clock'),
    NODE_OPTIONS: `--require=${resolve('test/terraform/moving-clock.cjs')}`,
  }
  let peer: Promise<Peer> | null = null
  const staying = async (): Promise<Record<string, string>> => {
    peer ??= reattach(folder.path, { ...env, ...clock })
    return { ...env, TF_REATTACH_PROVIDERS: (await peer).line }
  }
  const moved = (): Record<string, string> => (ahead === 0 ? {} : { ...clock, TF_DISABLE_PLUGIN_TLS: '1' })
  const run: Stage['run'] = async (args, more = {}) => {
    const whole = how === 'reattached' ? await staying() : { ...env, ...moved() }
    const ran = await folder.run(args, { ...whole, ...more })
    if (args[0] === 'apply' && ran.code === 0 && !args.includes('-target')) await rests(args, more)
    return ran
  }
  const rests = async (args: readonly string[], more: Readonly<Record<string, string>>): Promise<void> => {
    if (openEnds(stateIn(folder.path), Date.now() + ahead)) return
    const words = ['plan', '-detailed-exitcode', ...args.filter((one) => one.startsWith('-var='))]
    assertCode(words, await folder.run(words, { ...(await staying()), ...more }), 0)
  }
  const quick: Stage['quick'] = async (args, code = 0) =>
    assertCode(args, await folder.run(args, await staying()), code)
  const done: Stage['done'] = async (args, code = 0) => assertCode(args, await run(args), code)
  return {
    emulator,
    folder,
    run,
    done,
    quick,
    write: (blocks) => folder.write('main.tf', configuration(sinks, blocks)),
    apply: (...args) => done(['apply', '-auto-approve', ...args]),
    async carryOut() {
      const planned = await quick(['plan', '-out=plan.bin'])
      const applied = await done(['apply', 'plan.bin'])
      return { ...applied, stdout: planned.stdout + applied.stdout }
    },
    live: () => emulator.world.openrouter.keys().filter((key) => key.deleted_at === null),
    state: () => stateIn(folder.path),
    attributes: (name) => resourceOf(stateIn(folder.path), name),
    secret: (name) => dotenv(folder.path, name),
    issued: () => lines(issued),
    goOn(millis) {
      ahead += millis
      setClock(beside('clock'), ahead)
      emulator.world.clock.advance(millis / 1000)
    },
    clock: () => ({ ...clock, TF_DISABLE_PLUGIN_TLS: '1' }),
    env: () => env,
    rests: async () => void (await quick(['plan', '-detailed-exitcode'])),
    clear() {
      emulator.world.faults.clear()
      for (const { hash } of emulator.world.openrouter.keys()) emulator.world.openrouter.remove(hash)
      for (const { id } of emulator.world.strait.keys().slice(1)) emulator.world.strait.revoke(id)
      for (const name of readdirSync(folder.path))
        if (name !== 'cli.tfrc') rmSync(join(folder.path, name), { recursive: true, force: true })
    },
    async close() {
      ;(await peer)?.child.kill()
      await emulator.close()
      await folder.remove()
      for (const name of ['issued', 'clock']) rmSync(beside(name), { force: true })
    },
  }
}

function environment({ openrouter, strait, firstLine }: RunningEmulator): Record<string, string> {
  return {
    OPENROUTER_MANAGEMENT_KEY: openrouter.managementKey,
    OPENROUTER_BASE_URL: openrouter.baseUrl,
    STRAIT_API_KEY: strait.token,
    STRAIT_BASE_URL: strait.baseUrl,
    STRAIT_PROJECT: firstLine.strait.project,
    KEYWRIGHT_STACK: 'outside-1a2b',
  }
}

function assertCode(args: readonly string[], ran: Ran, code: number): Ran {
  if (ran.code === code) return ran
  throw new Error(`terraform ${args.join(' ')} ended with ${ran.code}, not ${code}:\n${ran.stdout}\n${ran.stderr}`)
}

/** At once, so that no reader sees half of it. */
function setClock(path: string, ahead: number): void {
  writeFileSync(`${path}.next`, String(ahead))
  renameSync(`${path}.next`, path)
}

const REQUIRED = `terraform {
  required_providers {
    keywright = {
      source = "keywright/keywright"
    }
  }
}
`

function configuration(sinks: string, blocks: string): string {
  const provider = `provider "keywright" {
  stack = "acme-7f3a"
  sinks = {
    dotenv = { kind = "dotenv" }
    files  = { kind = "file", root = "secrets" }
    ${sinks}
  }
}
`
  return `${REQUIRED}${/^provider "keywright"/m.test(blocks) ? '' : provider}${blocks}\n`
}

interface Peer {
  readonly line: string
  readonly child: ChildProcess
}

/** The provider as a process of its own: terraform kills the pid of a socket that it cannot reach. */
async function reattach(cwd: string, env: Readonly<Record<string, string>>): Promise<Peer> {
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

/** One stage for all tests of a file, cleared before each. */
export function sharedStage(options: StageOptions): () => Stage {
  let stage: Stage | undefined
  beforeAll(async () => {
    stage = await keyStage(options)
  })
  beforeEach(() => stage?.clear())
  afterAll(() => stage?.close())
  return () => {
    if (!stage) throw new Error('the stage is not there yet')
    return stage
  }
}

/** What a person reads, without frames and line breaks. */
export function words({ stdout, stderr }: Ran): string {
  return `${stdout} ${stderr}`.replace(/[│╵╷\s]+/g, ' ')
}

/** The key of most stories. */
export const bot = (inside: string): string => `
resource "keywright_openrouter_key" "bot" {
  key_id     = "platform/ci-bot"
  deliver_to = [{ sink = "dotenv", name = "BOT" }]
  ${inside}
}
`

/** Name of a live key of that address. */
export const marked = (n: number, lineage = 'abcdefgh'): string => `CI [kw:acme-7f3a/platform/ci-bot#${n}.${lineage}]`
