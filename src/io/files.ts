/**
 * Files that hold secrets: read whole, replaced whole, never torn, readable by the owner only.
 *
 * A replacement is written into a folder of its own beside the file and renamed over it. The folder starts with a `.gitignore`
 * that ignores everything in it, because a killed process leaves the draft behind and a pattern like `.env.keys` would not
 * cover its name. Its own name says which process made it, so that drafts of dead processes can be swept.
 */
import { randomBytes } from 'node:crypto'
import { access, chmod, chown, constants, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { KeywrightError } from '../core/diagnostic.ts'
import { quoted } from './inside.ts'
import { mayStillRun, thisProcess } from './lease-holder.ts'
import { errorCode, makePrivateFolder } from './private-files.ts'

const LARGEST = 16 * 1024 * 1024
const DRAFT = '.kw-draft-'

/** The text of a file, `null` when there is none. Throws `SINK_FILE_UNREADABLE` for what is not UTF-8 or over 16 MiB. */
export async function readText(file: string): Promise<string | null> {
  let bytes: Uint8Array
  try {
    bytes = await readWhole(file)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw unreadable(basename(file), 'is not UTF-8 text')
  }
}

async function readWhole(file: string): Promise<Uint8Array> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    if ((await handle.stat()).size > LARGEST) throw unreadable(basename(file), 'is larger than 16 MiB')
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}

export function unreadable(name: string, why: string): KeywrightError {
  return new KeywrightError('SINK_FILE_UNREADABLE', {
    message: `${name} ${why}`,
    hint: `mv ${quoted(name)} ${quoted(`${name}.old`)}`,
  })
}

/** Replaces or creates a file, mode 0600, durably. Its folder must exist. */
export async function replaceFile(file: string, text: string): Promise<void> {
  await withDraft(file, { text, durable: true }, async (draft) => {
    await keepOwner(file, draft)
    await rename(draft, file)
  })
  await syncFolder(dirname(file))
}

/** Removes a file, durably. Idempotent. */
export async function removeDurably(file: string): Promise<void> {
  await rm(file, { force: true })
  await syncFolder(dirname(file))
}

/** Proves that `replaceFile` can work, and leaves nothing behind. Folders that do not exist yet are not made. */
export async function probeWritable(file: string): Promise<void> {
  const there = await stat(file).catch(() => null)
  if (there !== null) await access(file, constants.W_OK)
  let folder = dirname(file)
  while ((await stat(folder).catch(() => null)) === null) folder = dirname(folder)
  await withDraft(join(folder, basename(file)), { text: 'probe', durable: false }, async () => {})
}

interface Draft {
  readonly text: string
  readonly durable: boolean
}

async function withDraft(file: string, { text, durable }: Draft, use: (draft: string) => Promise<void>): Promise<void> {
  const { pid, startedAt } = thisProcess()
  const folder = `${file}${DRAFT}${pid}-${startedAt || '0'}-${randomBytes(6).toString('hex')}`
  try {
    await mkdir(folder, { mode: 0o700 })
    await writeNew(join(folder, '.gitignore'), '*\n', false)
    const draft = join(folder, basename(file))
    await writeNew(draft, text, durable)
    await use(draft)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function writeNew(file: string, text: string, durable: boolean): Promise<void> {
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    if (durable) await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A replaced file keeps its owner where we may give files away; elsewhere it is ours now. */
async function keepOwner(file: string, draft: string): Promise<void> {
  const there = await stat(file).catch(() => null)
  if (there !== null) await chown(draft, there.uid, there.gid).catch(() => undefined)
}

/** Takes away every permission but the owner's. */
export async function tighten(file: string): Promise<void> {
  const { mode } = await stat(file)
  if ((mode & 0o077) !== 0) await chmod(file, mode & 0o600)
}

/** Removes drafts and lock claims of `file` that dead processes left. Call it under the lock of `file`. */
export async function sweepDrafts(file: string): Promise<void> {
  const here = thisProcess()
  for (const name of await leftovers(file)) {
    const [pid = '', startedAt = ''] = name.slice(basename(file).length + DRAFT.length).split('-')
    const running = name.endsWith('.tmp')
      ? false
      : mayStillRun({ ...here, pid: Number(pid), startedAt: startedAt === '0' ? '' : startedAt })
    if (!running) await rm(join(dirname(file), name), { recursive: true, force: true })
  }
}

/** Names of drafts and lock claims beside `file`, of living and dead processes. */
export async function leftovers(file: string): Promise<readonly string[]> {
  const name = basename(file)
  const names = await readdir(dirname(file)).catch(() => [])
  return names.filter(
    (each) => each.startsWith(name + DRAFT) || (each.startsWith(`${name}.kw-lock.`) && each.endsWith('.tmp')),
  )
}

/** Makes the folder of a file, and those above it, for the owner only. */
export function makeFolderOf(file: string): void {
  makePrivateFolder(dirname(file))
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null)
  if (handle === null) return // some systems open no folders
  try {
    await handle.sync()
  } catch (error) {
    if (errorCode(error) !== 'EINVAL' && errorCode(error) !== 'EPERM') throw error
  } finally {
    await handle.close()
  }
}

const DENIED: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EROFS', 'EISDIR', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'])

/** A failure of the file system in our words; errors that are ours already pass. `path` is shown. */
export function fileTrouble(error: unknown, path: string): unknown {
  const code = errorCode(error)
  if (error instanceof KeywrightError || code === '') return error
  const denied = DENIED.has(code)
  return new KeywrightError(denied ? 'SINK_DENIED' : 'SINK_UNREACHABLE', {
    message: `${path} cannot be ${denied ? 'written' : 'read or written just now'} (${code})`,
    hint: denied ? `ls -ld ${quoted(path)} ${quoted(dirname(path))}` : `df -h ${quoted(dirname(path))}`,
    retryable: !denied,
  })
}
