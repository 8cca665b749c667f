import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { ExampleService } from '../example-services.ts'
import { fakeKubernetes, kubeconfigFor, type Rule } from './server.ts'

const TOKEN = 'token-of-the-example'

/** A login with exactly the rules of the role in the example. */
export async function kubernetesExample(root: string): Promise<ExampleService> {
  const fake = await fakeKubernetes({ secure: true })
  const { rules, metadata } = parse(readFileSync(join(root, 'role.yaml'), 'utf8'))
  const bound = rules.map((rule: Rule) => ({ ...rule, namespace: metadata.namespace }))
  fake.tokens.set(TOKEN, bound)
  writeFileSync(join(root, 'kubeconfig'), kubeconfigFor(fake.server, { token: TOKEN }), { mode: 0o600 })
  const data = (): readonly string[] => [...(fake.secrets.get('ci/openrouter')?.data.values() ?? [])]
  return {
    env: { KUBECONFIG: join(root, 'kubeconfig') },
    replace: {},
    delivered: () => data().map((encoded) => Buffer.from(encoded, 'base64').toString('utf8')),
    close: () => fake.close(),
  }
}
