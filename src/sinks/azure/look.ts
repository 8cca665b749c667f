/** What a secret looks like now. */
import type { SecretProperties } from '@azure/keyvault-secrets'
import { type Instant, instant } from '../../core/time.ts'
import type { PlaceAt } from '../../ports/secret-sink.ts'
import type { Line } from './line.ts'
import type { Tags } from './stamp.ts'

export interface Seen {
  /** Id of the latest version; `null` without one, or when it is locked. */
  readonly version: string | null
  readonly text: string | null
  readonly tags: Tags
  readonly contentType?: string
  readonly storedAt?: Instant
  /** There is no such secret. Its name may still be taken by one that was deleted. */
  readonly isAbsent: boolean
}

export function secretOf(place: PlaceAt): string {
  return place.at.path ?? ''
}

/** The latest version, or the one that is asked for. */
export async function look(line: Line, place: PlaceAt, version?: string): Promise<Seen> {
  const secret = secretOf(place)
  const answer = await line.ask({
    right: 'get',
    secret,
    send: (client, limit) => client.getSecret(secret, { ...limit, ...(version === undefined ? {} : { version }) }),
  })
  if (answer.refused !== null) return { version: null, text: null, tags: {}, isAbsent: answer.refused === 'absent' }
  const { value, properties } = answer.value
  const { contentType, createdOn } = properties
  return {
    version: properties.version ?? null,
    text: value ?? null,
    tags: properties.tags ?? {},
    isAbsent: false,
    ...(contentType === undefined ? {} : { contentType }),
    ...(createdOn === undefined ? {} : { storedAt: instant(createdOn.getTime()) }),
  }
}

/** All versions without their content, newest first. */
export async function versionsOf(line: Line, place: PlaceAt): Promise<readonly SecretProperties[]> {
  const secret = secretOf(place)
  const answer = await line.ask({
    right: 'list',
    secret,
    send: async (client, limit) => {
      const all: SecretProperties[] = []
      for await (const one of client.listPropertiesOfSecretVersions(secret, limit)) all.push(one)
      return all
    },
  })
  const all = answer.refused === null ? [...answer.value] : []
  return all.sort((a, b) => (b.createdOn?.getTime() ?? 0) - (a.createdOn?.getTime() ?? 0))
}
