/**
 * One seeded history: a small repository of manifests, one account, a few places, and processes that crash, lose answers,
 * freeze and race. It runs the product's own `observe` and `apply` over in-memory ports, and looks at the world after each
 * effect as a consumer would.
 */

import { isKeywrightError, KeywrightError } from '../../src/core/diagnostic.ts'
import type { DesiredKey } from '../../src/core/key.ts'
import { decide } from '../../src/core/machine/next-step.ts'
import { RULES } from '../../src/core/machine/rules.ts'
import { activeOf, isLive, type KeyRecord } from '../../src/core/record.ts'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { apply } from '../../src/engine/apply.ts'
import type { WriteContext } from '../../src/engine/context.ts'
import { observe, type Wanted } from '../../src/engine/session.ts'
import type { SecretSink } from '../../src/ports/secret-sink.ts'
import { extractSecret, renderPlace } from '../../src/sinks/bytes.ts'
import { memorySink } from '../../src/sinks/memory.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { aKey, aPlace } from '../fakes/desired.ts'
import { judge, watch } from './consumer.ts'
import { Crash, faultyApi, faultySink, faultyStore, Process } from './faults.ts'
import { outsideEdit, restoreOld } from './outside.ts'
import { pick } from './random.ts'
import {
  type Decide,
  editManifests,
  type Findings,
  freezeFor,
  NEVER,
  newScene,
  type Options,
  type Scene,
  STACK,
} from './scene.ts'

export async function simulate(options: Options): Promise<Findings> {
  const scene = newScene(options)
  if (options.story === 'broken-place') return await brokenPlace(scene)
  const epochs = options.long ? 2 + Math.floor(scene.random() * 4) : 1 + Math.floor(scene.random() * 2)
  for (let epoch = 0; epoch < epochs; epoch++) {
    editManifests(scene)
    await troubledRuns(scene)
    scene.clock.advance(pick(scene.random, [MINUTE, HOUR, 26 * HOUR, 9 * DAY]))
    if (scene.random() < (options.meddled ? 0.8 : 0.15)) await outsideEdit(scene)
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
  const { freezeAt } = scene.options
  return new Process(scene.random, { ...odds, freezeAt }, scene.options.tally, () => watch(scene))
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
