import { expect, test } from 'vitest'
import { fingerprint } from '../../../src/sinks/bytes.ts'
import { seedSecret, servedText } from '../../fakes/aws/secrets.ts'
import { actions, awsSecrets, FIRST, failure, ownedBy, SECOND, THIRD, without } from './stage.ts'

test('creates a secret that is not there, whole or with its field, under the configured key', async () => {
  const { aws, sink, place } = await awsSecrets({ kmsKey: 'alias/keys' })
  await sink.write(place('ci/whole'), FIRST, null)
  await sink.write(place('ci/json#api.key'), SECOND, null)
  expect(servedText(aws, 'ci/whole')).toBe(FIRST.expose())
  expect(servedText(aws, 'ci/json')).toBe(JSON.stringify({ 'api.key': SECOND.expose() }))
  expect(aws.secrets.get('ci/json')?.kmsKey).toBe('alias/keys')
})

test('changes one field and leaves every byte of the others', async () => {
  const { aws, sink, place } = await awsSecrets()
  seedSecret(aws, 'ci/keys', '{"n": 12345678901234567890, "deep": {"a": [1.0]}, "é": "x"}')
  await sink.write(place('ci/keys#k'), FIRST, null)
  expect(servedText(aws, 'ci/keys')).toBe(
    `{"n":12345678901234567890,"deep":{"a": [1.0]},"é":"x","k":${JSON.stringify(FIRST.expose())}}`,
  )
})

test('stores a version beside the current one, promotes it, and keeps the one before', async () => {
  const { aws, sink, place } = await awsSecrets()
  const { version } = await sink.write(place('ci/a'), FIRST, null)
  aws.seen.length = 0
  await sink.write(place('ci/a'), SECOND, version)
  expect(actions(aws)).toEqual(['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'])
  const stages = [...(aws.secrets.get('ci/a')?.versions.values() ?? [])].map(({ text, stages }) => [text, [...stages]])
  expect(stages).toEqual([
    [FIRST.expose(), ['AWSPREVIOUS']],
    [SECOND.expose(), ['AWSPENDING', 'AWSCURRENT']],
  ])
})

test('fills a secret that exists without a version', async () => {
  const { aws, sink, place } = await awsSecrets()
  seedSecret(aws, 'ci/empty', 'x').versions.clear()
  expect(await sink.preflight(place('ci/empty'))).toEqual({ version: null })
  await sink.write(place('ci/empty'), FIRST, null)
  expect(servedText(aws, 'ci/empty')).toBe(FIRST.expose())
})

test.each(['PutSecretValue', 'UpdateSecretVersionStage'])(
  'promotes the stored version after a crash behind %s, without storing another one',
  async (last) => {
    const { aws, sink, place } = await awsSecrets()
    const { version } = await sink.write(place('ci/a'), FIRST, null)
    let crashed = false
    aws.fault = ({ action }) => {
      if (action.endsWith(last)) crashed = true
      return crashed ? { cut: true, late: action.endsWith(last) } : null
    }
    expect((await failure(sink.write(place('ci/a'), SECOND, version))).code).toBe('SINK_UNREACHABLE')
    expect(aws.secrets.get('ci/a')?.versions.size).toBe(2)
    aws.fault = () => null
    const { sink: later } = await awsSecrets({}, aws)
    expect(await later.write(place('ci/a'), SECOND, version)).toEqual({ version: fingerprint(SECOND) })
    expect(aws.secrets.get('ci/a')?.versions.size).toBe(2)
    expect(servedText(aws, 'ci/a')).toBe(SECOND.expose())
  },
)

test('promotes nothing over a version that somebody else made current meanwhile', async () => {
  const { aws, sink, place } = await awsSecrets()
  const { version } = await sink.write(place('ci/a'), FIRST, null)
  aws.before = ({ action }) => {
    if (action.endsWith('UpdateSecretVersionStage')) seedSecret(aws, 'ci/a', 'theirs')
  }
  expect((await failure(sink.write(place('ci/a'), SECOND, version))).code).toBe('PLACE_CONFLICT')
  expect(servedText(aws, 'ci/a')).toBe('theirs')
})

