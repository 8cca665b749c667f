/**
 * One file that several processes append to and read on from where they stopped.
 *
 * Premise: on a local filesystem one `write` on an O_APPEND descriptor lands in one piece at the end, whoever else writes. It may
 * still be cut short by a full disk or a kill, and a reader may see it half done. Hence a writer starts each piece with a line
 * break, which ends whatever fragment lies before it, and never sends the rest of a short write; and a reader takes only lines
 * that are ended. What a line means, and whether it is whole, is for the caller to say.
 */
import { close, constants, fdatasync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import { errorCode } from './private-files.ts'

const CHUNK = 1 << 20
const LINE_BREAK = 10
const datasync = promisify(fdatasync)

export class AppendLog {
  readonly #fd: number
  readonly #writable: boolean
  #offset = 0
  #removed = false
  #flushing = 0
  #closed = false

  private constructor(fd: number, writable: boolean) {
    this.#fd = fd
    this.#writable = writable
  }

  /** `null` when there is no such file. A file that may only be read opens, and refuses `append`. */
  static open(path: string): AppendLog | null {
    try {
      return new AppendLog(openSync(path, constants.O_RDWR | constants.O_APPEND), true)
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null
      if (errorCode(error) !== 'EACCES' && errorCode(error) !== 'EROFS') throw error
      return new AppendLog(openSync(path, constants.O_RDONLY), false)
    }
  }

  /** Bytes of all lines handed over so far. */
  get offset(): number {
    return this.#offset
  }

  /** True when, at the last reading, the file had no name any more: what is appended now, nobody will find. */
  get removed(): boolean {
    return this.#removed
  }

  /** Hands over each ended line since the last call, without its line break, until `onLine` returns false. Synchronous. */
  readOn(onLine: (line: Buffer) => boolean): void {
    const { size, nlink } = fstatSync(this.#fd)
    this.#removed = nlink === 0
    if (size < this.#offset) throw new Error('the file became shorter while it was in use')
    let room = CHUNK
    while (this.#offset < size) {
      const chunk = Buffer.allocUnsafe(Math.min(room, size - this.#offset))
      const got = readSync(this.#fd, chunk, 0, chunk.length, this.#offset)
      const start = this.#offset
      if (!this.#handOver(chunk.subarray(0, got), onLine)) return
      if (this.#offset > start) continue
      if (start + got >= size) return
      room *= 2
    }
  }

  #handOver(chunk: Buffer, onLine: (line: Buffer) => boolean): boolean {
    let from = 0
    for (let end = chunk.indexOf(LINE_BREAK); end >= 0; end = chunk.indexOf(LINE_BREAK, from)) {
      const line = chunk.subarray(from, end)
      this.#offset += end + 1 - from
      from = end + 1
      if (!onLine(line)) return false
    }
    return true
  }

  /**
   * Appends lines in one write and makes the whole file durable. Returns the error that may have kept some of them out (the reader
   * sees which), or `null`. Throws when it cannot be known whether anything is durable.
   */
  async append(lines: readonly string[]): Promise<unknown> {
    if (!this.#writable) return new Error('the state file may only be read')
    const failure = this.#write(Buffer.from(`\n${lines.join('\n')}\n`))
    this.#flushing += 1
    try {
      await datasync(this.#fd)
    } finally {
      this.#flushing -= 1
      if (this.#closed) this.#closeWhenIdle()
    }
    return failure
  }

  #write(bytes: Buffer): unknown {
    try {
      const written = writeSync(this.#fd, bytes)
      return written < bytes.length ? new Error('only a part could be written') : null
    } catch (error) {
      return error
    }
  }

  /** Idempotent; a flush under way ends first. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#closeWhenIdle()
  }

  #closeWhenIdle(): void {
    if (this.#flushing === 0) close(this.#fd, () => undefined)
  }
}
