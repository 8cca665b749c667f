/**
 * One seeded history: a small repository of manifests, one account, a few places, and processes that crash, lose answers,
 * freeze and race. It runs the product's own `observe` and `apply` over in-memory ports, and looks at the world after each
 * effect as a consumer would.
 */

import { formatName, parseName } from '../../src/core/address.ts'
import { isKeywrightError, KeywrightError } from '../../src/core/diagnostic.ts'
import type { DesiredKey, LiveKey, Place } from '../../src/core/key.ts'
import { decide } from '../../src/core/machine/next-step.ts'
import { RULES, type Rules } from '../../src/core/machine/rules.ts'
import { recordedIds } from '../../src/core/ownership.ts'
import { activeOf, isLive, type KeyRecord } from '../../src/core/record.ts'
import { Secret } from '../../src/core/secret.ts'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { apply } from '../../src/engine/apply.ts'
import type { WriteContext } from '../../src/engine/context.ts'
import { observe, type Wanted } from '../../src/engine/session.ts'
import type { KeyApi } from '../../src/ports/key-api.ts'
import type { SecretSink, SinkCapabilities } from '../../src/ports/secret-sink.ts'
import type { StateStore } from '../../src/ports/state-store.ts'
import { type MemoryWorld as Account, memoryWorld as accountWorld } from '../../src/providers/memory.ts'
import { extractSecret, fingerprint, renderPlace } from '../../src/sinks/bytes.ts'
import { memoryWorld as cellWorld, memorySink } from '../../src/sinks/memory.ts'
import { memoryWorld as ledgerWorld, memoryStore } from '../../src/stores/memory.ts'
import { aKey, aPlace } from '../fakes/desired.ts'
import { Crash, faultyApi, faultySink, faultyStore, Process, type Tally } from './faults.ts'
import { pick, type Random, seeded } from './random.ts'

const STACK = 'test-1'
const NEVER = new AbortController().signal

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
  /** Longer histories with more processes. */
  readonly long?: boolean
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

interface Scene {
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
  minted: number
}

export async function simulate(options: Options): Promise<Findings> {
  const scene = newScene(options)
  if (options.story === 'broken-place') return await brokenPlace(scene)
  const epochs = 2 + Math.floor(scene.random() * (options.long ? 4 : 2))
  for (let epoch = 0; epoch < epochs; epoch++) {
    editManifests(scene)
    await troubledRuns(scene)
    scene.clock.advance(pick(scene.random, [MINUTE, HOUR, 26 * HOUR, 9 * DAY]))
    if (scene.random() < 0.15) await outsideEdit(scene)
    if (scene.random() < 0.2) await restoreOld(scene)
    if (scene.findings.length > 0) return scene.findings
  }
  await settle(scene)
  if (scene.findings.length === 0) await judge(scene)
  return scene.findings
}

/** Fifty one-shot runs while a blind place takes nothing: keys must not pile up. */
async function brokenPlace(scene: Scene): Promise<Findings> {
  scene.keys.set('a', aKey({ id: 'a', stack: STACK, places: [aPlace('a1', 's1')] }))
  const quiet = { crash: 0, fault: 0, freeze: 0 }
  for (let i = 0; i < 50; i++) {
    await runOnce(scene, new Process(scene.random, quiet, scene.options.tally, () => undefined), { placesRefuse: true })
    scene.clock.advance(HOUR / 4)
  }
  const live = scene.account.keys().length
  return live > 12 ? [`${live} live keys for one address`] : []
}

function newScene(options: Options): Scene {
  const random = seeded(options.seed)
  let now = 1_798_761_600_000
  const clock = {
    now: () => now,
    sleep: async (millis: number) => {
      now += millis
    },
    advance: (millis: number) => {
      now += millis
    },
  }
  const kinds = options.places ?? KINDS
  return {
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
    minted: 0,
  }
}

