/**
 * One seeded history: a small repository of manifests, one account, a few places, and processes that crash, lose answers,
 * freeze and race. It runs the product's own `observe` and `apply` over in-memory ports, and looks at the world after each
 * effect as a consumer would.
 */
import { activeOf } from '../../src/core/record.ts'
import { DAY, HOUR, MINUTE } from '../../src/core/time.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { aKey, aPlace } from '../fakes/desired.ts'
import { judge } from './consumer.ts'
import { Process } from './faults.ts'
import { live } from './life/story.ts'
import { kindProcess, newProcess, runOnce } from './once.ts'
import { outsideEdit, restoreOld } from './outside.ts'
import { pick } from './random.ts'
import { editManifests, type Findings, freezeFor, newScene, type Options, type Scene, STACK } from './scene.ts'

export async function simulate(options: Options): Promise<Findings> {
  const scene = newScene(options)
  if (options.story === 'broken-place') return await brokenPlace(scene)
  if (scene.life) return await live(scene, scene.life)
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

/** The world is kind again: a few quiet runs, with time passing between them. */
async function settle(scene: Scene): Promise<void> {
  for (let i = 0; i < 8; i++) {
    if (i === 3) scene.excused.clear()
    await runOnce(scene, kindProcess(scene))
    if (i >= 3 && (await isCalm(scene))) return
    scene.clock.advance(31 * HOUR)
  }
}

/** One generation per address: nothing waits for its end. */
async function isCalm(scene: Scene): Promise<boolean> {
  const { records } = await memoryStore(scene.ledger, scene.clock).read(STACK)
  return [...records.values()].every((record) => record.generations.length === 1 && activeOf(record) !== null)
}
