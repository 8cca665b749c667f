import type { ExampleService } from '../example-services.ts'
import { contentOf, fakeAzure, TOKEN } from './server.ts'

/** The secret permissions that the page names. */
export async function azureExample(): Promise<ExampleService> {
  const fake = await fakeAzure()
  fake.permits = (right) => ['get', 'list', 'set', 'recover'].includes(right)
  const apiKey = (): string | null => JSON.parse(contentOf(fake, 'ci-bots') ?? '{}').openrouter?.apiKey ?? null
  return {
    env: { AZURE_VAULT_TOKEN: TOKEN },
    replace: { 'https://acme-prod.vault.azure.net': fake.address },
    delivered: () => [contentOf(fake, 'ci-openrouter'), apiKey()].filter((one) => one !== null),
    close: () => fake.close(),
  }
}
