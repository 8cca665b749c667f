/** The built executable as a child process, timed from start to end. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const CLI = fileURLToPath(new URL('cli.js', import.meta.url))

export interface Run {
  readonly args: readonly string[]
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface Timed {
  readonly code: number | null
  readonly millis: number
  readonly output: string
}

/** `node` with these arguments. Its environment is PATH, HOME and `env`. */
export function node({ args, cwd, env }: Run): Promise<Timed> {
  const { PATH = '', HOME = '' } = process.env
  const begun = performance.now()
  const child = spawn(process.execPath, args, { cwd, env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const chunks: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) =>
      resolve({ code, millis: performance.now() - begun, output: Buffer.concat(chunks).toString('utf8') }),
    )
  })
}

export function keywright({ args, ...rest }: Run): Promise<Timed> {
  return node({ args: [CLI, ...args], ...rest })
}

/** Throws with everything the process said unless it ended with `code`. */
export function ended(timed: Timed, code = 0): Timed {
  if (timed.code !== code)
    throw new Error(`ended with ${timed.code} instead of ${code}:\n${timed.output.slice(0, 4000)}`)
  return timed
}

/** Highest resident memory in MiB: by /proc where there is one, since Linux lets a child inherit its parent's figure elsewhere. */
const PROBE = `
import { readFileSync, writeFileSync } from 'node:fs'
process.on('exit', () => {
  let kib = process.resourceUsage().maxRSS
  try { kib = Number(/VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))[1]) } catch {}
  writeFileSync(process.env.KEYWRIGHT_BENCH_RSS, String(kib / 1024))
})`

export async function keywrightWithMemory(run: Run): Promise<Timed & { readonly peakMiB: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'keywright-bench-rss-'))
  const file = join(folder, 'rss')
  const probe = `--import=data:text/javascript,${encodeURIComponent(PROBE)}`
  try {
    const timed = await keywright({ ...run, env: { ...run.env, NODE_OPTIONS: probe, KEYWRIGHT_BENCH_RSS: file } })
    return { ...timed, peakMiB: Number(await readFile(file, 'utf8')) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export interface Emulator {
  readonly baseUrl: string
  readonly managementKey: string
  /** Requests since the last call, by method and path. */
  counts(): Promise<{
    readonly total: number
    readonly writes: number
    readonly requests: Readonly<Record<string, number>>
  }>
  stop(): Promise<void>
}

export async function startEmulator(flags: readonly string[] = []): Promise<Emulator> {
  const args = [CLI, 'emulate', '--port', '0', '--control', ...flags]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const lines = createInterface({ input: child.stdout })
  const line = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve)
    lines.once('close', () => reject(new Error('the emulator ended before it listened')))
  })
  const { openrouter } = JSON.parse(line) as { openrouter: Pick<Emulator, 'baseUrl' | 'managementKey'> }
  const control = openrouter.baseUrl.replace('/api/v1', '/_emulator')
  return {
    ...openrouter,
    async counts() {
      const counted = await (await fetch(`${control}/counts`)).json()
      await fetch(`${control}/log`, { method: 'DELETE' })
      return counted as Awaited<ReturnType<Emulator['counts']>>
    },
    async stop() {
      child.kill('SIGKILL')
      await closed
    },
  }
}
