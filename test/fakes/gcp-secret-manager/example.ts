import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { ExampleService } from '../example-services.ts'
import { contentOf, fakeGcp } from './server.ts'

/** Exactly the permissions of the role in the example. */
export async function gcpExample(root: string): Promise<ExampleService> {
  const fake = await fakeGcp()
  const { includedPermissions } = parse(readFileSync(join(root, 'role.yaml'), 'utf8'))
  fake.permits = (permission) => includedPermissions.includes(permission)
  const held = (name: string): string | null => contentOf(fake, `projects/acme-prod/secrets/${name}`, 'live')
  return {
    env: { GOOGLE_CREDENTIALS_JSON: fake.credentials },
    replace: { 'alias: live': `alias: live\n    endpoint: ${fake.endpoint}` },
    delivered: () =>
      [held('ci-openrouter'), JSON.parse(held('ci-bots') ?? '{}').openrouter?.apiKey ?? null].filter(
        (one) => one !== null,
      ),
    close: () => fake.close(),
  }
}
