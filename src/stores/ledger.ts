/**
 * The ledger: what a sequence of entries means.
 *
 * Words: an *entry* is one proposed change, a *verdict* is what became of it. The ledger is a fold over entries: the same
 * entries in the same order give the same verdicts and the same state, on every machine. So whoever orders the entries
 * (one shared object in memory, the bytes of one file, the commits of one branch) arbitrates every race, and a writer learns
 * whether it won by folding its own entry like everybody else's.
 *
 * Invariants: an entry takes effect whole or not at all; a serial only ever moves from `expectedSerial` to the next; the fencing
 * serial of a lease never repeats, so that whatever an earlier holder still has in flight is refused, also when every record
 * serial would match. The ledger never looks at a clock: whether a lease has run out is judged by those who want to take it.
 */
import type { KeyRecord, StackHeader } from '../core/record.ts'
import type { Instant } from '../core/time.ts'
import type { LeaseHolder, RecordChange, StackState } from '../ports/state-store.ts'

/** `serial` counts the leases ever taken and is the fencing token; `revision` counts every change of the lease. */
export interface LeaseState {
  readonly serial: number
  readonly revision: number
  readonly holder: LeaseHolder | null
}

/** `lease` is the fencing serial an entry insists on. */
export type Entry =
  | {
      readonly kind: 'records'
      readonly stack: string
      readonly lease?: number
      readonly changes: readonly RecordChange[]
    }
  | {
      readonly kind: 'header'
      readonly stack: string
      readonly lease?: number
      readonly expectedSerial: number
      readonly header: StackHeader
    }
  | { readonly kind: 'take'; readonly stack: string; readonly revision: number; readonly holder: LeaseHolder }
  | { readonly kind: 'renew'; readonly stack: string; readonly lease: number; readonly expiresAt: Instant }
  | { readonly kind: 'release'; readonly stack: string; readonly lease: number }

export type Verdict = 'accepted' | 'conflict' | 'leaseLost'

export interface StackLedger {
  header: StackHeader | null
  records: Map<string, KeyRecord>
  lease: LeaseState
  /** A reader holds `records`: the next change copies it first. */
  shared: boolean
}

export type Ledger = Map<string, StackLedger>

const NO_LEASE: LeaseState = { serial: 0, revision: 0, holder: null }
const NO_RECORDS: ReadonlyMap<string, KeyRecord> = new Map()

/** The stack's part of the ledger, made when it is new. */
export function stackLedger(ledger: Ledger, stack: string): StackLedger {
  const known = ledger.get(stack)
  if (known) return known
  const fresh: StackLedger = { header: null, records: new Map(), lease: NO_LEASE, shared: false }
  ledger.set(stack, fresh)
  return fresh
}

export function leaseState(ledger: Ledger, stack: string): LeaseState {
  return ledger.get(stack)?.lease ?? NO_LEASE
}

/** A picture of one stack that later entries do not change. */
export function snapshotStack(ledger: Ledger, stack: string): StackState {
  const part = ledger.get(stack)
  if (!part) return { header: null, records: NO_RECORDS }
  part.shared = true
  return { header: part.header, records: part.records }
}

/** Sorted names of the stacks that hold a header or a record. */
export function listStacks(ledger: Ledger): readonly string[] {
  return [...ledger]
    .filter(([, part]) => part.header !== null || part.records.size > 0)
    .map(([stack]) => stack)
    .sort()
}

/** The record as an accepted change saves it. */
export function savedRecord({ record, expectedSerial }: RecordChange): KeyRecord | null {
  const serial = expectedSerial + 1
  return record === null || record.serial === serial ? record : { ...record, serial }
}

export function savedHeader(header: StackHeader, expectedSerial: number): StackHeader {
  const serial = expectedSerial + 1
  return header.serial === serial ? header : { ...header, serial }
}

/** Folds one entry in. Anything but `accepted` changed nothing. */
export function applyEntry(ledger: Ledger, entry: Entry): Verdict {
  const part = stackLedger(ledger, entry.stack)
  switch (entry.kind) {
    case 'records':
      return fenced(part, entry.lease) ? applyChanges(part, entry.changes) : 'leaseLost'
    case 'header':
      if (!fenced(part, entry.lease)) return 'leaseLost'
      if ((part.header?.serial ?? 0) !== entry.expectedSerial) return 'conflict'
      part.header = savedHeader(entry.header, entry.expectedSerial)
      return 'accepted'
    case 'take':
      if (part.lease.revision !== entry.revision) return 'conflict'
      return setLease(part, part.lease.serial + 1, entry.holder)
    case 'renew': {
      const { holder, serial } = part.lease
      if (holder === null || serial !== entry.lease) return 'leaseLost'
      return setLease(part, serial, { ...holder, expiresAt: entry.expiresAt })
    }
    case 'release':
      return fenced(part, entry.lease) ? setLease(part, entry.lease, null) : 'leaseLost'
    default:
      return entry satisfies never
  }
}

function fenced(part: StackLedger, lease: number | undefined): boolean {
  return lease === undefined || (part.lease.holder !== null && part.lease.serial === lease)
}

function setLease(part: StackLedger, serial: number, holder: LeaseHolder | null): Verdict {
  part.lease = { serial, revision: part.lease.revision + 1, holder }
  return 'accepted'
}

function applyChanges(part: StackLedger, changes: readonly RecordChange[]): Verdict {
  if (conflictIn(part.records, changes) !== null) return 'conflict'
  if (part.shared) {
    part.records = new Map(part.records)
    part.shared = false
  }
  for (const change of changes) {
    const saved = savedRecord(change)
    if (saved === null) part.records.delete(change.address)
    else part.records.set(change.address, saved)
  }
  return 'accepted'
}

/** The first address whose serial differs, or that is changed twice; `null` when all of it can be saved. */
export function conflictIn(records: ReadonlyMap<string, KeyRecord>, changes: readonly RecordChange[]): string | null {
  const seen = changes.length > 1 ? new Set<string>() : null
  for (const { address, expectedSerial } of changes) {
    if ((records.get(address)?.serial ?? 0) !== expectedSerial || seen?.has(address)) return address
    seen?.add(address)
  }
  return null
}
