import type { FaultRule } from './faults.ts'
import type { Readings } from './openrouter/readings.ts'
import type { StraitOptions } from './strait/options.ts'

/** How an emulator is started. Everything has a default: `{}` is fresh accounts on any free port, with real time and no faults. */
export interface EmulatorOptions {
  /** TCP port on 127.0.0.1; 0 or absent takes a free one. */
  readonly port?: number | undefined
  /** File that keeps the accounts over restarts: same keys, same managing keys. It holds hashes, never secrets. */
  readonly state?: string | undefined
  /** Milliseconds each API request waits before it is handled. */
  readonly latencyMs?: number | undefined
  /** Makes accounts, secrets and drawn faults the same in each run. A state file that exists keeps its own accounts. */
  readonly seed?: number | undefined
  /** Probability 0..1 that a request meets one of the drawable faults. */
  readonly faultRate?: number | undefined
  readonly faults?: readonly FaultRule[] | undefined
  /** Longest time in milliseconds that a `slow` fault holds back an answer; 2000 at most and by default. */
  readonly slowMs?: number | undefined
  /** `real` (default) or an ISO 8601 instant at which the clock stands still until a control request moves it. */
  readonly clock?: string | undefined
  /** OpenRouter creates, updates and deletes allowed per UTC day; absent = no quota. */
  readonly writeQuota?: number | undefined
  /** Foreign keys the OpenRouter account is born with, in the default workspace, a second apart. */
  readonly keys?: number | undefined
  /** File that gets every secret ever issued, one per line, before the answer leaves. For canary tests. */
  readonly issued?: string | undefined
  /** Serve the control routes under `/_emulator/`. */
  readonly control?: boolean | undefined
  /** How to read what no source says for certain about the real OpenRouter. */
  readonly readings?: Partial<Readings> | undefined
  readonly strait?: StraitOptions | undefined
}
