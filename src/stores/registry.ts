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

export type StoreOpener = (config: StoreConfig, context: StoreContext) => Promise<StateStore>

export const STORES: Readonly<Record<string, StoreOpener>> = {
  memory: async (_config, { clock }) => {
    const { memoryStore, memoryWorld } = await import('./memory.ts')
    return memoryStore(memoryWorld(), clock)
  },
}

/** Opens a store without writing anything: the first commit or lease creates what is missing. */
export async function openStore(config: StoreConfig, context: StoreContext): Promise<StateStore> {
  const open = Object.hasOwn(STORES, config.kind) ? STORES[config.kind] : undefined
  if (open) return open(config, context)
  throw new KeywrightError('STORE_UNKNOWN', {
    message: `There is no store of kind ${JSON.stringify(config.kind)}.`,
    hint: `store: { kind: ${Object.keys(STORES).join(' | ')} }`,
  })
}
