/** One `apply --yes`, from reading the state to releasing the lease, by one process, over in-memory ports that fail. */
import { isKeywrightError, KeywrightError } from '../../src/core/diagnostic.ts'
import type { DesiredKey } from '../../src/core/key.ts'
import { decide } from '../../src/core/machine/next-step.ts'
import { RULES } from '../../src/core/machine/rules.ts'
import { isLive, type KeyRecord } from '../../src/core/record.ts'
import { MINUTE } from '../../src/core/time.ts'
import { apply } from '../../src/engine/apply.ts'
import type { WriteContext } from '../../src/engine/context.ts'
import { observe, type Wanted } from '../../src/engine/session.ts'
import type { KeyApi } from '../../src/ports/key-api.ts'
import type { SecretSink } from '../../src/ports/secret-sink.ts'
import type { StateStore } from '../../src/ports/state-store.ts'
import type { MemoryWorld as Account } from '../../src/providers/memory.ts'
import { extractSecret, renderPlace } from '../../src/sinks/bytes.ts'
import { memorySink } from '../../src/sinks/memory.ts'
import { type MemoryStore, memoryStore } from '../../src/stores/memory.ts'
import { keyOf, keysOf, secretOf } from './accounts.ts'
import { watch } from './consumer.ts'
import { describe } from './describe.ts'
import { Crash, type Effect, faultyApi, faultySink, faultyStore, Process, type Purpose } from './faults.ts'
import { judgeDecision } from './life/judged.ts'
import { endOf } from './life/life.ts'
import { Eye, watchedApi, watchedSink, watchedStore } from './life/watched.ts'
import { type Decide, NEVER, type Scene, STACK } from './scene.ts'

export interface Trouble {
  /** No place takes anything. */
  readonly placesRefuse?: boolean
  /** Another process is frozen in the middle of something: not all that changes is this one's doing. */
  readonly isShared?: boolean
}

/** A process that may fail. `freeze`: how likely it stops for a while, at each effect. */
export function newProcess(scene: Scene, freeze = 0.01): Process {
  const calm = scene.random() < 0.25
  const odds = calm ? { crash: 0, fault: 0, freeze } : { crash: 0.03, fault: 0.05, freeze: freeze * 2 }
  const { freezeAt } = scene.options
  return new Process(scene.random, { ...odds, freezeAt }, scene.options.tally, () => watch(scene))
}

/** A process in which nothing goes wrong. */
export function kindProcess(scene: Scene): Process {
  return new Process(scene.random, { crash: 0, fault: 0, freeze: 0 }, scene.options.tally, () => watch(scene))
}

interface Ports {
  readonly raw: MemoryStore
  readonly store: StateStore
  readonly apis: ReadonlyMap<string, KeyApi>
  readonly sinks: ReadonlyMap<string, SecretSink>
  readonly steps: Map<string, string>
  readonly eye: Eye | null
  readonly isAlone: boolean
}

/** Returns whether the run came to its end. */
export async function runOnce(scene: Scene, process: Process, trouble: Trouble = {}): Promise<boolean> {
  const ports = await open(scene, process, trouble)
  try {
    await run(scene, process, ports)
  } catch (error) {
    scene.options.trace?.(`ended by ${String(error)}`)
    if (!(error instanceof Crash) && !isKeywrightError(error)) scene.findings.push(`threw ${String(error)}`)
    // Lanes that were still under way belong to a dead process.
    process.dead = true
    if (error instanceof Crash || isKeywrightError(error)) ports.raw.crash()
  }
  if (scene.options.trace) await describe(scene)
  return !process.dead
}

async function open(scene: Scene, process: Process, trouble: Trouble): Promise<Ports> {
  const { mutant } = scene.options
  const eye = scene.life ? new Eye(scene, scene.life) : null
  const raw = memoryStore(scene.ledger, scene.clock)
  const known = (await raw.read(STACK)).header?.identities.memory !== undefined
  const lost = known && !process.kind && scene.random() < 0.03
  const steps = new Map<string, string>()
  const purposeOf = purposes(scene, steps)
  const wrapped = (account: Account): KeyApi => {
    const handle = account.handle()
    return (mutant?.api ?? same)(faultyApi(eye ? watchedApi(handle, eye) : handle, process, purposeOf))
  }
  const apis = new Map([['memory', wrapped(lost ? scene.elsewhere : scene.account)]])
  if (scene.life) apis.set('strait', wrapped(scene.life.strait))
  const sinks = new Map([...scene.kinds.keys()].map((name) => [name, sinkFor(scene, process, { name, eye, trouble })]))
  const store = (mutant?.store ?? same)(faultyStore(eye ? watchedStore(raw, eye) : raw, process))
  return { raw, store, apis, sinks, steps, eye, isAlone: process.kind && trouble.isShared !== true }
}

const PURPOSES: ReadonlySet<string> = new Set<Effect>(['cut', 'lift', 'disable', 'enable'])

/** In a plain history all updates are one effect. */
function purposes({ life }: Scene, steps: ReadonlyMap<string, string>): Purpose {
  return (id) => {
    const step = steps.get(life?.addresses.get(id) ?? '')
    return life && isPurpose(step) ? step : 'update'
  }
}

