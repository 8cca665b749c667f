/** What a secret looks like now, and what it held earlier. */
import type { DescribeSecretResponse } from '@aws-sdk/client-secrets-manager'
import type { KeywrightError } from '../../../core/diagnostic.ts'
import { Secret } from '../../../core/secret.ts'
import { fingerprintOf } from '../../../io/digest.ts'
import { isObject, parseJson } from '../../../io/http/json.ts'
import type { PlaceAt } from '../../../ports/secret-sink.ts'
import { fieldOf } from '../../json-fields.ts'
import { denied, misfit, unreachable } from '../../refusal.ts'
import { assertAccount } from '../line.ts'
import { type Parts, type Seen, secretArn, secretOf, typed } from './parts.ts'

const NOTHING: Seen = { exists: false, current: null, text: null, closed: null, held: null, stamp: null }

/** The text of a whole secret that was emptied: AWS keeps no empty ones, and deleting takes days and blocks the name. */
export const EMPTY = '{}'

export function tagOf({ at }: PlaceAt): string {
  return at.field === undefined ? 'keywright' : `keywright.${at.field}`
}

export async function look(parts: Parts, place: PlaceAt): Promise<Seen> {
  const { sdk, client, ask, config, name } = parts
  const SecretId = secretOf(place)
  const call = {
    right: 'secretsmanager:DescribeSecret',
    arn: secretArn(parts, place),
    answers: ['ResourceNotFoundException'],
  } as const
  const described = await ask(call, (o) => client.send(new sdk.DescribeSecretCommand({ SecretId }), o))
  if (typeof described === 'string') return NOTHING
  assertAccount(config, described.ARN, name)
  const stamp = described.Tags?.find(({ Key }) => Key === tagOf(place))?.Value ?? null
  const closed = whyClosed(parts, place, described)
  const found = { exists: true, stamp, closed }
  const current = idOf(described, 'AWSCURRENT')
  if (current === null || described.DeletedDate !== undefined)
    return { ...found, current: null, text: null, held: null }
  const text = await textOf(parts, place, current)
  if (text === null) throw unreachable(`the sink ${name}: ${SecretId} changed while it was read`, 'keywright plan')
  return { ...found, current, text, held: heldIn(text, place, name) }
}

export function idOf({ VersionIdsToStages = {} }: DescribeSecretResponse, stage: string): string | null {
  return Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes(stage))?.[0] ?? null
}

/** The text of one version, `null` when there is no such version. Throws `SINK_MISFIT` for bytes that are no text. */
async function textOf(parts: Parts, place: PlaceAt, VersionId: string): Promise<string | null> {
  const { sdk, client, ask, name } = parts
  const SecretId = secretOf(place)
  const call = {
    right: 'secretsmanager:GetSecretValue',
    arn: secretArn(parts, place),
    answers: ['ResourceNotFoundException', 'InvalidRequestException'],
  } as const
  const got = await ask(call, (o) => client.send(new sdk.GetSecretValueCommand({ SecretId, VersionId }), o))
  if (typeof got === 'string') return null
  if (got.SecretString !== undefined) return got.SecretString
  throw misfit(`${place.text}: the sink ${name} finds binary data there`, 'use another secret')
}

function heldIn(text: string, { at, text: where }: PlaceAt, name: string): string | null {
  const { path = '', field } = at
  if (field === undefined) return text === EMPTY ? null : text
  if (isObject(parseJson(text))) return fieldOf(text, field)
  const message = `${where}: the secret ${path} of the sink ${name} is no JSON object, so it has no fields`
  throw misfit(message, `path: ${path}   without field, or another secret`)
}

function whyClosed(parts: Parts, place: PlaceAt, described: DescribeSecretResponse): KeywrightError | null {
  const { config } = parts
  const secret = `the secret ${secretOf(place)}`
  const { DeletedDate, OwningService, PrimaryRegion, RotationEnabled } = described
  if (DeletedDate !== undefined)
    return denied(`${secret} is scheduled for deletion`, `aws secretsmanager restore-secret ${typed(parts, place)}`)
  if (RotationEnabled === true) {
    const hint = `aws secretsmanager cancel-rotate-secret ${typed(parts, place)}   or another secret`
    return misfit(`${secret} is rotated by AWS itself, which would replace what is written`, hint)
  }
  if (OwningService !== undefined) return misfit(`${secret} is managed by another service of AWS`, 'use another secret')
  if (PrimaryRegion !== undefined && PrimaryRegion !== config.region)
    return misfit(`${secret} is a replica here`, `region: ${PrimaryRegion}`)
  return null
}

/** Versions that are looked at. */
const FARTHEST = 50

/** The latest version that is kept and held exactly these bytes, also those without a label. */
export async function earlierWith(parts: Parts, place: PlaceAt, print: string): Promise<Secret | null> {
  const { sdk, client, ask, name } = parts
  const input = { SecretId: secretOf(place), IncludeDeprecated: true, MaxResults: 100 }
  const call = { right: 'secretsmanager:ListSecretVersionIds', arn: secretArn(parts, place) }
  const { Versions = [] } = await ask(call, (o) => client.send(new sdk.ListSecretVersionIdsCommand(input), o))
  const at = ({ CreatedDate }: { readonly CreatedDate?: Date | undefined }): number => CreatedDate?.getTime() ?? 0
  for (const { VersionId } of Versions.toSorted((a, b) => at(b) - at(a)).slice(0, FARTHEST)) {
    const text = VersionId === undefined ? null : await textOf(parts, place, VersionId)
    const held = text === null ? null : heldIn(text, place, name)
    if (held !== null && fingerprintOf(held) === print) return Secret.of(held)
  }
  return null
}
