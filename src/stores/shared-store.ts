/** A `StateStore` over books: everything that is the same for all stores machines share. */
import { mayStillRun, thisProcess } from '../io/lease-holder.ts'
import type { Clock } from '../ports/clock.ts'
import type { StateStore } from '../ports/state-store.ts'
import type { Book } from './book.ts'
import { assertVerdict, leaseSerial } from './commit-rules.ts'
import { type HeldLease, takeLease } from './held-lease.ts'
import { type Entry, leaseState, savedHeader, savedRecord, snapshotStack } from './ledger.ts'

export interface SharedParts {
  readonly kind: string
  readonly cas: StateStore['cas']
  readonly location: string
  readonly clock: Clock
  readonly pace: NonNullable<StateStore['pace']>
  /** How often somebody who waits for a lease looks again. */
  readonly pollMillis: number
  /** The book that holds this stack; the same one for the same stack. */
  bookOf(stack: string): Book
  stacks(): Promise<readonly string[]>
  /** More than ending the lease, where something else can be stuck. */
  unstick?(): Promise<void>
  /** After all leases were released. */
  close(): Promise<void>
}

export function sharedStore(parts: SharedParts): StateStore {
  const { kind, cas, location, clock, pace, pollMillis, bookOf } = parts
  const held = new Set<HeldLease>()
  const save = async (entry: Entry): Promise<void> => assertVerdict(await bookOf(entry.stack).propose(entry), entry)

  return {
    kind,
    cas,
    location,
    pace,
    stacks: () => parts.stacks(),

    async read(stack) {
      const book = bookOf(stack)
      await book.follow()
      return snapshotStack(book.ledger, stack)
    },

    async commit(stack, changes, lease) {
      const fenced = leaseSerial(stack, lease)
      const saved = changes.map(savedRecord)
      if (changes.length > 0) await save({ kind: 'records', stack, ...fenced, changes })
      return saved
    },

    async commitHeader(header, expectedSerial, lease) {
      const { stack } = header
      await save({ kind: 'header', stack, ...leaseSerial(stack, lease), expectedSerial, header })
      return savedHeader(header, expectedSerial)
    },

    async lease(stack, request) {
      const book = bookOf(stack)
      const seat = {
        stack,
        clock,
        self: thisProcess(),
        current: () => leaseState(book.ledger, stack),
        follow: () => book.follow(),
        propose: (entry: Entry) => book.propose(entry),
        mayRun: mayStillRun,
        pollMillis,
      }
      const lease = await takeLease(seat, request)
      held.add(lease)
      void lease.keepRenewing().then(() => held.delete(lease))
      return lease
    },

    async leaseHolder(stack) {
      const book = bookOf(stack)
      await book.follow()
      return leaseState(book.ledger, stack).holder
    },

    async breakLease(stack) {
      await parts.unstick?.()
      const book = bookOf(stack)
      await book.follow()
      const { serial, holder } = leaseState(book.ledger, stack)
      if (holder !== null) await book.propose({ kind: 'release', stack, lease: serial })
    },

    async close() {
      for (const lease of held) await lease.release()
      await parts.close()
    },
  }
}
