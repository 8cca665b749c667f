/**
 * A store in memory: several handles on one world race as several processes would, in one order and without any waiting.
 *
 * It has no timers: time is what the handle's clock says, and a lease is renewed by `check()` once a third of its life is over.
 * A commit takes effect inside the call, before the returned promise is awaited.
 */
import type { Clock } from '../ports/clock.ts'
import type { StateStore } from '../ports/state-store.ts'
import { assertVerdict, leaseSerial } from './commit-rules.ts'
import { type HeldLease, takeLease } from './held-lease.ts'
import {
  applyEntry,
  type Entry,
  type Ledger,
  leaseState,
  listStacks,
  savedHeader,
  savedRecord,
  snapshotStack,
  type Verdict,
} from './ledger.ts'

/** What all handles share. */
export interface MemoryWorld {
  readonly ledger: Ledger
  /** Processes that certainly run no more, by pid. */
  readonly ended: Set<number>
  nextPid: number
}

export interface MemoryStore extends StateStore {
  /** Pid in its lease; handles of one world never share one. */
  readonly pid: number
  /** As if the process died: what it saved stays, its lease stays, and runs on the same host know that it is dead. */
  crash(): void
}

export function memoryWorld(): MemoryWorld {
  return { ledger: new Map(), ended: new Set(), nextPid: 1 }
}

/** Opens one more handle. Handles with different `host`s cannot see whether the other's process still runs. */
export function memoryStore(world: MemoryWorld, clock: Clock, host = 'memory'): MemoryStore {
  const pid = world.nextPid++
  const self = { host, pid, bootId: 'memory', startedAt: '0' }
  const held = new Set<HeldLease>()
  const propose = (entry: Entry): Promise<Verdict> => Promise.resolve(applyEntry(world.ledger, entry))

  return {
    kind: 'memory',
    cas: 'strong',
    location: 'memory',
    pid,
    stacks: async () => listStacks(world.ledger),
    read: async (stack) => snapshotStack(world.ledger, stack),

    async commit(stack, changes, lease) {
      const entry: Entry = { kind: 'records', stack, ...leaseSerial(stack, lease), changes }
      assertVerdict(applyEntry(world.ledger, entry), entry)
      return changes.map(savedRecord)
    },

    async commitHeader(header, expectedSerial, lease) {
      const { stack } = header
      const entry: Entry = { kind: 'header', stack, ...leaseSerial(stack, lease), expectedSerial, header }
      assertVerdict(applyEntry(world.ledger, entry), entry)
      return savedHeader(header, expectedSerial)
    },

    async lease(stack, request) {
      const current = () => leaseState(world.ledger, stack)
      const mayRun = (holder: { host: string; pid: number }) => holder.host !== host || !world.ended.has(holder.pid)
      const lease = await takeLease({ stack, clock, self, current, propose, mayRun }, request)
      held.add(lease)
      return lease
    },

    leaseHolder: async (stack) => leaseState(world.ledger, stack).holder,

    async breakLease(stack) {
      applyEntry(world.ledger, { kind: 'release', stack, lease: leaseState(world.ledger, stack).serial })
    },

    crash() {
      world.ended.add(pid)
    },

    async close() {
      for (const lease of held) await lease.release()
      world.ended.add(pid)
    },
  }
}
