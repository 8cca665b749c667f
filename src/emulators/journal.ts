import { closeSync, fchmodSync, openSync, readFileSync, statSync, truncateSync, writeSync } from 'node:fs'

/**
 * Append-only JSON lines, one `write` per commit and always before the answer leaves. The bytes are then in the kernel, so killing this
 * process loses nothing that was acknowledged (a power cut may: there is no fsync, this is a test double). Replaying all lines gives
 * the state back. Rejected: rewriting a snapshot per change, which costs O(keys) for each write.
 */
export interface Journal {
  /** What was in the file when it was opened, oldest first. */
  readonly past: readonly unknown[]
  /** Writes all entries in one go. Throws if the file cannot take them; then none of them has happened. */
  append(entries: readonly object[]): void
  close(): void
}

/** Without a path nothing is kept. With one, a last line that was cut by a crash is dropped, as it was never acknowledged. */
export function openJournal(path: string | undefined): Journal {
  if (path === undefined) return { past: [], append: () => {}, close: () => {} }
  const past = isRegularFile(path) ? readWholeLines(path) : []
  const lines = openAppender(path)
  return {
    past,
    append: (entries) => lines.append(entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')),
    close: lines.close,
  }
}

/** A file that only its owner may read (mode 0600, also if it was there before) and that only grows. Appending after `close` throws. */
export interface Appender {
  append(text: string): void
  close(): void
}

export function openAppender(path: string): Appender {
  const file = openSync(path, 'a', 0o600)
  fchmodSync(file, 0o600)
  let isOpen = true
  return {
    append(text) {
      if (!isOpen) throw new Error(`${path} is closed`)
      const bytes = Buffer.from(text)
      for (let sent = 0; sent < bytes.length; ) sent += writeSync(file, bytes, sent)
    },
    close() {
      if (isOpen) closeSync(file)
      isOpen = false
    },
  }
}

/** False for what is not there, and for pipes and devices, which cannot be read back. */
export function isRegularFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

function readWholeLines(path: string): unknown[] {
  const bytes = readFileSync(path)
  const end = bytes.lastIndexOf(10) + 1
  if (end < bytes.length) truncateSync(path, end)
  const lines = bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as unknown)
}
