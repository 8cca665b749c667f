import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExampleService } from '../example-services.ts'
import { fakeVault, fieldsOf, type Policy } from './server.ts'

const SECRET_ID = 'a-secret-id-of-the-fake'

/** A login that gives exactly the rights of the policy in the example. */
export async function vaultExample(root: string): Promise<ExampleService> {
  const vault = await fakeVault()
  const policy = policyIn(readFileSync(join(root, 'policy.hcl'), 'utf8'))
  vault.logins.set('approle', ({ role_id, secret_id }) =>
    role_id === 'keywright' && secret_id === SECRET_ID ? policy : null,
  )
  return {
    env: { VAULT_SECRET_ID: SECRET_ID },
    replace: { 'http://127.0.0.1:8200': vault.address },
    delivered: () => Object.values(fieldsOf(vault, 'ci/openrouter') ?? {}).map(String),
    close: () => vault.close(),
  }
}

function policyIn(hcl: string): Policy {
  const rules = [...hcl.matchAll(/path "([^"]+)" \{\s*capabilities = (\[[^\]]*\])/g)]
  return Object.fromEntries(rules.map(([, path = '', rights = '[]']) => [path, JSON.parse(rights)]))
}
