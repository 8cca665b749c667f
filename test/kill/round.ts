/**
 * One round: a process is killed (or frozen) at a drawn moment of its work, later runs finish it, and the outcome is judged.
 *
 * The moment is a write passing the proxy: as it is sent, or as its answer comes back, and then a drawn number of milliseconds,
 * so that kills also hit saves of state, proofs and edits of places.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ended, Running } from '../fakes/cli-process.ts'
import type { Edge } from '../fakes/proxy.ts'
import { pick, type Random } from '../simulation/random.ts'
import { judge } from './judge.ts'
import type { Manifest } from './manifest.ts'
import { type Stack, unfinished } from './stack.ts'

export interface Blow {
  /** The process was killed or frozen before it ended by itself. */
  readonly struck: boolean
  /** Something was in flight or unfinished then. */
  readonly inFlight: boolean
}

export interface Moment {
  readonly edge: Edge
  readonly n: number
  readonly delay: number
  /** Of these writes the first, instead of number `n` of all. */
  readonly first?: RegExp
}

export function drawMoment(random: Random, writes: number): Moment {
  const n = 1 + Math.floor(random() * writes)
  return { edge: pick(random, ['sent', 'answered'] as const), n, delay: pick(random, [0, 0, 2, 8, 20]) }
}

/**
 * Strikes `running` with a signal at that moment. Resolves when it was struck, or ended before.
 * Throws when it ended with anything but "done", "run again" or "another run holds the lease".
 */
export async function strike(
  stack: Stack,
  running: Running,
  moment: Moment,
  signal: 'SIGKILL' | 'SIGSTOP',
): Promise<Blow> {
  const holds: (() => void)[] = []
  const reached = new Promise<'reached'>((resolve) => {
    stack.proxy.watch((edge, n, write) => {
      const isIt = edge === moment.edge && (moment.first?.test(write) ?? n === moment.n)
      if (!isIt || holds.length > 0) return
      // However late the blow comes on a busy machine, the process gets no further than to its next request.
      holds.push(stack.proxy.hold())
      resolve('reached')
    })
  })
  const first = await Promise.race([reached, running.ended])
  if (first === 'reached' && moment.delay > 0) await sleep(moment.delay)
  const open = stack.proxy.openWrites() > 0
  running.kill(signal)
  stack.proxy.watch(null) // whoever missed its moment must not hold back the next process
  for (const release of holds) release()
  if (signal === 'SIGKILL') {
    const ended = await running.ended
    if (ended.signal !== 'SIGKILL') return unharmed(ended)
  } else if (first !== 'reached') return unharmed(first)
  const inFlight = open || unfinished(await stack.records(), await stack.live())
  return { struck: true, inFlight }
}

/** Where the processor is busy, a lease that lives for a second can be lost before it was ever frozen. */
function unharmed(ended: Ended): Blow {
  if (ended.code !== 0 && ended.code !== 4 && ended.code !== 5) throw new Error(`the one to be struck: ${said(ended)}`)
  return { struck: false, inFlight: false }
}

const MOST_RUNS = 8

/**
 * Applies until a run says it is done, as a timer would: an address that backs off is waited for. Returns when that run began.
 * Throws when a run says anything but "done" or "run again".
 */
export async function converge(stack: Stack): Promise<number> {
  const told: string[] = []
  for (let i = 0; i < MOST_RUNS; i++) {
    const since = stack.house.time.now()
    const ended = await stack.run(['apply', '--yes', '--json'])
    if (ended.code === 0) return since
    told.push(said(ended))
    if (ended.code !== 5) break
    await sleep(Math.max(0, pausedUntil(ended.stdout) - stack.house.time.now()))
  }
  throw new Error(`it did not come to rest:\n${told.join('\n')}`)
}

/** The last moment for which an open address waits; 0 when none does, or the run ended before it looked. */
function pausedUntil(text: string): number {
  const { outcomes = [] } = JSON.parse(text) as { outcomes?: { status: string; until: number | null }[] }
  return Math.max(0, ...outcomes.map(({ status, until }) => (status === 'open' ? (until ?? 0) : 0)))
}

export function said({ code, signal, stdout, stderr }: Ended): string {
  return `exit ${code ?? signal}\n${stdout}${stderr}`
}

/** After the last run: the world is right, and a fresh process has nothing to plan but ends of grace and hold. */
export async function assertSettled(stack: Stack, manifest: Manifest, since: number): Promise<void> {
  const findings = [...(await judge(stack, manifest, since))]
  const planned = await untilDone(stack, ['plan', '--detailed-exitcode', '--json'])
  if (planned.code !== 0 && !(planned.code === 2 && isScheduled(planned.stdout)))
    findings.push(`the plan is not empty: ${said(planned)}`)
  if (findings.length > 0) throw new Error(findings.join('\n'))
}

/** Runs again where the emulator played so many faults that the command gave up. */
async function untilDone(stack: Stack, args: readonly string[]): Promise<Ended> {
  for (let i = 1; ; i++) {
    const ended = await stack.run(args)
    if (ended.code !== 5 || i === MOST_RUNS) return ended
  }
}

function isScheduled(text: string): boolean {
  const { changes } = JSON.parse(text) as { changes: { origin: string }[] }
  return changes.every(({ origin }) => origin === 'scheduled')
}
