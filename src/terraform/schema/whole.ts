/** All that the provider offers, as one schema. Documentation and bindings are made from it as well. */
import type { ProviderSchema } from '../server/schema.ts'
import { dataSchemas } from './data.ts'
import { keySchema } from './key.ts'
import { providerSchema, type TerraformKind } from './provider.ts'

/** Key API behind each resource. */
export const KINDS: Readonly<Record<string, TerraformKind>> = {
  keywright_openrouter_key: 'openrouter',
  keywright_strait_key: 'strait',
}

export function wholeSchema(): ProviderSchema {
  return {
    provider: providerSchema(),
    resources: Object.fromEntries(Object.entries(KINDS).map(([name, kind]) => [name, keySchema(kind)])),
    dataSources: dataSchemas(),
    ephemeralResources: {},
    functions: {},
  }
}
