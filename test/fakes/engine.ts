/**
 * One account, a few places and one store in memory, with the product's own `observe` and `apply` over them: what a shell does,
 * without a process. Time stands still but for `advance` and for sleeps, which take no real time.
 */
import { expect } from 'vitest'
import { KeywrightError } from '../../src/core/diagnostic.ts'
import type { Hook } from '../../src/core/hook-kinds.ts'
import type { DesiredKey, Fields, LiveKey } from '../../src/core/key.ts'
import type { Word } from '../../src/core/machine/heed.ts'
import { decide } from '../../src/core/machine/next-step.ts'
import { transition } from '../../src/core/machine/transition.ts'
import type { Plan } from '../../src/core/plan.ts'
import { activeOf, type KeyRecord } from '../../src/core/record.ts'
import { Secret } from '../../src/core/secret.ts'
import { HOUR } from '../../src/core/time.ts'
import { type ApplyResult, apply } from '../../src/engine/apply.ts'
import type { WriteContext } from '../../src/engine/context.ts'
import type { Outcome } from '../../src/engine/job.ts'
import { observe, type Session, type Wanted } from '../../src/engine/session.ts'
import type { Occasion } from '../../src/ports/after-hook.ts'
import type { KeyApi } from '../../src/ports/key-api.ts'
import type { RunEvent } from '../../src/ports/reporter.ts'
import type { SecretSink } from '../../src/ports/secret-sink.ts'
import type { StateStore } from '../../src/ports/state-store.ts'
import { type MemoryWorld as Account, memoryWorld as accountWorld } from '../../src/providers/memory.ts'
import { extractSecret, fingerprint, renderPlace } from '../../src/sinks/bytes.ts'
import { type MemoryWorld as Cells, memoryWorld as cellWorld, memorySink } from '../../src/sinks/memory.ts'
import { memoryWorld as ledgerWorld, memoryStore } from '../../src/stores/memory.ts'

export const STACK = 'test-1'

export type More = Partial<Omit<Wanted, 'keys'>>

/** A write, or a proof, that reached the key API. */
export interface Sent {
  readonly do: 'create' | 'update' | 'remove' | 'prove'
  readonly id?: string
  readonly fields?: Fields
}

export interface Bench {
  readonly account: Account
  readonly cells: Cells
  readonly sent: Sent[]
  readonly events: RunEvent[]
  /** Configured sinks by name; `memory` is there from the start. */
  readonly sinks: Map<string, SecretSink>
  /** Other accounts by configured provider name; every other name leads to `account`. */
  readonly providers: Map<string, Account>
  readonly abort: AbortController
  /** Stands between the engine and the API, to make it fail. */
  faults: (api: KeyApi) => KeyApi
  /** Hooks that were run, oldest first. */
  readonly ran: (Occasion & { readonly hook: string })[]
  /** What a hook does once it was heard; throws to fail. */
  onHook: (hook: Hook) => void
  /** Our clock minus that of the API. */
  skew: number
  now(): number
  advance(millis: number): void
  session(keys: readonly DesiredKey[], more?: More): Promise<Session>
  plan(keys: readonly DesiredKey[], more?: More): Promise<Plan>
  apply(keys: readonly DesiredKey[], more?: More): Promise<ApplyResult>
  /** Runs something under the lease of the stack, with all that an apply has. */
  underLease<T>(work: (context: WriteContext) => Promise<T>): Promise<T>
  record(id: string): Promise<KeyRecord | null>
  /** A human's word about an address, saved as the commands save it. */
  say(id: string, word: Word): Promise<void>
  /** The live key in service of an address, or `null`. */
  serving(id: string): Promise<LiveKey | null>
  /** Text in a place, `null` when empty. */
  held(path: string, sink?: string): string | null
  /** Puts something of an outsider's into a place. */
  poke(path: string, text: string, sink?: string): void
  /** Secret text of a key that lives or ever lived. */
  secretOf(id: string): string
  /** Everything the store holds, as JSON. */
  journal(): Promise<string>
}

