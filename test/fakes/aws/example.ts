import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExampleService } from '../example-services.ts'
import { latestText } from './parameters.ts'
import { servedText } from './secrets.ts'
import { type FakeAws, fakeAws } from './server.ts'

const KEY = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLEEXAMPLE00', AWS_SECRET_ACCESS_KEY: 'the-key-of-the-example' }

/** An identity with exactly the policy of the example. */
async function account(root: string): Promise<Omit<ExampleService, 'delivered'> & { readonly aws: FakeAws }> {
  const aws = await fakeAws()
  const { Statement } = JSON.parse(readFileSync(join(root, 'policy.json'), 'utf8'))
  aws.identities.set(KEY.AWS_ACCESS_KEY_ID, { secretAccessKey: KEY.AWS_SECRET_ACCESS_KEY, statements: Statement })
  return {
    aws,
    // The SDK says on Node 20 that its end is near; that is nothing about the example.
    env: { ...KEY, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    replace: { 'region: eu-central-1': `region: eu-central-1, endpoint: "${aws.endpoint}"` },
    close: () => aws.close(),
  }
}

export async function awsSecretsExample(root: string): Promise<ExampleService> {
  const { aws, ...rest } = await account(root)
  const whole = (): readonly string[] => [servedText(aws, 'ci/nightly-key') ?? '{}'].filter((text) => text !== '{}')
  const fields = (): readonly string[] =>
    Object.values(JSON.parse(servedText(aws, 'ci/openrouter') ?? '{}')).map(String)
  return { ...rest, delivered: () => [...fields(), ...whole()] }
}

export async function ssmExample(root: string): Promise<ExampleService> {
  const { aws, ...rest } = await account(root)
  return { ...rest, delivered: () => [latestText(aws, '/ci/openrouter/reviewer')].filter((text) => text !== null) }
}
