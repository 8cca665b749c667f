/** The sink kind `vault` as data: how it is configured, and where the identities of its places start. */
import { plainAddress } from './config/url.ts'
import type { KindRow, OptionRow, SourceConfig } from './sink-kinds.ts'
import { API_PATH_PATTERN } from './sink-patterns.ts'

export type VaultAuth =
  | { readonly kind: 'token'; readonly token?: SourceConfig }
  | { readonly kind: 'approle'; readonly roleId: string; readonly secretId: SourceConfig; readonly mount?: string }
  | { readonly kind: 'jwt'; readonly role?: string; readonly token: SourceConfig; readonly mount?: string }
  | { readonly kind: 'kubernetes'; readonly role: string; readonly token?: SourceConfig; readonly mount?: string }

export interface VaultConfig {
  readonly kind: 'vault'
  readonly allow?: readonly string[]
  readonly address: string
  readonly mount?: string
  readonly namespace?: string
  readonly auth?: VaultAuth
  readonly caFile?: string
  readonly kv?: 1 | 2
  readonly readable?: boolean
}

export const VAULT_MOUNT = 'secret'
export const VAULT_TOKEN = 'VAULT_TOKEN'
/** Where Kubernetes puts the token of a pod's service account. */
export const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** Short enough for the name of a stamp. */
const FIELD_PATTERN = '^(?=.{1,100}$)[A-Za-z0-9_-]+(?:\\.[A-Za-z0-9_-]+)*$'

const role = (required: boolean): OptionRow => ({ option: 'role', type: 'text', required, doc: 'Role to log in as.' })
const mountedAt = (mount: string): OptionRow => ({
  option: 'mount',
  type: 'text',
  required: false,
  default: mount,
  pattern: API_PATH_PATTERN,
  doc: 'Where that auth method is mounted.',
})

const AUTH: NonNullable<OptionRow['kinds']> = {
  token: {
    doc: 'A token that exists.',
    options: [{ option: 'token', type: 'source', required: false, doc: `Without it the variable ${VAULT_TOKEN}.` }],
  },
  approle: {
    doc: 'A role id and a secret id.',
    options: [
      { option: 'roleId', type: 'text', required: true, doc: 'Id of the role.' },
      { option: 'secretId', type: 'source', required: true, doc: 'Where the secret id is found.' },
      mountedAt('approle'),
    ],
  },
  jwt: {
    doc: 'A signed token of a CI system or another identity provider.',
    options: [
      role(false),
      { option: 'token', type: 'source', required: true, doc: 'Where the signed token is found.' },
      mountedAt('jwt'),
    ],
  },
  kubernetes: {
    doc: 'The service account of a pod.',
    options: [
      role(true),
      { option: 'token', type: 'source', required: false, doc: `Without it the file ${SERVICE_ACCOUNT_TOKEN}.` },
      mountedAt('kubernetes'),
    ],
  },
}

export const VAULT: KindRow = {
  doc: 'One field of a KV secret in HashiCorp Vault or OpenBao. Other fields of the secret stay as they are.',
  members: [
    {
      member: 'path',
      required: true,
      pattern: API_PATH_PATTERN,
      doc: 'Path of the secret, below the mount and without `data/`.',
      example: 'ci/openrouter',
    },
    {
      member: 'field',
      required: true,
      pattern: FIELD_PATTERN,
      doc: 'Name of the field, taken literally.',
      example: 'api_key',
    },
  ],
  options: [
    {
      option: 'address',
      type: 'url',
      required: true,
      doc: 'Address of the server. The host must be allowed by KEYWRIGHT_ALLOW_HOSTS.',
    },
    {
      option: 'mount',
      type: 'text',
      required: false,
      default: VAULT_MOUNT,
      pattern: API_PATH_PATTERN,
      doc: 'Where the KV engine is mounted.',
    },
    {
      option: 'namespace',
      type: 'text',
      required: false,
      pattern: API_PATH_PATTERN,
      doc: 'Namespace of that mount and of the login.',
    },
    {
      option: 'auth',
      type: 'kinds',
      required: false,
      kinds: AUTH,
      doc: `How to log in. Without it, the token in the variable ${VAULT_TOKEN}.`,
    },
    {
      option: 'caFile',
      type: 'text',
      required: false,
      doc: 'PEM file of the authority that signed the certificate of the server.',
    },
    {
      option: 'kv',
      type: 'choice',
      choices: [1, 2],
      required: false,
      default: 2,
      doc: 'Version of the KV engine. Version 1 has no check-and-set and keeps no earlier versions.',
    },
    {
      option: 'readable',
      type: 'boolean',
      required: false,
      default: true,
      doc: 'false: the policy allows to write and not to read (KV version 2 only). Writes are then not conditional, and nothing is emptied.',
    },
  ],
}

/** What the identities of its places start with. A mount `a/b` and a mount `b` of the namespace `a` are the same one. */
export function vaultHome({ address, namespace = '', mount = VAULT_MOUNT }: VaultConfig): string {
  const inside = namespace === '' || namespace === 'root' ? mount : `${namespace}/${mount}`
  return `vault:${plainAddress(address)}/${inside}`
}
