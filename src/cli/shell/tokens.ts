/** Where credentials come from. Each source is asked only when it is its turn. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { TokenSource } from '../../core/config/config.ts'
import { Secret } from '../../core/secret.ts'

export interface TokenSurroundings {
  /** Folder of keywright.yaml: relative files and programs start here. */
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
}

const PATIENCE = 30_000
const MAX_OUTPUT = 64 * 1024

/** The sources that hold something usable, in order. Commands run only with KEYWRIGHT_ALLOW_EXEC=1. */
export async function* tokensOf(sources: readonly TokenSource[], around: TokenSurroundings): AsyncGenerator<Secret> {
  for (const source of sources) {
    const text = (await read(source, around))?.trim()
    if (text !== undefined && /^[\x21-\x7e]+$/.test(text)) yield Secret.of(text)
  }
}

function read(source: TokenSource, around: TokenSurroundings): Promise<string | null> {
  if ('env' in source) return Promise.resolve(around.env[source.env] ?? null)
  if ('file' in source) return readFile(resolve(around.root, source.file), 'utf8').catch(() => null)
  return printed(source.exec, around)
}

/** What a command prints, or `null` when it may not run or fails. Its standard error is never shown. */
async function printed(
  [command, ...args]: readonly [string, ...string[]],
  { root, env }: TokenSurroundings,
): Promise<string | null> {
  if (env.KEYWRIGHT_ALLOW_EXEC !== '1') return null
  const { findProgram, run } = await import('../../io/exec.ts')
  const program = findProgram(command, root, env.PATH)
  if (program === null) return null
  const inherited = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  )
  const limits = { timeoutMillis: PATIENCE, maxOutputBytes: MAX_OUTPUT }
  const ended = await run({ program, args, cwd: root, env: Object.fromEntries(inherited), input: '', ...limits })
  return ended.kind === 'exited' && ended.code === 0 ? ended.output : null
}

/** How a source is named in a message. */
export function sourceText(source: TokenSource): string {
  if ('env' in source) return `the variable ${source.env}`
  return 'file' in source ? `the file ${source.file}` : `the command ${source.exec[0]}`
}
