/**
 * A command line inside this process: the same parser, commands, exit codes and texts as the executable, without the start of a
 * process. For histories of many commands; what a process itself does is tested with real ones.
 */
import { resolve } from 'node:path'
import { run } from '../../src/cli/shell/run.ts'
import { type Ended, type House, type HouseOptions, house, type RunOptions } from '../fakes/cli.ts'

export async function inside(args: readonly string[], { cwd, env = {}, input = '' }: RunOptions): Promise<Ended> {
  const { PATH = '', HOME = '' } = process.env
  const text = { stdout: '', stderr: '', all: '' }
  const stream = (name: 'stdout' | 'stderr') => ({
    terminal: false,
    columns: null,
    write: (chunk: string): void => {
      text[name] += chunk
      text.all += chunk
    },
  })
  const code = await run({
    argv: args,
    env: { PATH, HOME, USER: 'tester', ...env },
    version: '0.0.0',
    nodeVersion: process.versions.node,
    home: resolve('dist'),
    cwd: () => cwd,
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    stdin: {
      terminal: false,
      lines: async function* () {
        yield input
      },
    },
    onSignal: () => undefined,
    onHangup: () => undefined,
    exit: (end) => {
      throw new Error(`exit ${end} was asked for`)
    },
  })
  return { code, ...text, words: text.all.replace(/\s+/g, ' ') }
}

/** A house whose `run` starts no process; `start` still does. */
export async function quietHouse(options: HouseOptions = {}): Promise<House> {
  const home = await house(options)
  const key = { OPENROUTER_MANAGEMENT_KEY: home.emulator.openrouter.managementKey }
  return {
    ...home,
    run: (args, more = {}) =>
      inside(typeof args === 'string' ? args.split(' ') : args, {
        cwd: home.root,
        ...more,
        env: { ...key, ...more.env },
      }),
  }
}
