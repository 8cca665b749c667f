/** What a secret looks like now. */
import { unreadable } from '../../io/files.ts'
import type { PlaceAt } from '../../ports/secret-sink.ts'
import type { Annotations } from './history.ts'
import { type Line, ONCE } from './line.ts'

export interface Parts {
  readonly line: Line
  /** `projects/P` or `projects/P/locations/L`. */
  readonly parent: string
  /** The alias that counts; `null`: the version latest. */
  readonly alias: string | null
}

export interface Seen {
  /** `null`: there is no such secret. */
  readonly etag: string | null
  readonly annotations: Annotations
  readonly aliases: Readonly<Record<string, number>>
  /** Number of the version that counts; `null` without one. Where the alias is not set yet, the latest. */
  readonly version: number | null
  /** Its content; `null` when it was disabled or destroyed. */
  readonly text: string | null
}

const NOTHING: Seen = { etag: null, annotations: {}, aliases: {}, version: null, text: null }

export function secretName({ parent }: Parts, place: PlaceAt): string {
  return `${parent}/secrets/${place.at.path ?? ''}`
}

export async function look(parts: Parts, place: PlaceAt): Promise<Seen> {
  const name = secretName(parts, place)
  const secret = await parts.line.ask({
    permission: 'secretmanager.secrets.get',
    on: name,
    send: async (client) => (await client.getSecret({ name }, ONCE))[0],
  })
  if (secret.refused !== null) return NOTHING
  const { etag, annotations, versionAliases } = secret.value
  const aliases = numbersOf(versionAliases ?? {})
  const which = parts.alias !== null && parts.alias in aliases ? parts.alias : 'latest'
  const counts = await contentOf(parts, `${name}/versions/${which}`, place)
  const version = counts?.version ?? aliases[which] ?? null
  return { etag: etag ?? '', annotations: textsOf(annotations ?? {}), aliases, version, text: counts?.text ?? null }
}

export interface Content {
  readonly version: number
  readonly text: string
}

/** `null`: there is no such version, or its content is locked away or destroyed. */
export async function contentOf({ line }: Parts, version: string, place: PlaceAt): Promise<Content | null> {
  const answer = await line.ask({
    permission: 'secretmanager.versions.access',
    on: version.replace(/\/versions\/.*$/, ''),
    send: async (client) => (await client.accessSecretVersion({ name: version }, ONCE))[0],
  })
  if (answer.refused !== null) return null
  const { name, payload } = answer.value
  return { version: numberOf(name ?? ''), text: textOf(payload?.data ?? '', place) }
}

/** Number at the end of the name of a version. */
export function numberOf(name: string): number {
  return Number(name.slice(name.lastIndexOf('/') + 1))
}

function textOf(data: string | Uint8Array, place: PlaceAt): string {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'base64') : data
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw unreadable(place.at.path ?? '', 'holds bytes that are no text')
  }
}

/** Numbers of 64 bits arrive as text or as objects of the SDK. */
function numbersOf(values: Readonly<Record<string, unknown>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]))
}

function textsOf(values: Readonly<Record<string, unknown>>): Annotations {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]))
}
