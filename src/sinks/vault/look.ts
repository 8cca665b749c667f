/** What a KV version 2 secret looks like now. */
import { isObject } from '../../io/http/json.ts'
import type { PlaceAt } from '../../ports/secret-sink.ts'
import { assertRouted, type EngineParts, pathOf } from './engine.ts'
import { objectAt, rawObject } from './fields.ts'
import type { Answer } from './line.ts'
import { denied, doubtful, misfit } from './refusal.ts'
import { type Stamps, stampsOf } from './stamp.ts'

export interface Seen {
  /** Number of the latest version, deleted or not; 0 for a secret that never was, `null` when it cannot be seen. */
  readonly version: number | null
  /** JSON text of its fields; `null` without a live version. */
  readonly fields: string | null
  readonly stamps: Stamps
}

export const NOTHING: Seen = { version: 0, fields: null, stamps: {} }

export function dataPath(mount: string, place: PlaceAt): string {
  return `${mount}/data/${pathOf(place)}`
}

/** `denied` when the policy forbids reading. A version other than the latest is asked for by its number. */
export async function look(parts: EngineParts, path: string, version?: number): Promise<Seen | 'denied'> {
  const query = version === undefined ? {} : { query: `version=${version}` }
  const answer = await parts.line.ask({ method: 'GET', path: `${parts.mount}/data/${path}`, ...query })
  assertRouted(answer, parts)
  switch (answer.status) {
    case 200:
      return seenIn(answer, parts)
    case 403:
      if (answer.doubtful) throw doubtful(parts.name)
      return 'denied'
    case 404: {
      const deleted = metadataIn(answer)
      return deleted === null ? NOTHING : { ...deleted, fields: null }
    }
    default:
      throw denied(
        `the sink ${parts.name} answered ${answer.status} to a read`,
        `vault kv get -mount=${parts.mount} ${path}`,
      )
  }
}

function seenIn(answer: Answer, { name }: EngineParts): Seen {
  const metadata = metadataIn(answer)
  if (metadata !== null) return { ...metadata, fields: rawObject(answer.text, ['data', 'data']) }
  throw misfit(`the sink ${name} leads to something that answers unlike a KV engine of version 2`, 'kv: 1')
}

function metadataIn({ json }: Answer): Omit<Seen, 'fields'> | null {
  const { version, custom_metadata: custom } = objectAt(objectAt(json, 'data'), 'metadata')
  return typeof version === 'number' ? { version, stamps: stampsOf(custom) } : null
}

/** The same from the metadata alone, for a policy that forbids reading: fields are never seen. */
export async function lookBlindly(parts: EngineParts, path: string): Promise<Seen> {
  const answer = await parts.line.ask({ method: 'GET', path: `${parts.mount}/metadata/${path}` })
  assertRouted(answer, parts)
  if (answer.status === 404) return NOTHING
  const { current_version: version, custom_metadata: custom } = objectAt(answer.json, 'data')
  if (answer.status !== 200 || typeof version !== 'number') return { ...NOTHING, version: null }
  return { version, fields: null, stamps: stampsOf(custom) }
}

/** Number of the latest version that a refused PATCH speaks of, when that version was deleted. */
export function deletedVersion({ json }: Answer): number | null {
  const { version } = isObject(json) ? objectAt(json, 'data') : {}
  return typeof version === 'number' ? version : null
}
