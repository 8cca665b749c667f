/** Secrets Manager as far as clients see it, after its API reference (read 2026-11): versions, labels, tags, deletion. */
import { randomUUID } from 'node:crypto'
import { done, failed, type Reply } from './reply.ts'
import type { FakeAws } from './server.ts'

export interface Version {
  readonly text: string | null
  readonly binary: string | null
  readonly created: number
  readonly stages: Set<string>
}

export interface StoredSecret {
  readonly versions: Map<string, Version>
  readonly tags: Map<string, string>
  deleted: boolean
  rotates: boolean
  kmsKey: string | null
  primaryRegion: string | null
}

/** By name. */
export type Secrets = Map<string, StoredSecret>
type Asked = Readonly<Record<string, unknown>>

const MISSING = failed('ResourceNotFoundException')
const invalid = (message: string): Reply => failed('InvalidParameterException', 400, message)
const refused = (message: string): Reply => failed('InvalidRequestException', 400, message)

export function answerSecrets(aws: FakeAws, action: string, asked: Asked): Reply {
  const name = String(asked.SecretId ?? asked.Name)
  const secret = aws.secrets.get(name)
  if (action === 'secretsmanager:CreateSecret') return create(aws, name, asked)
  if (!secret) return MISSING
  switch (action) {
    case 'secretsmanager:DescribeSecret':
      return done(described(aws, name, secret))
    case 'secretsmanager:RestoreSecret':
      secret.deleted = false
      return done({ Name: name })
    default:
      return secret.deleted
        ? refused('the secret is marked for deletion')
        : living(aws, action, { name, secret, asked })
  }
}

interface Living {
  readonly name: string
  readonly secret: StoredSecret
  readonly asked: Asked
}

function living(aws: FakeAws, action: string, one: Living): Reply {
  const { name, secret, asked } = one
  switch (action) {
    case 'secretsmanager:GetSecretValue':
      return value(aws, one)
    case 'secretsmanager:PutSecretValue':
      return put(aws, one)
    case 'secretsmanager:UpdateSecretVersionStage':
      return label(aws, one)
    case 'secretsmanager:ListSecretVersionIds':
      return done({ ARN: arn(aws, name), Name: name, Versions: listed(secret, asked.IncludeDeprecated === true) })
    case 'secretsmanager:TagResource':
      for (const { Key, Value } of tagsOf(asked)) secret.tags.set(Key, Value)
      if (secret.tags.size > 50) return failed('LimitExceededException')
      return done({})
    case 'secretsmanager:UntagResource':
      for (const key of [asked.TagKeys].flat()) secret.tags.delete(String(key))
      return done({})
    case 'secretsmanager:DeleteSecret':
      secret.deleted = true
      if (asked.ForceDeleteWithoutRecovery === true) aws.secrets.delete(name)
      return done({ ARN: arn(aws, name), Name: name, DeletionDate: 1_800_000_000 })
    default:
      return failed('UnknownOperationException', 404)
  }
}

function tagsOf({ Tags }: Asked): readonly { readonly Key: string; readonly Value: string }[] {
  return Array.isArray(Tags) ? Tags : []
}

function arn({ region, account }: FakeAws, name: string): string {
  return `arn:aws:secretsmanager:${region}:${account}:secret:${name}-AbCdEf`
}

function described(aws: FakeAws, name: string, secret: StoredSecret): object {
  const staged = [...secret.versions].filter(([, { stages }]) => stages.size > 0)
  return {
    ARN: arn(aws, name),
    Name: name,
    Tags: [...secret.tags].map(([Key, Value]) => ({ Key, Value })),
    VersionIdsToStages: Object.fromEntries(staged.map(([id, { stages }]) => [id, [...stages]])),
    ...(secret.deleted ? { DeletedDate: 1_800_000_000 } : {}),
    ...(secret.rotates ? { RotationEnabled: true } : {}),
    ...(secret.kmsKey === null ? {} : { KmsKeyId: secret.kmsKey }),
    ...(secret.primaryRegion === null ? {} : { PrimaryRegion: secret.primaryRegion }),
  }
}

function listed({ versions }: StoredSecret, deprecated: boolean): readonly object[] {
  return [...versions]
    .filter(([, { stages }]) => deprecated || stages.size > 0)
    .map(([VersionId, { stages, created }]) => ({ VersionId, VersionStages: [...stages], CreatedDate: created }))
}

function holder({ versions }: StoredSecret, stage: string): string | null {
  return [...versions].find(([, { stages }]) => stages.has(stage))?.[0] ?? null
}

function value(aws: FakeAws, { name, secret, asked }: Living): Reply {
  const id =
    asked.VersionId === undefined ? holder(secret, String(asked.VersionStage ?? 'AWSCURRENT')) : String(asked.VersionId)
  const version = id === null ? undefined : secret.versions.get(id)
  if (!version) return MISSING
  const content = version.text === null ? { SecretBinary: version.binary } : { SecretString: version.text }
  return done({ ARN: arn(aws, name), Name: name, VersionId: id, VersionStages: [...version.stages], ...content })
}