test('starts over when only a neighbour moved', async () => {
  const { aws, sink, place } = await awsSecrets()
  seedSecret(aws, 'ci/keys', '{"other":"1"}')
  let moves = 0
  aws.before = ({ action }) => {
    if (action.endsWith('UpdateSecretVersionStage') && ++moves === 1) seedSecret(aws, 'ci/keys', '{"other":"2"}')
  }
  await sink.write(place('ci/keys#k'), FIRST, null)
  expect(JSON.parse(servedText(aws, 'ci/keys') ?? '')).toEqual({ other: '2', k: FIRST.expose() })
})

test('names versions by what is known anyway: no id tells a neighbour apart', async () => {
  const ids = ['{"pin":"1234"}', '{"pin":"9999"}'].map(async (text) => {
    const { aws, sink, place } = await awsSecrets()
    const secret = seedSecret(aws, 'ci/keys', text)
    const [[, first] = []] = secret.versions
    secret.versions.clear()
    if (first) secret.versions.set('0'.repeat(32), first)
    await sink.write(place('ci/keys#k'), FIRST, null)
    return [...secret.versions.keys()][1]
  })
  const [a, b] = await Promise.all(ids)
  expect(a).toMatch(/^[0-9a-f]{64}$/)
  expect(a).toBe(b)
})

test('takes another id when that of the version is taken by other content', async () => {
  const { aws, sink, place } = await awsSecrets()
  const { version } = await sink.write(place('ci/a'), FIRST, null)
  aws.before = ({ action, body }) => {
    const secret = aws.secrets.get('ci/a')
    const { ClientRequestToken } = JSON.parse(body)
    if (!action.endsWith('PutSecretValue') || secret?.versions.size !== 1) return
    secret.versions.set(ClientRequestToken, { text: 'older spelling', binary: null, created: 1, stages: new Set() })
  }
  await sink.write(place('ci/a'), SECOND, version)
  expect(servedText(aws, 'ci/a')).toBe(SECOND.expose())
})

test('restores what an earlier version held, also one without a label', async () => {
  const { aws, sink, place } = await awsSecrets()
  let version = null
  for (const secret of [FIRST, SECOND, THIRD]) version = (await sink.write(place('ci/a#k'), secret, version)).version
  expect(await sink.restore?.(place('ci/a#k'), fingerprint(FIRST), version)).toEqual({ version: fingerprint(FIRST) })
  expect(JSON.parse(servedText(aws, 'ci/a') ?? '')).toEqual({ k: FIRST.expose() })
  expect(await sink.restore?.(place('ci/a#k'), `sha256:${'0'.repeat(64)}`, version)).toBeNull()
})

test('an emptied whole secret holds {}, which counts as nothing', async () => {
  const { aws, sink, place } = await awsSecrets()
  await sink.write(place('ci/a'), FIRST, null)
  expect(await sink.remove(place('ci/a'), fingerprint(FIRST))).toBe(true)
  expect(servedText(aws, 'ci/a')).toBe('{}')
  expect(await sink.read(place('ci/a'))).toBeNull()
  await sink.write(place('ci/a'), SECOND, null)
  expect(servedText(aws, 'ci/a')).toBe(SECOND.expose())
})

test('stamps the place, refuses another key and takes its stamp along', async () => {
  const { aws, sink, place } = await awsSecrets()
  const mine = ownedBy(place('ci/a#k'))
  const { version } = await sink.write(mine, FIRST, null)
  expect([...(aws.secrets.get('ci/a')?.tags ?? [])]).toEqual([
    ['keywright.k', `acme-7f3a/platform/ci-bot k3v7x2ab 4 ${fingerprint(FIRST)}`],
  ])
  const theirs = ownedBy(place('ci/a#k'), { lineage: 'aaaaaaaa' })
  expect(await failure(sink.preflight(theirs))).toEqual({
    code: 'PLACE_OWNED',
    message: 'here:ci/a#k is stamped as the place of acme-7f3a/platform/ci-bot',
    hint: 'use another place, or if that key is gone: aws secretsmanager untag-resource --secret-id ci/a --region eu-central-1 --tag-keys keywright.k',
  })
  expect((await failure(sink.write(theirs, SECOND, version))).code).toBe('PLACE_OWNED')
  await sink.remove(mine, fingerprint(FIRST))
  expect(aws.secrets.get('ci/a')?.tags.size).toBe(0)
})

