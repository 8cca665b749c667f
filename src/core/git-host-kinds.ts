/** Sinks of the services that host git repositories, as data: secrets of GitHub, CI/CD variables of GitLab. */
import { plainAddress } from './config/url.ts'
import type { KindRow, OptionRow, SourceConfig } from './sink-kinds.ts'

export interface GithubConfig {
  readonly kind: 'github-actions'
  readonly allow?: readonly string[]
  readonly apiUrl?: string
  readonly auth?: GithubAuth
  readonly secrets?: GithubStore
  readonly visibility?: 'all' | 'private'
  readonly caFile?: string
}

/** Three stores of secrets with one API: the same name may stand in each of them. */
export type GithubStore = 'actions' | 'dependabot' | 'codespaces'

export type GithubAuth =
  | { readonly kind: 'token'; readonly token?: SourceConfig }
  | { readonly kind: 'app'; readonly appId: string; readonly privateKey: SourceConfig }

export interface GitlabConfig {
  readonly kind: 'gitlab-variables'
  readonly allow?: readonly string[]
  readonly apiUrl?: string
  readonly token?: SourceConfig
  readonly level?: 'project' | 'group'
  readonly environmentScope?: string
  readonly masked?: boolean
  readonly protected?: boolean
  readonly caFile?: string
}

export const GITHUB_API = 'https://api.github.com'
export const GITHUB_TOKEN_VARIABLE = 'GH_TOKEN'
export const GITLAB_API = 'https://gitlab.com/api/v4'
export const GITLAB_TOKEN_VARIABLE = 'GITLAB_TOKEN'
export const EVERY_ENVIRONMENT = '*'

/** An organisation, a repository, or what follows it: an environment, whose name may have slashes. */
const GITHUB_PATH =
  '^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})(?:/(?!\\.{1,2}(?:/|$))[A-Za-z0-9._-]{1,100}(?:/[^\\s#\\\\/][^\\\\#\\u0000-\\u001f\\u007f]{0,254})?)?$'
/** Stored in upper case whatever is sent, so a name in lower case would be another one in every listing. */
const GITHUB_NAME = '^(?!GITHUB_)[A-Z_][A-Z0-9_]{0,254}$'
const GITLAB_PATH = '^[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$'
const GITLAB_KEY = '^[A-Za-z0-9_]{1,255}$'

const CA_FILE: OptionRow = {
  option: 'caFile',
  type: 'text',
  required: false,
  doc: 'PEM file of the authority that signed the certificate of a server of your own.',
}

export const GITHUB_ACTIONS: KindRow = {
  doc: 'Secrets of GitHub: of a repository, of one of its environments, or of an organisation. They can never be read back.',
  members: [
    {
      member: 'path',
      required: true,
      pattern: GITHUB_PATH,
      wrong: 'must be ORG, OWNER/REPO or OWNER/REPO/ENVIRONMENT',
      doc: '`OWNER/REPO`, `OWNER/REPO/ENVIRONMENT`, or `ORG` alone for a secret of the organisation.',
      example: 'acme/app',
    },
    {
      member: 'field',
      required: true,
      pattern: GITHUB_NAME,
      wrong: 'must be upper-case letters, digits and _, start with neither a digit nor GITHUB_',
      doc: 'Name of the secret, in upper case as GitHub keeps it.',
      example: 'OPENROUTER_API_KEY',
    },
  ],
  options: [
    {
      option: 'apiUrl',
      type: 'url',
      required: false,
      default: GITHUB_API,
      doc: 'Address of the API; of an Enterprise Server `https://HOST/api/v3`, whose host must be allowed by KEYWRIGHT_ALLOW_HOSTS.',
    },
    {
      option: 'auth',
      type: 'kinds',
      required: false,
      kinds: {
        token: {
          doc: 'A personal access token. The GITHUB_TOKEN of a workflow cannot write secrets.',
          options: [
            {
              option: 'token',
              type: 'source',
              required: false,
              doc: `Without it the variable ${GITHUB_TOKEN_VARIABLE}.`,
            },
          ],
        },
        app: {
          doc: 'A GitHub App that is installed where the places are.',
          options: [
            {
              option: 'appId',
              type: 'text',
              required: true,
              pattern: '^[A-Za-z0-9.]{1,60}$',
              doc: 'Its App ID or client ID.',
            },
            { option: 'privateKey', type: 'source', required: true, doc: 'Where its private key (PEM) is found.' },
          ],
        },
      },
      doc: `How to authenticate. Without it, the token in the variable ${GITHUB_TOKEN_VARIABLE}.`,
    },
    {
      option: 'secrets',
      type: 'choice',
      choices: ['actions', 'dependabot', 'codespaces'],
      required: false,
      default: 'actions',
      doc: 'Who gets them: workflows, Dependabot, or codespaces. Only `actions` has environments.',
    },
    {
      option: 'visibility',
      type: 'choice',
      choices: ['all', 'private'],
      required: false,
      default: 'private',
      doc: 'Repositories that see a new secret of an organisation. One that is there keeps what it has.',
    },
    CA_FILE,
  ],
}

