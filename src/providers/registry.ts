/** Every kind of key API. A new one is one file, one row here and one fixture in `test/fakes/key-apis.ts`. */
import { KeywrightError } from '../core/diagnostic.ts'
import type { ProviderKind } from '../core/key.ts'
import { Secret } from '../core/secret.ts'
import type { Millis } from '../core/time.ts'
import type { RequestEvent } from '../io/http/event.ts'
import type { Clock } from '../ports/clock.ts'
import type { KeyApi } from '../ports/key-api.ts'

/** One option of a provider in keywright.yaml, beside `kind`. From these rows come its JSON Schema and its reference. */
export interface ProviderOption {
  readonly option: string
  /** `secret` is written as a tagged source (`{ env: NAME }`, ...) and reaches the opener as a `Secret`. */
  readonly type: 'url' | 'secret' | 'integer' | 'text'
  readonly required: boolean
  readonly doc: string
}

/** Options of one provider, sources of secrets already resolved. */
export type ProviderConfig = Readonly<Record<string, string | number | Secret | undefined>>

/** What a provider gets from the process it runs in. */
export interface ProviderContext {
  readonly clock: Clock
  /** 0 <= x < 1. */
  readonly random: () => number
  readonly parallelism?: number
  readonly timeoutMillis?: Millis
  readonly onRequest?: (event: RequestEvent) => void
  /** The world of `memory` providers. Without one each opened provider is alone in an empty world. */
  readonly memory?: { handle(clock?: Clock): KeyApi }
}

export interface ProviderEntry {
  readonly kind: ProviderKind
  /** Where credentials of this kind go unless configured otherwise; `null` when they go nowhere. */
  readonly baseUrl: string | null
  readonly options: readonly ProviderOption[]
  /** Loads the provider and opens it; no request yet. Throws `API_REJECTED` when a required option is missing. */
  readonly open: (config: ProviderConfig, context: ProviderContext) => Promise<KeyApi>
}

const OPENROUTER: ProviderEntry = {
  kind: 'openrouter',
  baseUrl: 'https://openrouter.ai/api/v1',
  options: [
    {
      option: 'token',
      type: 'secret',
      required: true,
      doc: 'Where the management key comes from, e.g. `{ env: OPENROUTER_MANAGEMENT_KEY }`.',
    },
    {
      option: 'baseUrl',
      type: 'url',
      required: false,
      doc: 'Base URL of the API. Default: `https://openrouter.ai/api/v1`.',
    },
    {
      option: 'writesPerDay',
      type: 'integer',
      required: false,
      doc: 'Most creates, updates and deletes per UTC day. Default: no limit until the API names one.',
    },
    {
      option: 'reserve',
      type: 'integer',
      required: false,
      doc: 'Writes of `writesPerDay` kept for disabling keys. Default: 5% and at least 5.',
    },
  ],
  open: async (config, context) => {
    const { openRouter } = await import('./openrouter.ts')
    const { token, baseUrl, writesPerDay, reserve } = config
    if (!(token instanceof Secret)) throw missing('token', 'token: { env: OPENROUTER_MANAGEMENT_KEY }')
    return openRouter({
      ...context,
      token,
      ...(typeof baseUrl === 'string' ? { baseUrl } : {}),
      ...(typeof writesPerDay === 'number' ? { writesPerDay } : {}),
      ...(typeof reserve === 'number' ? { reserve } : {}),
    })
  },
}

const STRAIT: ProviderEntry = {
  kind: 'strait',
  baseUrl: 'https://api.strait.dev',
  options: [
    { option: 'token', type: 'secret', required: true, doc: 'Project-wide managing key with the scope `*`.' },
    { option: 'project', type: 'text', required: true, doc: 'Id of the project whose keys are managed.' },
    { option: 'baseUrl', type: 'url', required: false, doc: 'Another address of the API.' },
  ],
  open: async (config, context) => {
    const { strait } = await import('./strait.ts')
    const { token, project, baseUrl } = config
    if (!(token instanceof Secret)) throw missing('token', 'token: { env: STRAIT_API_KEY }')
    if (typeof project !== 'string' || project === '') throw missing('project', 'project: proj_1')
    return strait({ ...context, token, project, ...(typeof baseUrl === 'string' ? { baseUrl } : {}) })
  },
}

const MEMORY: ProviderEntry = {
  kind: 'memory',
  baseUrl: null,
  options: [],
  open: async (_, { clock, memory }) => {
    const { memoryWorld } = await import('./memory.ts')
    return (memory ?? memoryWorld({ clock })).handle(clock)
  },
}

export const PROVIDERS: Readonly<Record<ProviderKind, ProviderEntry>> = {
  openrouter: OPENROUTER,
  strait: STRAIT,
  memory: MEMORY,
}

function missing(option: string, line: string): KeywrightError {
  return new KeywrightError('API_REJECTED', {
    message: `the provider has no ${option}`,
    hint: `${line}   in this provider in keywright.yaml`,
  })
}
