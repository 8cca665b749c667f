/**
 * Compare-and-swap between processes with nothing but a file they all append to: the log is the arbiter.
 *
 * Words: an *entry* is a proposed change that carries what it expects; an *epoch* is one file, `state.N.jsonl`, and the newest one
 * counts; its *birth part* is the state it starts from; a *seal* is the line that ends it.
 *
 * Nobody locks. A writer appends its entries, makes them durable, and folds the file on from where it stopped, like any reader: the
 * fold says what became of them. Everything queued while one flush runs goes out in the next, in one write and one fdatasync. A
 * process may be killed or frozen between any two instructions; then its entry is in the log, or is not, and everybody agrees.
 *
 * A log grows, so it is compacted: whoever flushes into a file grown too large appends a seal. Everything behind a seal is ignored by
 * everybody, so the ledger at the seal is final, and anybody may create the next epoch from it: written beside, then linked under its
 * name, which fails if it is there. A writer whose entry landed behind the seal (it may have slept through several epochs, its file
 * long unlinked) finds the seal when it folds, and proposes the entry again in the newest epoch. The crash of whoever sealed leaves a
 * sealed newest epoch, complete for readers, which the next writer continues.
 *
 * Invariants: the newest epoch is never removed; a number is born from the sealed one before it; an entry counts in one epoch only.
 * A sleeper may wake up and link a number that was already removed again: it is lower than the newest, so nobody opens it, and the
 * next writer sweeps it. This needs a filesystem with O_APPEND, hard links and whole listings: a local one, not NFS.
 *
 * Rejected: a lock file (a frozen holder blocks all, or is overrun and writes late); flock (Node has none); rename over one state file
 * (two renames both succeed: the first is lost in silence); SQLite (a native module, or WebAssembly without shared locks).
 */
import { randomBytes } from 'node:crypto'
import { isKeywrightError, KeywrightError } from '../core/diagnostic.ts'
import { createWhole, errorCode, makePrivateFolder, removeFile, sweepDrafts } from '../io/private-files.ts'
import type { Entry, Ledger, Verdict } from './ledger.ts'
import { EPOCH_NAME, Epoch, epochPath, listEpochs, type Proposal } from './local-epoch.ts'
import { birthLines } from './local-line.ts'

interface Pending extends Proposal {
  verdict: Verdict | null
  readonly accept: (verdict: Verdict) => void
  readonly reject: (error: unknown) => void
}

const COMPACT_BYTES = 4 << 20

export class Journal {
  readonly #folder: string
  readonly #compactBytes: number
  readonly #writer = randomBytes(6).toString('hex')
  readonly #pending = new Map<string, Pending>()
  #queue: Pending[] = []
  #draining: Promise<void> | null = null
  #epoch: Epoch | null = null
  #broken: KeywrightError | null = null
  #count = 0
  #flushes = 0
  #swept = false

  /** Opens nothing yet. An epoch is sealed when it exceeds `compactBytes` and twice its birth part. */
  constructor(folder: string, compactBytes = COMPACT_BYTES) {
    this.#folder = folder
    this.#compactBytes = compactBytes
  }

  /** How often entries were made durable: one per group. */
  get flushes(): number {
    return this.#flushes
  }

