import type { Millis } from '../../core/time.ts'

/** One request that went out, for counters and debug logs. Holds no name, no body and no credential. */
export interface RequestEvent {
  readonly method: string
  /** Path below the base URL with its parameters named: `/keys/{hash}`. */
  readonly path: string
  /** `null` when no answer came. */
  readonly status: number | null
  readonly millis: Millis
  /** Counts from 1. */
  readonly attempt: number
}
