/** Stories of several rounds over one stack. Each returns what its blows hit. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type EmulatorProcess, startEmulatorProcess } from '../fakes/cli-process.ts'
import { type Random, seeded } from '../simulation/random.ts'
import { edit, firstManifest } from './manifest.ts'
import { assertSettled, type Blow, converge, drawMoment, said, strike } from './round.ts'
import { openStack, type Stack } from './stack.ts'

export type Variant = 'plain' | 'faulty' | 'frozen'

/** Rounds that share a stack: few enough that no key runs into the breaker for issues within 24 hours. */
const ROUNDS_PER_STACK = 3
const TIRED = 1

export interface StoryOptions {
  readonly variant: Variant
  readonly seed: number
  readonly rounds: number
}

/** How many blows hit a process with an effect in flight or a record unfinished. */
export function hits(blows: readonly Blow[]): number {
  return blows.filter(({ struck, inFlight }) => struck && inFlight).length
}

/** Blows, one per round. */
export async function tell({ variant, seed, rounds }: StoryOptions): Promise<readonly Blow[]> {
  const emulator = await startEmulatorProcess(flagsOf(variant, seed))
  const blows: Blow[] = []
  try {
    for (let first = 0; first < rounds; first += ROUNDS_PER_STACK) {
      const count = Math.min(ROUNDS_PER_STACK, rounds - first)
      blows.push(...(await onOneStack(emulator, { variant, seed: seed + first, rounds: count })))
    }
  } finally {
    await emulator.stop()
  }
  return blows
}

function flagsOf(variant: Variant, seed: number): readonly string[] {
  const faults = variant === 'faulty' ? ['--fault-rate', '0.15'] : []
  return ['--latency', '4', '--seed', String(seed), ...faults]
}

async function onOneStack(
  emulator: EmulatorProcess,
  { variant, seed, rounds }: StoryOptions,
): Promise<readonly Blow[]> {
  const random = seeded(seed)
  const manifest = firstManifest(random)
  const stack = await openStack(`${variant}-${seed}`, emulator)
  const blows: Blow[] = []
  try {
    for (let round = 0; round < rounds; round++) {
      if (round > 0) edit(manifest, random, await tired(stack))
      await stack.save(manifest)
      blows.push(await (variant === 'frozen' ? frozenRound(stack, random) : killedRound(stack, random, round)))
      await converge(stack)
      await assertSettled(stack, manifest)
    }
  } catch (error) {
    throw new Error(
      `${variant}, seed ${seed}, round ${blows.length}: ${error instanceof Error ? error.message : error}`,
    )
  } finally {
    await stack.close()
  }
  return blows
}

/** Ids that were issued so often that another issue could have to wait. */
async function tired(stack: Stack): Promise<ReadonlySet<string>> {
  const records = [...(await stack.records()).values()]
  const often = records.filter(({ issuedAt, generations }) => Math.max(issuedAt.length, generations.length) > TIRED)
  return new Set(often.map(({ address }) => address.slice(stack.name.length + 1)))
}

/** At most so many writes are waited for: a run that has fewer ends unharmed. */
const writesOf = (round: number): number => (round === 0 ? 8 : 2)

/** One kill, and sometimes more of them while the next runs clean up. */
async function killedRound(stack: Stack, random: Random, round: number): Promise<Blow> {
  const kill = (writes: number): Promise<Blow> =>
    strike(stack, stack.start(['apply', '--yes']), drawMoment(random, writes), 'SIGKILL')
  const blow = await kill(writesOf(round))
  while (random() < 0.3) await kill(2)
  return blow
}

const TTL = 1000

/** Frozen past the end of its lease; another run takes over; when it wakes up, it must notice before it touches anything. */
async function frozenRound(stack: Stack, random: Random): Promise<Blow> {
  const sleeper = stack.start(['apply', '--yes'], { KEYWRIGHT_LEASE_TTL: `${TTL / 1000}s` })
  // At once: a process that is frozen while it holds the lock of a file keeps others out of that file until it wakes up.
  const blow = await strike(stack, sleeper, { ...drawMoment(random, 2), delay: 0 }, 'SIGSTOP')
  if (!blow.struck) return blow
  await sleep(TTL / 2)
  const taker = await stack.run(['apply', '--yes'])
  sleeper.kill('SIGCONT')
  const woken = await sleeper.ended
  if (taker.code !== 0 && taker.code !== 5) throw new Error(`the one that took over: ${said(taker)}`)
  if (woken.code !== 4) throw new Error(`the one that woke up: ${said(woken)}`)
  return blow
}
