/**
 * A script of the bundle with V8's code cache, which spares two thirds of the time that reading it takes.
 *
 * A cache belongs to one version of Node on one kind of processor, and terraform knows the checksum of the folder that a provider lies in.
 * So the package holds none: the first process to end writes one into the user's cache folder, and later ones read it. What is in there is
 * run as code, so it is read only where nobody else may write. Whatever is wrong with a cache, the script is compiled as usual, and
 * nothing is said.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { Script } from 'node:vm'

export interface ScriptFile {
  /** ASCII: `(function (exports, require, module) { ... })`. */
  readonly text: string
  readonly filename: string
  /** Name of its cache: tells this text, this version of Node and this kind of processor from all others. */
  readonly cache: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly uid: number | undefined
  readonly pid: number
}

export interface Loaded {
  readonly exports: unknown
  /** Writes a cache unless a good one was there. For the end of a process: it holds the functions that were called. Never throws. */
  keep(): void
}

export function loadScript(file: ScriptFile, require: unknown): Loaded {
  const { text, filename } = file
  const cache = cached(file)
  const script = new Script(text, { filename, ...(cache ? { cachedData: cache } : {}) })
  const module = { exports: {}, filename }
  script.runInThisContext()(module.exports, require, module)
  const isGood = cache !== null && script.cachedDataRejected === false
  return { exports: module.exports, keep: () => (isGood ? undefined : keep(file, () => script.createCachedData())) }
}

function cached(file: ScriptFile): Buffer | null {
  const folder = folderOf(file)
  if (folder === null || !isOurs(statOf(folder), file)) return null
  return read(join(folder, file.cache), constants.O_RDONLY | constants.O_NOFOLLOW, (fd) => isOurs(fstatSync(fd), file))
}

function statOf(path: string): Owned | null {
  try {
    return lstatSync(path)
  } catch {
    return null
  }
}

interface Owned {
  readonly uid: number
  readonly mode: number
}

/** Nobody else can have put anything there. */
function isOurs(stat: Owned | null, { uid }: Pick<ScriptFile, 'uid'>): boolean {
  return stat !== null && stat.uid === uid && (stat.mode & 0o022) === 0
}

function read(path: string, flags: number, isTrusted: (fd: number) => boolean): Buffer | null {
  let fd: number | undefined
  try {
    fd = openSync(path, flags)
    return isTrusted(fd) ? readFileSync(fd) : null
  } catch {
    return null
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** `null` where the user has no home, and nothing is kept. */
function folderOf({ env: { XDG_CACHE_HOME: chosen, HOME: home } }: ScriptFile): string | null {
  if (chosen && isAbsolute(chosen)) return join(chosen, 'keywright')
  return home && isAbsolute(home) ? join(home, '.cache', 'keywright') : null
}

/** The file appears whole or not at all. */
function keep(file: ScriptFile, made: () => Buffer): void {
  const folder = folderOf(file)
  if (folder === null) return
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (!isOurs(lstatSync(folder), file)) return
    const path = join(folder, file.cache)
    const draft = `${path}.${file.pid}`
    writeFileSync(draft, made(), { mode: 0o600, flag: 'wx' })
    try {
      renameSync(draft, path)
    } catch {
      rmSync(draft, { force: true })
    }
  } catch {}
}
