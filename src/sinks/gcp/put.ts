/**
 * Changes of a secret.
 *
 * With an alias a change is two calls: a new version that nobody reads, then the alias and the stamp together, on condition of the etag of
 * the secret that was looked at. A crash in between leaves a version that nobody reads. Without an alias the new version counts at once;
 * AddSecretVersion knows no condition, so a write that was held up for long enough may land on top of a later one.
 *
 * Wire facts: docs/etags and the REST reference of Secret Manager v1 (read 2026-11). A wrong etag is 400 FAILED_PRECONDITION; adding a
 * version does not change the etag of the secret.
 */
import { isKeywrightError } from '../../core/diagnostic.ts'
import type { Secret } from '../../core/secret.ts'
import type { PlaceAt } from '../../ports/secret-sink.ts'
import { fingerprint } from '../bytes.ts'
import { withHeld } from '../field-text.ts'
import { denied } from '../refusal.ts'
import { type Annotations, stampedText, stampName, stampOf } from './history.ts'
import { ONCE } from './line.ts'
import { look, numberOf, type Parts, type Seen, secretName } from './look.ts'

export type Landed = 'done' | 'moved'

export interface Put {
  readonly place: PlaceAt
  readonly seen: Seen
}

export interface Making extends Parts {
  /** Locations of secrets that are created. */
  readonly replicas: readonly string[]
  readonly isRegional: boolean
}

export async function put(parts: Making, { place, seen }: Put, bytes: Secret): Promise<Landed> {
  if (seen.etag === null) {
    await create(parts, place)
    return 'moved'
  }
  const version = await addVersion(parts, place, withHeld(seen.text, place, bytes))
  const print = fingerprint(bytes)
  return promote(parts, { place, seen }, { version, fingerprint: print })
}

interface Made {
  readonly version: number
  /** Of our part of it; `null` when that was taken out. */
  readonly fingerprint: string | null
}

/** Makes a version count, and stamps it. Without an alias it counts already, and the stamp follows as well as it can. */
export async function promote(parts: Parts, at: Put, made: Made): Promise<Landed> {
  if (parts.alias === null) {
    await restamp(parts, at.place, made)
    return 'done'
  }
  const annotations = annotationsAfter(at.seen.annotations, at.place, made)
  const versionAliases = { ...at.seen.aliases, [parts.alias]: made.version }
  if (await update(parts, at, { annotations, versionAliases })) return 'done'
  await lockVersion(parts, at.place, made.version)
  return 'moved'
}

export function annotationsAfter(before: Annotations, place: PlaceAt, { version, fingerprint }: Made): Annotations {
  const { [stampName(place)]: _, ...others } = before
  if (place.owner === undefined) return before
  if (fingerprint === null) return others
  return { ...others, [stampName(place)]: stampedText(stampOf(before, place), place.owner, { version, fingerprint }) }
}

interface Change {
  readonly annotations?: Annotations
  readonly versionAliases?: Readonly<Record<string, number>>
}

/** False when the secret is no longer the one that was seen. */
export async function update(parts: Parts, { place, seen }: Put, change: Change): Promise<boolean> {
  const name = secretName(parts, place)
  const paths = [
    ...(change.annotations === undefined ? [] : ['annotations']),
    ...(change.versionAliases === undefined ? [] : ['version_aliases']),
  ]
  const answer = await parts.line.ask({
    permission: 'secretmanager.secrets.update',
    on: name,
    send: (client) =>
      client.updateSecret({ secret: { name, etag: seen.etag ?? '', ...change }, updateMask: { paths } }, ONCE),
  })
  return answer.refused === null
}

/** A stamp is a courtesy here: without the right to update the secret there is none. */
async function restamp(parts: Parts, place: PlaceAt, made: Made): Promise<void> {
  if (place.owner === undefined) return
  for (let tried = 1; tried <= MOST_STAMPS; tried++) {
    const seen = await look(parts, place)
    const annotations = annotationsAfter(seen.annotations, place, made)
    if (seen.annotations[stampName(place)] === annotations[stampName(place)]) return
    if (await update(parts, { place, seen }, { annotations }).catch(() => true)) return
  }
}

const MOST_STAMPS = 5

async function create({ line, parent, replicas, isRegional }: Making, place: PlaceAt): Promise<void> {
  const locations = replicas.map((location) => ({ location }))
  const replication = replicas.length > 0 ? { userManaged: { replicas: locations } } : { automatic: {} }
  await line.ask({
    permission: 'secretmanager.secrets.create',
    on: parent,
    send: (client) =>
      client.createSecret(
        {
          parent,
          secretId: place.at.path ?? '',
          secret: { labels: { 'managed-by': 'keywright' }, ...(isRegional ? {} : { replication }) },
        },
        ONCE,
      ),
  })
}

export async function addVersion(parts: Parts, place: PlaceAt, text: string): Promise<number> {
  const name = secretName(parts, place)
  const answer = await parts.line.ask({
    permission: 'secretmanager.versions.add',
    on: name,
    send: async (client) =>
      (await client.addSecretVersion({ parent: name, payload: { data: Buffer.from(text, 'utf8') } }, ONCE))[0],
  })
  if (answer.refused === null) return numberOf(answer.value.name ?? '')
  throw denied(`${place.text}: the sink ${parts.line.name} refused a new version`, `gcloud secrets describe ${name}`)
}

/** One that is gone or destroyed is fine. Idempotent. */
export async function disableVersion({ line, ...parts }: Parts, place: PlaceAt, version: number): Promise<void> {
  const on = secretName({ line, ...parts }, place)
  await line.ask({
    permission: 'secretmanager.versions.disable',
    on,
    send: (client) => client.disableSecretVersion({ name: `${on}/versions/${version}` }, ONCE),
  })
}

/** The same as a courtesy: without the permission it stays enabled. */
export async function lockVersion(parts: Parts, place: PlaceAt, version: number): Promise<void> {
  await disableVersion(parts, place, version).catch((error: unknown) => {
    if (!isKeywrightError(error, 'SINK_DENIED')) throw error
  })
}
