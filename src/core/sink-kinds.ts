/**
 * The kinds of sinks as data: what a `deliverTo` entry says for each, and what a sink of that kind is configured with.
 * JSON Schemas, completion and the README are made from these rows; `places.ts` resolves entries by them.
 * A new kind is one set of rows here, one file under `sinks/`, one line in its registry and one fake.
 */

import { AWS_SECRETS, type AwsSecretsConfig, SSM, type SsmConfig } from './aws-kinds.ts'
import { AZURE, type AzureConfig } from './azure-kind.ts'
import { GCP, type GcpConfig } from './gcp-kind.ts'
import { GITHUB_ACTIONS, GITLAB_VARIABLES, type GithubConfig, type GitlabConfig } from './git-host-kinds.ts'
import { HTTP, type HttpConfig } from './http-kind.ts'
import { KUBERNETES, type KubernetesConfig } from './kubernetes-kind.ts'
import { FIELD_PATTERN, PATH_PATTERN, RECIPIENT_PATTERN } from './sink-patterns.ts'
import { SOPS, type SopsConfig } from './sops-kind.ts'
import { VAULT, type VaultConfig } from './vault-kind.ts'

export { API_PATH_PATTERN, FIELD_PATTERN, PATH_PATTERN } from './sink-patterns.ts'
export { SOPS_IDENTITY } from './sops-kind.ts'

export const NAME_PATTERN = '^[A-Za-z_][A-Za-z0-9_]*$'
/** File of a dotenv sink that names none. */
export const DOTENV_PATH = '.env.keys'

export type Member = 'name' | 'path' | 'field'

/** One member of a `deliverTo` entry. */
export interface MemberRow {
  readonly member: Member
  readonly required: boolean
  readonly pattern: string
  /** What it must be, after its name, where the words for its kind of member do not fit. */
  readonly wrong?: string
  readonly doc: string
  readonly example: string
}

/** One option of a configured sink. `source` is `{ env: NAME }` or `{ file: PATH }`; `pattern` holds for a text or each text of a list. */
export interface OptionRow {
  readonly option: string
  readonly type: 'text' | 'texts' | 'boolean' | 'duration' | 'source' | 'url' | 'choice' | 'kinds'
  readonly required: boolean
  readonly default?: string | boolean | number
  readonly pattern?: string
  /** Of a `choice`. */
  readonly choices?: readonly (string | number)[]
  /** Of `kinds`: a mapping whose `kind` decides what else it takes. */
  readonly kinds?: Readonly<Record<string, { readonly doc: string; readonly options: readonly OptionRow[] }>>
  readonly doc: string
}

export interface KindRow {
  readonly doc: string
  readonly members: readonly MemberRow[]
  readonly options: readonly OptionRow[]
}

const PATH_BELOW: MemberRow = {
  member: 'path',
  required: true,
  pattern: PATH_PATTERN,
  doc: 'File below the folder of keywright.yaml (and below `root`, where the sink has one).',
  example: 'secrets/openrouter',
}

const ROOT: OptionRow = {
  option: 'root',
  type: 'text',
  required: false,
  pattern: PATH_PATTERN,
  doc: 'Folder below the folder of keywright.yaml that paths start at.',
}

/** Taken by every kind. */
export const ALLOW: OptionRow = {
  option: 'allow',
  type: 'texts',
  required: false,
  doc: 'Globs (`*`, `**`, `?`) of the places a manifest may use: the path, path#field, or the name in a dotenv file. Without it, every place.',
}

