/** The built executable as a real process, and an emulator of its own. Everything started here is killed when the test process ends. */
import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'

/** What `bin` points at; KEYWRIGHT_CLI names another build. */
export const CLI = resolve(process.env.KEYWRIGHT_CLI ?? 'dist/cli.js')

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly pid: number
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Does nothing to a process that already ended. */
  kill(signal: NodeJS.Signals): void
}

export interface StartOptions {
  readonly cwd?: string
  /** All of its environment beside PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
}

const alive = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

export function startCli(args: readonly string[], options: StartOptions = {}): Running {
  return startNode([CLI, ...args], options)
}

function startNode(args: readonly string[], options: StartOptions): Running {
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(process.execPath, args, {
    cwd: options.cwd,
    env: { PATH, HOME, ...options.env },
    stdio: 'pipe',
  })
  alive.add(child)
  const text = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk
    })
  child.stdin.on('error', () => undefined).end(options.stdin ?? '')
  const ended = new Promise<Ended>((accept) => {
    child.once('close', (code, signal) => {
      alive.delete(child)
      accept({ code, signal, ...text })
    })
  })
  return { pid: child.pid ?? 0, child, ended, kill: (signal) => void child.kill(signal) }
}

export function runCli(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return startCli(args, options).ended
}

/** Another program beside the executable. */
export function runNode(args: readonly string[], options: StartOptions = {}): Promise<Ended> {
  return startNode(args, options).ended
}

export interface EmulatorProcess {
  readonly baseUrl: string
  readonly managementKey: string
  readonly strait: { readonly baseUrl: string; readonly token: string; readonly project: string }
  /** A control route, such as `GET counts`. Throws for an answer other than 200. */
  control(route: string, body?: object): Promise<Record<string, unknown>>
  stop(): Promise<void>
}

/** `keywright emulate --port 0 --control` with more flags. Resolves when it listens; rejects when it ends before. */
export async function startEmulatorProcess(flags: readonly string[] = []): Promise<EmulatorProcess> {
  const running = startCli(['emulate', '--port', '0', '--control', ...flags])
  const { openrouter, strait } = JSON.parse(await firstLine(running)) as {
    openrouter: Record<'baseUrl' | 'managementKey', string>
    strait: Record<'baseUrl' | 'token' | 'project', string>
  }
  const control = openrouter.baseUrl.replace('/api/v1', '/_emulator')
  return {
    ...openrouter,
    strait,
    async control(route, body) {
      const [method = 'GET', path = ''] = route.split(' ')
      const answer = await fetch(`${control}/${path}`, { method, ...(body ? { body: JSON.stringify(body) } : {}) })
      if (!answer.ok) throw new Error(`${route}: ${answer.status} ${await answer.text()}`)
      return (await answer.json()) as Record<string, unknown>
    },
    async stop() {
      running.kill('SIGKILL')
      await running.ended
    },
  }
}

async function firstLine({ child, ended }: Running): Promise<string> {
  const lines = child.stdout ? createInterface({ input: child.stdout }) : null
  const line = new Promise<string>((accept) => lines?.once('line', accept))
  const early = ended.then(({ stderr }) => Promise.reject(new Error(`the emulator ended early: ${stderr}`)))
  const first = await Promise.race([line, early])
  lines?.close()
  child.stdout?.resume()
  return first
}