function editManifests(scene: Scene): void {
  const { random, keys } = scene
  for (const id of scene.ids) {
    const draw = random()
    const before = keys.get(id)
    if (!before) {
      if (draw < 0.75) keys.set(id, draft(scene, id))
    } else if (draw < 0.12) {
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
    rotation: {
      every: random() < 0.3 ? 5 * DAY : null,
      grace: unsure ? DAY : pick(random, [0, HOUR, DAY]),
      hold: unsure ? 2 * HOUR : pick(random, [0, HOUR]),
      serial: (before?.rotation.serial ?? 1) + (random() < 0.3 ? 1 : 0),
    },
    removalHold: pick(random, [0, DAY]),
    bornHarmless: disabled || random() < 0.25,
    fields: { limit: pick(random, [5, 10, 20]), disabled, expiresAt },
  })
}

function isSure(scene: Scene, sink: string): boolean {
  const kind = scene.kinds.get(sink) ?? SURE
  return kind.readable && kind.conditional
}

/** Longest freeze: any at all where places are conditional, within grace where they are not (R10). */
function freezeFor(scene: Scene): number {
  const conditional = [...scene.kinds.values()].every((kind) => kind.conditional)
  return pick(scene.random, conditional ? [MINUTE, 5 * MINUTE, 3 * HOUR, 3 * DAY] : [MINUTE, 5 * MINUTE, HOUR])
}

async function troubledRuns(scene: Scene): Promise<void> {
  const runs = 1 + Math.floor(scene.random() * (scene.options.long ? 4 : 2))
  for (let i = 0; i < runs; i++) {
    const first = newProcess(scene)
    const running = runOnce(scene, first)
    if ((await Promise.race([running, first.whenFrozen])) !== 'frozen') continue
    scene.clock.advance(freezeFor(scene))
    for (let j = 0; j < 1 + Math.floor(scene.random() * 2); j++) {
      const second = newProcess(scene, 0)
      await runOnce(scene, second)
      if (scene.random() < 0.5) scene.clock.advance(pick(scene.random, [MINUTE, HOUR]))
    }
    // A late write into a place that can neither be read nor made conditional is told by its writer alone (R7).
    first.thaw([...scene.kinds.values()].some((kind) => !kind.readable && !kind.conditional))
    await running
  }
}

function newProcess(scene: Scene, freeze = 0.01): Process {
  const calm = scene.random() < 0.25
  const odds = calm ? { crash: 0, fault: 0, freeze } : { crash: 0.03, fault: 0.05, freeze: freeze * 2 }
  return new Process(scene.random, odds, scene.options.tally, () => watch(scene))
}

/** One `apply --yes`, from reading the state to releasing the lease, by one process. */
async function runOnce(
  scene: Scene,
  process: Process,
  trouble: { readonly placesRefuse?: boolean } = {},
): Promise<'ended'> {
  const { mutant } = scene.options
  const raw = memoryStore(scene.ledger, scene.clock)
  const known = Object.keys((await raw.read(STACK)).header?.identities ?? {}).length > 0
  const lost = known && !process.kind && scene.random() < 0.03
  const store = (mutant?.store ?? same)(faultyStore(raw, process))
  const api = (mutant?.api ?? same)(faultyApi((lost ? scene.elsewhere : scene.account).handle(), process))
  const sinks = new Map(
    [...scene.kinds].map(([name, kind]) => [
      name,
      (mutant?.sink ?? same)(
        trouble.placesRefuse
          ? refusing(memorySink(scene.cells, kind))
          : faultySink(memorySink(scene.cells, kind), process),
      ),
    ]),
  )
  const wanted: Wanted = { keys: [...scene.keys.values()], moved: [], handedOver: [], declaredStacks: [STACK] }
  try {
    const lease = await store.lease(STACK, { ttlMillis: MINUTE, waitMillis: 0, command: 'apply' })
    const context: WriteContext = {
      stack: STACK,
      store,
      lease: Object.assign(lease, { check: gated(lease.check.bind(lease), process) }),
      clock: scene.clock,
      api: async () => api,
      sink: async (name) => sinks.get(name) ?? memorySink(scene.cells),
      bytes: { render: renderPlace, extract: extractSecret },
      reporter: {
        event: ({ on, address, step, n, code }) =>
          scene.options.trace?.(`${process.name} ${on} ${address} ${step} ${n ?? ''} ${code ?? ''}`),
      },
      decide: brain(scene),
      actor: { who: 'simulation' },
      signal: NEVER,
      parallelism: 4,
    }
    const unchecked = { stack: STACK, store, clock: scene.clock, reader: async () => api, parallelism: 4 }
    const before = process.kind ? footprint(scene) : ''
    const session = await observe(unchecked, wanted)
    if (process.kind && footprint(scene) !== before) scene.findings.push('planning changed the world')
    if (!session.world.survey.stackStop) await apply(context, { session, wanted, mint: () => mint(scene) })
    await lease.release()
  } catch (error) {
    scene.options.trace?.(`ended by ${String(error)}`)
    if (!(error instanceof Crash) && !isKeywrightError(error)) scene.findings.push(`threw ${String(error)}`)
    // Lanes that were still under way belong to a dead process.
    process.dead = true
    if (error instanceof Crash || isKeywrightError(error)) raw.crash()
  }
  if (scene.options.trace) await describe(scene)
  return 'ended'
}

