/**
 * The document, exchanged under the server's lock: lock, read again, fold, save with the id of the lock, unlock.
 *
 * The lock is held for one exchange and not for a run: leases live in the document, as in every store, and run out when their holder died.
 * So a lock that stays behind is the trace of a process that died within these few requests. Whoever finds one whose process certainly runs
 * no more on this machine ends it; any other is a human's to break.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { isKeywrightError, KeywrightError } from '../../core/diagnostic.ts'
import { display } from '../../core/display.ts'
import { mayStillRun, type ProcessIdentity, thisProcess } from '../../io/lease-holder.ts'
import type { Shelf } from '../book.ts'
import { foldBeside } from '../fold.ts'
import type { Entry, Ledger, Verdict } from '../ledger.ts'
import { unreadable, unwritable } from '../store-errors.ts'
import { isPlain } from '../stored.ts'
import { type Document, decodeDocument, encodeDocument } from './document.ts'
import { type HttpLine, type LockInfo, NoAnswer } from './line.ts'

export interface HttpShelf extends Shelf {
  /** Ends whatever lock is in force, by a human's word. */
  unstick(): Promise<void>
}

const LOCK_PATIENCE = 20_000
const LOCK_POLL = 250
const MOST_TRIES = 3

export function httpShelf(line: HttpLine, location: string, onWrite: () => void): HttpShelf {
  let seen: Document = { serial: 0, lineage: '', by: '', ledger: new Map() }
  let etag: string | null = null
  const mine = new Map<string, LockInfo>()

  const look = async (): Promise<void> => {
    const read = await line.read(etag)
    if (read === 'same') return
    etag = read?.etag ?? null
    seen = read ? decodeDocument(read.text, location) : { serial: 0, lineage: '', by: '', ledger: new Map() }
  }

  const underLock = async <T>(work: (lockId: string) => Promise<T>): Promise<T> => {
    const info = await takeLock(line, mine, location)
    mine.set(info.ID, info)
    try {
      return await work(info.ID)
    } finally {
      for (let tries = 0; tries < MOST_TRIES && mine.has(info.ID); tries++)
        if (await line.unlock(info)) mine.delete(info.ID)
    }
  }

  const once = (entries: readonly Entry[]): Promise<readonly Verdict[] | null> =>
    underLock(async (lockId) => {
      await look()
      const folded = foldBeside(seen.ledger, entries)
      if (folded.touched.size === 0) return folded.verdicts
      const by = randomBytes(8).toString('hex')
      const lineage = seen.lineage === '' ? randomUUID() : seen.lineage
      const next: Document = { serial: seen.serial + 1, lineage, by, ledger: kept(folded.next) }
      onWrite()
      const outcome = await line.save(encodeDocument(next), lockId)
      etag = null
      if (outcome === 'refused') return null
      if (outcome === 'saved') seen = next
      else await look()
      if (seen.by === by) return folded.verdicts
      throw unwritable({ location, why: 'the server did not answer and saved nothing', hint: HINT })
    })

  const told = async <T>(what: 'read' | 'written', work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      if (isKeywrightError(error) || !(error instanceof NoAnswer)) throw error
      const about = { location, why: error.message, hint: HINT, cause: error }
      throw what === 'read' ? unreadable(about) : unwritable(about)
    }
  }

  return {
    get ledger(): Ledger {
      return seen.ledger
    },
    follow: () => told('read', look),
    exchange: (entries) =>
      told('written', async () => {
        for (let tries = 0; tries < MOST_TRIES; tries++) {
          const verdicts = await once(entries)
          if (verdicts !== null) return verdicts
        }
        throw unwritable({ location, why: 'its lock was broken each time', hint: HINT })
      }),
    unstick: () =>
      told('written', async () => {
        const probe = lockInfo()
        const held = await line.lock(probe)
        await line.unlock(held ?? probe)
      }),
  }
}

const HINT = 'run the same command again'

/** A stack that was only looked at leaves no trace. */
function kept(ledger: Ledger): Ledger {
  return new Map([...ledger].filter(([, part]) => part.header || part.records.size > 0 || part.lease.revision > 0))
}

function lockInfo(): LockInfo {
  const self = thisProcess()
  return {
    ID: randomUUID(),
    Operation: 'keywright',
    Info: JSON.stringify(self),
    Who: `keywright@${self.host}`,
    Version: '1',
    Created: new Date().toISOString(),
    Path: '',
  }
}

/** Waits for it in real time, not for long: nobody holds it longer than a few requests. Throws `LOCK_HELD`. */
async function takeLock(line: HttpLine, mine: Map<string, LockInfo>, location: string): Promise<LockInfo> {
  const until = performance.now() + LOCK_PATIENCE
  for (;;) {
    const info = lockInfo()
    const held = await line.lock(info)
    if (held === null) return info
    if (isLeftBehind(held, mine)) {
      await line.unlock(held)
      if (held.ID !== undefined) mine.delete(held.ID)
    } else if (performance.now() >= until) throw stuck(held, location)
    else await pause(LOCK_POLL * (0.5 + Math.random()))
  }
}

/** An unlock of ours that was not answered, or the lock of a process of this machine that is gone. */
function isLeftBehind({ ID = '', Info = '' }: Partial<LockInfo>, mine: ReadonlyMap<string, LockInfo>): boolean {
  if (mine.has(ID)) return true
  const holder = holderIn(Info)
  return holder !== null && !mayStillRun(holder)
}

function holderIn(text: string): ProcessIdentity | null {
  try {
    const raw: unknown = JSON.parse(text)
    if (!isPlain(raw)) return null
    const { host, pid, bootId, startedAt } = raw
    const isWhole = typeof host === 'string' && typeof bootId === 'string' && typeof startedAt === 'string'
    return isWhole && typeof pid === 'number' ? { host, pid, bootId, startedAt } : null
  } catch {
    return null
  }
}

function stuck({ Who = 'somebody', Created = 'some time' }: Partial<LockInfo>, location: string): KeywrightError {
  const who = display(Who, { max: 80 })
  return new KeywrightError('LOCK_HELD', {
    message: `${who} has locked the state at ${location} since ${display(Created, { max: 40 })}, and did not end that.`,
    hint: 'If nothing runs there: keywright state break-lock',
    retryable: true,
  })
}
