/** The sink kind `azure-key-vault` as data: how it is configured, and where the identities of its places start. */

import { plainAddress } from './config/url.ts'
import type { KindRow, OptionRow, SourceConfig } from './sink-kinds.ts'

export type AzureAuth =
  | { readonly kind: 'default' }
  | {
      readonly kind: 'client-secret'
      readonly tenantId: string
      readonly clientId: string
      readonly secret: SourceConfig
    }
  | { readonly kind: 'federated'; readonly tenantId: string; readonly clientId: string; readonly token: SourceConfig }
  | { readonly kind: 'managed-identity'; readonly clientId?: string }
  | { readonly kind: 'token'; readonly token: SourceConfig }

export interface AzureConfig {
  readonly kind: 'azure-key-vault'
  readonly allow?: readonly string[]
  readonly vault: string
  readonly auth?: AzureAuth
}

const text = (option: string, required: boolean, doc: string): OptionRow => ({ option, type: 'text', required, doc })
const TENANT = text('tenantId', true, 'Id of the directory.')
const CLIENT = text('clientId', true, 'Id of the application.')

const AUTH: NonNullable<OptionRow['kinds']> = {
  default: {
    doc: 'Whatever the environment offers: variables, workload identity, managed identity, az login.',
    options: [],
  },
  'client-secret': {
    doc: 'An application with a secret.',
    options: [TENANT, CLIENT, { option: 'secret', type: 'source', required: true, doc: 'Where that secret is found.' }],
  },
  federated: {
    doc: 'An application that trusts the signed token of a CI system.',
    options: [TENANT, CLIENT, { option: 'token', type: 'source', required: true, doc: 'Where that token is found.' }],
  },
  'managed-identity': {
    doc: 'The identity of the machine.',
    options: [text('clientId', false, 'Id of one that was assigned by a user.')],
  },
  token: {
    doc: 'An access token that exists, from `az account get-access-token --resource https://vault.azure.net`.',
    options: [{ option: 'token', type: 'source', required: true, doc: 'Where that token is found.' }],
  },
}

export const AZURE: KindRow = {
  doc: 'A secret in an Azure Key Vault, or one field of a secret that is a JSON object. Each write adds a version. Old versions are disabled when their key has ended.',
  members: [
    {
      member: 'path',
      required: true,
      pattern: '^[0-9A-Za-z-]{1,127}$',
      doc: 'Name of the secret. It is created if it is not there.',
      example: 'ci-openrouter',
    },
    {
      member: 'field',
      required: false,
      pattern: '^(?=.{1,100}$)[A-Za-z0-9_-]+(?:\\.[A-Za-z0-9_-]+)*$',
      doc: 'Member of the JSON object in that secret; dots lead into nested objects. Without it, the secret is the key alone.',
      example: 'openrouter.apiKey',
    },
  ],
  options: [
    {
      option: 'vault',
      type: 'url',
      required: true,
      doc: 'Address of the vault, such as https://acme.vault.azure.net. The host must be allowed by KEYWRIGHT_ALLOW_HOSTS.',
    },
    {
      option: 'auth',
      type: 'kinds',
      required: false,
      kinds: AUTH,
      doc: 'How to log in. Without it, whatever the environment offers.',
    },
  ],
}

/** What the identities of its places start with. */
export function azureHome({ vault }: AzureConfig): string {
  return `azure-key-vault:${plainAddress(vault)}`
}
