/**
 * A year of an example in one process: the product's own engine and provider over sockets to the emulator, one clock for both sides, and
 * an apply as often as the `loop` of the example declares, or somewhat more often. Records are kept in memory.
 */
import type { DesiredKey, Fields } from '../../src/core/key.ts'
import { decide } from '../../src/core/machine/next-step.ts'
import { DAY, HOUR } from '../../src/core/time.ts'
import { apply } from '../../src/engine/apply.ts'
import type { WriteContext } from '../../src/engine/context.ts'
import type { Outcome } from '../../src/engine/job.ts'
import { observe, type Session, type Wanted } from '../../src/engine/session.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { KeyApi } from '../../src/ports/key-api.ts'
import type { RunEvent } from '../../src/ports/reporter.ts'
import { extractSecret, renderPlace } from '../../src/sinks/bytes.ts'
import { memoryStore, memoryWorld } from '../../src/stores/memory.ts'
import { type Random, seeded } from '../simulation/random.ts'
import { type Consumers, consumers, type Door } from './consumers.ts'
import type { Fleet } from './fleet.ts'
import { authoredIn, type Issue, leftIn, straysIn } from './judge.ts'
import { openPlaces } from './places.ts'
import { watchedApi, watchedSink } from './watched.ts'

/** Summer time, winter time and the freeze of examples/rotation all lie ahead. */
export const START = Date.parse('2027-03-01T06:40:00Z')
export const YEAR = 365 * DAY

export interface Stage {
  readonly fleet: Fleet
  /** Of both sides. */
  readonly clock: Clock
  readonly advance: (seconds: number) => void
  readonly api: KeyApi
  readonly door: Door
  /** Hears which fields live keys are given. */
  readonly set?: (id: string, address: string, fields: Fields) => void
}

export interface Year {
  readonly people: Consumers
  readonly runs: number
  /** Every generation, in order. */
  readonly issues: readonly Issue[]
  /** Old keys that were deleted or revoked. */
  readonly ended: number
  /** What was wrong at any run. */
  readonly findings: readonly string[]
  /** One apply, as the command does it; of other manifests from now on, if given. */
  run(changed?: readonly DesiredKey[]): Promise<void>
  /** Time passes until the next run. */
  wait(): void
}

export async function yearOf({ fleet, clock, advance, api, door, set = () => undefined }: Stage): Promise<Year> {
  const { config, keys } = fleet
  const places = await openPlaces(config)
  const people = consumers({ keys, clock, door, peek: places.peek })
  const watch = { look: people.look, set }
  const watched = watchedApi(api, watch)
  const sinks = new Map([...places.sinks].map(([name, sink]) => [name, watchedSink(sink, keys, watch)]))
  const done: RunEvent[] = []
  const context = {
    ...{ stack: config.stack, clock, store: memoryStore(memoryWorld(), clock), decide, parallelism: 20 },
    api: async () => watched,
    reader: async () => watched,
    sink: async (name: string) => sinks.get(name) ?? Promise.reject(new Error(`no sink "${name}"`)),
    bytes: { render: renderPlace, extract: extractSecret },
    reporter: { event: (event: RunEvent) => (event.on === 'done' ? void done.push(event) : undefined) },
    actor: { who: 'loop' },
    signal: new AbortController().signal,
  }
  const random = seeded(11)
  const loop = (config.loopEvery ?? HOUR) / 1000
  const runner = new Runner(context, mints(random), {
    keys,
    moved: [],
    handedOver: [],
    declaredStacks: config.stacks,
  })
  return {
    people,
    findings: runner.findings,
    get runs() {
      return runner.runs
    },
    get issues() {
      return done.filter(({ step }) => step === 'issue')
    },
    get ended() {
      return done.filter(({ step }) => step === 'remove').length
    },
    run: (changed) => runner.run(changed),
    wait: () => advance(Math.round(loop * (0.9 + random() / 10))),
  }
}

type Context = Omit<WriteContext, 'lease'> & Parameters<typeof observe>[0]

/** Plans are looked at in every so many runs: what is due before an apply is approved by a policy, and right after it nothing is left. */
const CLOSELY = 4

class Runner {
  readonly #context: Context
  readonly #mint: () => string
  #wanted: Wanted
  readonly findings: string[] = []
  runs = 0

  constructor(context: Context, mint: () => string, wanted: Wanted) {
    this.#context = context
    this.#mint = mint
    this.#wanted = wanted
  }

  async run(changed?: readonly DesiredKey[]): Promise<void> {
    if (changed) this.#wanted = { ...this.#wanted, keys: changed }
    const before = await this.#look()
    const outcomes = await this.#apply(before)
    this.findings.push(...outcomes.flatMap(unsettled))
    if (this.runs > 0) this.findings.push(...straysIn(before))
    if (this.runs > 0 && this.runs % CLOSELY === 0 && !changed) this.findings.push(...authoredIn(before.plan))
    if (this.runs % CLOSELY === 0) await this.#lookAgain()
    this.runs += 1
  }

  async #lookAgain(): Promise<void> {
    const after = await this.#look()
    this.findings.push(...straysIn(after), ...leftIn(after.plan))
  }

  #look(): Promise<Session> {
    return observe(this.#context, this.#wanted)
  }

  async #apply(session: Session): Promise<readonly Outcome[]> {
    const { stack, store } = this.#context
    const lease = await store.lease(stack, { ttlMillis: 12 * HOUR, waitMillis: 0, command: 'apply' })
    const inputs = { session, wanted: this.#wanted, mint: this.#mint }
    try {
      return (await apply({ ...this.#context, lease }, inputs)).outcomes
    } finally {
      await lease.release()
    }
  }
}

function unsettled({ address, status, problem }: Outcome): readonly string[] {
  return status === 'settled' && problem === null ? [] : [`${address} is ${status}: ${problem?.code}`]
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567'

function mints(random: Random): () => string {
  return () => Array.from({ length: 8 }, () => LETTERS.charAt(Math.floor(random() * 32))).join('')
}