function isPurpose(step: string | undefined): step is 'cut' | 'lift' | 'disable' | 'enable' {
  return step !== undefined && PURPOSES.has(step)
}

interface SinkFor {
  readonly name: string
  readonly eye: Eye | null
  readonly trouble: Trouble
}

function sinkFor(scene: Scene, process: Process, { name, eye, trouble }: SinkFor): SecretSink {
  const { restore, ...plain } = memorySink(scene.cells, scene.kinds.get(name))
  const sink = restore && (scene.life?.keeping.has(name) ?? true) ? { ...plain, restore } : plain
  if (trouble.placesRefuse) return (scene.options.mutant?.sink ?? same)(refusing(sink))
  return (scene.options.mutant?.sink ?? same)(faultySink(eye ? watchedSink(sink, eye) : sink, process))
}

async function run(scene: Scene, process: Process, { store, apis, sinks, steps, eye, isAlone }: Ports): Promise<void> {
  const wanted = wantedBy(scene)
  const api = async (name: string): Promise<KeyApi> => found(apis.get(name), name)
  const lease = await store.lease(STACK, { ttlMillis: MINUTE, waitMillis: 0, command: 'apply' })
  const context: WriteContext = {
    stack: STACK,
    store,
    lease: Object.assign(lease, { check: gated(lease.check.bind(lease), process) }),
    clock: scene.clock,
    api,
    sink: async (name) => sinks.get(name) ?? memorySink(scene.cells),
    bytes: { render: renderPlace, extract: extractSecret },
    reporter: {
      event: ({ on, address, step, n, code }) => {
        if (on === 'begin') steps.set(address, step)
        scene.options.trace?.(`${process.name} ${on} ${address} ${step} ${n ?? ''} ${code ?? ''}`)
      },
    },
    decide: brain(scene, eye),
    actor: { who: 'simulation' },
    signal: NEVER,
    parallelism: 4,
  }
  const unchecked = { stack: STACK, store, clock: scene.clock, reader: api, parallelism: 4 }
  const before = isAlone ? footprint(scene) : ''
  const session = await observe(unchecked, wanted)
  if (isAlone && footprint(scene) !== before) scene.findings.push('planning changed the world')
  if (!session.world.survey.stackStop) await apply(context, { session, wanted, mint: () => mint(scene) })
  await lease.release()
}

export function wantedBy({ keys }: Scene): Wanted {
  return { keys: [...keys.values()], moved: [], handedOver: [], declaredStacks: [STACK] }
}

function found<T>(port: T | undefined, name: string): T {
  if (port !== undefined) return port
  throw new KeywrightError('RECORD_UNCONFIGURED', { message: `nothing is called ${name}` })
}

function refusing(sink: SecretSink): SecretSink {
  const write = async (): Promise<never> => {
    throw new KeywrightError('SINK_UNREACHABLE', { message: 'simulated', retryable: true })
  }
  return { ...sink, write }
}

/** The product's brain, less what the mutant lacks; it is watched for giving up a generation that a place could give back. */
function brain(scene: Scene, eye: Eye | null): Decide {
  const { mutant } = scene.options
  const rules = { ...RULES, ...mutant?.rules }
  const plain: Decide = mutant?.decide ?? ((desired, record, sight) => decide(desired, record, sight, rules))
  const sure = [...scene.kinds.values()].every((kind) => kind.readable && kind.conditional)
  return (desired, record, sight) => {
    const decision = plain(desired, record, sight)
    if (sure && desired && decision.do === 'supersede' && isPlaced(scene, desired, record, decision.n))
      scene.findings.push('a generation that its place holds was given up')
    if (eye) judgeDecision(eye, { desired, record, sight, decision })
    return decision
  }
}

function isPlaced(scene: Scene, desired: DesiredKey, record: KeyRecord, n: number): boolean {
  const g = record.generations.find((one) => one.n === n)
  const text = g && isLive(g) && isAlive(scene, g.id) ? secretOf(scene, g.id) : undefined
  return (
    text !== undefined && desired.places.some((place) => scene.cells.cells.get(place.identity)?.bytes.expose() === text)
  )
}

/** Enabled or not: a key that the API has ended by its clock gives nothing back. */
function isAlive(scene: Scene, id: string): boolean {
  const key = keyOf(scene, id)
  return key !== null && endOf(key) > scene.clock.now()
}

function footprint(scene: Scene): string {
  const keys = keysOf(scene).map((key) => `${key.id} ${key.updatedAt}`)
  return `${keys.join()} ${scene.cells.changes} ${scene.cells.cells.size}`
}

const gated = (check: () => Promise<void>, process: Process) => async () => {
  await process.gate('commit', 'before')
  await check()
}

const same = <T>(port: T): T => port

function mint(scene: Scene): string {
  scene.minted += 1
  return `aaaaaa${'abcdefghijklmnopqrstuvwxyz234567'.charAt(scene.minted >> 5)}${'abcdefghijklmnopqrstuvwxyz234567'.charAt(scene.minted & 31)}`
}