export const GITLAB_VARIABLES: KindRow = {
  doc: 'CI/CD variables of GitLab projects or groups.',
  members: [
    {
      member: 'path',
      required: true,
      pattern: GITLAB_PATH,
      wrong: 'must be the full path of a project or group, such as acme/app',
      doc: 'Full path of the project or group.',
      example: 'acme/app',
    },
    {
      member: 'field',
      required: true,
      pattern: GITLAB_KEY,
      wrong: 'must be letters, digits and _, at most 255 of them',
      doc: 'Key of the variable.',
      example: 'OPENROUTER_API_KEY',
    },
  ],
  options: [
    {
      option: 'apiUrl',
      type: 'url',
      required: false,
      default: GITLAB_API,
      doc: 'Address of the API; of a server of your own `https://HOST/api/v4`, whose host must be allowed by KEYWRIGHT_ALLOW_HOSTS.',
    },
    {
      option: 'token',
      type: 'source',
      required: false,
      doc: `Where an access token with the scope \`api\` is found. Without it the variable ${GITLAB_TOKEN_VARIABLE}. A CI_JOB_TOKEN cannot write variables.`,
    },
    {
      option: 'level',
      type: 'choice',
      choices: ['project', 'group'],
      required: false,
      default: 'project',
      doc: 'Whether paths are projects or groups.',
    },
    {
      option: 'environmentScope',
      type: 'text',
      required: false,
      default: EVERY_ENVIRONMENT,
      pattern: '^[A-Za-z0-9_/${}. *-]{1,255}$',
      doc: 'Environments that get the variables; another sink writes those of other environments.',
    },
    {
      option: 'masked',
      type: 'boolean',
      required: false,
      default: true,
      doc: 'Job logs hide the value, which then may hold no white space and needs eight characters. false leaves a variable that is there as it is.',
    },
    {
      option: 'protected',
      type: 'boolean',
      required: false,
      default: false,
      doc: 'Only jobs of protected branches and tags get them. false leaves a variable that is there as it is.',
    },
    CA_FILE,
  ],
}

/** What the identities of its places start with. */
export function githubHome({ apiUrl = GITHUB_API, secrets = 'actions' }: GithubConfig): string {
  return `github-actions:${plainAddress(apiUrl)}/${secrets}`
}

/** The environment scope is part of it: one key may stand there once for each. */
export function gitlabHome({ apiUrl = GITLAB_API, level = 'project', environmentScope }: GitlabConfig): string {
  return `gitlab-variables:${plainAddress(apiUrl)}/${level}s/${encodeURIComponent(environmentScope ?? EVERY_ENVIRONMENT)}`
}
