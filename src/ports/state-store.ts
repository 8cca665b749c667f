/**
 * Where records live. One file under `stores/` per implementation, all under the same conformance suite.
 *
 * Every change is a compare-and-swap on the serial of one record (or of the header): it is accepted whole or not at all, and
 * it is durable when `commit` returns. Stores group concurrent commits into one flush. A record's `serial` after an accepted
 * commit is `expectedSerial + 1`; the store sets it.
 */
import type { KeyRecord, StackHeader } from '../core/record.ts'
import type { Instant } from '../core/time.ts'

export interface StackState {
  /** `null` when this stack was never saved. */
  readonly header: StackHeader | null
  readonly records: ReadonlyMap<string, KeyRecord>
}

/** `record: null` deletes. `expectedSerial: 0` creates. */
export interface RecordChange {
  readonly address: string
  readonly expectedSerial: number
  readonly record: KeyRecord | null
}

export interface LeaseHolder {
  readonly host: string
  readonly pid: number
  readonly bootId: string
  /** Start time of the process in kernel ticks or milliseconds; tells a reused pid apart. */
  readonly startedAt: string
  readonly expiresAt: Instant
  readonly command: string
}

export interface Lease {
  /** Throws `LEASE_LOST` when this run no longer holds it, by its own clock or by the store's content. */
  check(): Promise<void>
  /** Idempotent; never throws for a lease that is already gone. */
  release(): Promise<void>
}

export interface StateStore {
  readonly kind: string
  readonly cas: 'strong' | 'lockOnly'
  /** Shown in messages: a path or a URL without credentials. */
  readonly location: string
  /** Absent for stores that are as fast as a disk. */
  readonly pace?: {
    /** So many addresses at once make the best of one flush. */
    readonly lanes: number
    /** A lease that is renewed every third of this costs little enough. */
    readonly leaseMillis: number
  }
  stacks(): Promise<readonly string[]>
  read(stack: string): Promise<StackState>
  /**
   * Saves several changes of one stack, all or none. Returns the saved records (new serials; `null` where deleted) in order.
   * Throws `STATE_CONFLICT` when any serial differs, `LEASE_LOST` when a lease is given and no longer held.
   */
  commit(stack: string, changes: readonly RecordChange[], lease?: Lease): Promise<readonly (KeyRecord | null)[]>
  commitHeader(header: StackHeader, expectedSerial: number, lease?: Lease): Promise<StackHeader>
  /**
   * Takes the lease of a stack, renewing it in the background. A holder on this machine that no longer runs is replaced at
   * once; any other is waited for until `waitMillis`, then `LOCK_HELD`.
   */
  lease(
    stack: string,
    options: { readonly ttlMillis: number; readonly waitMillis: number; readonly command: string },
  ): Promise<Lease>
  /** The holder of an unexpired or expired lease, or `null`. */
  leaseHolder(stack: string): Promise<LeaseHolder | null>
  /** Ends a lease by a human's word. */
  breakLease(stack: string): Promise<void>
  close(): Promise<void>
}
