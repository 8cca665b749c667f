/**
 * Two machines and one store: two processes with names and clocks of their own work on one stack, one of them is struck, and whatever came
 * of it is finished by later runs and judged as after any other blow.
 */
import { hostname } from 'node:os'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../src/io/clock.ts'
import { openStore } from '../../src/stores/registry.ts'
import { inside } from '../cli/inside.ts'
import type { Ended, Running } from '../fakes/cli-process.ts'
import { STORE_FIXTURES, type StoreFixture, secretFrom } from '../fakes/stores.ts'
import { harm, type Memory, read } from '../kill/consumers.ts'
import type { House } from '../kill/house.ts'
import { edit, firstManifest } from '../kill/manifest.ts'
import { assertSettled, type Blow, converge, drawMoment, said, strike } from '../kill/round.ts'
import { type Scene, tired } from '../kill/scene.ts'
import { openStack, type Runner, type Stack, type StackStore, unfinished } from '../kill/stack.ts'
import { APPLY } from '../kill/task.ts'
import { pick, type Random, seeded } from '../simulation/random.ts'

/**
 * `killed`: the first is killed, the second takes over. `frozen`: the first sleeps through the whole run of the second, and wakes up.
 * `both`: the clock of the second is ahead, so that it takes over from a first that works on.
 */
export type Duel = 'killed' | 'frozen' | 'both'

export interface DuelOptions {
  /** Where the stacks of all fights have their keys. */
  readonly house: House
  /** Of the store. */
  readonly kind: string
  readonly seed: number
  readonly duels: readonly Duel[]
}

/** One blow per duel. Throws when anything is wrong afterwards. */
export async function fight({ house, kind, seed, duels }: DuelOptions): Promise<readonly Blow[]> {
  const make = STORE_FIXTURES[kind]
  if (!make) throw new Error(`no fixture for ${kind}`)
  const fixture = await make()
  const stack = await openStack(`duel-${kind}-${seed}`, house, { store: storeOf(fixture), run: within })
  const random = seeded(seed)
  const scene: Scene = { stack, manifest: firstManifest(pick(random, ['spine', 'rotation'] as const), random), random }
  const blows: Blow[] = []
  let memory: Memory = new Map()
  try {
    for (const duel of duels) {
      // No time goes by: the age of a lock file is real, and would look like days.
      if (blows.length > 0) edit(scene.manifest, random, await tired(stack))
      await stack.save(scene.manifest)
      blows.push(await ROUNDS[duel](scene, blows.length === 0 ? 8 : 2))
      await assertHarmless(scene, memory)
      const since = await converge(stack)
      await assertSettled(stack, scene.manifest, since)
      await assertHarmless(scene, memory)
      memory = await read(stack, scene.manifest)
    }
    return blows
  } catch (error) {
    const told = error instanceof Error ? error.message : String(error)
    throw new Error(`${stack.name}, ${duels[blows.length - 1] ?? duels[0]} (${blows.length}): ${told}`)
  } finally {
    await stack.close()
    await fixture.cleanUp()
  }
}

/** The two that fight are processes; what comes before and after runs in this one. */
const within: Runner = async (args, at) => ({ ...(await inside(args, at)), signal: null })

function storeOf({ config, env = {} }: StoreFixture): StackStore {
  const all = { ...process.env, ...env }
  return {
    config,
    env,
    open: () => openStore(config, { root: '/', clock: systemClock, env: all, secretOf: secretFrom(all) }),
  }
}

async function assertHarmless({ stack, manifest }: Scene, memory: Memory): Promise<void> {
  const findings = await harm(stack, { memory, manifest, hasty: [] })
  if (findings.length > 0) throw new Error(findings.join('\n'))
}

const PRELOADS = ['../kill/shifted-clock.mjs', './other-machine.mjs']
  .map((path) => `--import=${fileURLToPath(new URL(path, import.meta.url))}`)
  .join(' ')

const TTL = '2s'
/** Within what keywright works with, and beyond it: then nothing is rotated or retired. */
const SKEWS = [0, 100_000, 100_000, 200_000]

interface Machine {
  readonly name: string
  /** Life of its lease; what its store wants unless said. */
  readonly ttl?: string
  /** Its clock minus that of everybody else. */
  readonly skew: number
}

function startOn({ name, skew, ttl = '' }: Machine, { house, start }: Stack): Running {
  const ahead = house.time.now() - Date.now() + skew
  const clock = { NODE_OPTIONS: PRELOADS, MACHINE: name, KILL_CLOCK_AHEAD: String(Math.round(ahead)) }
  return start(APPLY.args, { ...clock, KEYWRIGHT_LEASE_TTL: ttl })
}

const FIRST: Machine = { name: hostname(), skew: 0, ttl: TTL }
const secondOf = (random: Random): Machine => ({ name: 'second', skew: pick(random, SKEWS) })

type Round = (scene: Scene, writes: number) => Promise<Blow>

/**
 * Both under one name: the places are files of one folder, and the lock of a file that a dead process left is known as such only on its
 * own machine. That a lease of another machine runs out is for the two others to show.
 */
const killed: Round = async ({ stack, random }, writes) => {
  const blow = await strike(stack, startOn(FIRST, stack), drawMoment(random, writes), 'SIGKILL')
  const second = { ...secondOf(random), name: FIRST.name }
  const taker = await startOn(second, stack).ended
  if (!isLockedOut(taker)) assertTold('the one that took over', taker, [0, 5])
  else {
    assertTold('break-lock', await stack.run(['state', 'break-lock', '--yes']), [0])
    assertTold('the one that took over then', await startOn(second, stack).ended, [0, 5])
  }
  return blow
}

/** A server that only locks cannot tell that the one who locked is dead: that is for a human to say. */
function isLockedOut({ code, stderr }: Ended): boolean {
  return code === 4 && stderr.includes('has locked the state')
}

/** At once: a process that is frozen while it holds the lock of a file keeps others out of that file until it wakes up. */
const frozen: Round = async ({ stack, random }, writes) => {
  const sleeper = startOn(FIRST, stack)
  const blow = await strike(stack, sleeper, { ...drawMoment(random, writes), delay: 0 }, 'SIGSTOP')
  if (!blow.struck) return blow
  const taker = await startOn(secondOf(random), stack).ended
  sleeper.kill('SIGCONT')
  const woken = await sleeper.ended
  if (isLockedOut(taker)) return blow // it was frozen with the lock of the server in hand, so nobody took over
  assertTold('the one that took over', taker, [0, 5])
  assertTold('the one that woke up', woken, [4])
  return blow
}

/** Both write at once until the first notices. */
const both: Round = async ({ stack, random }, writes) => {
  const first = startOn(FIRST, stack)
  const { n } = drawMoment(random, writes)
  const reached = new Promise<void>((resolve) => {
    stack.proxy.watch((edge, count) => edge === 'answered' && count === n && resolve())
  })
  const early = await Promise.race([reached, first.ended])
  const inFlight = early === undefined && unfinished(await stack.records(), await stack.live())
  const second = startOn({ name: 'second', skew: pick(random, SKEWS.slice(1)) }, stack)
  assertTold('the one whose clock is right', await first.ended, [0, 4, 5])
  assertTold('the one whose clock is ahead', await second.ended, [0, 4, 5])
  return { struck: early === undefined, inFlight }
}

const ROUNDS: Readonly<Record<Duel, Round>> = { killed, frozen, both }

function assertTold(who: string, ended: Ended, codes: readonly number[]): void {
  if (!codes.includes(ended.code ?? -1)) throw new Error(`${who}: ${said(ended)}`)
}
