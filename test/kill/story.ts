/** Stories of several rounds over one stack. Each returns what its blows hit. */
import { setTimeout as sleep } from 'node:timers/promises'
import { seeded } from '../simulation/random.ts'
import { harm, type Memory, read } from './consumers.ts'
import { type House, openHouse } from './house.ts'
import { type Cast, firstManifest } from './manifest.ts'
import { assertSettled, type Blow, converge, drawMoment, type Moment, said, strike } from './round.ts'
import { mayBeLate, moveOn, type Scene } from './scene.ts'
import { openStack } from './stack.ts'
import { APPLY, drawTask, momentOf, type Task } from './task.ts'
import { forgotten } from './words.ts'

export type { Cast } from './manifest.ts'
export type Variant = 'plain' | 'faulty' | 'faultier' | 'frozen'

/** Rounds that share a stack: few enough that no key runs into the breaker for issues within 24 hours. */
const ROUNDS_PER_STACK = 3

export interface StoryOptions {
  readonly cast: Cast
  readonly variant: Variant
  readonly seed: number
  readonly rounds: number
}

/** How many blows hit a process with an effect in flight or a record unfinished. */
export function hits(blows: readonly Blow[]): number {
  return blows.filter(({ struck, inFlight }) => struck && inFlight).length
}

/** Blows, one per round. */
export async function tell({ rounds, ...options }: StoryOptions): Promise<readonly Blow[]> {
  const { variant, seed } = options
  const house = await openHouse(['--latency', '4', '--seed', String(seed), ...FAULTS[variant]])
  const blows: Blow[] = []
  try {
    for (let first = 0; first < rounds; first += ROUNDS_PER_STACK) {
      const count = Math.min(ROUNDS_PER_STACK, rounds - first)
      blows.push(...(await onOneStack(house, { ...options, seed: seed + first, rounds: count })))
    }
  } finally {
    await house.close()
  }
  return blows
}

const FAULTS: Readonly<Record<Variant, readonly string[]>> = {
  plain: [],
  faulty: ['--fault-rate', '0.15'],
  faultier: ['--fault-rate', '0.2'],
  frozen: [],
}

async function onOneStack(house: House, { cast, variant, seed, rounds }: StoryOptions): Promise<readonly Blow[]> {
  const random = seeded(seed)
  const stack = await openStack(`${cast}-${variant}-${seed}`, house)
  const scene: Scene = { stack, manifest: firstManifest(cast, random), random }
  const blows: Blow[] = []
  let memory: Memory = new Map()
  try {
    for (let round = 0; round < rounds; round++) {
      if (round > 0) await moveOn(scene)
      await stack.save(scene.manifest)
      const task = await drawTask(scene, memory)
      const from = house.time.now()
      blows.push(await (variant === 'frozen' ? frozenRound(scene, task) : killedRound(scene, task, round)))
      await assertHarmless(scene, memory, task)
      const isLate = await mayBeLate(scene)
      const since = await converge(stack)
      await assertSettled(stack, scene.manifest, since)
      await assertHarmless(scene, memory, isLate ? { ...task, hasty: [...memory.keys()] } : task)
      assertNone(await forgotten(stack, memory, { ...task, from }))
      memory = await read(stack, scene.manifest)
    }
  } catch (error) {
    throw new Error(`${stack.name}, round ${blows.length}: ${error instanceof Error ? error.message : error}`)
  } finally {
    await stack.close()
  }
  return blows
}

async function assertHarmless({ stack, manifest }: Scene, memory: Memory, task: Task): Promise<void> {
  const { hasty = [], leaked, cutsOff = false } = task
  const served = new Map([...memory].filter(([id]) => !(cutsOff && id === leaked)))
  assertNone(await harm(stack, { memory: served, manifest, hasty }))
}

function assertNone(findings: readonly string[]): void {
  if (findings.length > 0) throw new Error(findings.join('\n'))
}

/** At most so many writes are waited for: a run that has fewer ends unharmed. */
const writesOf = (round: number): number => (round === 0 ? 8 : 2)

/** One kill, and sometimes more of them while the next runs clean up. */
async function killedRound({ stack, random }: Scene, task: Task, round: number): Promise<Blow> {
  const kill = ({ args }: Task, moment: Moment): Promise<Blow> => strike(stack, stack.start(args), moment, 'SIGKILL')
  const blow = await kill(task, momentOf(task, random, writesOf(round)))
  while (random() < 0.3) await kill(APPLY, drawMoment(random, 2))
  return blow
}

const TTL = 1000

/** Frozen past the end of its lease; another run takes over; when it wakes up, it must notice before it touches anything. */
async function frozenRound({ stack, random }: Scene, task: Task): Promise<Blow> {
  const sleeper = stack.start(task.args, { KEYWRIGHT_LEASE_TTL: `${TTL / 1000}s` })
  // At once: a process that is frozen while it holds the lock of a file keeps others out of that file until it wakes up.
  const blow = await strike(stack, sleeper, { ...momentOf(task, random, 2), delay: 0 }, 'SIGSTOP')
  if (!blow.struck) return blow
  await sleep(TTL / 2)
  const taker = await stack.run(APPLY.args)
  sleeper.kill('SIGCONT')
  const woken = await sleeper.ended
  if (taker.code !== 0 && taker.code !== 5) throw new Error(`the one that took over: ${said(taker)}`)
  // A leak is reported without a lease: its report goes on where it stopped.
  if (woken.code !== 4 && task.leaked === undefined) throw new Error(`the one that woke up: ${said(woken)}`)
  return blow
}
