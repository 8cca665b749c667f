/** What one history plays with: an account, places, a ledger of records, and manifests that are edited as it goes. */
import type { DesiredKey } from '../../src/core/key.ts'
import type { Rules } from '../../src/core/machine/rules.ts'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import type { WriteContext } from '../../src/engine/context.ts'
import type { KeyApi } from '../../src/ports/key-api.ts'
import type { SecretSink, SinkCapabilities } from '../../src/ports/secret-sink.ts'
import type { StateStore } from '../../src/ports/state-store.ts'
import { type MemoryWorld as Account, memoryWorld as accountWorld } from '../../src/providers/memory.ts'
import { memoryWorld as cellWorld } from '../../src/sinks/memory.ts'
import { memoryWorld as ledgerWorld } from '../../src/stores/memory.ts'
import { aKey, aPlace, aRotation } from '../fakes/desired.ts'
import type { Effect, Tally } from './faults.ts'
import { elapse } from './life/holders.ts'
import { type Life, newLife } from './life/life.ts'
import { pick, type Random, seeded } from './random.ts'

export const STACK = 'test-1'
export const NEVER = new AbortController().signal

export type Decide = WriteContext['decide']

/** What a mutant takes away. The product is the empty mutant. */
export interface Mutant {
  readonly rules?: Partial<Rules>
  readonly decide?: Decide
  readonly api?: (api: KeyApi) => KeyApi
  readonly sink?: (sink: SecretSink) => SecretSink
  readonly store?: (store: StateStore) => StateStore
}

export interface Options {
  readonly seed: number
  readonly mutant?: Mutant
  /** Kinds of places drawn from. */
  readonly places?: readonly SinkCapabilities[]
  readonly tally: Tally
  readonly story?: 'broken-place'
  /** A whole life: rotation by age, money, guardrails, a second kind of key API, people who say something. */
  readonly life?: boolean
  /** Longer histories with more processes. */
  readonly long?: boolean
  /** Processes freeze only around this effect, and often. */
  readonly freezeAt?: Effect
  /** People meddle at most turns instead of at few. */
  readonly meddled?: boolean
  /** Prints the history of a run, to understand a finding. */
  readonly trace?: (line: string) => void
}

/** Everything that was found wrong; empty for a good run. */
export type Findings = readonly string[]

const SURE: SinkCapabilities = { readable: true, conditional: true }
const KINDS: readonly SinkCapabilities[] = [
  SURE,
  SURE,
  SURE,
  { readable: false, conditional: true },
  { readable: false, conditional: false },
  { readable: true, conditional: false },
]

export interface Scene {
  readonly random: Random
  readonly options: Options
  readonly clock: { now(): number; sleep(millis: number): Promise<void>; advance(millis: number): void }
  readonly account: Account
  /** Where a mistaken token leads: another account, empty. */
  readonly elsewhere: Account
  /** What somebody put into places by hand, by place identity. */
  readonly foreign: Map<string, string>
  readonly ledger: ReturnType<typeof ledgerWorld>
  readonly cells: ReturnType<typeof cellWorld>
  readonly kinds: Map<string, SinkCapabilities>
  readonly findings: string[]
  readonly ids: readonly string[]
  keys: Map<string, DesiredKey>
  /** Addresses whose consumer was cut off by somebody outside; what they see does not count until all is settled again. */
  readonly excused: Set<string>
  /** Addresses that served at least once. */
  readonly served: Set<string>
  /** Keys made by hand under a copied name. */
  readonly copies: Set<string>
  /** Keys somebody lowered, with the manifest entry of that moment. */
  readonly tightened: Map<string, string>
  readonly lowered: Set<string>
  /** Addresses with a place that was put back by hand. */
  readonly restored: Set<string>
  readonly life: Life | null
  minted: number
}

export function newScene(options: Options): Scene {
  const random = seeded(options.seed)
  let now = 1_798_761_600_000 + (options.life ? Math.floor(random() * 90 * DAY) : 0)
  const advance = (millis: number): void => {
    const before = now
    now += millis
    if (scene.life && millis > 0) elapse(scene, scene.life, before)
  }
  const clock = { now: () => now, sleep: async (millis: number) => advance(millis), advance }
  const kinds = options.places ?? KINDS
  const scene: Scene = {
    random,
    options,
    clock,
    account: accountWorld({ clock, seed: `s${options.seed}` }),
    elsewhere: accountWorld({ clock, seed: `e${options.seed}`, workspaces: { default: 'workspace-elsewhere' } }),
    foreign: new Map(),
    ledger: ledgerWorld(),
    cells: cellWorld(),
    kinds: new Map(['s1', 's2'].map((name) => [name, pick(random, kinds)])),
    findings: [],
    ids: random() < 0.5 || options.long ? ['a', 'b'] : ['a'],
    keys: new Map(),
    excused: new Set(),
    served: new Set(),
    copies: new Set(),
    tightened: new Map(),
    lowered: new Set(),
    restored: new Set(),
    life: options.life ? newLife(options.seed, clock) : null,
    minted: 0,
  }
  return scene
}

export function editManifests(scene: Scene): void {
  const { random, keys } = scene
  for (const id of scene.ids) {
    const draw = random()
    const before = keys.get(id)
    if (!before) {
      if (draw < 0.75) keys.set(id, draft(scene, id))
    } else if (draw < 0.2) {
      keys.delete(id)
      scene.excused.add(before.address)
    } else if (draw < 0.8) keys.set(id, draft(scene, id, before))
  }
}

/** A fresh or edited entry: limit, expiry (create-only), disabled, places, rotation. */
function draft(scene: Scene, id: string, before?: DesiredKey): DesiredKey {
  const { random } = scene
  const places = [aPlace(`${id}1`, 's1'), aPlace(`${id}2`, 's2')].filter((_, i) => random() < 0.7 || i === 0)
  const disabled = random() < 0.08
  const expiresAt = random() < 0.5 ? null : pick(random, ['2029-01-01T00:00:00Z', '2030-01-01T00:00:00Z'])
  if (disabled || before?.fields.disabled === true) scene.excused.add(`${STACK}/${id}`)
  const unsure = places.some((place) => !isSure(scene, place.sink))
  return aKey({
    id,
    stack: STACK,
    places,
    rotation: aRotation({
      every: random() < 0.3 ? 5 * DAY : null,
      grace: unsure ? DAY : pick(random, [0, HOUR, DAY]),
      hold: unsure ? 2 * HOUR : pick(random, [0, HOUR]),
      serial: (before?.rotation.serial ?? 1) + (random() < 0.3 ? 1 : 0),
    }),
    removalHold: pick(random, [0, DAY]),
    bornHarmless: disabled || random() < 0.25,
    fields: { limit: pick(random, [5, 10, 20]), disabled, expiresAt },
  })
}

export function isSure(scene: Scene, sink: string): boolean {
  const kind = scene.kinds.get(sink) ?? SURE
  return kind.readable && kind.conditional
}

/** Longest freeze: any at all where places are conditional, within grace where they are not (R10). */
export function freezeFor(scene: Scene): number {
  const conditional = [...scene.kinds.values()].every((kind) => kind.conditional)
  return pick(scene.random, conditional ? [MINUTE, 5 * MINUTE, 3 * HOUR, 3 * DAY] : [MINUTE, 5 * MINUTE, HOUR])
}
