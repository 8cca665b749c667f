/** Where credentials come from. Each source is asked only when it is its turn. */
import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { TokenSource } from '../../core/config/config.ts'
import type { StoredSource } from '../../core/config/stored-sources.ts'
import { isKeywrightError, KeywrightError } from '../../core/diagnostic.ts'
import { resolvePlace } from '../../core/places.ts'
import { Secret } from '../../core/secret.ts'
import { type Instant, instant } from '../../core/time.ts'

export interface TokenSurroundings {
  /** Folder of keywright.yaml: relative files and programs start here. */
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Told of each source that could not be asked, or refused. */
  readonly failed?: (source: TokenSource, error: KeywrightError) => void
}

export interface FoundToken {
  readonly token: Secret
  readonly source: TokenSource
  /** When it was stored, where that is known. */
  readonly storedAt?: Instant
}

const PATIENCE = 30_000
const MAX_OUTPUT = 64 * 1024

/** The sources that hold something usable, in order. Commands run only with KEYWRIGHT_ALLOW_EXEC=1. */
export async function* tokensOf(sources: readonly TokenSource[], around: TokenSurroundings): AsyncGenerator<Secret> {
  for await (const { token } of foundTokens(sources, around)) yield token
}

/** The same, with where each was found. */
export async function* foundTokens(
  sources: readonly TokenSource[],
  around: TokenSurroundings,
): AsyncGenerator<FoundToken> {
  for (const source of sources) {
    const found = await ask(source, around)
    if (found !== null) yield { ...found, source }
  }
}

type Found = Omit<FoundToken, 'source'>

async function ask(source: TokenSource, around: TokenSurroundings): Promise<Found | null> {
  try {
    if ('stored' in source) return await stored(source, around)
    if ('oidc' in source) return { token: await (await import('../../io/oidc.ts')).exchangedToken(source, around) }
    return await written(source, around)
  } catch (error) {
    if (!isKeywrightError(error)) throw error
    around.failed?.(source, error)
    return null
  }
}

type Written = Exclude<TokenSource, StoredSource | { readonly oidc: unknown }>

async function written(source: Written, around: TokenSurroundings): Promise<Found | null> {
  const text = (await read(source, around))?.trim()
  if (text === undefined || !/^[\x21-\x7e]+$/.test(text)) return null
  const age = 'file' in source ? await stat(resolve(around.root, source.file)).catch(() => null) : null
  return { token: Secret.of(text), ...(age === null ? {} : { storedAt: instant(age.mtimeMs) }) }
}

function read(source: Written, around: TokenSurroundings): Promise<string | null> {
  if ('env' in source) return Promise.resolve(around.env[source.env] ?? null)
  if ('file' in source) return readFile(resolve(around.root, source.file), 'utf8').catch(() => null)
  return printed(source.exec, around)
}

/** Through the sink of that kind. An empty place is no token. */
async function stored(
  { stored: word, config, at }: StoredSource,
  { root, env }: TokenSurroundings,
): Promise<Found | null> {
  const name = `${word} (source of a token)`
  const resolved = resolvePlace({ sink: name, ...at }, name, config)
  if ('problems' in resolved) {
    const [{ message, hint } = { message: 'no place', hint: `${word}: { path: ... }` }] = resolved.problems
    throw new KeywrightError('SOURCE_REFUSED', { message: `${word}: ${message}`, hint })
  }
  const { openSink } = await import('../../sinks/registry.ts')
  const { isHeaderText } = await import('../../sinks/bytes.ts')
  const sink = await openSink(config, { name, root, allowExec: env.KEYWRIGHT_ALLOW_EXEC === '1', env })
  try {
    const reading = await sink.read(resolved.place)
    if (reading === null || reading === 'unreadable' || reading.bytes === undefined) return null
    if (!isHeaderText(reading.bytes)) return null
    return { token: reading.bytes, ...(reading.storedAt === undefined ? {} : { storedAt: reading.storedAt }) }
  } finally {
    await sink.close?.()
  }
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
  if ('stored' in source) return `${source.stored} at ${Object.values(source.at).join('#')}`
  if ('oidc' in source) return `the token service ${new URL(source.oidc.exchange).host}`
  if ('env' in source) return `the variable ${source.env}`
  return 'file' in source ? `the file ${source.file}` : `the command ${source.exec[0]}`
}
