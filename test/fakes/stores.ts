/** One fixture per kind of store: a fresh world, of which every `open()` is a handle as another process would have it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StateStore } from '../../src/ports/state-store.ts'
import { localStore } from '../../src/stores/local.ts'
import { memoryStore, memoryWorld } from '../../src/stores/memory.ts'
import { type HandClock, handClock } from './hand-clock.ts'

export interface StoreFixture {
  readonly clock: HandClock
  open(): StateStore
  /** Flushes so far of all handles: writes to disk, pushes. Zero where nothing is flushed. */
  flushes(): number
  cleanUp(): Promise<void>
}

export const STORE_FIXTURES: Readonly<Record<string, () => StoreFixture>> = {
  memory: () => {
    const world = memoryWorld()
    const clock = handClock()
    return { clock, open: () => memoryStore(world, clock), flushes: () => 0, cleanUp: async () => undefined }
  },
  local: () => {
    const root = scratchFolder()
    const clock = handClock()
    const opened: ReturnType<typeof localStore>[] = []
    return {
      clock,
      open: () => {
        const store = localStore({ root, clock })
        opened.push(store)
        return store
      },
      flushes: () => opened.reduce((sum, store) => sum + store.flushes, 0),
      cleanUp: async () => {
        for (const store of opened) await store.close()
        rmSync(root, { recursive: true, force: true })
      },
    }
  },
}

export function scratchFolder(): string {
  return mkdtempSync(join(tmpdir(), 'keywright-stores-'))
}
