/** What every store says when an entry is refused, and how a lease given to a commit is judged before anything is written. */
import { KeywrightError } from '../core/diagnostic.ts'
import type { Lease } from '../ports/state-store.ts'
import { HeldLease, leaseLost } from './held-lease.ts'
import type { Entry, Verdict } from './ledger.ts'

/** The fencing serial an entry must insist on. Throws `LEASE_LOST` at once when the lease is already known to be gone. */
export function leaseSerial(stack: string, lease: Lease | undefined): { readonly lease?: number } {
  if (lease === undefined) return {}
  if (!(lease instanceof HeldLease) || lease.stack !== stack)
    throw leaseLost(stack, 'the lease given belongs elsewhere')
  lease.assertHeld()
  return { lease: lease.serial }
}

/** Throws `STATE_CONFLICT` or `LEASE_LOST` unless the entry was accepted. */
export function assertVerdict(verdict: Verdict, entry: Entry): void {
  if (verdict === 'leaseLost') throw leaseLost(entry.stack, 'another run took over')
  if (verdict === 'conflict') throw conflict(entry)
}

function conflict(entry: Entry): KeywrightError {
  return new KeywrightError('STATE_CONFLICT', {
    message: `Another run saved ${subject(entry)} first; nothing of this change was saved.`,
    hint: 'Run again.',
    retryable: true,
  })
}

function subject(entry: Entry): string {
  if (entry.kind !== 'records') return `the header of stack ${entry.stack}`
  const [first, ...more] = entry.changes
  if (first === undefined) return `stack ${entry.stack}`
  return more.length === 0 ? first.address : `${first.address} or one of ${more.length} others`
}