test('writes without a stamp where tagging is not allowed', async () => {
  const { aws } = await awsSecrets()
  const { sink, place } = await awsSecrets({ env: without(aws, 'secretsmanager:TagResource') }, aws)
  await sink.write(ownedBy(place('ci/a')), FIRST, null)
  expect(servedText(aws, 'ci/a')).toBe(FIRST.expose())
  expect(aws.secrets.get('ci/a')?.tags.size).toBe(0)
})

test('a secret that is scheduled for deletion is not brought back behind the back of whoever deleted it', async () => {
  const { aws, sink, place } = await awsSecrets()
  seedSecret(aws, 'ci/a', FIRST.expose()).deleted = true
  const refused = {
    code: 'SINK_DENIED',
    message: 'the secret ci/a is scheduled for deletion',
    hint: 'aws secretsmanager restore-secret --secret-id ci/a --region eu-central-1',
  }
  expect(await failure(sink.preflight(place('ci/a')))).toEqual(refused)
  expect(await failure(sink.write(place('ci/a'), SECOND, null))).toEqual(refused)
  expect(await sink.read(place('ci/a'))).toBeNull()
  expect(await sink.remove(place('ci/a'), fingerprint(FIRST))).toBe(true)
})

test.each([
  ['rotated by AWS', { rotates: true }, /is rotated by AWS itself/, /cancel-rotate-secret/],
  ['a replica', { primaryRegion: 'us-east-1' }, /is a replica here/, /region: us-east-1/],
])('refuses a secret that is %s', async (_, change, message, hint) => {
  const { aws, sink, place } = await awsSecrets()
  Object.assign(seedSecret(aws, 'ci/a', 'x'), change)
  expect(await failure(sink.preflight(place('ci/a')))).toMatchObject({
    code: 'SINK_MISFIT',
    message: expect.stringMatching(message),
    hint: expect.stringMatching(hint),
  })
})

test('refuses text without fields, binary data, and another account', async () => {
  const { aws, sink, place } = await awsSecrets()
  seedSecret(aws, 'ci/text', 'plain')
  expect((await failure(sink.preflight(place('ci/text#k')))).message).toMatch(/is no JSON object/)
  const [[id = ''] = []] = seedSecret(aws, 'ci/binary', 'x').versions
  aws.secrets
    .get('ci/binary')
    ?.versions.set(id, { text: null, binary: 'AAA=', created: 1, stages: new Set(['AWSCURRENT']) })
  expect((await failure(sink.preflight(place('ci/binary')))).message).toMatch(/binary data/)
  const { sink: other, place: placeOfOther } = await awsSecrets({ account: '999999999999' }, aws)
  expect((await failure(other.preflight(placeOfOther('ci/text')))).message).toMatch(
    /leads into the AWS account 123456789012, and is configured for 999999999999/,
  )
})

test('creates nothing with create: false', async () => {
  const { aws, sink, place } = await awsSecrets({ create: false })
  const refused = {
    code: 'SINK_MISFIT',
    message: 'there is no secret ci/a, and the sink here creates none',
    hint: 'aws secretsmanager create-secret --name ci/a --region eu-central-1',
  }
  expect(await failure(sink.preflight(place('ci/a')))).toEqual(refused)
  expect(await failure(sink.write(place('ci/a'), FIRST, null))).toEqual(refused)
  expect(aws.secrets.size).toBe(0)
})

test.each([
  ['CreateSecret', null],
  ['DescribeSecret', null],
  ['DescribeSecret', 'x'],
  ['GetSecretValue', 'x'],
  ['PutSecretValue', 'x'],
  ['UpdateSecretVersionStage', 'x'],
])('the preflight finds out that %s is not allowed (there: %s), and leaves nothing behind', async (action, there) => {
  const { aws } = await awsSecrets()
  if (there !== null) seedSecret(aws, 'ci/a', there)
  const before = JSON.stringify([...aws.secrets.values()].map(({ versions }) => [...versions]))
  const { sink, place } = await awsSecrets({ env: without(aws, `secretsmanager:${action}`) }, aws)
  expect(await failure(sink.preflight(place('ci/a')))).toEqual({
    code: 'SINK_DENIED',
    message: `the AWS identity of the sink here is not allowed secretsmanager:${action}`,
    hint: `{ "Effect": "Allow", "Action": "secretsmanager:${action}", "Resource": "arn:aws:secretsmanager:eu-central-1:*:secret:ci/a*" }`,
  })
  expect(JSON.stringify([...aws.secrets.values()].map(({ versions }) => [...versions]))).toBe(before)
})
