/**
 * A lock file beside a file, for processes that edit it at the same time: `NAME.kw-lock`, holding who has it.
 *
 * Taking it is a hard link, so it appears whole or not at all. A lock whose process certainly ended is broken; the lock of a
 * live process, stopped or not, never is. Breaking must not be a race (look, decide, unlink could remove the fresh lock of
 * somebody faster), therefore only the holder of the *next* lock, `NAME.kw-lock.b`, may unlink a dead `NAME.kw-lock`, and
 * looks again once it has it. That one may die in turn: then `.b` is broken by the holder of `.b.b`, by the same function,
 * and so on; each level needs one more crash, and each is cleared on the way back.
 * A process in another container or on another machine cannot be looked at. Its lock is believed for `STRANGER_MILLIS`, and
 * whoever held it looks once more (`stillHeld`) right before it replaces the file. Rejected: a lease with a heartbeat, which a
 * suspended process outlives; `mkdir`, which cannot say who holds it.
 */
import { randomBytes } from 'node:crypto'
import { link, readFile, stat, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { KeywrightError } from '../core/diagnostic.ts'
import { mayStillRun, type ProcessIdentity, thisProcess } from './lease-holder.ts'
import { errorCode, removeFile } from './private-files.ts'

const STRANGER_MILLIS = 600_000
const LONGEST_PAUSE = 15

interface Held {
  /** What the lock file holds; unique per taking. */
  readonly content: string
  readonly holder: ProcessIdentity | null
  readonly age: number
}

/** Runs `work` alone among all processes that use the lock of `file`. Throws a retryable `SINK_UNREACHABLE` after `waitMillis`. */
export async function withFileLock<T>(
  file: string,
  waitMillis: number,
  work: (stillHeld: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const lock = `${file}.kw-lock`
  const content = await take(lock, Date.now() + waitMillis)
  try {
    return await work(async () => {
      if ((await look(lock))?.content !== content) throw busy(lock, null)
    })
  } finally {
    await release(lock, content)
  }
}

async function take(lock: string, until: number): Promise<string> {
  const content = `${JSON.stringify({ ...thisProcess(), nonce: randomBytes(9).toString('hex') })}\n`
  for (let pause = 1; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const held = await look(lock)
    if (held === null && (await tryLink(lock, content))) return content
    if (held !== null && isDead(held)) {
      await breakDead(lock, held, until)
      continue
    }
    if (Date.now() >= until) throw busy(lock, held)
    await setTimeout(pause / 2 + Math.random() * pause)
  }
}

async function tryLink(lock: string, content: string): Promise<boolean> {
  const claim = `${lock}.${randomBytes(6).toString('hex')}.tmp`
  await writeFile(claim, content, { flag: 'wx', mode: 0o600 })
  try {
    await link(claim, lock)
    return true
  } catch (error) {
    // ENOENT: a sweep took the claim away; the next turn makes another.
    if (errorCode(error) === 'EEXIST' || errorCode(error) === 'ENOENT') return false
    throw error
  } finally {
    removeFile(claim)
  }
}

/** Only under the next lock may a lock be unlinked by another than its holder. */
async function breakDead(lock: string, dead: Held, until: number): Promise<void> {
  const next = `${lock}.b`
  const content = await take(next, until)
  try {
    if ((await look(lock))?.content === dead.content) removeFile(lock)
  } finally {
    await release(next, content)
  }
}

async function release(lock: string, content: string): Promise<void> {
  if ((await look(lock))?.content === content) removeFile(lock)
}

async function look(lock: string): Promise<Held | null> {
  try {
    const content = await readFile(lock, 'utf8')
    const { mtimeMs } = await stat(lock)
    return { content, holder: holderOf(content), age: Date.now() - mtimeMs }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
}

function holderOf(content: string): ProcessIdentity | null {
  try {
    const { host, pid, bootId, startedAt } = JSON.parse(content) as Record<string, unknown>
    const whole = typeof host === 'string' && typeof bootId === 'string' && typeof startedAt === 'string'
    return whole && typeof pid === 'number' ? { host, pid, bootId, startedAt } : null
  } catch {
    return null
  }
}

/** Dead for certain, or nobody we could ever look at and too old to believe. */
function isDead({ holder, age }: Held): boolean {
  if (holder !== null && !mayStillRun(holder)) return true
  return (holder === null || isStranger(holder)) && age > STRANGER_MILLIS
}

function isStranger(holder: ProcessIdentity): boolean {
  const here = thisProcess()
  return holder.host !== here.host || holder.bootId !== here.bootId
}

function busy(lock: string, held: Held | null): KeywrightError {
  const holder = held?.holder ?? null
  const who = holder === null ? 'another process' : `process ${holder.pid} on ${holder.host}`
  return new KeywrightError('SINK_UNREACHABLE', {
    message: `${basename(lock).replace(/\.kw-lock[.b]*$/, '')} is being edited by ${who}`,
    hint: holder === null || isStranger(holder) ? `rm ${lock}` : `ps -o pid,stat,args -p ${holder.pid}`,
    retryable: true,
  })
}
