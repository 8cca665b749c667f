/** Makes the `Shell` of one command line. */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { KeywrightError } from '../../core/diagnostic.ts'
import { systemClock } from '../../io/clock.ts'
import { duration, type Globals } from '../options.ts'
import type { Shell } from './command.ts'
import { openEvents } from './events.ts'
import type { Parsed } from './parse.ts'
import type { Proc } from './process.ts'
import { ask, readAll } from './stdin.ts'

export async function openShell(proc: Proc, { command, globals }: Parsed): Promise<Shell> {
  const { env, version, nodeVersion, home } = proc
  const cwd = folderOf(proc, globals)
  const signals = watchSignals(proc)
  const interactive = proc.stdin.terminal && proc.stderr.terminal && !env.CI
  const result = globals.events === '-' ? proc.stderr : proc.stdout
  const color = globals.color && globals.format === 'human' && result.terminal && env.TERM !== 'dumb'
  const { environment, where, format, parallelism, yes, lockTimeout, logLevel, trust } = globals
  return {
    cwd,
    rooted: globals.dir !== null,
    environment,
    trust,
    where,
    format,
    color,
    columns: columnsOf(proc),
    parallelism,
    yes,
    lockTimeout,
    leaseTtl: leaseTtlOf(env),
    logLevel,
    env,
    version,
    nodeVersion,
    home,
    commandLine: `keywright ${command.name}`,
    clock: systemClock,
    random: Math.random,
    signal: signals.signal,
    holdSignals: signals.hold,
    onHangup: proc.onHangup,
    interactive,
    live: proc.stderr.terminal && format === 'human' && !env.CI && env.TERM !== 'dumb',
    events: openEvents(globals.events, cwd, proc.stdout),
    stdout: result.write,
    stderr: proc.stderr.write,
    readStdin: () => readAll(proc),
    confirm: async (question) => interactive && ask(proc, question, signals.signal),
  }
}

function folderOf(proc: Proc, { dir }: Globals): string {
  const folder = resolve(proc.cwd(), dir ?? '.')
  if (dir !== null && statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new KeywrightError('CLI_FOLDER_MISSING', { message: `${dir} is no folder.`, hint: 'ls' })
  return folder
}

/** Width of the terminal, COLUMNS, or 80. */
export function columnsOf({ stdout, env }: Proc): number {
  const written = /^\d{2,4}$/.test(env.COLUMNS ?? '') ? Number(env.COLUMNS) : null
  return Math.max(40, stdout.columns ?? written ?? 80)
}

function leaseTtlOf(env: Proc['env']): number | null {
  const text = env.KEYWRIGHT_LEASE_TTL
  return text === undefined || text === '' ? null : duration(text)
}

/** The first signal aborts (once held; until then it ends the process), the second ends the process. */
function watchSignals(proc: Proc): { readonly signal: AbortSignal; hold(): void } {
  const controller = new AbortController()
  let held = false
  proc.onSignal(() => {
    if (!held || controller.signal.aborted) proc.exit(130)
    proc.stderr.write('\nFinishing what is in flight; once more ends at once.\n')
    controller.abort()
  })
  return {
    signal: controller.signal,
    hold: () => {
      held = true
    },
  }
}
