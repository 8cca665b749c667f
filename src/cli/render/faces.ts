/** What the commands that look hand to their renderers. */
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { DesiredKey, LiveKey } from '../../core/key.ts'
import type { KeyRecord } from '../../core/record.ts'
import type { Instant, Millis } from '../../core/time.ts'
import type { Proof } from '../../engine/prove-places.ts'
import type { AddressStatus } from '../../engine/standing.ts'

export interface StatusView {
  readonly stack: string
  readonly now: Millis
  readonly addresses: readonly AddressStatus[]
  readonly stops: readonly Diagnostic[]
  readonly problems: readonly Diagnostic[]
  /** `null` when nobody looked at the live keys. */
  readonly live: {
    readonly keys: number
    /** Of these, how many do not work any more: expired, or ended by the API. */
    readonly dead: number
    readonly unclaimed: number
    readonly changes: number
    /** Unfinished work that waits for something. */
    readonly open: number
    readonly requests: number
  } | null
  /** `null` without `--prove`. */
  readonly proofs: readonly Proof[] | null
}

export interface ShowView {
  readonly stack: string
  readonly address: string
  readonly now: Millis
  readonly desired: DesiredKey | null
  readonly record: KeyRecord | null
  /** By id; `null` for one that is gone; absent when nobody looked. */
  readonly live: ReadonlyMap<string, LiveKey | null> | null
  readonly status: AddressStatus
  /** What apply would do first, and when it makes sense to look again. */
  readonly next: { readonly step: string | null; readonly why: string | null; readonly until: Instant | null }
  readonly stop: Diagnostic | null
}
