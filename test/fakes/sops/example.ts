import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { generateIdentity, identityToRecipient } from 'age-encryption'
import type { ExampleService } from '../example-services.ts'
import { decrypted } from './independent.ts'

/** An identity that was made for this run; the files are opened by a decrypter that is not the sink's. */
export async function sopsExample(root: string): Promise<ExampleService> {
  const identity = await generateIdentity()
  const textsIn = async (name: string, type: 'yaml' | 'json'): Promise<readonly string[]> => {
    const file = join(root, name)
    return existsSync(file) ? textsOf(await decrypted(readFileSync(file, 'utf8'), identity, type)) : []
  }
  return {
    env: { SOPS_AGE_KEY: identity },
    replace: { age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p: await identityToRecipient(identity) },
    delivered: async () => [
      ...(await textsIn('secrets/ci.sops.yaml', 'yaml')),
      ...(await textsIn('secrets/reviewer.sops.json', 'json')),
    ],
    close: () => undefined,
  }
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : []
}
