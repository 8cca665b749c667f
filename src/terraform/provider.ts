/** What `terraform-provider-keywright` offers. */
import type { Provider } from './server/provider.ts'

export const provider: Provider = {
  schema: {
    provider: { version: 0, description: 'API keys as code.', attributes: [] },
    resources: {},
    dataSources: {},
    ephemeralResources: {},
    functions: {},
  },
  methods: {
    ValidateProviderConfig: async () => ({}),
    ConfigureProvider: async () => ({}),
  },
}
