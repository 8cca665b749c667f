/** Runs one program without a shell, in a process group of its own, so that a timeout ends everything it started. */
import { spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { kill } from 'node:process'

export interface Run {
  /** Absolute path of the program. */
  readonly program: string
  readonly args: readonly string[]
  readonly cwd: string
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>
  readonly input: string
  readonly timeoutMillis: number
  readonly maxOutputBytes: number
}

/** How it ended. Standard error is thrown away unread. */
export type Ended =
  | { readonly kind: 'exited'; readonly code: number | null; readonly output: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'tooMuchOutput' }
  | { readonly kind: 'notStarted' }

/** Never throws. */
export function run({ program, args, cwd, env, input, timeoutMillis, maxOutputBytes }: Run): Promise<Ended> {
  return new Promise((done) => {
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'ignore'] })
    const end = (ended: Ended): void => {
      clearTimeout(timer)
      if (ended.kind !== 'exited' && child.pid !== undefined) killGroup(child.pid)
      done(ended)
    }
    const timer = setTimeout(() => end({ kind: 'timeout' }), timeoutMillis)
    const chunks: Buffer[] = []
    let size = 0
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > maxOutputBytes) end({ kind: 'tooMuchOutput' })
      else chunks.push(chunk)
    })
    child.on('error', () => end({ kind: 'notStarted' }))
    child.on('close', (code) => end({ kind: 'exited', code, output: Buffer.concat(chunks).toString('utf8') }))
    child.stdin.on('error', () => undefined) // it may end without reading
    child.stdin.end(input)
  })
}

function killGroup(pid: number): void {
  try {
    kill(-pid, 'SIGKILL')
  } catch {
    // it is gone already
  }
}

/** The absolute path of a command: looked up in `path` (a PATH) when it has no slash, else relative to `cwd`. `null` when there is none. */
export function findProgram(command: string, cwd: string, path: string | undefined): string | null {
  if (command.includes('/')) return runnable(resolve(cwd, command))
  for (const folder of (path ?? '').split(delimiter)) {
    const found = isAbsolute(folder) ? runnable(join(folder, command)) : null
    if (found !== null) return found
  }
  return null
}

function runnable(program: string): string | null {
  try {
    accessSync(program, constants.X_OK)
    return statSync(program).isFile() ? program : null
  } catch {
    return null
  }
}
