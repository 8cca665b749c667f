/** Stands in for OpenRouter's own provider, whose state a key is moved out of: only the names of its schema. */
import type { Provider } from '../../src/terraform/server/provider.ts'
import type { AttributeSchema } from '../../src/terraform/server/schema.ts'

const row = (name: string, type: AttributeSchema['type']): AttributeSchema => ({
  name,
  type,
  mode: 'optional+computed',
  description: name,
})

const TEXTS = [
  'name',
  'hash',
  'key',
  'label',
  'workspace_id',
  'limit_reset',
  'expires_at',
  'creator_user_id',
  'created_at',
]

const THEIRS: Provider = {
  schema: {
    provider: { version: 0, description: 'Not ours.', attributes: [] },
    resources: {
      openrouter_api_key: {
        version: 0,
        description: 'A key with its plaintext.',
        attributes: [
          ...TEXTS.map((name) => row(name, 'string')),
          row('limit', 'number'),
          row('disabled', 'bool'),
          row('include_byok_in_limit', 'bool'),
        ],
      },
    },
    dataSources: {},
    ephemeralResources: {},
    functions: {},
  },
  methods: { ValidateProviderConfig: async () => ({}), ConfigureProvider: async () => ({}) },
}

export const provider = (): Provider => THEIRS
