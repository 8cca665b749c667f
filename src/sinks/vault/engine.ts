/** What both versions of the KV engine need: the mount as the server describes it, rights, and patience. */
import { isKeywrightError, type KeywrightError } from '../../core/diagnostic.ts'
import type { VaultConfig } from '../../core/vault-kind.ts'
import { isObject } from '../../io/http/json.ts'
import type { PlaceAt } from '../../ports/secret-sink.ts'
import { objectAt } from './fields.ts'
import type { Answer, Line } from './line.ts'
import { denied, misfit, policy } from './refusal.ts'

export interface EngineParts {
  readonly line: Line
  /** Name of the sink, for messages. */
  readonly name: string
  readonly mount: string
  readonly config: VaultConfig
}

export function pathOf(place: PlaceAt): string {
  return place.at.path ?? ''
}

export function nameOf(place: PlaceAt): string {
  return place.at.field ?? ''
}

/**
 * Whether the server says that the mount is the KV engine of that version; `false` when it does not tell. Throws `SINK_MISFIT` when it is
 * another: what version 1 is told to write at `data/PATH` it writes there.
 */
export function mountCheck({ line, mount, name, config }: EngineParts): () => Promise<boolean> {
  const wanted = config.kv ?? 2
  let known: Promise<boolean> | null = null
  const look = async (): Promise<boolean> => {
    const { status, json } = await line.ask({ method: 'GET', path: `sys/internal/ui/mounts/${mount}` })
    const { type, options } = objectAt(json, 'data')
    if (status !== 200 || typeof type !== 'string') return false
    if (type !== 'kv' && type !== 'generic')
      throw misfit(`the sink ${name} leads to no KV engine at the mount ${mount}`, 'vault secrets list')
    const version = isObject(options) && options.version === '2' ? 2 : 1
    if (version === wanted) return true
    throw misfit(`the mount ${mount} of the sink ${name} is a KV engine of version ${version}`, `kv: ${version}`)
  }
  return () => {
    known ??= look().catch((error: unknown) => {
      known = null
      throw error
    })
    return known
  }
}

/** Throws `SINK_MISFIT` for a 404 that is about the route and not about the secret. */
export function assertRouted({ status, errors }: Answer, { mount, name }: EngineParts): void {
  if (status !== 404 || errors.length === 0) return
  throw misfit(`the sink ${name} finds nothing mounted at ${mount}`, 'vault secrets list')
}

/** What the token may do with a path, `null` when it may not even ask. */
export async function rightsOn(line: Line, path: string): Promise<ReadonlySet<string> | null> {
  const body = JSON.stringify({ paths: [path] })
  const { status, json } = await line.ask({ method: 'POST', path: 'sys/capabilities-self', body })
  const listed = objectAt(json, 'data')[path] ?? (isObject(json) ? json[path] : undefined)
  if (status !== 200 || !Array.isArray(listed)) return null
  return new Set(listed.filter((one) => typeof one === 'string'))
}

/** True when one of the rights is there for each need. */
export function covers(rights: ReadonlySet<string>, needs: readonly (readonly string[])[]): boolean {
  return rights.has('root') || needs.every((ways) => ways.some((right) => rights.has(right)))
}

export function notAllowed(name: string, path: string, wanted: readonly string[]): KeywrightError {
  return denied(`the policy of the sink ${name} does not allow what ${path} needs`, policy(path, wanted))
}

/** Looks and changes again, from the start, when it stays unknown whether a change arrived: every change begins with a look. */
export async function insistently<T>(line: Line, work: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await work()
    } catch (error) {
      if (!isKeywrightError(error, 'SINK_UNREACHABLE')) throw error
      await line.pause(tried, error)
    }
  }
}
