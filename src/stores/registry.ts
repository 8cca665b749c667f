/** Every kind of store, loaded when it is first opened. Adding one is a file, its row in core, a line here and a fixture in test/fakes/stores.ts. */
import { type ConfigOption, STORE_KINDS, type StoreKind } from '../core/config/kinds.ts'
import { judgeUrl } from '../core/config/url.ts'
import { KeywrightError } from '../core/diagnostic.ts'
import type { Secret } from '../core/secret.ts'
import type { Clock } from '../ports/clock.ts'
import type { StateStore } from '../ports/state-store.ts'

/** `store:` of keywright.yaml; the members beside `kind` belong to that kind. */
export interface StoreConfig {
  readonly kind: string
  readonly [option: string]: unknown
}

export interface StoreContext {
  /** Folder of keywright.yaml: relative paths start here. */
  readonly root: string
  readonly clock: Clock
  readonly env: Readonly<Record<string, string | undefined>>
  /** What a source of a credential holds; `null` when that is nothing usable. */
  readonly secretOf: (written: unknown) => Promise<Secret | null>
}

type Open = (config: StoreConfig, context: StoreContext) => Promise<StateStore>

export const STORES: Readonly<Record<StoreKind, Open>> = {
  local: async (config, context) => (await import('./local.ts')).localStore({ ...context, ...texts(config, ['path']) }),
  git: async (config, context) => {
    const { gitStore } = await import('./git.ts')
    return gitStore({
      ...context,
      ...texts(config, ['url', 'branch', 'user']),
      ...(await secrets(config, context, ['token'])),
    })
  },
  s3: async (config, context) => {
    const { openS3 } = await import('./s3.ts')
    const { bucket = '', ...more } = texts(config, ['bucket', 'prefix', 'region', 'endpoint'])
    return openS3({
      bucket,
      ...more,
      ...(await secrets(config, context, ['accessKeyId', 'secretAccessKey'])),
      ...context,
    })
  },
  postgres: async (config, context) => {
    const { openPostgres } = await import('./postgres.ts')
    const plain = texts(config, ['host', 'database', 'user', 'schema', 'caFile'])
    const port = typeof config.port === 'number' ? { port: config.port } : {}
    return openPostgres({
      ...context,
      ...plain,
      ...port,
      ...(await secrets(config, context, ['connection', 'password'])),
    })
  },
  http: async (config, context) => {
    const { httpStore } = await import('./http.ts')
    const { address = '', ...more } = texts(config, [
      'address',
      'lockAddress',
      'unlockAddress',
      'updateMethod',
      'lockMethod',
      'unlockMethod',
      'username',
    ])
    return httpStore({ ...context, address, ...more, ...(await secrets(config, context, ['password'])) })
  },
  memory: async (_config, { clock }) => {
    const { memoryStore, memoryWorld } = await import('./memory.ts')
    return memoryStore(memoryWorld(), clock)
  },
}

/**
 * Opens a store without writing or sending anything: the first commit or lease creates what is missing. Throws `STORE_UNKNOWN` for
 * another kind, `STORE_OPTION` for an option that kind does not know, `STORE_DENIED` when a source of its credential holds nothing.
 */
export async function openStore(config: StoreConfig, context: StoreContext): Promise<StateStore> {
  const { kind } = config
  if (!isKind(kind)) {
    throw new KeywrightError('STORE_UNKNOWN', {
      message: `There is no store of kind ${JSON.stringify(kind)}.`,
      hint: `store: { kind: ${Object.keys(STORES).join(' | ')} }`,
    })
  }
  const rows: readonly ConfigOption[] = STORE_KINDS[kind].options
  for (const [option, value] of Object.entries(config))
    if (option !== 'kind') assertOption(kind, rows, { option, value })
  for (const { option, required, example } of rows)
    if (required && config[option] === undefined)
      throw wrong(`Store ${kind} needs the option ${option}.`, `store: { kind: ${kind}, ${option}: ${example} }`)
  return STORES[kind](config, context)
}

function isKind(kind: string): kind is StoreKind {
  return Object.hasOwn(STORES, kind)
}

const TYPES = { text: 'string', url: 'string', git: 'string', count: 'number', tokens: 'object' } as const

function assertOption(
  kind: string,
  rows: readonly ConfigOption[],
  { option, value }: { readonly option: string; readonly value: unknown },
): void {
  const row = rows.find((one) => one.option === option)
  if (row && typeof value === TYPES[row.type]) {
    const judged = row.type === 'url' ? judgeUrl(String(value)) : null
    if (judged === null || ('url' in judged && (judged.url.scheme === 'https' || judged.url.loopback))) return
    throw wrong(`The ${option} of store ${kind} is no plain https address.`, `${option}: ${row.example}`)
  }
  const known = rows.map((one) => one.option).join(', ') || 'none'
  const message = row
    ? `Option ${option} of store ${kind} must be like ${row.example}.`
    : `Store ${kind} has no option ${option}.`
  throw wrong(message, `Options of store ${kind}: ${known}.`)
}

function wrong(message: string, hint: string): KeywrightError {
  return new KeywrightError('STORE_OPTION', { message, hint })
}

/** Those of these options that are written. */
function texts<N extends string>(config: StoreConfig, names: readonly N[]): { [K in N]?: string } {
  const found: { [K in N]?: string } = {}
  for (const name of names) {
    const value = config[name]
    if (typeof value === 'string') found[name] = value
  }
  return found
}

/** Each source that is written must hold something. */
async function secrets<N extends string>(
  config: StoreConfig,
  { secretOf }: StoreContext,
  names: readonly N[],
): Promise<{ [K in N]?: Secret }> {
  const found: { [K in N]?: Secret } = {}
  for (const name of names) {
    if (config[name] === undefined) continue
    const secret = await secretOf(config[name])
    if (secret === null)
      throw new KeywrightError('STORE_DENIED', {
        message: `The store ${config.kind} has no ${name}: nothing usable in its source.`,
        hint: hintFor(name, config[name]),
      })
    found[name] = secret
  }
  return found
}

function hintFor(name: string, source: unknown): string {
  const variable = typeof source === 'object' && source !== null && 'env' in source ? String(source.env) : null
  return variable === null ? `store: { ${name}: { env: NAME } }` : `export ${variable}=...`
}
