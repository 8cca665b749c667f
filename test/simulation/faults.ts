/**
 * Ports that fail: each effect may crash the process, lose its answer, fail clean, or freeze, before or after it took place.
 * A dead process does nothing any more: every later call of it throws.
 */
import { KeywrightError } from '../../src/core/diagnostic.ts'
import type { CreateOutcome, KeyApi } from '../../src/ports/key-api.ts'
import type { SecretSink } from '../../src/ports/secret-sink.ts'
import type { StateStore } from '../../src/ports/state-store.ts'
import type { Random } from './random.ts'

export class Crash extends Error {}

export type Moment = 'before' | 'after'
export type Effect =
  | 'create'
  | 'rotate'
  | 'update'
  | 'cut'
  | 'lift'
  | 'disable'
  | 'enable'
  | 'remove'
  | 'assign'
  | 'prove'
  | 'list'
  | 'write'
  | 'restore'
  | 'read'
  | 'empty'
  | 'commit'

export interface Odds {
  /** Per effect, each. */
  readonly crash: number
  readonly fault: number
  readonly freeze: number
  /** Freezes happen only here, and often. */
  readonly freezeAt?: Effect | undefined
}

export interface Tally {
  readonly crashes: Map<string, number>
}

/** Rare effects crash more often, so that each is met often enough. */
const RARE: Readonly<Partial<Record<Effect, number>>> = {
  empty: 16,
  update: 7,
  remove: 4,
  rotate: 20,
  cut: 14,
  lift: 4,
  disable: 11,
  enable: 20,
  assign: 3,
  restore: 20,
}

/** One process of the simulation: dies once, freezes at most once. */
export class Process {
  static #count = 0
  /** Nothing goes wrong for this process. */
  readonly kind: boolean
  readonly name = `p${++Process.#count}`
  dead = false
  frozen: Promise<void> | null = null
  #thaw: (() => void) | null = null
  #frozenOnce = false
  #gentle = false
  readonly whenFrozen: Promise<'frozen'>
  #announce: (value: 'frozen') => void = () => undefined
  readonly #random: Random
  readonly #odds: Odds
  readonly #tally: Tally
  readonly #watch: () => void

  constructor(random: Random, odds: Odds, tally: Tally, watch: () => void) {
    this.#random = random
    this.#odds = odds
    this.kind = odds.crash === 0 && odds.fault === 0 && odds.freeze === 0
    this.#tally = tally
    this.#watch = watch
    this.whenFrozen = new Promise((resolve) => {
      this.#announce = resolve
    })
  }

  /** `gently`: once awake it does not crash any more. */
  thaw(gently: boolean): void {
    this.#gentle = gently
    this.#thaw?.()
    this.frozen = null
  }

  async gate(effect: Effect, moment: Moment): Promise<void> {
    this.#alive()
    if (!this.#gentle && this.#random() < this.#odds.crash * (RARE[effect] ?? 1)) {
      this.dead = true
      const name = `${effect}.${moment}`
      this.#tally.crashes.set(name, (this.#tally.crashes.get(name) ?? 0) + 1)
      throw new Crash(`crash ${moment} ${effect}`)
    }
    if (!this.#frozenOnce && this.#random() < this.#freezes(effect)) {
      this.#frozenOnce = true
      this.frozen = new Promise((resolve) => {
        this.#thaw = resolve
      })
      this.#announce('frozen')
    }
    if (this.frozen) await this.frozen
    this.#alive()
  }

  overlook<T>(items: readonly T[]): readonly T[] {
    return this.#odds.fault > 0 && this.#random() < 0.1 ? items.filter(() => this.#random() > 0.2) : items
  }

  #freezes(effect: Effect): number {
    const { freeze, freezeAt } = this.#odds
    if (freezeAt === undefined || freeze === 0) return freeze
    return effect === freezeAt ? 0.3 : 0
  }

  faulty(): boolean {
    return this.#random() < this.#odds.fault
  }

  /** Somebody says something while a run is under way. */
  meanwhile: () => Promise<void> = async () => undefined

  /** Runs one effect between its two gates; the world is looked at right after it took place. */
  async around<T>(effect: Effect, act: () => Promise<T>, broken: () => KeywrightError): Promise<T> {
    await this.gate(effect, 'before')
    if (this.faulty()) throw broken()
    const result = await act()
    this.#watch()
    await this.meanwhile()
    await this.gate(effect, 'after')
    if (this.faulty()) throw broken()
    return result
  }

  #alive(): void {
    if (this.dead) throw new Crash('this process is dead')
  }
}

