/**
 * Writes that can only land on the version they were meant for.
 *
 * A new version is stored beside the current one (AWSPENDING), and then the label AWSCURRENT is moved from exactly the version that was
 * looked at: AWS refuses when it is no longer there, which makes this a compare-and-swap. AWSPREVIOUS follows by itself.
 *
 * The id of the new version is derived from the version it replaces and from what is put into it. So whoever comes after a crash between
 * the two calls, or repeats a call whose answer was lost, names the same version again: storing it is then a no-op, and it is promoted. The
 * content of other fields is not part of the id, which everybody may see who may list versions: it follows from the version replaced.
 */
import type { PutSecretValueResponse } from '@aws-sdk/client-secrets-manager'
import { sha256Hex } from '../../../io/digest.ts'
import type { PlaceAt } from '../../../ports/secret-sink.ts'
import { fingerprint } from '../../bytes.ts'
import { withField } from '../../json-fields.ts'
import type { Change } from '../../shelf.ts'
import { assertAccount } from '../line.ts'
import { EMPTY, tagOf } from './look.ts'
import { absent, type Parts, type Seen, secretArn, secretOf } from './parts.ts'

export async function put(parts: Parts, change: Change<Seen>): Promise<'done' | 'moved'> {
  const { seen, place } = change
  if (seen.closed !== null) throw seen.closed
  if (!seen.exists && parts.config.create === false) throw absent(parts, place)
  const text = contentOf(change)
  if (!seen.exists) return create(parts, change, text)
  const stored = await store(parts, change, text)
  return stored === 'moved' ? 'moved' : promote(parts, change, stored)
}

function contentOf({ place, seen, value }: Change<Seen>): string {
  const { field } = place.at
  if (field !== undefined) return withField(seen.text, field, value)
  return value === null ? EMPTY : value.expose()
}

/** Id of the version that a change makes. `salt` tells apart what should not differ and does. */
function versionId({ place, seen, value }: Change<Seen>, salt = 0): string {
  const content = value === null ? 'nothing' : fingerprint(value)
  return sha256Hex([place.identity, seen.current ?? 'none', content, salt].join('\n'))
}

async function create(parts: Parts, change: Change<Seen>, SecretString: string): Promise<'done' | 'moved'> {
  const { sdk, client, ask, config, name } = parts
  const { place } = change
  const input = {
    Name: secretOf(place),
    ClientRequestToken: versionId(change),
    SecretString,
    ...(config.kmsKey === undefined ? {} : { KmsKeyId: config.kmsKey }),
  }
  const call = {
    right: 'secretsmanager:CreateSecret',
    arn: secretArn(parts, place),
    answers: ['ResourceExistsException', 'InvalidRequestException'],
  } as const
  const made = await ask(call, (o) => client.send(new sdk.CreateSecretCommand(input), o))
  if (typeof made === 'string') return 'moved'
  assertAccount(config, made.ARN, name)
  return 'done'
}

/** Times the id of a version may be taken by another content, as when an earlier release wrote it in another way. */
const MOST_SALTS = 3

async function store(
  parts: Parts,
  change: Change<Seen>,
  SecretString: string,
): Promise<PutSecretValueResponse | 'moved'> {
  const { sdk, client, ask } = parts
  const call = {
    right: 'secretsmanager:PutSecretValue',
    arn: secretArn(parts, change.place),
    answers: ['ResourceExistsException', 'ResourceNotFoundException', 'InvalidRequestException'],
  } as const
  for (let salt = 0; salt < MOST_SALTS; salt++) {
    const input = {
      SecretId: secretOf(change.place),
      ClientRequestToken: versionId(change, salt),
      SecretString,
      VersionStages: ['AWSPENDING'],
    }
    const stored = await ask(call, (o) => client.send(new sdk.PutSecretValueCommand(input), o))
    if (typeof stored !== 'string') return stored
    if (stored !== 'ResourceExistsException') return 'moved'
  }
  return 'moved'
}

/** The first version of a secret is AWSCURRENT at once. */
async function promote(
  parts: Parts,
  { place, seen }: Change<Seen>,
  { VersionId, VersionStages = [] }: PutSecretValueResponse,
): Promise<'done' | 'moved'> {
  const { sdk, client, ask } = parts
  if (VersionStages.includes('AWSCURRENT')) return 'done'
  const input = {
    SecretId: secretOf(place),
    VersionStage: 'AWSCURRENT',
    MoveToVersionId: VersionId,
    ...(seen.current === null ? {} : { RemoveFromVersionId: seen.current }),
  }
  const call = {
    right: 'secretsmanager:UpdateSecretVersionStage',
    arn: secretArn(parts, place),
    answers: ['InvalidParameterException', 'InvalidRequestException', 'ResourceNotFoundException'],
  } as const
  const moved = await ask(call, (o) => client.send(new sdk.UpdateSecretVersionStageCommand(input), o))
  return typeof moved === 'string' ? 'moved' : 'done'
}

/** As well as it can: without the right to tag, or with 50 tags there already, the place has no stamp. */
export async function mark(parts: Parts, place: PlaceAt, stamp: string | null): Promise<void> {
  const { sdk, client, ask } = parts
  const SecretId = secretOf(place)
  const Key = tagOf(place)
  const call = { right: 'secretsmanager:TagResource', arn: secretArn(parts, place) }
  const sent =
    stamp === null
      ? ask(call, (o) => client.send(new sdk.UntagResourceCommand({ SecretId, TagKeys: [Key] }), o))
      : ask(call, (o) => client.send(new sdk.TagResourceCommand({ SecretId, Tags: [{ Key, Value: stamp }] }), o))
  await sent.catch(() => undefined)
}
