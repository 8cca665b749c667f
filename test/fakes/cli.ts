/** The real command line as a child process, in a folder of its own, against a real emulator. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { KeyTruth } from '../../src/emulators/openrouter/hooks.ts'
import type { EmulatorOptions } from '../../src/emulators/options.ts'
import { type RunningEmulator, startEmulator } from '../../src/emulators/server.ts'

/** Built by `npm run build`. */
export const CLI = resolve(dirname(fileURLToPath(import.meta.url)), '../../dist/cli.js')

export interface Ended {
  /** `null` when a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Both, as a person would see them. */
  readonly all: string
  /** Both with every run of white space as one space, for words that may be wrapped. */
  readonly words: string
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves when stdout or stderr holds this text. */
  saw(text: string): Promise<void>
}

export interface RunOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Text on stdin, which is closed after it. */
  readonly input?: string
}

/** Starts the CLI with nothing of this process's environment but PATH and HOME. */
export function start(args: readonly string[], { cwd, env = {}, input = '' }: RunOptions): Running {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, [CLI, ...args], { cwd, env: { PATH, HOME, USER: 'tester', ...env } })
  const text = { stdout: '', stderr: '', all: '' }
  const waiting = new Set<{ readonly text: string; readonly resolve: () => void }>()
  const heard = (stream: 'stdout' | 'stderr', chunk: string): void => {
    text[stream] += chunk
    text.all += chunk
    for (const one of waiting) if (text.all.includes(one.text)) one.resolve()
  }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => heard('stdout', chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => heard('stderr', chunk))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const ended = new Promise<Ended>((done) =>
    child.on('close', (code) => done({ code, ...text, words: text.all.replace(/\s+/g, ' ') })),
  )
  const saw = (wanted: string): Promise<void> =>
    new Promise((done) => (text.all.includes(wanted) ? done() : waiting.add({ text: wanted, resolve: done })))
  return { child, ended, saw }
}

export function keywright(args: readonly string[], options: RunOptions): Promise<Ended> {
  return start(args, options).ended
}

export interface House {
  readonly root: string
  readonly emulator: RunningEmulator
  /** Runs the CLI in this folder with the management key. */
  run(args: string | readonly string[], more?: Partial<RunOptions>): Promise<Ended>
  start(args: string | readonly string[], more?: Partial<RunOptions>): Running
  write(path: string, text: string): void
  read(path: string): string
  /** Live keys as the API has them. */
  live(): readonly KeyTruth[]
  /** Writes the emulator saw: POST, PATCH, DELETE. */
  writes(): number
}

export const STACK = 'test-a1b2'

/** keywright.yaml that leads to an emulator. `more` is appended. */
export function configFor({ openrouter }: Pick<RunningEmulator, 'openrouter'>, more = '', stack = STACK): string {
  return `version: 1
stack: ${stack}
providers:
  openrouter: { kind: openrouter, baseUrl: "${openrouter.baseUrl}", token: { env: OPENROUTER_MANAGEMENT_KEY } }
sinks: { dotenv: { kind: dotenv, path: .env.keys } }
${more}`
}

/** A manifest of keys `id: { limit, extra }`, each with a place of its own. */
export function manifest(keys: Readonly<Record<string, string>>): string {
  const entries = Object.entries(keys).map(([id, fields]) => {
    const name = id.toUpperCase().replace(/[^A-Z0-9]/g, '_')
    return `  ${id}: { ${fields}, deliverTo: ["dotenv:${name}"] }\n`
  })
  return `keys:\n${entries.join('')}`
}

const houses: { readonly root: string; readonly emulator: RunningEmulator | null }[] = []

/** A temporary folder, removed by `leaveHouses`. */
export function folder(): string {
  const root = mkdtempSync(join(tmpdir(), 'keywright-cli-'))
  houses.push({ root, emulator: null })
  return root
}

export interface HouseOptions {
  readonly keys?: Readonly<Record<string, string>>
  readonly emulator?: EmulatorOptions
  /** Another house's account. */
  readonly beside?: House
  readonly more?: string
}

/** A project with one manifest, and an account for it. */
export async function house({
  keys = { a: 'limit: 10' },
  emulator: options = {},
  beside,
  more,
}: HouseOptions = {}): Promise<House> {
  const root = folder()
  const emulator = beside?.emulator ?? (await startEmulator(options))
  if (!beside) houses.push({ root, emulator })
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  write('keywright.yaml', configFor(emulator, more))
  write('keys/a.keys.yaml', manifest(keys))
  const env = { OPENROUTER_MANAGEMENT_KEY: emulator.openrouter.managementKey }
  const begin: House['start'] = (args, extra = {}) =>
    start(typeof args === 'string' ? args.split(' ') : args, { cwd: root, ...extra, env: { ...env, ...extra.env } })
  return {
    root,
    emulator,
    run: (args, extra) => begin(args, extra).ended,
    start: begin,
    write,
    read: (path) => readFileSync(join(root, path), 'utf8'),
    live: () => emulator.world.openrouter.keys().filter((key) => key.deleted_at === null),
    writes: () => emulator.world.traffic.counts().writes,
  }
}

/** Stops emulators and removes folders. */
export async function leaveHouses(): Promise<void> {
  for (const { root, emulator } of houses.splice(0)) {
    await emulator?.close()
    rmSync(root, { recursive: true, force: true })
  }
}