function contentOf({ SecretString, SecretBinary }: Asked): Reply | Pick<Version, 'text' | 'binary'> {
  if (SecretString !== undefined && SecretBinary !== undefined) return invalid('either a text or binary data, not both')
  const text = typeof SecretString === 'string' ? SecretString : null
  return { text, binary: typeof SecretBinary === 'string' ? SecretBinary : null }
}

const isToken = (token: string): boolean => token.length >= 32 && token.length <= 64

function create(aws: FakeAws, name: string, asked: Asked): Reply {
  const content = contentOf(asked)
  if ('status' in content) return content
  const token = String(asked.ClientRequestToken ?? randomUUID())
  if (!isToken(token)) return invalid('ClientRequestToken must be 32 to 64 characters')
  const there = aws.secrets.get(name)
  if (there?.deleted) return refused('a secret with this name is already scheduled for deletion')
  const version = there?.versions.get(token)
  if (there && (version?.text !== content.text || version.binary !== content.binary))
    return failed('ResourceExistsException')
  if (there) return done({ ARN: arn(aws, name), Name: name, VersionId: token })
  const secret = newSecret(asked)
  aws.secrets.set(name, secret)
  if (content.text !== null || content.binary !== null) add(secret, token, content, ['AWSCURRENT'])
  return done({ ARN: arn(aws, name), Name: name, VersionId: token })
}

function newSecret(asked: Asked): StoredSecret {
  const tags = new Map(tagsOf(asked).map(({ Key, Value }) => [Key, Value]))
  const kmsKey = typeof asked.KmsKeyId === 'string' ? asked.KmsKeyId : null
  return { versions: new Map(), tags, deleted: false, rotates: false, kmsKey, primaryRegion: null }
}

let clock = 1_790_000_000

function add(
  secret: StoredSecret,
  id: string,
  content: Pick<Version, 'text' | 'binary'>,
  stages: readonly string[],
): void {
  clock += 1
  secret.versions.set(id, { ...content, created: clock, stages: new Set() })
  for (const stage of stages) move(secret, stage, id)
}

/** A label is on one version at a time; what loses AWSCURRENT gets AWSPREVIOUS. */
function move(secret: StoredSecret, stage: string, to: string | null): void {
  const from = holder(secret, stage)
  if (from === to) return
  if (from !== null) secret.versions.get(from)?.stages.delete(stage)
  if (to !== null) secret.versions.get(to)?.stages.add(stage)
  if (stage !== 'AWSCURRENT' || from === null) return
  move(secret, 'AWSPREVIOUS', from)
}

function put(aws: FakeAws, { name, secret, asked }: Living): Reply {
  const content = contentOf(asked)
  if ('status' in content) return content
  if (secret.primaryRegion !== null) return refused('operation not permitted on a replica secret')
  const token = String(asked.ClientRequestToken ?? randomUUID())
  if (!isToken(token)) return invalid('ClientRequestToken must be 32 to 64 characters')
  const version = secret.versions.get(token)
  if (version && (version.text !== content.text || version.binary !== content.binary))
    return failed('ResourceExistsException')
  const stages = Array.isArray(asked.VersionStages) ? asked.VersionStages.map(String) : ['AWSCURRENT']
  const isFirst = secret.versions.size === 0
  if (!version) add(secret, token, content, isFirst ? [...new Set(['AWSCURRENT', ...stages])] : stages)
  return done({
    ARN: arn(aws, name),
    Name: name,
    VersionId: token,
    VersionStages: [...(secret.versions.get(token)?.stages ?? [])],
  })
}

function label(aws: FakeAws, { name, secret, asked }: Living): Reply {
  const stage = String(asked.VersionStage)
  const to = typeof asked.MoveToVersionId === 'string' ? asked.MoveToVersionId : null
  const from = typeof asked.RemoveFromVersionId === 'string' ? asked.RemoveFromVersionId : null
  if (to !== null && !secret.versions.has(to)) return MISSING
  const now = holder(secret, stage)
  if (now !== null && now !== to && now !== from)
    return invalid(
      `staging label ${stage} is currently attached to version ${now}, so you must explicitly reference it`,
    )
  if (stage === 'AWSCURRENT' && to === null) return invalid('you cannot remove AWSCURRENT')
  move(secret, stage, to)
  return done({ ARN: arn(aws, name), Name: name })
}

/** The text that is AWSCURRENT; `null` without one. */
export function servedText({ secrets }: FakeAws, name: string): string | null {
  const secret = secrets.get(name)
  const id = secret === undefined ? null : holder(secret, 'AWSCURRENT')
  return id === null ? null : (secret?.versions.get(id)?.text ?? null)
}

/** An outsider's new version. */
export function seedSecret(aws: FakeAws, name: string, text: string): StoredSecret {
  const secret = aws.secrets.get(name) ?? newSecret({})
  aws.secrets.set(name, secret)
  add(secret, randomUUID(), { text, binary: null }, ['AWSCURRENT'])
  return secret
}