async function describe(scene: Scene): Promise<void> {
  const { records } = await memoryStore(scene.ledger, scene.clock).read(STACK)
  for (const r of records.values()) {
    const places = r.places.map(
      (p) => `${p.text}=${p.n}:${p.status}${p.readable ? '' : ':blind'}${p.conditional ? '' : ':unconditional'}`,
    )
    scene.options.trace?.(
      `  ${r.address} s${r.serial} h${r.highest} [${r.generations.map((g) => `${g.n}:${g.phase}`).join(' ')}] ab[${r.abandoned.map((a) => a.n)}] ${places.join(' ')}${r.tainted ? ` tainted ${r.tainted.n}` : ''}${r.frozen ? ` frozen ${r.frozen.fields}` : ''} limit ${r.generations.map((g) => g.issued.fields.limit)} patches ${JSON.stringify(r.patches.map((p) => p.fields))}`,
    )
  }
  scene.options.trace?.(
    `  live ${scene.account
      .keys()
      .map((k) => k.name.slice(-14) + k.fields.limit + (k.fields.disabled ? '!' : ''))
      .join(' ')} at ${new Date(scene.clock.now()).toISOString()} wanted ${[...scene.keys.keys()]}`,
  )
}

function refusing(sink: SecretSink): SecretSink {
  const write = async (): Promise<never> => {
    throw new KeywrightError('SINK_UNREACHABLE', { message: 'simulated', retryable: true })
  }
  return { ...sink, write }
}

/** The product's brain, less what the mutant lacks; it is watched for giving up a generation that a place could give back. */
function brain(scene: Scene): Decide {
  const { mutant } = scene.options
  const rules = { ...RULES, ...mutant?.rules }
  const plain: Decide = mutant?.decide ?? ((desired, record, sight) => decide(desired, record, sight, rules))
  const sure = [...scene.kinds.values()].every((kind) => kind.readable && kind.conditional)
  return (desired, record, sight) => {
    const decision = plain(desired, record, sight)
    if (sure && desired && decision.do === 'supersede' && isPlaced(scene, desired, record, decision.n))
      scene.findings.push('a generation that its place holds was given up')
    return decision
  }
}

function isPlaced(scene: Scene, desired: DesiredKey, record: KeyRecord, n: number): boolean {
  const g = record.generations.find((one) => one.n === n)
  const text = g && isLive(g) && scene.account.key(g.id) ? scene.account.secretOf(g.id)?.expose() : undefined
  return (
    text !== undefined && desired.places.some((place) => scene.cells.cells.get(place.identity)?.bytes.expose() === text)
  )
}

