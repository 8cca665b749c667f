import { expect, test } from 'vitest'
import { fingerprint } from '../../../src/sinks/bytes.ts'
import { latestText, seedParameter } from '../../fakes/aws/parameters.ts'
import { FIRST, failure, ownedBy, SECOND, ssm, THIRD, without } from './stage.ts'

test('creates a SecureString, in a hierarchy or not, under the configured key', async () => {
  const { aws, sink, place } = await ssm({ kmsKey: 'alias/keys', tier: 'Standard' })
  await sink.write(place('/ci/openrouter'), FIRST, null)
  await sink.write(place('plain.name'), SECOND, null)
  expect([...aws.parameters].map(([name, { type, keyId }]) => [name, type, keyId])).toEqual([
    ['/ci/openrouter', 'SecureString', 'alias/keys'],
    ['plain.name', 'SecureString', 'alias/keys'],
  ])
})

test('does not replace a parameter that appeared after the look', async () => {
  const { aws, sink, place } = await ssm()
  let once = true
  aws.before = ({ action }) => {
    if (!action.endsWith('PutParameter') || !once) return
    once = false
    seedParameter(aws, '/ci/a', 'theirs')
  }
  await sink.write(place('/ci/a'), FIRST, null)
  expect(aws.parameters.get('/ci/a')?.versions.map(({ text }) => text)).toEqual(['theirs', FIRST.expose()])
})

test('says that its writes are not conditional', async () => {
  const { sink } = await ssm()
  expect(sink.capabilities).toEqual({ readable: true, conditional: false })
})

test('restores the latest version with these bytes, over many pages of history', async () => {
  const { aws, sink, place } = await ssm()
  seedParameter(aws, '/ci/a', FIRST.expose())
  for (let n = 0; n < 70; n++) seedParameter(aws, '/ci/a', `${THIRD.expose()}${n}`)
  expect(await sink.restore?.(place('/ci/a'), fingerprint(FIRST), null)).toEqual({ version: fingerprint(FIRST) })
  expect(latestText(aws, '/ci/a')).toBe(FIRST.expose())
  expect(await sink.restore?.(place('/ci/a'), fingerprint(SECOND), null)).toBeNull()
})

test('keeps adding versions when the oldest go, and says which label is in the way', async () => {
  const { aws, sink, place } = await ssm()
  for (let n = 1; n <= 100; n++) seedParameter(aws, '/ci/a', `v${n}`)
  await sink.write(place('/ci/a'), FIRST, null)
  expect(aws.parameters.get('/ci/a')?.versions).toHaveLength(100)
  aws.parameters.get('/ci/a')?.versions[0]?.labels.push('kept')
  expect(await failure(sink.write(place('/ci/a'), SECOND, null))).toEqual({
    code: 'SINK_DENIED',
    message: 'here:/ci/a: the sink here cannot add a version, as the oldest of 100 has a label',
    hint: 'aws ssm get-parameter-history --name /ci/a --region eu-central-1   and unlabel-parameter-version for the oldest',
  })
})

test('stamps the parameter and refuses another key', async () => {
  const { aws, sink, place } = await ssm()
  await sink.write(ownedBy(place('/ci/a')), FIRST, null)
  expect(aws.parameters.get('/ci/a')?.tags.get('keywright')).toBe(
    `acme-7f3a/platform/ci-bot k3v7x2ab 4 ${fingerprint(FIRST)}`,
  )
  expect(await failure(sink.write(ownedBy(place('/ci/a'), { lineage: 'aaaaaaaa' }), SECOND, null))).toEqual({
    code: 'PLACE_OWNED',
    message: 'here:/ci/a is stamped as the place of acme-7f3a/platform/ci-bot',
    hint: 'use another place, or if that key is gone: aws ssm remove-tags-from-resource --resource-type Parameter --resource-id /ci/a --tag-keys keywright --region eu-central-1',
  })
})

test('works without stamps where tags may be neither read nor written', async () => {
  const { aws } = await ssm()
  const env = without(aws, 'ssm:ListTagsForResource', 'ssm:AddTagsToResource')
  const { sink, place } = await ssm({ env }, aws)
  await sink.write(ownedBy(place('/ci/a')), FIRST, null)
  await sink.write(ownedBy(place('/ci/a')), SECOND, fingerprint(FIRST))
  expect(latestText(aws, '/ci/a')).toBe(SECOND.expose())
})

test('refuses a parameter that is stored in the clear', async () => {
  const { aws, sink, place } = await ssm()
  seedParameter(aws, '/ci/a', 'x', 'String')
  expect(await failure(sink.preflight(place('/ci/a')))).toMatchObject({
    code: 'SINK_MISFIT',
    message: 'the parameter /ci/a is a String that is stored in the clear',
  })
})

test.each([
  ['PutParameter', null],
  ['PutParameter', 'x'],
  ['GetParameter', 'x'],
])('the preflight finds out that %s is not allowed (there: %s), and leaves nothing behind', async (action, there) => {
  const { aws } = await ssm()
  if (there !== null) seedParameter(aws, '/ci/a', there)
  const { sink, place } = await ssm({ env: without(aws, `ssm:${action}`) }, aws)
  expect(await failure(sink.preflight(place('/ci/a')))).toEqual({
    code: 'SINK_DENIED',
    message: `the AWS identity of the sink here is not allowed ssm:${action}`,
    hint: `{ "Effect": "Allow", "Action": "ssm:${action}", "Resource": "arn:aws:ssm:eu-central-1:*:parameter/ci/a" }`,
  })
  expect(latestText(aws, '/ci/a')).toBe(there)
})

test('creates nothing with create: false', async () => {
  const { aws, sink, place } = await ssm({ create: false })
  expect((await failure(sink.preflight(place('/ci/a')))).message).toBe(
    'there is no parameter /ci/a, and the sink here creates none',
  )
  expect((await failure(sink.write(place('/ci/a'), FIRST, null))).code).toBe('SINK_MISFIT')
  expect(aws.parameters.size).toBe(0)
})
