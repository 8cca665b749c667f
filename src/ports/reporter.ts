import type { Step } from '../core/machine/step.ts'
import type { Instant } from '../core/time.ts'

/** One thing that happened in a run, as `--events` writes it. Never holds a secret. */
export interface RunEvent {
  readonly at: Instant
  readonly address: string
  /** `begin` before an effect is sent, `done` after it was folded in, `failed` when it threw, `rest` when the address is finished for now. */
  readonly on: 'begin' | 'done' | 'failed' | 'rest'
  readonly step: Step['do'] | 'rest'
  readonly n?: number
  readonly place?: string
  readonly code?: string
  readonly message?: string
}

/** Where progress goes. Must not throw and must not wait. */
export interface Reporter {
  event(event: RunEvent): void
}