function footprint(scene: Scene): string {
  const keys = scene.account.keys().map((key) => `${key.id} ${key.updatedAt}`)
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

/** What a consumer sees: a place that served holds the secret of a key that works. */
function watch(scene: Scene): void {
  checkTightened(scene)
  for (const key of scene.keys.values()) for (const place of key.places) lookAt(scene, key, place)
}

/** A key that somebody lowered stays lowered while its manifest entry stays the same. */
function checkTightened(scene: Scene): void {
  for (const [id, entry] of scene.tightened) {
    const key = scene.account.key(id)
    const now = scene.keys.get(parseName(key?.name ?? '')?.marker.id ?? '')?.digest
    if (!key || now !== entry) scene.tightened.delete(id)
    else if (key.fields.limit !== 1) scene.findings.push('a limit lowered by hand was raised')
  }
}

function lookAt(scene: Scene, key: DesiredKey, place: Place): void {
  const text = scene.cells.cells.get(place.identity)?.bytes.expose()
  if (text === undefined || text.startsWith('by hand')) return
  scene.foreign.delete(place.identity)
  if (scene.excused.has(key.address) || key.fields.disabled === true) return
  const live = scene.account.keys().find((one) => scene.account.secretOf(one.id)?.expose() === text)
  if (live && live.fields.disabled !== true && live.fields.limit !== 0) return
  // Lowered by hand: the address stands still, half-way through a rotation too, until a later commit.
  if (scene.lowered.has(key.address)) return
  scene.options.trace?.(`FOUND ${place.text}`)
  scene.findings.push(`${place.text} holds ${live ? 'a disabled or empty' : 'a dead'} key`)
}

async function recordedKeys(scene: Scene): Promise<readonly LiveKey[]> {
  const { records } = await memoryStore(scene.ledger, scene.clock).read(STACK)
  const ids = recordedIds(records)
  return scene.account.keys().filter((key) => ids.has(key.id))
}

/** Somebody in the dashboard or at the place. */
async function outsideEdit(scene: Scene): Promise<void> {
  const { random, account } = scene
  const known = await recordedKeys(scene)
  const key = known.length > 0 ? pick(random, known) : null
  const address = key ? `${STACK}/${parseName(key.name)?.marker.id}` : null
  if (!key || !address || scene.restored.has(address)) return
  const draw = random()
  scene.excused.add(address)
  if (draw < 0.4) account.remove(key.id)
  else if (draw < 0.5) raise(scene, key)
  else if (draw < 0.6) tighten(scene, key)
  else if (draw < 0.7) account.edit(key.id, { name: 'renamed by hand' })
  else if (draw < 0.8) copyName(scene, key)
  else if (draw < 0.9) overwrite(scene, address)
  else
    account.plant({
      name: formatName('x', { stack: STACK, id: 'zz', n: 1, lineage: 'zzzzzzzz' }),
      scope: key.scope,
      fields: {},
    })
}

/** A key made by hand with a copied name: the same marker, one generation earlier or the same. It is in use. */
function copyName(scene: Scene, key: LiveKey): void {
  const copy = scene.account.plant({ name: key.name, scope: key.scope, fields: {} })
  scene.account.spend(copy.key.id, 1)
  scene.copies.add(copy.key.id)
}

/** Somebody raises the limit of a key, also of one that was lowered before. */
function raise(scene: Scene, key: LiveKey): void {
  scene.account.edit(key.id, { fields: { limit: 500 } })
  scene.tightened.delete(key.id)
}

/** Somebody lowers the limit of a key in service. Nothing but a later commit may raise it again. */
function tighten(scene: Scene, key: LiveKey): void {
  scene.account.edit(key.id, { fields: { limit: 1 } })
  scene.lowered.add(`${STACK}/${parseName(key.name)?.marker.id}`)
  scene.tightened.set(key.id, scene.keys.get(parseName(key.name)?.marker.id ?? '')?.digest ?? '')
}

/** Somebody restores a backup of a readable place: it holds the generation before again, which is still in grace. */
async function restoreOld(scene: Scene): Promise<void> {
  const { records } = await memoryStore(scene.ledger, scene.clock).read(STACK)
  for (const record of records.values()) {
    const old = record.generations.find((g) => g.phase === 'superseded' && g.everActive)
    const place = record.places.find((p) => p.readable && p.status === 'verified')
    const bytes = old && isLive(old) && scene.account.key(old.id) ? scene.account.secretOf(old.id) : null
    if (!place || !bytes || scene.excused.has(record.address)) continue
    scene.restored.add(record.address)
    scene.cells.changes += 1
    scene.cells.cells.set(place.identity, {
      bytes,
      version: `b${scene.cells.changes}`,
      fingerprint: fingerprint(bytes),
    })
  }
}

/** Somebody writes a value of their own into a place. A key that leaves the manifests must not take it along. */
function overwrite(scene: Scene, address: string): void {
  const id = address.slice(STACK.length + 1)
  const place = aPlace(`${id}1`, 's1')
  const bytes = Secret.of(`by hand ${scene.minted}`)
  scene.cells.changes += 1
  scene.cells.cells.set(place.identity, { bytes, version: `h${scene.cells.changes}`, fingerprint: fingerprint(bytes) })
  scene.foreign.set(place.identity, id)
}

/** The world is kind again: a few quiet runs, with time passing between them. */
async function settle(scene: Scene): Promise<void> {
  const quiet = { crash: 0, fault: 0, freeze: 0 }
  for (let i = 0; i < 8; i++) {
    if (i === 3) scene.excused.clear()
    await runOnce(scene, new Process(scene.random, quiet, scene.options.tally, () => watch(scene)))
    if (i >= 3 && (await isCalm(scene))) return
    scene.clock.advance(31 * HOUR)
  }
}

/** One generation per address: nothing waits for its end. */
async function isCalm(scene: Scene): Promise<boolean> {
  const { records } = await memoryStore(scene.ledger, scene.clock).read(STACK)
  return [...records.values()].every((record) => record.generations.length === 1 && activeOf(record) !== null)
}

/** Somebody's key carries the marker of this address: it is stopped, and rightly so. */
function isTaken({ account, copies }: Scene, id: string | undefined): boolean {
  return [...copies].some((copy) => parseName(account.key(copy)?.name ?? '')?.marker.id === id)
}

/** live == manifest: one active generation per address, nothing else marked, every place holds it. */
async function judge(scene: Scene): Promise<void> {
  const { records } = await memoryStore(scene.ledger, scene.clock).read(STACK)
  const { findings, account } = scene
  const ours = account
    .keys()
    .filter((key) => parseName(key.name)?.marker.stack === STACK && parseName(key.name)?.marker.id !== 'zz')
  const recorded = new Set(
    [...records.values()].flatMap((record) => record.generations.filter(isLive).map((g) => g.id)),
  )
  for (const id of scene.copies) if (!account.key(id)) findings.push('a key made by hand was deleted')
  for (const [identity, id] of scene.foreign)
    if (!scene.keys.has(id) && !records.has(`${STACK}/${id}`) && !scene.cells.cells.has(identity))
      findings.push('a value written by hand was emptied')
  for (const key of ours)
    if (!isTaken(scene, parseName(key.name)?.marker.id) && !recorded.has(key.id)) findings.push(`orphan ${key.name}`)
  for (const key of scene.keys.values()) {
    const record = records.get(key.address)
    const active = record ? activeOf(record) : null
    if (isTaken(scene, key.id)) continue
    if (!record || !active)
      findings.push(
        `${key.address} has no active generation: ${record?.generations.map((g) => `${g.n}:${g.phase}`).join(' ')}`,
      )
    else {
      const live = account.key(active.id)
      if (record.frozen) continue
      if (live?.fields.limit !== key.fields.limit || live?.fields.disabled !== key.fields.disabled)
        findings.push(`${key.address} differs from the manifest`)
      const young = scene.clock.now() - Date.parse(active.activeAt) < 3 * DAY
      if (!young && record.generations.length > 1)
        findings.push(`${key.address} keeps ${record.generations.map((g) => `${g.n}:${g.phase}`).join(' ')}`)
      for (const place of key.places)
        if (
          !scene.foreign.has(place.identity) &&
          scene.cells.cells.get(place.identity)?.bytes.expose() !== account.secretOf(active.id)?.expose()
        )
          findings.push(`${place.text} does not hold the active secret`)
    }
  }
  for (const record of records.values())
    if (!scene.keys.has(record.address.slice(STACK.length + 1)) && record.generations.length > 0)
      findings.push(`${record.address} was removed and still has ${record.generations.length} generations`)
}
