/** A guided walk: real commands, run one after the other in this process against an emulator of its own. */
import { access, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KeywrightError } from '../../core/diagnostic.ts'
import { type RunningEmulator, startEmulator } from '../../emulators/server.ts'
import type { ExitCode, Shell } from './command.ts'
import type { Proc } from './process.ts'

/** One stop: words before it, and either a command or an edit. */
export type Stop =
  | { readonly say?: string; readonly run: readonly string[] }
  | { readonly say?: string; readonly edit: string; readonly from: string; readonly to: string }

/** Walks until the end, or until a command does not end with 0. Returns the last exit code. */
export async function tour(shell: Shell, folder: string, stops: readonly Stop[]): Promise<ExitCode> {
  const { run } = await import('./run.ts')
  const emulator = await startEmulator()
  try {
    if (await hasConfig(folder)) await pointAt(folder, emulator)
    for (const stop of stops) {
      if (stop.say !== undefined) shell.stdout(`\n# ${stop.say}\n`)
      if ('edit' in stop) await edit(shell, folder, stop)
      else {
        shell.stdout(`$ keywright ${stop.run.join(' ')}\n`)
        const code = await run(procOf(shell, { argv: stop.run, folder, emulator }))
        if (code !== 0) return code
      }
      if ('run' in stop && stop.run[0] === 'init') await pointAt(folder, emulator)
    }
    return 0
  } finally {
    await emulator.close()
  }
}

async function edit(
  shell: Shell,
  folder: string,
  { edit: path, from, to }: Extract<Stop, { edit: string }>,
): Promise<void> {
  const file = join(folder, path)
  const text = await readFile(file, 'utf8')
  if (!text.includes(from))
    throw new KeywrightError('CLI_INTERNAL', { message: `${path} does not hold what the tour would edit.` })
  const edited = text.replace(from, to)
  await writeFile(file, edited)
  const { structuredPatch } = await import('diff')
  const { hunks } = structuredPatch(path, path, text, edited, undefined, undefined, { context: 1 })
  shell.stdout(`${path}\n${hunks.flatMap((hunk) => hunk.lines).join('\n')}\n`)
}

interface Step {
  readonly argv: readonly string[]
  readonly folder: string
  readonly emulator: RunningEmulator
}

/** The same terminal, another folder and another account. Settings of the user that could change the story are left out. */
function procOf(shell: Shell, { argv, folder, emulator }: Step): Proc {
  const env = Object.fromEntries(Object.entries(shell.env).filter(([name]) => !/^(?:KEYWRIGHT|OPENROUTER)_/.test(name)))
  const terminal = shell.color
  return {
    argv,
    env: { ...env, OPENROUTER_MANAGEMENT_KEY: emulator.openrouter.managementKey },
    version: shell.version,
    nodeVersion: shell.nodeVersion,
    home: shell.home,
    cwd: () => folder,
    stdout: { terminal, columns: shell.columns, write: shell.stdout },
    stderr: { terminal: shell.live, columns: shell.columns, write: shell.stderr },
    stdin: { terminal: false, lines: async function* () {} },
    onSignal: (callback) => shell.signal.addEventListener('abort', callback),
    onHangup: () => undefined,
    exit: (code) => {
      throw new Error(`ended with ${code}`)
    },
  }
}

function hasConfig(folder: string): Promise<boolean> {
  return access(join(folder, 'keywright.yaml')).then(
    () => true,
    () => false,
  )
}

/** Makes the providers in keywright.yaml, each on a line of its own, lead to the emulator, whatever address and project it has. */
export async function pointAt(
  folder: string,
  { openrouter, strait }: Pick<RunningEmulator, 'openrouter' | 'strait'>,
): Promise<void> {
  const file = join(folder, 'keywright.yaml')
  const lines = (await readFile(file, 'utf8')).split('\n').map((line) => {
    if (line.includes('kind: openrouter,')) return led(line, 'openrouter', openrouter.baseUrl)
    if (!line.includes('kind: strait,')) return line
    return led(line, 'strait', strait.baseUrl).replace(/project: *[^,\s}]+/, `project: ${strait.project}`)
  })
  await writeFile(file, lines.join('\n'))
}

function led(line: string, kind: string, baseUrl: string): string {
  const named = /baseUrl: *"?http:\/\/127\.0\.0\.1[^",\s}]*"?/
  const address = `baseUrl: "${baseUrl}"`
  return named.test(line) ? line.replace(named, address) : line.replace(`kind: ${kind},`, `kind: ${kind}, ${address},`)
}

/** A fresh copy of an example, without what earlier runs left. */
export async function copyExample(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true })
  await mkdir(to, { recursive: true })
  for (const name of await readdir(from))
    if (!name.startsWith('.') || name === '.gitignore') await cp(join(from, name), join(to, name), { recursive: true })
}
