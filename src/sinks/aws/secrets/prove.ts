/**
 * Proof, before a key exists, that a later write can succeed, with nothing left behind. AWS has no dry run, so each right is tried by a
 * request that cannot have an effect and is refused for another reason, after the policy was asked:
 *
 * - other content for a version that exists (versions are immutable),
 * - a label for a version that does not exist,
 * - a secret with both a text and binary data (documented as "but not both").
 *
 * Whether the KMS key of a secret that does not exist yet can be used is only known when it is created.
 */
import type { PlaceAt } from '../../../ports/secret-sink.ts'
import { absent, type Parts, type Seen, secretArn, secretOf } from './parts.ts'

const REFUSALS = [
  'ResourceExistsException',
  'ResourceNotFoundException',
  'InvalidParameterException',
  'InvalidRequestException',
  'ValidationException',
] as const

/** No version has it: ids are of 32 characters at least, and this one is nobody's. */
const NO_VERSION = 'keywright-preflight-no-such-version'
const BOTH = { SecretString: 'a preflight of keywright', SecretBinary: new Uint8Array([0]) }

/** Throws `SINK_DENIED` and `SINK_MISFIT`. */
export async function prove(parts: Parts, place: PlaceAt, seen: Seen): Promise<void> {
  if (seen.closed !== null) throw seen.closed
  if (!seen.exists && parts.config.create === false) throw absent(parts, place)
  const { sdk, client, ask } = parts
  const arn = secretArn(parts, place)
  const SecretId = secretOf(place)
  const of = (action: string) => ({ right: `secretsmanager:${action}`, arn, answers: REFUSALS })
  if (!seen.exists) {
    await ask(of('CreateSecret'), (o) => client.send(new sdk.CreateSecretCommand({ Name: SecretId, ...BOTH }), o))
    return
  }
  const other =
    seen.current === null
      ? BOTH
      : { SecretString: BOTH.SecretString, ClientRequestToken: seen.current, VersionStages: ['AWSPENDING'] }
  const nowhere = { SecretId, VersionStage: 'AWSPENDING', MoveToVersionId: NO_VERSION }
  await ask(of('PutSecretValue'), (o) => client.send(new sdk.PutSecretValueCommand({ SecretId, ...other }), o))
  await ask(of('UpdateSecretVersionStage'), (o) => client.send(new sdk.UpdateSecretVersionStageCommand(nowhere), o))
}
