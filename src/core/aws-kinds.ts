/** The sink kinds of AWS as data: how they are configured, and where the identities of their places start. */
import type { KindRow, OptionRow } from './sink-kinds.ts'

interface AwsConfig {
  readonly allow?: readonly string[]
  readonly region: string
  /** 12 digits. */
  readonly account?: string
  readonly profile?: string
  readonly endpoint?: string
  readonly kmsKey?: string
  readonly create?: boolean
}

export interface AwsSecretsConfig extends AwsConfig {
  readonly kind: 'aws-secrets-manager'
}

export interface SsmConfig extends AwsConfig {
  readonly kind: 'aws-ssm'
  readonly tier?: 'Standard' | 'Advanced' | 'Intelligent-Tiering'
}

/** Names of secrets: what AWS allows, as parts with / between them. */
const SECRET_NAME = '^(?=.{1,512}$)[A-Za-z0-9_+=.@-]+(?:/[A-Za-z0-9_+=.@-]+)*$'
/** A parameter in a hierarchy begins with /, any other has none; names of AWS itself are reserved. */
const PARAMETER_NAME =
  '^(?=.{1,900}$)(?!/?(?:[aA][wW][sS]|[sS][sS][mM]))(?:(?:/[A-Za-z0-9_.-]+){1,15}|[A-Za-z0-9_.-]+)$'
/** Short enough for the key of a tag. */
const FIELD_PATTERN = '^(?=.{1,100}$)[A-Za-z0-9_-]+(?:\\.[A-Za-z0-9_-]+)*$'
/** Becomes part of a host name. */
const REGION = '^[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}$'

const text = (option: string, doc: string, more: Partial<OptionRow> = {}): OptionRow => ({
  option,
  type: 'text',
  required: false,
  doc,
  ...more,
})

const REACHED: readonly OptionRow[] = [
  text('region', 'Region of the places, such as eu-central-1.', { required: true, pattern: REGION }),
  text('account', 'Id of the account, in quotes. Places are known by it, and one of another account is refused.', {
    pattern: '^[0-9]{12}$',
  }),
  text(
    'profile',
    'Profile of the shared AWS configuration, which may assume a role. Without it, what the SDK finds by itself: variables, SSO, web identity, container, instance.',
    { pattern: '^[A-Za-z0-9_.@/+-]+$' },
  ),
  text(
    'endpoint',
    'Address of a VPC endpoint or a local stand-in. The host must be allowed by KEYWRIGHT_ALLOW_HOSTS.',
    {
      type: 'url',
    },
  ),
  text('kmsKey', 'Id, ARN or alias of the KMS key of what is created here. Without it, the key of the service.', {
    pattern: '^[A-Za-z0-9:/_-]{1,2048}$',
  }),
]

export const AWS_SECRETS: KindRow = {
  doc: 'A secret in AWS Secrets Manager, or one field of a JSON secret. Other fields of the secret stay as they are. Needs the package @aws-sdk/client-secrets-manager.',
  members: [
    {
      member: 'path',
      required: true,
      pattern: SECRET_NAME,
      wrong: 'must be the name of a secret: parts with / between them, of letters, digits and _+=.@-',
      doc: 'Name of the secret, not its ARN.',
      example: 'ci/openrouter',
    },
    {
      member: 'field',
      required: false,
      pattern: FIELD_PATTERN,
      doc: 'Name of a member of its JSON object, taken literally. Without it, the whole secret is the value.',
      example: 'api_key',
    },
  ],
  options: [
    ...REACHED,
    text('create', 'Whether a secret that is not there is created.', { type: 'boolean', default: true }),
  ],
}

export const SSM: KindRow = {
  doc: 'A SecureString in the AWS Systems Manager Parameter Store. Needs the package @aws-sdk/client-ssm.',
  members: [
    {
      member: 'path',
      required: true,
      pattern: PARAMETER_NAME,
      wrong: 'must be the name of a parameter: /part/part, or one part without /, of letters, digits, _, . and -',
      doc: 'Name of the parameter, not its ARN; with / in front when it is in a hierarchy.',
      example: '/ci/openrouter',
    },
  ],
  options: [
    ...REACHED,
    text('create', 'Whether a parameter that is not there is created.', { type: 'boolean', default: true }),
    text('tier', 'Tier of what is written. Without it, the default of the account.', {
      type: 'choice',
      choices: ['Standard', 'Advanced', 'Intelligent-Tiering'],
    }),
  ],
}

/** What the identities of its places start with. The way there (profile, endpoint) makes no other place. */
export function awsHome({ kind, region, account }: AwsSecretsConfig | SsmConfig): string {
  return account === undefined ? `${kind}:${region}` : `${kind}:${region}/${account}`
}
