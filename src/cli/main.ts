/** The program. Together with the Terraform provider's main and the launcher the only file that reads `process`. */
import { dirname } from 'node:path'
import process from 'node:process'
import type { Proc, Stream } from './shell/process.ts'

declare const KEYWRIGHT_VERSION: string
/** Path of the one script that this is. */
declare const KEYWRIGHT_FILE: string

function streamOf(stream: NodeJS.WriteStream): Stream {
  let open = true
  // A reader that went away (`| head`) must not end an apply in the middle of its work.
  stream.on('error', () => {
    open = false
  })
  return {
    terminal: stream.isTTY === true,
    columns: stream.isTTY === true && stream.columns > 0 ? stream.columns : null,
    write: (text) => {
      if (open) stream.write(text)
    },
  }
}

async function* stdinLines(): AsyncGenerator<string> {
  process.stdin.setEncoding('utf8')
  for await (const chunk of process.stdin) yield `${chunk}`
}

function proc(): Proc {
  return {
    argv: process.argv.slice(2),
    env: process.env,
    version: KEYWRIGHT_VERSION,
    nodeVersion: process.versions.node,
    home: dirname(dirname(KEYWRIGHT_FILE)),
    cwd: process.cwd,
    stdout: streamOf(process.stdout),
    stderr: streamOf(process.stderr),
    stdin: { terminal: process.stdin.isTTY === true, lines: stdinLines },
    onSignal: (callback) => {
      process.on('SIGINT', callback)
      process.on('SIGTERM', callback)
    },
    onHangup: (callback) => void process.on('SIGHUP', callback),
    exit: (code) => process.exit(code),
  }
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.destroyed) resolve()
    else stream.write('', () => resolve())
  })
}

async function main(): Promise<void> {
  const { run } = await import('./shell/run.ts')
  const code = await run(proc())
  await Promise.all([flushed(process.stdout), flushed(process.stderr)])
  process.exit(code)
}

void main()