export const SINK_KINDS = {
  dotenv: {
    doc: 'Assignments in one dotenv file. Everything else in the file stays as it is.',
    members: [
      { member: 'name', required: true, pattern: NAME_PATTERN, doc: 'Variable name.', example: 'OPENROUTER_API_KEY' },
    ],
    options: [
      {
        option: 'path',
        type: 'text',
        required: false,
        default: DOTENV_PATH,
        pattern: PATH_PATTERN,
        doc: 'The file, below the folder of keywright.yaml; git must ignore it.',
      },
      ALLOW,
    ],
  },
  file: {
    doc: 'One file per secret, or a member of a JSON file; git must ignore it.',
    members: [
      PATH_BELOW,
      {
        member: 'field',
        required: false,
        pattern: FIELD_PATTERN,
        doc: 'Member of a JSON object in that file; dots lead into nested objects. Without it, the whole file is the secret.',
        example: 'openrouter.apiKey',
      },
    ],
    options: [ROOT, ALLOW],
  },
  age: {
    doc: 'One armored age file per secret, encrypted to recipients. May be committed.',
    members: [{ ...PATH_BELOW, example: 'secrets/openrouter.age' }],
    options: [
      ROOT,
      {
        option: 'recipients',
        type: 'texts',
        required: true,
        pattern: RECIPIENT_PATTERN,
        doc: 'Public keys (age1...) that can decrypt.',
      },
      {
        option: 'identity',
        type: 'source',
        required: false,
        doc: 'Where keywright finds an AGE-SECRET-KEY-1... of its own. With it the places can be read back; without it they cannot.',
      },
      ALLOW,
    ],
  },
  sops: { ...SOPS, options: [...SOPS.options, ALLOW] },
  vault: { ...VAULT, options: [...VAULT.options, ALLOW] },
  'aws-secrets-manager': { ...AWS_SECRETS, options: [...AWS_SECRETS.options, ALLOW] },
  'aws-ssm': { ...SSM, options: [...SSM.options, ALLOW] },
  kubernetes: { ...KUBERNETES, options: [...KUBERNETES.options, ALLOW] },
  'github-actions': { ...GITHUB_ACTIONS, options: [...GITHUB_ACTIONS.options, ALLOW] },
  'gitlab-variables': { ...GITLAB_VARIABLES, options: [...GITLAB_VARIABLES.options, ALLOW] },
  http: { ...HTTP, options: [...HTTP.options, ALLOW] },
  'gcp-secret-manager': { ...GCP, options: [...GCP.options, ALLOW] },
  'azure-key-vault': { ...AZURE, options: [...AZURE.options, ALLOW] },
  exec: {
    doc: 'A command of yours that stores the secret. Needs KEYWRIGHT_ALLOW_EXEC=1.',
    members: [
      { ...PATH_BELOW, doc: 'Address handed to the command.', example: 'ci/openrouter' },
      {
        member: 'field',
        required: false,
        pattern: FIELD_PATTERN,
        doc: 'Field handed to the command.',
        example: 'api_key',
      },
    ],
    options: [
      { option: 'command', type: 'texts', required: true, doc: 'Program and arguments; no shell is involved.' },
      {
        option: 'env',
        type: 'texts',
        required: false,
        pattern: NAME_PATTERN,
        doc: 'Names of the only environment variables the command gets.',
      },
      {
        option: 'timeout',
        type: 'duration',
        required: false,
        default: '30s',
        doc: 'After this the command is killed.',
      },
      {
        option: 'readable',
        type: 'boolean',
        required: false,
        default: false,
        doc: 'The command answers `read` with the secret.',
      },
      {
        option: 'conditional',
        type: 'boolean',
        required: false,
        default: false,
        doc: 'The command honours `ifVersion` atomically.',
      },
      ALLOW,
    ],
  },
  memory: {
    doc: 'Nowhere: gone when the process ends. For demos and tests.',
    members: [{ ...PATH_BELOW, doc: 'Any address.', example: 'ci/openrouter' }],
    options: [ALLOW],
  },
} as const satisfies Record<string, KindRow>

export type SinkKind = keyof typeof SINK_KINDS

interface Allowing {
  readonly allow?: readonly string[]
}
export type SourceConfig = { readonly env: string } | { readonly file: string }
export interface DotenvConfig extends Allowing {
  readonly kind: 'dotenv'
  readonly path?: string
}
export interface FileConfig extends Allowing {
  readonly kind: 'file'
  readonly root?: string
}
export interface AgeConfig extends Allowing {
  readonly kind: 'age'
  readonly root?: string
  readonly recipients: readonly string[]
  readonly identity?: SourceConfig
}
export interface ExecConfig extends Allowing {
  readonly kind: 'exec'
  readonly command: readonly string[]
  readonly env?: readonly string[]
  /** A duration such as `30s`. */
  readonly timeout?: string
  readonly readable?: boolean
  readonly conditional?: boolean
}
export interface MemoryConfig extends Allowing {
  readonly kind: 'memory'
}

/** A schema-valid entry of `sinks:` in keywright.yaml. */
export type SinkConfig =
  | DotenvConfig
  | FileConfig
  | AgeConfig
  | SopsConfig
  | ExecConfig
  | VaultConfig
  | AwsSecretsConfig
  | SsmConfig
  | KubernetesConfig
  | GithubConfig
  | GitlabConfig
  | HttpConfig
  | GcpConfig
  | AzureConfig
  | MemoryConfig
export type ConfigOf<K extends SinkKind> = Extract<SinkConfig, { readonly kind: K }>

/** Whether places of this sink can be read back, as far as the configuration says; where they cannot, nobody proves what they hold. */
export function isReadable(config: SinkConfig): boolean {
  switch (config.kind) {
    case 'exec':
    case 'http':
      return config.readable ?? false
    case 'github-actions':
      return false
    case 'vault':
      return config.readable ?? true
    case 'age':
      return config.identity !== undefined
    case 'dotenv':
    case 'file':
    case 'gitlab-variables':
    case 'sops':
    case 'gcp-secret-manager':
    case 'azure-key-vault':
    case 'memory':
    case 'aws-secrets-manager':
    case 'kubernetes':
    case 'aws-ssm':
      return true
    default:
      return config satisfies never
  }
}

/** Whether its places refuse a write that comes too late, as far as the configuration says. */
export function isConditional(config: SinkConfig): boolean {
  switch (config.kind) {
    case 'vault':
      return config.kv !== 1 && isReadable(config)
    case 'gcp-secret-manager':
      return config.alias !== undefined
    case 'exec':
    case 'http':
      return config.conditional ?? false
    case 'azure-key-vault':
    case 'github-actions':
    case 'gitlab-variables':
    case 'aws-ssm':
      return false
    case 'dotenv':
    case 'file':
    case 'age':
    case 'sops':
    case 'memory':
    case 'aws-secrets-manager':
    case 'kubernetes':
      return true
    default:
      return config satisfies never
  }
}

export function isSinkKind(text: string): text is SinkKind {
  return Object.hasOwn(SINK_KINDS, text)
}
