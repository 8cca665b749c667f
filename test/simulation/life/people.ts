/** People who say something, before a run or in the middle of it, as the commands do it. */
import type { Event } from '../../../src/core/machine/event.ts'
import { activeOf, isLive, type KeyRecord } from '../../../src/core/record.ts'
import { DAY, HOUR, instant } from '../../../src/core/time.ts'
import { type Desk, tellOne } from '../../../src/engine/desk.ts'
import { leaking, lettingGo, stopNow } from '../../../src/engine/incident.ts'
import {
  type Answer,
  type Ear,
  earlierOf,
  leakedOf,
  toExtend,
  toRetire,
  toRollBack,
  toRotate,
} from '../../../src/engine/words.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { accountOf, keyOf } from '../accounts.ts'
import { pick } from '../random.ts'
import { isSure, type Scene, STACK } from '../scene.ts'
import { excuse } from './excuses.ts'
import type { Life } from './life.ts'

type Said = 'rotate' | 'hurry' | 'rollback' | 'extend' | 'retire' | 'pause' | 'resume' | 'leak' | 'leak-later'

const ANYTIME: readonly Said[] = ['rotate', 'rotate', 'hurry', 'pause', 'resume', 'leak', 'leak-later']
/** While an old generation lives. */
const OVERLAP: readonly Said[] = [
  'rollback',
  'rollback',
  'rollback',
  'extend',
  'retire',
  'leak',
  'leak-later',
  'rotate',
  'pause',
]

/** One word about one address, if there is one to say it about. */
export async function speak(scene: Scene, life: Life): Promise<void> {
  const desk = deskOf(scene)
  const { records } = await desk.store.read(STACK)
  const all = [...records.values()]
  if (all.length === 0) return
  const overlapping = all.filter((record) => earlierOf(record))
  const record = pick(scene.random, overlapping.length > 0 ? overlapping : all)
  const word = pick(scene.random, earlierOf(record) ? OVERLAP : ANYTIME)
  scene.options.trace?.(`SAID ${word} ${record.address}`)
  if (word === 'leak' || word === 'leak-later')
    await report(scene, life, { desk, record, later: word === 'leak-later' })
  else if (word === 'resume') await resume(scene, desk, record)
  else await tellOne(desk, record.address, (now) => hear(scene, life, { record: now, word }))
}

/** Whatever a human held up is let go of. */
export async function resumeAll(scene: Scene): Promise<void> {
  const desk = deskOf(scene)
  const { records } = await desk.store.read(STACK)
  for (const record of records.values()) if (record.pinned || record.paused) await resume(scene, desk, record)
}

function deskOf({ ledger, clock }: Scene): Desk {
  return { stack: STACK, store: memoryStore(ledger, clock), clock, actor: { who: 'human' } }
}

async function resume(scene: Scene, desk: Desk, record: KeyRecord): Promise<void> {
  const active = activeOf(record)
  await tellOne(desk, record.address, lettingGo(active ? keyOf(scene, active.id) : null))
  scene.lowered.delete(record.address)
  for (const [id] of scene.tightened) if (scene.life?.addresses.get(id) === record.address) scene.tightened.delete(id)
}

interface Heard {
  readonly record: KeyRecord
  readonly word: Said
}

function hear(scene: Scene, life: Life, { record, word }: Heard): readonly Event[] {
  const answer = answerTo(scene, { record, word })
  if ('refused' in answer) return []
  // Consumers that kept the old secret are cut off, and whoever is hasty knows that.
  if (word === 'hurry' || word === 'retire' || (word === 'pause' && record.kind === 'strait'))
    life.hasty.add(record.address)
  return answer.events
}

function answerTo(scene: Scene, { record, word }: Heard): Answer {
  const ear = earOf(scene, record)
  switch (word) {
    case 'rotate':
      return toRotate(ear, {})
    case 'hurry':
      return toRotate(ear, { grace: 0 })
    case 'rollback':
      return toRollBack(ear, {})
    case 'extend':
      return toExtend(ear, ear.now + 2 * DAY)
    case 'retire':
      return toRetire(ear)
    case 'pause':
      return { events: [{ on: 'paused', until: instant(ear.now + pick(scene.random, [HOUR, DAY])) }] }
    case 'resume':
    case 'leak':
    case 'leak-later':
      return { events: [] }
    default:
      return word satisfies never
  }
}

function earOf(scene: Scene, record: KeyRecord): Ear {
  const desired = [...scene.keys.values()].find((key) => key.address === record.address) ?? null
  const unsure = new Set([...scene.kinds.keys()].filter((sink) => !isSure(scene, sink)))
  return { record, desired, now: scene.clock.now(), unsure }
}

interface Report {
  readonly desk: Desk
  readonly record: KeyRecord
  readonly later: boolean
}

/** A leak: written down first, then ended at once, or by the next run where whoever reported it stops half-way. */
async function report(scene: Scene, life: Life, { desk, record, later }: Report): Promise<void> {
  const lively = record.generations.filter(isLive)
  if (lively.length === 0) return
  const n = scene.random() < 0.3 ? null : pick(scene.random, lively).n
  const told = await tellOne(desk, record.address, leaking(n, later))
  if (!told) return
  const ns = leakedOf(told, n)
  for (const g of told.generations) if (isLive(g) && g.compromised) life.leaked.set(g.id, later && g.phase === 'active')
  if (!later) excuse(scene, record.address)
  if (scene.random() < 0.5) return
  const account = accountOf(scene, lively[0]?.id ?? '')
  await stopNow(desk, account.handle(), { record: told, ns })
}
