/** Changes of a secret. Each is one request: a version arrives with its stamp or not at all. */
import { isKeywrightError } from '../../core/diagnostic.ts'
import type { PlaceAt } from '../../ports/secret-sink.ts'
import { denied } from '../refusal.ts'
import type { Line } from './line.ts'
import { look, type Seen, secretOf } from './look.ts'
import { stampOf, type Tags } from './stamp.ts'

export interface Next {
  readonly text: string
  readonly tags: Tags
}

/** A new version. A secret of ours that was deleted is recovered first; anybody else's is left to a human. */
export async function setVersion(
  line: Line,
  place: PlaceAt,
  seen: Seen,
  { text, tags }: Next,
): Promise<'done' | 'moved'> {
  const secret = secretOf(place)
  const { contentType } = seen
  const answer = await line.ask({
    right: 'set',
    secret,
    send: (client, limit) =>
      client.setSecret(secret, text, {
        ...limit,
        tags: { ...tags },
        ...(contentType === undefined ? {} : { contentType }),
      }),
  })
  if (answer.refused === null) return 'done'
  if (answer.refused !== 'deleted')
    throw denied(`${place.text}: the sink ${line.name} refused a new version`, showHint(line, secret))
  await assertRecoverable(line, place)
  await recover(line, secret)
  return 'moved'
}

/** Throws `SINK_DENIED` for a name that is taken by a deleted secret of somebody else. Without the right to see it nothing is known. */
export async function assertRecoverable(line: Line, place: PlaceAt): Promise<void> {
  const secret = secretOf(place)
  const answer = await line
    .ask({ right: 'get', secret, send: (client, limit) => client.getDeletedSecret(secret, limit) })
    .catch((error: unknown) => {
      if (isKeywrightError(error, 'SINK_DENIED')) return null
      throw error
    })
  if (answer === null || answer.refused !== null) return
  const stamp = stampOf(answer.value.properties.tags ?? {}, place)
  if (stamp !== null && stamp.lineage === place.owner?.lineage) return
  const on = `--vault-name ${line.vaultName} --name ${secret}`
  throw denied(
    `${place.text} cannot be written: a secret of that name was deleted and is still kept by the vault`,
    `az keyvault secret recover ${on}   or, for good: az keyvault secret purge ${on}`,
  )
}

/** Takes a moment; until then the vault answers 409, which is tried again. */
async function recover(line: Line, secret: string): Promise<void> {
  await line.ask({
    right: 'recover',
    secret,
    send: async (client, limit) => {
      await client.beginRecoverDeletedSecret(secret, limit)
    },
  })
}

export async function enableVersion(line: Line, place: PlaceAt, version: string, enabled: boolean): Promise<void> {
  await updateVersion(line, place, version, { enabled })
}

/** Attributes and tags of one version. One that is gone is fine. */
export async function updateVersion(
  line: Line,
  place: PlaceAt,
  version: string,
  change: { readonly enabled?: boolean; readonly tags?: Tags },
): Promise<void> {
  const secret = secretOf(place)
  const { tags, ...rest } = change
  await line.ask({
    right: 'set',
    secret,
    send: (client, limit) =>
      client.updateSecretProperties(secret, version, {
        ...limit,
        ...rest,
        ...(tags === undefined ? {} : { tags: { ...tags } }),
      }),
  })
}

/** No version has this id. */
const NO_VERSION = '0'.repeat(32)

/**
 * Proof, before a key exists, that a later write can succeed, with nothing left behind: an update of a version that cannot be. Rights are
 * judged first (403), then it is not found. Throws `SINK_DENIED`.
 */
export async function assertWritable(line: Line, place: PlaceAt, seen: Seen): Promise<void> {
  await updateVersion(line, place, NO_VERSION, { enabled: true })
  if (seen.isAbsent) await assertRecoverable(line, place)
}

/** A version that is kept, and opened for a look if it was locked. */
export async function openedVersion(line: Line, place: PlaceAt, version: string): Promise<Seen> {
  const seen = await look(line, place, version)
  if (seen.text !== null || seen.isAbsent) return seen
  await enableVersion(line, place, version, true)
  return look(line, place, version)
}

function showHint({ vaultName }: Line, secret: string): string {
  return `az keyvault secret show --vault-name ${vaultName} --name ${secret}`
}
