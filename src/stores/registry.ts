/** Every kind of store, loaded when it is first opened. Adding one is a file, a line here and a fixture in test/fakes/stores.ts. */
import { KeywrightError } from '../core/diagnostic.ts'
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
}

export interface StoreKind {
  /** Options it knows beside `kind`, with their type. */
  readonly options: Readonly<Record<string, 'string' | 'number'>>
  open(config: StoreConfig, context: StoreContext): Promise<StateStore>
}

export const STORES: Readonly<Record<string, StoreKind>> = {
  local: {
    options: { path: 'string' },
    open: async ({ path }, context) => {
      const { localStore } = await import('./local.ts')
      return localStore({ ...context, ...(typeof path === 'string' ? { path } : {}) })
    },
  },
  memory: {
    options: {},
    open: async (_config, { clock }) => {
      const { memoryStore, memoryWorld } = await import('./memory.ts')
      return memoryStore(memoryWorld(), clock)
    },
  },
}

/**
 * Opens a store without writing anything: the first commit or lease creates what is missing.
 * Throws `STORE_UNKNOWN` for another kind, `STORE_OPTION` for an option that kind does not know.
 */
export async function openStore(config: StoreConfig, context: StoreContext): Promise<StateStore> {
  const kind = Object.hasOwn(STORES, config.kind) ? STORES[config.kind] : undefined
  if (!kind) {
    throw new KeywrightError('STORE_UNKNOWN', {
      message: `There is no store of kind ${JSON.stringify(config.kind)}.`,
      hint: `store: { kind: ${Object.keys(STORES).join(' | ')} }`,
    })
  }
  for (const [option, value] of Object.entries(config))
    if (option !== 'kind') assertOption(config.kind, kind, option, value)
  return kind.open(config, context)
}

function assertOption(name: string, { options }: StoreKind, option: string, value: unknown): void {
  const wanted = Object.hasOwn(options, option) ? options[option] : undefined
  if (wanted === typeof value) return
  const known = Object.keys(options).join(', ') || 'none'
  throw new KeywrightError('STORE_OPTION', {
    message: wanted
      ? `Option ${option} of store ${name} must be a ${wanted}.`
      : `Store ${name} has no option ${option}.`,
    hint: `Options of store ${name}: ${known}.`,
  })
}
