import type { SinkConfig } from '../../../src/core/places.ts'
import { openSink } from '../../../src/sinks/registry.ts'
import { contextOf, placeOf, type SinkFixture } from '../sinks.ts'
import { latestText, seedParameter } from './parameters.ts'
import { seedSecret, servedText } from './secrets.ts'
import { type FakeAws, fakeAws, ROOT } from './server.ts'

/** Fields of one JSON secret, beside one that is nobody's business. */
export async function awsSecretsFixture(): Promise<SinkFixture> {
  const aws = await fakeAws()
  seedSecret(aws, 'ci/keys', '{ "neighbour": "stays", "number": 12345678901234567890 }')
  const config: SinkConfig = { kind: 'aws-secrets-manager', region: aws.region, endpoint: aws.endpoint }
  const fields = (): Record<string, unknown> => JSON.parse(servedText(aws, 'ci/keys') ?? '{}')
  return {
    ...common(aws, config),
    place: (n) => placeOf(`here:ci/keys#k${n}`, config),
    dump: () =>
      `${JSON.stringify(Object.entries(fields()))} ${JSON.stringify([...(aws.secrets.get('ci/keys')?.tags ?? [])])}`,
    peek: async (n) => (typeof fields()[`k${n}`] === 'string' ? String(fields()[`k${n}`]) : null),
    poke: async (n, text) => void seedSecret(aws, 'ci/keys', JSON.stringify({ ...fields(), [`k${n}`]: text })),
  }
}

/** One parameter per place, in a hierarchy with one that is nobody's business. */
export async function ssmFixture(): Promise<SinkFixture> {
  const aws = await fakeAws()
  seedParameter(aws, '/ci/neighbour', 'stays')
  const config: SinkConfig = { kind: 'aws-ssm', region: aws.region, endpoint: aws.endpoint }
  return {
    ...common(aws, config),
    place: (n) => placeOf(`here:/ci/k${n}`, config),
    dump: () => JSON.stringify([...aws.parameters].map(([name, { versions, tags }]) => [name, versions, [...tags]])),
    peek: async (n) => latestText(aws, `/ci/k${n}`),
    poke: async (n, text) => void seedParameter(aws, `/ci/k${n}`, text),
  }
}

function common(aws: FakeAws, config: SinkConfig): Pick<SinkFixture, 'config' | 'open' | 'close'> {
  return { config, open: () => openSink(config, contextOf('/nowhere', { env: ROOT })), close: () => aws.close() }
}