/** `kind: 'strait'`: an account of keys that cannot be changed or switched off. */
export function aBench({ kind }: { readonly kind?: 'strait' } = {}): Bench {
  let now = 1_798_761_600_000
  let minted = 0
  const advance = (millis: number): void => {
    now += millis
  }
  const clock = { now: () => now, sleep: async (millis: number) => advance(millis) }
  const account = accountWorld({ clock, ...(kind ? { kind } : {}) })
  const cells = cellWorld()
  const ledger = ledgerWorld()
  const open = (): StateStore => memoryStore(ledger, clock)
  const read = () => open().read(STACK)
  const bench: Bench = {
    account,
    cells,
    sent: [],
    events: [],
    sinks: new Map([['memory', memorySink(cells)]]),
    providers: new Map(),
    abort: new AbortController(),
    faults: (api) => api,
    ran: [],
    onHook: () => undefined,
    skew: 0,
    now: () => now,
    advance,
    session: (keys, more) => observe(contextOf(bench, open(), clock), wanted(keys, more)),
    plan: async (keys, more) => (await bench.session(keys, more)).plan,
    apply: async (keys, more) => {
      const store = open()
      const context = contextOf(bench, store, clock)
      const lease = await store.lease(STACK, { ttlMillis: HOUR, waitMillis: 0, command: 'apply' })
      const session = await observe(context, wanted(keys, more))
      const mint = (): string => `aaaaaa${letter(minted >> 5)}${letter(minted++ & 31)}`
      try {
        return await apply({ ...context, lease }, { session, wanted: wanted(keys, more), mint })
      } finally {
        await lease.release()
      }
    },
    underLease: async (work) => {
      const store = open()
      const lease = await store.lease(STACK, { ttlMillis: HOUR, waitMillis: 0, command: 'reconcile' })
      try {
        return await work({ ...contextOf(bench, store, clock), lease })
      } finally {
        await lease.release()
      }
    },
    say: async (id, word) => {
      const store = open()
      const record = (await store.read(STACK)).records.get(`${STACK}/${id}`)
      if (!record) throw new Error(`no record of ${id}`)
      const change = { address: record.address, expectedSerial: record.serial, record: transition(record, word) }
      await store.commit(STACK, [change])
    },
    record: async (id) => (await read()).records.get(`${STACK}/${id}`) ?? null,
    serving: async (id) => {
      const record = await bench.record(id)
      return account.key((record && activeOf(record)?.id) ?? '')
    },
    held: (path, sink = 'memory') => cells.cells.get(`memory:${sink}:${path}`)?.bytes.expose() ?? null,
    poke: (path, text, sink = 'memory') => {
      const bytes = Secret.of(text)
      cells.changes += 1
      cells.cells.set(`memory:${sink}:${path}`, {
        bytes,
        version: `h${cells.changes}`,
        fingerprint: fingerprint(bytes),
      })
    },
    secretOf: (id) => account.secretOf(id)?.expose() ?? '',
    journal: async () => {
      const { header, records } = await read()
      return JSON.stringify({ header, records: [...records.values()], ledger: [...ledger.ledger.values()] }, withMaps)
    },
  }
  return bench
}

function letter(n: number): string {
  return 'abcdefghijklmnopqrstuvwxyz234567'.charAt(n & 31)
}

function withMaps(_: string, value: unknown): unknown {
  return value instanceof Map ? [...value] : value
}

function wanted(keys: readonly DesiredKey[], more: More = {}): Wanted {
  return { keys, moved: [], handedOver: [], declaredStacks: [STACK], ...more }
}

function contextOf(bench: Bench, store: StateStore, clock: WriteContext['clock']) {
  const skewed = { ...clock, now: () => clock.now() + bench.skew }
  const api = async (name: string): Promise<KeyApi> =>
    logging(bench.faults((bench.providers.get(name) ?? bench.account).handle(skewed)), bench.sent)
  return {
    stack: STACK,
    store,
    clock: skewed,
    api,
    reader: api,
    sink: async (name: string) => found(bench.sinks.get(name), name),
    hook: async (hook: Hook) => ({
      run: async (occasion: Occasion) => {
        bench.ran.push({ ...occasion, hook: hook.identity })
        bench.onHook(hook)
      },
    }),
    bytes: { render: renderPlace, extract: extractSecret },
    reporter: { event: (event: RunEvent) => void bench.events.push(event) },
    decide,
    actor: { who: 'test' },
    signal: bench.abort.signal,
    parallelism: 4,
  }
}

function found(sink: SecretSink | undefined, name: string): SecretSink {
  if (sink) return sink
  throw new KeywrightError('RECORD_UNCONFIGURED', { message: `no sink "${name}"`, hint: `put the sink "${name}" back` })
}

/** Writes down what is sent, before it is answered. */
function logging(api: KeyApi, sent: Sent[]): KeyApi {
  return {
    ...api,
    create: (request) => {
      sent.push({ do: 'create', fields: request.fields })
      return api.create(request)
    },
    update: (id, fields) => {
      sent.push({ do: 'update', id, fields })
      return api.update(id, fields)
    },
    remove: (id) => {
      sent.push({ do: 'remove', id })
      return api.remove(id)
    },
    prove: (secret) => {
      sent.push({ do: 'prove' })
      return api.prove(secret)
    },
  }
}

/** What came of one address, or an error that lists the others. */
export function outcomeOf(result: ApplyResult, id: string): Outcome {
  const outcome = result.outcomes.find((one) => one.address === `${STACK}/${id}`)
  if (outcome) return outcome
  throw new Error(`nothing was done at ${id}, only at ${result.outcomes.map((one) => one.address).join(', ')}`)
}

/** Applies, expects every address settled, and expects that planning again is empty. */
export async function settled(bench: Bench, keys: readonly DesiredKey[], more?: More): Promise<ApplyResult> {
  const result = await bench.apply(keys, more)
  expect(result.outcomes.filter((one) => one.status !== 'settled').map((one) => one.problem ?? one)).toEqual([])
  expect(result.postponed).toEqual([])
  expect((await bench.plan(keys, more)).changes).toEqual([])
  return result
}

/** `1:superseded 2:active`. */
export async function phases(bench: Bench, id: string): Promise<string> {
  const record = await bench.record(id)
  return record?.generations.map((g) => `${g.n}:${g.phase}`).join(' ') ?? 'none'
}
