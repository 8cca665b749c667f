/** The Unix socket: in a folder of its own that only its owner may enter. Folders of processes that were killed are swept by the next one. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const PREFIX = 'kwp-'
/** A path of a socket is at most 103 bytes on macOS, 107 on Linux. */
const LONGEST = 103

export interface SocketFolder {
  readonly socket: string
  remove(): void
  /** Takes away what killed processes left beside it. */
  sweep(): void
}

interface Living {
  readonly pid: number
  isRunning(pid: number): boolean
}

/** `parents`: the first one whose paths are short enough is taken. Throws RangeError when none is. */
export function socketFolder(parents: readonly string[], { pid, isRunning }: Living): SocketFolder {
  const parent = parents.find((one) => Buffer.byteLength(join(one, `${PREFIX}${pid}-XXXXXX`, 's')) <= LONGEST)
  if (parent === undefined)
    throw new RangeError(`the path of a socket below ${parents.join(' or ')} is too long: set TMPDIR to a shorter one`)
  const folder = mkdtempSync(join(parent, `${PREFIX}${pid}-`))
  return {
    socket: join(folder, 's'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
    sweep: () => sweep(parent, isRunning),
  }
}

/** Best effort: what cannot be removed belongs to somebody else. */
function sweep(parent: string, isRunning: Living['isRunning']): void {
  for (const name of readdirSync(parent)) {
    const [, pid] = /^kwp-(\d+)-/.exec(name) ?? []
    if (pid === undefined || isRunning(Number(pid))) continue
    try {
      rmSync(join(parent, name), { recursive: true, force: true })
    } catch {}
  }
}
