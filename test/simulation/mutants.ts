/** Every design that is forbidden, each as one change to the product. A simulation that lets one of them pass is worth nothing. */
import { parseName } from '../../src/core/address.ts'
import type { LiveKey } from '../../src/core/key.ts'
import { decide } from '../../src/core/machine/next-step.ts'
import { activeOf } from '../../src/core/record.ts'
import type { KeyApi } from '../../src/ports/key-api.ts'
import type { SinkCapabilities } from '../../src/ports/secret-sink.ts'
import type { Lease, RecordChange, StateStore } from '../../src/ports/state-store.ts'
import type { Effect } from './faults.ts'
import type { Decide, Mutant } from './scene.ts'

export interface NamedMutant extends Mutant {
  readonly name: string
  /** Kinds of places in which the missing rule shows. */
  readonly places?: readonly SinkCapabilities[]
  readonly freezeAt?: Effect
  readonly meddled?: boolean
  /** Shows in a whole life. */
  readonly life?: boolean
  /** A story of its own, where the everyday one is too short. */
  readonly story?: 'broken-place'
}

const SURE: SinkCapabilities = { readable: true, conditional: true }
const BLIND: SinkCapabilities = { readable: false, conditional: false }

export const MUTANTS: readonly NamedMutant[] = [
  {
    name: 'R1 names without marker',
    api: (api) => ({ ...api, list: async (...args) => (await api.list(...args)).map(unmarked) }),
  },
  { name: 'R3 half-delivered generations are deleted at once', rules: { keepsClaimed: false } },
  { name: 'R4 saves without compare-and-swap', store: lastWriteWins },
  {
    name: 'R5 no look at lease and serial before a sink write',
    store: unannouncedWrites,
    places: [{ readable: true, conditional: false }],
  },
  {
    name: 'R6 no read-back before retirement',
    rules: { readsBack: false },
    places: [{ readable: true, conditional: false }],
  },
  {
    name: 'R7 a late write into a blind place is ignored',
    rules: { heedsTaint: false },
    freezeAt: 'write',
    places: [BLIND],
  },
  { name: 'R8 the old generation goes before the new one is active', decide: retiresFirst },
  {
    name: 'R9 sink writes without a version',
    sink: (sink) => ({
      ...sink,
      write: async (place, bytes) => sink.write(place, bytes, (await sink.preflight(place)).version),
    }),
    freezeAt: 'write',
    places: [SURE],
  },
  {
    name: 'R10 no grace and hold for a generation that never served',
    rules: { gracesClaimed: false },
    places: [BLIND],
  },
  { name: 'R11 unknown markers are burned', rules: { needsEvidence: false } },
  { name: 'R11 absence from a list is trusted', api: trustingLists },
  {
    name: 'R11 the account is not checked',
    api: (api) => ({
      ...api,
      identify: async () => ({
        ...(await api.identify()),
        identity: { origin: 'memory:', account: 'workspace-default' },
      }),
    }),
  },
  {
    name: 'R12 no breaker',
    rules: { maxUnretired: 1e9, freeIssues: 1e9, stormIssues: 1e9 },
    story: 'broken-place',
    places: [BLIND],
  },
  { name: 'R13 a half-delivered generation is never taken up again', rules: { resumes: false }, places: [SURE] },
  { name: 'limits are lifted after delivery', rules: { liftsBeforeDelivery: false } },
  {
    name: 'a place is emptied without a look at its fingerprint',
    meddled: true,
    sink: (sink) => ({ ...sink, remove: async (place) => emptyAnyway(sink, place) }),
    places: [SURE],
  },
  {
    name: 'planning writes',
    api: (api) => ({
      ...api,
      identify: async () => {
        const view = await api.identify()
        for (const key of await api.list(view.identity.account)) await api.update(key.id, { limitReset: null })
        return view
      },
    }),
  },
  { name: 'tightening from outside is undone', meddled: true, rules: { respectsTightening: false } },
]

/** Disables the generation in service as soon as the next one exists. */
function retiresFirst(...[desired, record, sight]: Parameters<Decide>): ReturnType<Decide> {
  const decision = decide(desired, record, sight)
  const active = activeOf(record)
  if (decision.do !== 'prove' || !active) return decision
  return { do: 'disable', n: active.n, id: active.id, why: 'retired' }
}

function unmarked(key: LiveKey): LiveKey {
  return { ...key, name: parseName(key.name)?.display ?? key.name }
}

function lastWriteWins(store: StateStore): StateStore {
  return {
    ...store,
    async commit(stack, changes) {
      const { records } = await store.read(stack)
      const forced = changes.map(
        (change): RecordChange => ({ ...change, expectedSerial: records.get(change.address)?.serial ?? 0 }),
      )
      return store.commit(stack, forced)
    },
  }
}

/** The claim of a write stays in memory, and nobody asks whether the lease is still ours. */
function unannouncedWrites(store: StateStore): StateStore {
  return {
    ...store,
    async commit(stack, changes, lease) {
      const [change] = changes
      if (changes.length === 1 && change?.record?.lastChange?.what === 'write-claimed')
        return [{ ...change.record, serial: change.expectedSerial }]
      return store.commit(stack, changes, lease)
    },
    async lease(...args) {
      const lease: Lease = await store.lease(...args)
      return Object.assign(lease, { check: async () => undefined })
    },
  }
}

function trustingLists(api: KeyApi): KeyApi {
  const listed = new Set<string>()
  return {
    ...api,
    async list(...args) {
      const keys = await api.list(...args)
      for (const key of keys) listed.add(key.id)
      return keys
    },
    get: async (id) => (listed.has(id) ? api.get(id) : null),
  }
}

async function emptyAnyway(
  sink: Parameters<NonNullable<Mutant['sink']>>[0],
  place: Parameters<typeof sink.remove>[0],
): Promise<boolean> {
  const held = await sink.read(place)
  return held === null || held === 'unreadable' ? true : sink.remove(place, held.fingerprint)
}
