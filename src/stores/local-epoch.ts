/** One epoch: one `state.N.jsonl`, folded into a ledger as far as it was read. See local-journal.ts for the whole picture. */
import { join } from 'node:path'
import { KeywrightError } from '../core/diagnostic.ts'
import { STATE_FORMAT, upgraded } from '../core/state-format.ts'
import { AppendLog } from '../io/append-log.ts'
import { errorCode, listFolder } from '../io/private-files.ts'
import { applyEntry, type Entry, type Ledger, stackLedger, type Verdict } from './ledger.ts'
import { decodeLine, encodeLine, isNewerBirth, type Line } from './local-line.ts'

export const EPOCH_NAME = /^state\.([1-9][0-9]{0,14})\.jsonl$/

export function epochPath(folder: string, number: number): string {
  return join(folder, `state.${number}.jsonl`)
}

/** Numbers of the epochs in a folder, ascending. */
export function listEpochs(folder: string): readonly number[] {
  return listFolder(folder)
    .map((name) => Number(EPOCH_NAME.exec(name)?.[1] ?? 0))
    .filter((number) => number > 0)
    .sort((a, b) => a - b)
}

export interface Proposal {
  readonly by: string
  readonly entry: Entry
}

type OnVerdict = (by: string, verdict: Verdict) => void

export class Epoch {
  readonly number: number
  readonly ledger: Ledger = new Map()
  readonly #path: string
  readonly #log: AppendLog
  readonly #onVerdict: OnVerdict
  #sealed = false
  #failure: KeywrightError | null = null
  /** Ended lines of any sort, for messages. */
  #lineNumber = 0
  /** Whole lines: what `seen` counts. */
  #whole = 0
  /** Lines of the birth part still to come; `null` before the first line. */
  #unborn: number | null = null
  #birthBytes = 0
  #format = STATE_FORMAT

  private constructor(path: string, number: number, log: AppendLog, onVerdict: OnVerdict) {
    this.#path = path
    this.number = number
    this.#log = log
    this.#onVerdict = onVerdict
  }

  /** Opens and folds the epoch; `null` when its file is gone. */
  static open(folder: string, number: number, onVerdict: OnVerdict): Epoch | null {
    const path = epochPath(folder, number)
    const log = AppendLog.open(path)
    if (log === null) return null
    const epoch = new Epoch(path, number, log, onVerdict)
    try {
      epoch.catchUp()
      if (epoch.#unborn !== 0) throw epoch.#fail('corrupt')
      return epoch
    } catch (error) {
      epoch.close()
      throw error
    }
  }

  /** Nothing behind a seal counts: the next epoch goes on from here. */
  get sealed(): boolean {
    return this.#sealed
  }

  /** Written by an earlier version: it is read on, and should be sealed with the next entry. */
  get isOld(): boolean {
    return this.#format < STATE_FORMAT
  }

  get removed(): boolean {
    return this.#log.removed
  }

  /** Bytes read so far, and how many of them the epoch was born with. */
  get size(): { readonly all: number; readonly birth: number } {
    return { all: this.#log.offset, birth: this.#birthBytes }
  }

  /** Folds in whatever anybody appended since. Throws `STATE_CORRUPT` or `STATE_TOO_NEW`, from then on every time. */
  catchUp(): void {
    if (this.#failure) throw this.#failure
    if (this.#sealed) return
    try {
      this.#log.readOn((bytes) => this.#take(bytes))
    } catch (error) {
      if (errorCode(error) !== '') throw error
      this.#failure = error instanceof KeywrightError ? error : this.#fail('corrupt', error)
      throw this.#failure
    }
  }

  /** As `AppendLog.append`. */
  append(proposals: readonly Proposal[], seal: boolean): Promise<unknown> {
    const seen = this.#whole
    const lines = proposals.map(({ by, entry }) => encodeLine({ kind: 'entry', by, seen, entry }))
    return this.#log.append(seal ? [...lines, encodeLine({ kind: 'seal', seen })] : lines)
  }

  close(): void {
    this.#log.close()
  }

  #take(bytes: Buffer): boolean {
    this.#lineNumber += 1
    const line = decodeLine(bytes)
    if (line === 'corrupt' || line === 'tooNew' || line === 'torn') {
      if (line === 'torn' && this.#unborn === 0) return true
      throw this.#fail(line === 'tooNew' || (this.#lineNumber === 1 && isNewerBirth(bytes)) ? 'tooNew' : 'corrupt')
    }
    if (this.#unborn === 0) this.#fold(line)
    else this.#foldBirth(line)
    this.#whole += 1
    return !this.#sealed
  }

  #foldBirth(line: Line): void {
    if (line.kind === 'birth' && this.#unborn === null) {
      this.#unborn = line.lines
      this.#format = line.format
    } else if (this.#unborn === null) throw this.#fail('corrupt')
    else if (line.kind === 'stack') {
      Object.assign(stackLedger(this.ledger, line.stack), { header: line.header, lease: line.lease })
      this.#unborn -= 1
    } else if (line.kind === 'saved') {
      stackLedger(this.ledger, line.stack).records.set(line.address, upgraded(line.record, this.#format))
      this.#unborn -= 1
    } else throw this.#fail('corrupt')
    if (this.#unborn === 0) this.#birthBytes = this.#log.offset
  }

  #fold(line: Line): void {
    if (line.kind !== 'entry' && line.kind !== 'seal') throw this.#fail('corrupt')
    if (line.seen > this.#whole) throw this.#fail('corrupt')
    if (line.kind === 'seal') this.#sealed = true
    else this.#onVerdict(line.by, applyEntry(this.ledger, this.#upgraded(line.entry)))
  }

  #upgraded(entry: Entry): Entry {
    if (!this.isOld || entry.kind !== 'records') return entry
    const changes = entry.changes.map((one) =>
      one.record === null ? one : { ...one, record: upgraded(one.record, this.#format) },
    )
    return { ...entry, changes }
  }

  #fail(what: 'corrupt' | 'tooNew', cause?: unknown): KeywrightError {
    const where = `${this.#path}:${this.#lineNumber}`
    return what === 'tooNew'
      ? new KeywrightError('STATE_TOO_NEW', {
          message: `${where} was written by a newer keywright.`,
          hint: 'Update keywright, then run again.',
        })
      : new KeywrightError('STATE_CORRUPT', {
          message: `${where} does not hold what was saved there, or a saved line before it is missing.`,
          hint: `Restore ${this.#path} from a backup, or move it away and run: keywright state rebuild`,
          cause,
        })
  }
}
