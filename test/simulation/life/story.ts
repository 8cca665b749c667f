/** One life: commits, runs that fail, freeze and race, people in between, and quiet runs among them all. */
import { activeOf } from '../../../src/core/record.ts'
import { DAY, HOUR, MINUTE } from '../../../src/core/time.ts'
import { observe } from '../../../src/engine/session.ts'
import type { KeyApi } from '../../../src/ports/key-api.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { judge } from '../consumer.ts'
import { kindProcess, newProcess, runOnce, type Trouble, wantedBy } from '../once.ts'
import { outsideEdit, restoreOld } from '../outside.ts'
import { pick } from '../random.ts'
import { type Findings, freezeFor, type Scene, STACK } from '../scene.ts'
import { commit, GUARDRAILS } from './entries.ts'
import { employ } from './holders.ts'
import type { Life } from './life.ts'
import { checkBudgets } from './money.ts'
import { resumeAll, speak } from './people.ts'
import { afterKindRun } from './quiet.ts'
import { Eye, watchedApi } from './watched.ts'

export async function live(scene: Scene, life: Life): Promise<Findings> {
  furnish(scene, life)
  const epochs = (scene.options.long ? 3 : 1) + Math.floor(scene.random() * 3)
  for (let epoch = 0; epoch < epochs; epoch++) {
    if (epoch === 0 || scene.random() < 0.5) commit(scene, life)
    employ(scene, life)
    if (scene.random() < 0.6) await speak(scene, life)
    await troubledRun(scene, life)
    pass(scene, life, [MINUTE, HOUR, 7 * HOUR, 26 * HOUR])
    if (scene.random() < 0.6) await kindRun(scene, life)
    if (scene.random() < 0.7) await speak(scene, life)
    if (scene.random() < (scene.options.meddled ? 0.8 : 0.15)) await outsideEdit(scene)
    if (scene.random() < 0.15) await restoreOld(scene)
    pass(scene, life, [HOUR, 7 * HOUR, 26 * HOUR, 3 * DAY])
    if (scene.findings.length > 0) return scene.findings
  }
  await settle(scene, life)
  if (scene.findings.length === 0) await judge(scene)
  if (scene.findings.length === 0 && !scene.options.mutant) await expectEmptyPlan(scene, life)
  return scene.findings
}

/** After a run that came to its end, planning again is empty. Where several share a limit, what was spent since then may change caps. */
async function expectEmptyPlan(scene: Scene, life: Life): Promise<void> {
  const eye = new Eye(scene, life)
  const reader = async (name: string): Promise<KeyApi> =>
    watchedApi((name === 'strait' ? life.strait : scene.account).handle(), eye)
  const store = memoryStore(scene.ledger, scene.clock)
  const { plan } = await observe({ stack: STACK, store, clock: scene.clock, reader, parallelism: 4 }, wantedBy(scene))
  for (const { address, steps } of plan.changes)
    if (!life.budgets.has(address)) scene.findings.push(`after all, ${address} is planned to ${steps.join()}`)
}

function furnish({ account, kinds, random }: Scene, life: Life): void {
  for (const id of GUARDRAILS) account.guardrails.set(id, { name: id, scope: 'workspace-default' })
  for (const sink of kinds.keys()) if (random() < 0.5) life.keeping.add(sink)
}

function pass(scene: Scene, life: Life, spans: readonly number[]): void {
  scene.clock.advance(pick(scene.random, spans))
  checkBudgets(scene, life)
}

/** A run that may fail, or freeze while others take over, and during which somebody may say something. */
async function troubledRun(scene: Scene, life: Life): Promise<void> {
  const first = newProcess(scene)
  let words = scene.random() < 0.4 ? 1 : 0
  first.meanwhile = async () => {
    if (words === 0 || scene.random() > 0.08) return
    words -= 1
    await speak(scene, life)
  }
  const running = runOnce(scene, first)
  if ((await Promise.race([running, first.whenFrozen])) !== 'frozen') return
  scene.clock.advance(freezeFor(scene))
  for (let j = 0; j < 1 + Math.floor(scene.random() * 2); j++) {
    if (scene.random() < 0.3) await kindRun(scene, life, { isShared: true })
    else await runOnce(scene, newProcess(scene, 0))
    if (scene.random() < 0.5) scene.clock.advance(pick(scene.random, [MINUTE, HOUR]))
  }
  // A late update, of a process that slept through another one's whole run, lands: no API takes a condition.
  for (const address of life.budgets.keys()) life.budgets.set(address, Number.POSITIVE_INFINITY)
  // A late write into a place that can neither be read nor made conditional is told by its writer alone (R7).
  first.thaw([...scene.kinds.values()].some((kind) => !kind.readable && !kind.conditional))
  await running
}

async function kindRun(scene: Scene, life: Life, trouble: Trouble = {}): Promise<void> {
  const from = scene.clock.now()
  if (await runOnce(scene, kindProcess(scene), trouble)) await afterKindRun(scene, life, from)
}

/** The world is kind again, people let go of what they held, and nothing comes due any more. */
async function settle(scene: Scene, life: Life): Promise<void> {
  if (scene.random() < 0.8) await resumeAll(scene)
  for (const [id, key] of scene.keys) scene.keys.set(id, { ...key, rotation: { ...key.rotation, every: null } })
  for (let i = 0; i < 20; i++) {
    if (i === 2) life.excused.clear()
    await kindRun(scene, life)
    if (scene.findings.length > 0 || i === 19 || (i >= 2 && (await isCalm(scene)))) return
    scene.clock.advance(31 * HOUR)
  }
}

async function isCalm(scene: Scene): Promise<boolean> {
  const { records } = await memoryStore(scene.ledger, scene.clock).read(STACK)
  return [...records.values()].every(
    (record) => record.pinned !== undefined || (record.generations.length === 1 && activeOf(record) !== null),
  )
}
