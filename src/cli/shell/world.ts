/**
 * What a command opens: the project, its state, and the way to the key API. `close` frees everything and must be called in a
 * `finally`: a lease that is still renewed keeps the process alive.
 */
import type { Config } from '../../core/config/config.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { ReadContext, WriteContext } from '../../engine/context.ts'
import type { Filter, Wanted } from '../../engine/session.ts'
import type { Project } from '../../io/project.ts'
import type { KeyApi } from '../../ports/key-api.ts'
import type { StateStore } from '../../ports/state-store.ts'
import type { Shell } from './command.ts'

/** A project whose files have no error. */
export interface SoundProject extends Project {
  readonly root: string
  readonly config: Config
}

export interface OpenOptions {
  /** Addresses and globs of the command line: `ID`, `STACK/ID`, `team/*`. None means all. */
  readonly words?: readonly string[]
  /** `--allow-empty`. */
  readonly allowEmpty?: boolean
}

export interface Opened<C> {
  readonly project: SoundProject
  readonly context: C
  readonly wanted: Wanted
  /** What `words` and `--where` ask for. */
  readonly filter: Filter
  /** Problems of the files that are no errors. */
  readonly warnings: readonly Diagnostic[]
  /** Requests sent to key APIs so far, and how many of them were writes. */
  traffic(): { readonly requests: number; readonly writes: number }
  close(): Promise<void>
}

/** The state of the stack without any manifest having to be right; keys are those that could be read. */
export interface OpenedState {
  readonly project: SoundProject
  readonly store: StateStore
  close(): Promise<void>
}

export interface OpenedAccount {
  readonly api: KeyApi
  readonly baseUrl: string
  close(): Promise<void>
}

/**
 * For looking and planning: readers only, no sink, no lease, nothing written.
 * Throws `Reported` with every problem of the files when one of them is an error.
 */
export declare function openReader(shell: Shell, options?: OpenOptions): Promise<Opened<ReadContext>>

/** For changing: takes the lease (`LOCK_HELD`), opens key APIs and sinks when they are first used. Throws as `openReader`. */
export declare function openWriter(shell: Shell, options?: OpenOptions): Promise<Opened<WriteContext>>

/** For `state`: needs a keywright.yaml that names a stack and a store; manifests may be broken. Takes no lease. */
export declare function openState(shell: Shell): Promise<OpenedState>

/**
 * An account with only a token: OPENROUTER_MANAGEMENT_KEY, and OPENROUTER_BASE_URL for another address, which must be allowed as any
 * configured host. Throws `CLI_TOKEN_MISSING`, `CONFIG_HOST_NOT_ALLOWED`, `CONFIG_URL_INVALID`.
 */
export declare function tokenOnlyApi(shell: Shell): Promise<OpenedAccount>
