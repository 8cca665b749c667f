import type { MemoryWorld } from './memory.ts'

/** What every sink is opened with, besides its own config. */
export interface SinkContext {
  /** Name in keywright.yaml, for messages. */
  readonly name: string
  /** Folder of keywright.yaml: file places stay below it. */
  readonly root: string
  /** KEYWRIGHT_ALLOW_EXEC=1, set outside the repository. */
  readonly allowExec: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  /** How long to wait for another process that edits the same file; 10 s unless said. */
  readonly lockWaitMillis?: number
  /** World of memory sinks; a new one for each handle unless said. */
  readonly world?: MemoryWorld
}