const unreachable = (): KeywrightError =>
  new KeywrightError('API_UNREACHABLE', { message: 'simulated', retryable: true })
const sinkDown = (): KeywrightError => new KeywrightError('SINK_UNREACHABLE', { message: 'simulated', retryable: true })

/** What an update is for, as far as the run has said: `cut`, `lift`, `disable`, `enable`, or a plain update. */
export type Purpose = (id: string) => Effect

export function faultyApi(api: KeyApi, process: Process, purposeOf: Purpose = () => 'update'): KeyApi {
  const { rotate, assign, unassign } = api
  return {
    capabilities: api.capabilities,
    identify: () => api.identify(),
    // Offset pages shift under concurrent writes: now and then a live key is not listed.
    list: (scope, expected) =>
      process.around('list', async () => process.overlook(await api.list(scope, expected)), unreachable),
    get: (id) => process.around('list', () => api.get(id), unreachable),
    update: (id, fields) => process.around(purposeOf(id), () => api.update(id, fields), unreachable),
    remove: (id) => process.around('remove', () => api.remove(id), unreachable),
    prove: (secret) => process.around('prove', () => api.prove(secret), unreachable),
    matches: (secret, id) => api.matches(secret, id),
    create: (request) => issuing(process, 'create', () => api.create(request)),
    ...(api.guardrails ? { guardrails: api.guardrails } : {}),
    ...(api.assignments ? { assignments: api.assignments } : {}),
    ...(rotate ? { rotate: (id, grace) => issuing(process, 'rotate', () => rotate(id, grace)) } : {}),
    ...(assign
      ? { assign: (id, to) => process.around('assign', () => skipping(process, () => assign(id, to)), unreachable) }
      : {}),
    ...(unassign ? { unassign: (id, from) => process.around('assign', () => unassign(id, from), unreachable) } : {}),
  }
}

/** Sent once: refused, answered, or never clearly answered. */
async function issuing(
  process: Process,
  effect: 'create' | 'rotate',
  send: () => Promise<CreateOutcome>,
): Promise<CreateOutcome> {
  await process.gate(effect, 'before')
  if (process.faulty())
    return process.faulty()
      ? { kind: 'rejected', status: 429, reason: 'simulated', retryAfter: 1000 }
      : { kind: 'unknown', reason: 'cut before' }
  const outcome = await send()
  await process.gate(effect, 'after')
  return process.faulty() ? { kind: 'unknown', reason: 'cut after' } : outcome
}

/** A bulk assignment now and then skips the key, and says so by its count alone. */
async function skipping(process: Process, assign: () => Promise<void>): Promise<void> {
  if (process.faulty()) throw new KeywrightError('API_REJECTED', { message: 'skipped' })
  await assign()
}

export function faultySink(sink: SecretSink, process: Process): SecretSink {
  const { restore } = sink
  return {
    kind: sink.kind,
    capabilities: sink.capabilities,
    preflight: (place) => process.around('read', () => sink.preflight(place), sinkDown),
    write: (place, bytes, ifVersion) => process.around('write', () => sink.write(place, bytes, ifVersion), sinkDown),
    read: (place) => process.around('read', () => sink.read(place), sinkDown),
    remove: (place, print) => process.around('empty', () => sink.remove(place, print), sinkDown),
    ...(restore
      ? {
          restore: (place, print, version) => process.around('restore', () => restore(place, print, version), sinkDown),
        }
      : {}),
  }
}

export function faultyStore(store: StateStore, process: Process): StateStore {
  const commit: StateStore['commit'] = async (stack, changes, lease) => {
    await process.gate('commit', 'before')
    const saved = await store.commit(stack, changes, lease)
    await process.gate('commit', 'after')
    return saved
  }
  return { ...store, commit, read: (stack) => store.read(stack) }
}