  /** The state with everything anybody appended. Writes nothing, also when the folder is missing. Cheap when nothing is new. */
  view(): Ledger {
    try {
      return this.#follow()?.ledger ?? new Map()
    } catch (error) {
      throw asStateError('STATE_UNREADABLE', this.#folder, error)
    }
  }

  /** Proposes an entry. The verdict comes when it is durable. Throws `STATE_UNWRITABLE` when that cannot be reached. */
  propose(entry: Entry): Promise<Verdict> {
    return new Promise((accept, reject) => {
      this.#count += 1
      const by = `${this.#writer}.${this.#count}`
      const pending: Pending = { by, entry, verdict: null, accept, reject }
      this.#pending.set(by, pending)
      this.#queue.push(pending)
      this.#draining ??= this.#drain()
    })
  }

  /** Ends what is under way and lets go of the file. A later call opens it again. */
  async close(): Promise<void> {
    await this.#draining
    this.#epoch?.close()
    this.#epoch = null
  }

  async #drain(): Promise<void> {
    await Promise.resolve() // gathers what is proposed in this turn
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0)
      try {
        await this.#flush(batch)
      } catch (error) {
        for (const one of batch) this.#settle(one, asStateError('STATE_UNWRITABLE', this.#folder, error))
      }
    }
    this.#draining = null
  }

  async #flush(batch: readonly Pending[]): Promise<void> {
    if (this.#broken) throw this.#broken
    const epoch = this.#writable()
    const { all, birth } = epoch.size
    this.#flushes += 1
    const isFull = all > Math.max(this.#compactBytes, 2 * birth)
    const partial = await this.#append(epoch, batch, isFull || epoch.isOld)
    epoch.catchUp()
    if (epoch.removed && !epoch.sealed) throw new Error('the state file was removed while it was in use')
    const behindSeal = batch.filter((one) => one.verdict === null && epoch.sealed)
    for (const one of batch) if (!behindSeal.includes(one)) this.#settle(one, one.verdict ?? partial)
    this.#queue.unshift(...behindSeal)
  }

  /** After a failed fdatasync nobody can tell what is on the disk: this handle never writes again. */
  async #append(epoch: Epoch, batch: readonly Pending[], seal: boolean): Promise<unknown> {
    try {
      return await epoch.append(batch, seal)
    } catch (error) {
      this.#broken = asStateError('STATE_UNWRITABLE', this.#folder, error)
      throw this.#broken
    }
  }

  #settle(one: Pending, result: unknown): void {
    this.#pending.delete(one.by)
    if (result === 'accepted' || result === 'conflict' || result === 'leaseLost') one.accept(result)
    else one.reject(asStateError('STATE_UNWRITABLE', this.#folder, result))
  }

  /** The newest epoch, folded to its end; `null` when there is none. A sealed one is returned while it is the newest. */
  #follow(): Epoch | null {
    const epoch = this.#epoch
    this.#epoch = null // stays so when its file cannot be read on: the next call reads it anew
    if (epoch !== null) {
      try {
        epoch.catchUp()
        if (this.#isNewest(epoch)) this.#epoch = epoch
      } finally {
        if (this.#epoch === null) epoch.close()
      }
    }
    this.#epoch ??= this.#openNewest()
    return this.#epoch
  }

  #isNewest(epoch: Epoch): boolean {
    if (epoch.removed) return false
    return !epoch.sealed || listEpochs(this.#folder).at(-1) === epoch.number
  }

  #openNewest(): Epoch | null {
    for (;;) {
      const newest = listEpochs(this.#folder).at(-1)
      if (newest === undefined) return null
      const epoch = Epoch.open(this.#folder, newest, (by, verdict) => this.#judge(by, verdict))
      if (epoch !== null && listEpochs(this.#folder).at(-1) === newest) return epoch
      epoch?.close()
    }
  }

  #judge(by: string, verdict: Verdict): void {
    const one = this.#pending.get(by)
    if (one) one.verdict = verdict
  }

  /** The newest epoch, open for entries; made when there is none or it is sealed. */
  #writable(): Epoch {
    if (!this.#swept) this.#sweep()
    for (;;) {
      const epoch = this.#follow()
      if (epoch !== null && !epoch.sealed) return epoch
      const number = (epoch?.number ?? 0) + 1
      makePrivateFolder(this.#folder)
      this.#create(number, epoch?.ledger ?? new Map())
      for (const old of listEpochs(this.#folder).slice(0, -1)) removeFile(epochPath(this.#folder, old))
    }
  }

  #create(number: number, ledger: Ledger): void {
    try {
      createWhole(epochPath(this.#folder, number), birthLines(number, ledger))
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error // another opener swept the draft: look again
    }
  }

  #sweep(): void {
    this.#swept = true
    sweepDrafts(this.#folder, EPOCH_NAME)
    for (const old of listEpochs(this.#folder).slice(0, -1)) removeFile(epochPath(this.#folder, old))
  }
}

function asStateError(code: 'STATE_UNWRITABLE' | 'STATE_UNREADABLE', folder: string, cause: unknown): KeywrightError {
  if (isKeywrightError(cause)) return cause
  const why = cause instanceof Error ? cause.message : 'the write did not arrive'
  return new KeywrightError(code, {
    message: `The state in ${folder} could not be ${code === 'STATE_UNWRITABLE' ? 'written' : 'read'}: ${why}.`,
    hint: `Check the permissions and the free space of ${folder}.`,
    cause,
  })
}
