/** The SDK of AWS against the fake: write, read, version, conflict, delete. */
import * as secrets from '@aws-sdk/client-secrets-manager'
import * as store from '@aws-sdk/client-ssm'
import { expect, test } from 'vitest'
import { ROOT } from '../../fakes/aws/server.ts'
import { fake } from './stage.ts'

const credentials = { accessKeyId: ROOT.AWS_ACCESS_KEY_ID, secretAccessKey: ROOT.AWS_SECRET_ACCESS_KEY }
const A = 'a'.repeat(32)
const B = 'b'.repeat(32)

async function name(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error) => error.name,
  )
}

test('Secrets Manager: tokens, labels, tags, versions, deletion and return', async () => {
  const { endpoint, region } = await fake()
  const client = new secrets.SecretsManager({ endpoint, region, credentials, maxAttempts: 1 })
  const SecretId = 'ci/a'
  await client.createSecret({ Name: SecretId, SecretString: 'one', ClientRequestToken: A })
  expect(await name(client.createSecret({ Name: SecretId, SecretString: 'one', ClientRequestToken: A }))).toBe('done')
  expect(await name(client.createSecret({ Name: SecretId, SecretString: 'two' }))).toBe('ResourceExistsException')
  const pending = { SecretId, SecretString: 'two', ClientRequestToken: B, VersionStages: ['AWSPENDING'] }
  expect((await client.putSecretValue(pending)).VersionStages).toEqual(['AWSPENDING'])
  expect(await name(client.putSecretValue(pending))).toBe('done')
  expect(await name(client.putSecretValue({ ...pending, SecretString: 'x' }))).toBe('ResourceExistsException')
  expect((await client.getSecretValue({ SecretId })).SecretString).toBe('one')
  const move = { SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: B }
  expect(await name(client.updateSecretVersionStage(move))).toBe('InvalidParameterException')
  expect(await name(client.updateSecretVersionStage({ ...move, RemoveFromVersionId: B }))).toBe(
    'InvalidParameterException',
  )
  await client.updateSecretVersionStage({ ...move, RemoveFromVersionId: A })
  expect((await client.getSecretValue({ SecretId })).SecretString).toBe('two')
  expect((await client.getSecretValue({ SecretId, VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('one')
  await client.tagResource({ SecretId, Tags: [{ Key: 'k', Value: 'v' }] })
  const { Tags, VersionIdsToStages, ARN } = await client.describeSecret({ SecretId })
  expect([Tags, ARN]).toEqual([[{ Key: 'k', Value: 'v' }], expect.stringContaining(':123456789012:secret:ci/a-')])
  expect(VersionIdsToStages).toEqual({ [A]: ['AWSPREVIOUS'], [B]: ['AWSPENDING', 'AWSCURRENT'] })
  await client.untagResource({ SecretId, TagKeys: ['k'] })
  expect((await client.listSecretVersionIds({ SecretId })).Versions?.map(({ VersionId }) => VersionId)).toEqual([A, B])
  await client.deleteSecret({ SecretId, RecoveryWindowInDays: 7 })
  expect(await name(client.getSecretValue({ SecretId }))).toBe('InvalidRequestException')
  expect((await client.describeSecret({ SecretId })).DeletedDate).toBeInstanceOf(Date)
  await client.restoreSecret({ SecretId })
  expect((await client.getSecretValue({ SecretId })).SecretString).toBe('two')
  client.destroy()
})

test('Parameter Store: create, conflict, versions, history, tags, deletion', async () => {
  const { endpoint, region } = await fake()
  const client = new store.SSM({ endpoint, region, credentials, maxAttempts: 1 })
  const Name = '/ci/a'
  const put = (Value: string, Overwrite?: boolean) =>
    client.putParameter({ Name, Value, Type: 'SecureString', ...(Overwrite === undefined ? {} : { Overwrite }) })
  expect((await put('one')).Version).toBe(1)
  expect(await name(put('two'))).toBe('ParameterAlreadyExists')
  expect((await put('two', true)).Version).toBe(2)
  const mismatch = { Name, Value: 'x', Type: 'SecureString', AllowedPattern: '^$', Overwrite: true } as const
  expect(await name(client.putParameter(mismatch))).toBe('ParameterPatternMismatchException')
  const { Parameter } = await client.getParameter({ Name, WithDecryption: true })
  expect([Parameter?.Value, Parameter?.Version, Parameter?.Type]).toEqual(['two', 2, 'SecureString'])
  const { Parameters } = await client.getParameterHistory({ Name, WithDecryption: true })
  expect(Parameters?.map(({ Value }) => Value)).toEqual(['one', 'two'])
  await client.addTagsToResource({ ResourceType: 'Parameter', ResourceId: Name, Tags: [{ Key: 'k', Value: 'v' }] })
  const { TagList } = await client.listTagsForResource({ ResourceType: 'Parameter', ResourceId: Name })
  expect(TagList).toEqual([{ Key: 'k', Value: 'v' }])
  await client.deleteParameter({ Name })
  expect(await name(client.getParameter({ Name }))).toBe('ParameterNotFound')
  client.destroy()
})
