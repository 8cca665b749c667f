/** The Terraform provider. Together with the CLI's main and its launcher the only file that reads `process`. */
import { writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import process from 'node:process'
import type { Host } from './plugin/host.ts'
import { runPlugin } from './plugin/run.ts'

declare const KEYWRIGHT_VERSION: string

// stdout belongs to the handshake: a stray line there would end the start.
console.log = console.info = console.debug = console.error

function host(): Host {
  return {
    env: process.env,
    pid: process.pid,
    version: KEYWRIGHT_VERSION,
    temporaryFolder: tmpdir(),
    now: Date.now,
    isRunning,
    // A stream for it would have to be loaded.
    stdout: (text) => void writeSync(1, text),
    stderr: (text) => new Promise((resolve) => process.stderr.write(text, () => resolve())),
    ignoreInterrupts: () => void process.on('SIGINT', () => {}),
    onInterrupt: (callback) => {
      process.on('SIGINT', callback)
      process.on('SIGTERM', callback)
    },
    onCrash: (callback) => {
      process.on('uncaughtException', callback)
      process.on('unhandledRejection', callback)
    },
    parent: () => process.ppid,
    exit: (code) => process.exit(code),
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

void runPlugin(async () => (await import('./body.ts')).servedIn({ env: process.env, cwd: process.cwd() }), host())
