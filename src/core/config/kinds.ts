/**
 * Kinds of key APIs and stores as data: what each is configured with. Schemas and completion are made from these rows, as they
 * are from `sink-kinds.ts` for sinks.
 */
import type { ProviderKind } from '../key.ts'
import { STORE_KINDS, type StoreKind } from './store-kinds.ts'

export interface ConfigOption {
  readonly option: string
  /** `tokens`: a source of a credential or a list of them. `git`: an address of a repository. */
  readonly type: 'text' | 'tokens' | 'count' | 'url' | 'git'
  readonly required: boolean
  /** Of a text. */
  readonly pattern?: string
  readonly doc: string
  readonly example: string | number
}

export interface ProviderKindRow {
  readonly doc: string
  /** Where the API is found unless `baseUrl` says otherwise; `null` when nothing is sent anywhere. */
  readonly baseUrl: string | null
  readonly options: readonly ConfigOption[]
}

export const PROVIDER_KINDS: Readonly<Record<ProviderKind, ProviderKindRow>> = {
  openrouter: {
    doc: 'API keys of OpenRouter, through a management key.',
    baseUrl: 'https://openrouter.ai/api/v1',
    options: [
      {
        option: 'token',
        type: 'tokens',
        required: true,
        doc: 'Where the management key is found; a list means the first source that works.',
        example: '{ env: OPENROUTER_MANAGEMENT_KEY }',
      },
      {
        option: 'baseUrl',
        type: 'url',
        required: false,
        doc: 'Another address of the API. The host must be allowed by KEYWRIGHT_ALLOW_HOSTS.',
        example: 'https://openrouter.ai/api/v1',
      },
      {
        option: 'writesPerDay',
        type: 'count',
        required: false,
        doc: 'Creates, updates and deletes to spend per UTC day. Without it, as many as needed.',
        example: 1000,
      },
      {
        option: 'reserve',
        type: 'count',
        required: false,
        doc: 'Writes of `writesPerDay` kept for disabling keys. Without it 5%, at least 5.',
        example: 50,
      },
    ],
  },
  strait: {
    doc: 'API keys of one Strait project, through a project-wide key with the scope `*`.',
    baseUrl: 'https://api.strait.dev',
    options: [
      {
        option: 'token',
        type: 'tokens',
        required: true,
        doc: 'Where the managing key is found; a list means the first source that works.',
        example: '{ env: STRAIT_API_KEY }',
      },
      {
        option: 'project',
        type: 'text',
        required: true,
        doc: 'Id of the project whose keys are managed; the managing key has to belong to it.',
        example: 'proj_1',
      },
      {
        option: 'baseUrl',
        type: 'url',
        required: false,
        doc: 'Another address of the API. The host must be allowed by KEYWRIGHT_ALLOW_HOSTS.',
        example: 'https://api.strait.dev',
      },
    ],
  },
  memory: {
    doc: 'A key API that lives in this process and is gone with it. For demos and tests.',
    baseUrl: null,
    options: [],
  },
}

export interface StoreKindRow {
  readonly doc: string
  readonly options: readonly ConfigOption[]
}

export { STORE_KINDS, type StoreKind } from './store-kinds.ts'

/** Kinds that are planned: naming one says so instead of "unknown". Rows leave this list when their kind arrives. */
export const PLANNED_KINDS: Readonly<Record<'providers' | 'sinks' | 'store', readonly string[]>> = {
  providers: [],
  sinks: ['doppler', 'infisical', '1password', 'keyring', 'pass'],
  store: ['gcs', 'kubernetes'],
}

export function isProviderKind(text: unknown): text is ProviderKind {
  return typeof text === 'string' && Object.hasOwn(PROVIDER_KINDS, text)
}

export function isStoreKind(text: unknown): text is StoreKind {
  return typeof text === 'string' && Object.hasOwn(STORE_KINDS, text)
}
