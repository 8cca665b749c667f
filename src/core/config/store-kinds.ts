/** Kinds of stores as data: where the state is kept, and what each kind is configured with. */
import type { ConfigOption, StoreKindRow } from './kinds.ts'

type Asked = Omit<ConfigOption, 'required' | 'type'> & Partial<Pick<ConfigOption, 'required' | 'type'>>

const option = (asked: Asked): ConfigOption => ({ required: false, type: 'text', ...asked })

const BRANCH = '^(?!-)(?!.*(?:\\.\\.|//|@\\{|\\.lock$|/$|\\.$))[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}$'
const BUCKET = '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$'
const PREFIX = '^(?!.*(?:^|/)\\.{1,2}(?:/|$))[A-Za-z0-9_-][A-Za-z0-9._/-]{0,199}$'
const REGION = '^[a-z0-9-]{1,40}$'
const METHOD = '^[A-Z]{3,10}$'
/** What PostgreSQL takes without quotes. */
const NAME = '^[a-z_][a-z0-9_]{0,62}$'
/** A name, an IPv4 address, or the folder of a socket. */
const HOST = '^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|/[A-Za-z0-9._/-]+)$'

export const STORE_KINDS = {
  local: {
    doc: 'A folder beside keywright.yaml, for one machine.',
    options: [
      option({ option: 'path', doc: 'The folder, below the folder of keywright.yaml.', example: '.keywright' }),
    ],
  },
  git: {
    doc: 'A branch of a git repository: what the next CI job finds again.',
    options: [
      option({
        option: 'url',
        type: 'git',
        doc: 'The repository. Without it, `origin` of the one keywright.yaml lies in. The host must be allowed by KEYWRIGHT_ALLOW_HOSTS.',
        example: 'https://github.com/acme/keys',
      }),
      option({
        option: 'branch',
        pattern: BRANCH,
        doc: 'The branch. `keywright-state` unless written.',
        example: 'keywright-state',
      }),
      option({
        option: 'token',
        type: 'tokens',
        doc: 'Where a token is found, for web addresses. Without it, the login that git has there, or GITHUB_TOKEN in a job of GitHub Actions.',
        example: '{ env: GITHUB_TOKEN }',
      }),
      option({
        option: 'user',
        pattern: '^[A-Za-z0-9._-]{1,100}$',
        doc: 'User name that goes with the token. `x-access-token` unless written; GitLab wants `gitlab-ci-token` for the token of a job.',
        example: 'gitlab-ci-token',
      }),
    ],
  },
  s3: {
    doc: 'A bucket of S3, or of a server that honours its conditional writes. Needs the package `@aws-sdk/client-s3`.',
    options: [
      option({ option: 'bucket', required: true, pattern: BUCKET, doc: 'The bucket.', example: 'acme-keywright' }),
      option({
        option: 'prefix',
        pattern: PREFIX,
        doc: 'Folder in it. `keywright` unless written.',
        example: 'keywright',
      }),
      option({
        option: 'region',
        pattern: REGION,
        doc: 'Region of the bucket. Without it, what AWS tools would use.',
        example: 'eu-central-1',
      }),
      option({
        option: 'endpoint',
        type: 'url',
        doc: 'A server other than AWS. The host must be allowed by KEYWRIGHT_ALLOW_HOSTS.',
        example: 'https://minio.internal:9000',
      }),
      option({
        option: 'accessKeyId',
        type: 'tokens',
        doc: 'Where the access key id is found. Without it, whatever credentials AWS tools would find.',
        example: '{ env: S3_ACCESS_KEY_ID }',
      }),
      option({
        option: 'secretAccessKey',
        type: 'tokens',
        doc: 'Where the secret that goes with it is found.',
        example: '{ env: S3_SECRET_ACCESS_KEY }',
      }),
    ],
  },
  postgres: {
    doc: 'Tables of a PostgreSQL database (12 or later). Needs the package `pg`.',
    options: [
      option({
        option: 'connection',
        type: 'tokens',
        doc: 'Where a connection URL with everything in it is found, instead of the other options.',
        example: '{ env: DATABASE_URL }',
      }),
      option({
        option: 'host',
        pattern: HOST,
        doc: 'Host of the server, or folder of its socket. The host must be allowed by KEYWRIGHT_ALLOW_HOSTS.',
        example: 'db.internal',
      }),
      option({ option: 'port', type: 'count', doc: 'Its port. 5432 unless written.', example: 5432 }),
      option({ option: 'database', doc: 'The database.', example: 'keywright' }),
      option({ option: 'user', doc: 'The role to log in as.', example: 'keywright' }),
      option({
        option: 'password',
        type: 'tokens',
        doc: 'Where the password is found.',
        example: '{ env: PGPASSWORD }',
      }),
      option({
        option: 'schema',
        pattern: NAME,
        doc: 'Schema of the tables, made when it is missing. `keywright` unless written.',
        example: 'keywright',
      }),
      option({
        option: 'caFile',
        doc: 'PEM file of the authority that signed the certificate of the server. Hosts other than this machine are only talked to over TLS.',
        example: 'certs/db.pem',
      }),
    ],
  },
  http: {
    doc: "A server that speaks the protocol of Terraform's http backend, such as GitLab. It can lock and not compare, so an unattended loop refuses it.",
    options: [
      option({
        option: 'address',
        type: 'url',
        required: true,
        doc: 'Address of the state. The host must be allowed by KEYWRIGHT_ALLOW_HOSTS.',
        example: 'https://gitlab.com/api/v4/projects/1/terraform/state/keywright',
      }),
      option({
        option: 'lockAddress',
        type: 'url',
        doc: 'Address to lock at. `address` unless written.',
        example: 'https://gitlab.com/api/v4/projects/1/terraform/state/keywright/lock',
      }),
      option({
        option: 'unlockAddress',
        type: 'url',
        doc: 'Address to unlock at. `lockAddress` unless written.',
        example: 'https://gitlab.com/api/v4/projects/1/terraform/state/keywright/lock',
      }),
      option({
        option: 'updateMethod',
        pattern: METHOD,
        doc: 'Method that saves. `POST` unless written.',
        example: 'POST',
      }),
      option({
        option: 'lockMethod',
        pattern: METHOD,
        doc: 'Method that locks. `LOCK` unless written; GitLab wants `POST`.',
        example: 'POST',
      }),
      option({
        option: 'unlockMethod',
        pattern: METHOD,
        doc: 'Method that unlocks. `UNLOCK` unless written; GitLab wants `DELETE`.',
        example: 'DELETE',
      }),
      option({ option: 'username', doc: 'User name.', example: 'gitlab-ci-token' }),
      option({
        option: 'password',
        type: 'tokens',
        doc: 'Where its password or token is found.',
        example: '{ env: CI_JOB_TOKEN }',
      }),
    ],
  },
  memory: { doc: 'Gone when the process ends. For demos and tests.', options: [] },
} as const satisfies Record<string, StoreKindRow>

export type StoreKind = keyof typeof STORE_KINDS
