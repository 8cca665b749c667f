/**
 * The default store: a folder beside keywright.yaml, shared by all processes of one machine.
 *
 * Options: `path`, the folder, from the folder of keywright.yaml (`.keywright`).
 */
import { resolve } from 'node:path'
import { mayStillRun, thisProcess } from '../io/lease-holder.ts'
import type { Clock } from '../ports/clock.ts'
import type { StateStore } from '../ports/state-store.ts'
import { assertVerdict, leaseSerial } from './commit-rules.ts'
import { type HeldLease, takeLease } from './held-lease.ts'
import { type Entry, leaseState, listStacks, savedHeader, savedRecord, snapshotStack } from './ledger.ts'
import { Journal } from './local-journal.ts'

export interface LocalStore extends StateStore {
  /** How often this handle flushed to disk. */
  readonly flushes: number
}

export interface LocalOptions {
  readonly root: string
  readonly clock: Clock
  readonly path?: string
  /** Size from which the log is compacted. */
  readonly compactBytes?: number
}

/** Opens nothing yet: reading creates nothing, the first commit or lease creates the folder. */
export function localStore({ root, clock, path = '.keywright', compactBytes }: LocalOptions): LocalStore {
  const location = resolve(root, path)
  const journal = new Journal(location, compactBytes)
  const held = new Set<HeldLease>()

  const save = async (entry: Entry): Promise<void> => assertVerdict(await journal.propose(entry), entry)

  return {
    kind: 'local',
    cas: 'strong',
    location,
    get flushes() {
      return journal.flushes
    },

    stacks: async () => listStacks(journal.view()),
    read: async (stack) => snapshotStack(journal.view(), stack),

    async commit(stack, changes, lease) {
      const fenced = leaseSerial(stack, lease)
      const saved = changes.map(savedRecord)
      await save({ kind: 'records', stack, ...fenced, changes })
      return saved
    },

    async commitHeader(header, expectedSerial, lease) {
      const { stack } = header
      await save({ kind: 'header', stack, ...leaseSerial(stack, lease), expectedSerial, header })
      return savedHeader(header, expectedSerial)
    },

    async lease(stack, request) {
      const current = () => leaseState(journal.view(), stack)
      const propose = (entry: Entry) => journal.propose(entry)
      const lease = await takeLease(
        { stack, clock, self: thisProcess(), current, propose, mayRun: mayStillRun },
        request,
      )
      held.add(lease)
      void lease.keepRenewing().then(() => held.delete(lease))
      return lease
    },

    leaseHolder: async (stack) => leaseState(journal.view(), stack).holder,

    async breakLease(stack) {
      const { serial, holder } = leaseState(journal.view(), stack)
      if (holder !== null) await journal.propose({ kind: 'release', stack, lease: serial })
    },

    async close() {
      for (const lease of held) await lease.release()
      await journal.close()
    },
  }
}
