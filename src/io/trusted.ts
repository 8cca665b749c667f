/**
 * Reading a file as it is in one git commit, whatever lies in the working tree.
 *
 * Plumbing only: no filter, hook, attribute or textual conversion of the repository has a say, nothing is fetched, and what is not a
 * regular file in the commit is refused.
 */
import { realpath } from 'node:fs/promises'
import { dirname, relative, sep } from 'node:path'
import { KeywrightError } from '../core/diagnostic.ts'
import { findProgram, run } from './exec.ts'
import { repositoryOf } from './git.ts'

export interface TrustedRef {
  /** As written: `origin/main`. */
  readonly ref: string
  /** PATH in which git is looked for. */
  readonly path: string | undefined
}

export interface TrustedFile {
  /** Folder of the file in the working tree, absolute. */
  readonly folder: string
  /** 40 or 64 hex digits. */
  readonly commit: string
  readonly bytes: Uint8Array
}

export interface Wanted {
  readonly name: string
  /** Where to look. */
  readonly folder: string
  /** Also in each folder above, up to the root of the repository. */
  readonly above: boolean
  /** Bytes it may have; 8 MiB unless said. */
  readonly largest?: number
}

/**
 * The nearest file of that name in the commit that `ref` names. Throws `CONFIG_TRUST_REF` when there is no such commit, no repository or no
 * git, and `CONFIG_TRUST_MISSING` when the commit has no regular file there. `CONFIG_TOO_LARGE` before anything of it is read.
 */
export async function trustedFile(wanted: Wanted, { ref, path }: TrustedRef): Promise<TrustedFile> {
  const folder = await realpath(wanted.folder)
  const top = await repositoryOf(folder)
  if (top === null) throw refUnknown(ref, 'this folder is in no git repository', 'git init')
  const program = findProgram('git', top, path)
  if (program === null) throw refUnknown(ref, 'there is no git on PATH', 'git --version')
  const largest = wanted.largest ?? LARGEST
  const git: Git = (args) => outputOf({ program, cwd: top, largest }, args)
  const name = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`])
  const commit = name?.trim() ?? ''
  if (!/^[0-9a-f]{40,64}$/.test(commit)) throw refUnknown(ref, 'git knows no such commit here', fetching(ref))
  for (let at = folder; ; at = dirname(at)) {
    const below = [relative(top, at), wanted.name]
      .filter((part) => part !== '')
      .join('/')
      .split(sep)
      .join('/')
    const blob = await blobOf(git, commit, { path: below, largest })
    if (blob !== null) return { folder: at, commit, bytes: Buffer.from(blob, 'utf8') }
    if (at === top || !wanted.above) throw missing(wanted.name, ref, commit)
  }
}

export interface CheckedOut {
  readonly commit: string
  /** Also of a commit that was fetched without its parents. */
  readonly parents: readonly string[]
}

/** The commit a folder is checked out at; `null` without a repository, a commit or git. */
export async function checkedOut(folder: string, path: string | undefined): Promise<CheckedOut | null> {
  const top = await repositoryOf(await realpath(folder))
  const program = top === null ? null : findProgram('git', top, path)
  if (top === null || program === null) return null
  const at = { program, cwd: top, largest: LARGEST }
  const commit = (await outputOf(at, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']))?.trim()
  const text = commit === undefined ? null : await outputOf(at, ['cat-file', 'commit', commit])
  if (commit === undefined || text === null) return null
  const [head = ''] = text.split('\n\n')
  return { commit, parents: [...head.matchAll(/^parent ([0-9a-f]{40,64})$/gm)].map(([, parent = '']) => parent) }
}

type Git = (args: readonly string[]) => Promise<string | null>

const LARGEST = 8 * 1024 * 1024

interface Program {
  readonly program: string
  readonly cwd: string
  readonly largest: number
}

/** What git printed; `null` when it ended with an error. */
async function outputOf({ program, cwd, largest }: Program, args: readonly string[]): Promise<string | null> {
  const flags = [
    '--git-dir=.git',
    '--no-replace-objects',
    '--literal-pathspecs',
    '-c',
    'protocol.allow=never',
    '-c',
    'core.fsmonitor=false',
  ]
  const env = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_NO_LAZY_FETCH: '1', LC_ALL: 'C' }
  const ended = await run({
    program,
    args: [...flags, ...args],
    cwd,
    env,
    input: '',
    timeoutMillis: 30_000,
    maxOutputBytes: largest,
  })
  return ended.kind === 'exited' && ended.code === 0 ? ended.output : null
}

/** The text of a regular file in the commit; `null` when there is none of that name. A link or submodule is refused by its mode. */
async function blobOf(
  git: Git,
  commit: string,
  { path, largest }: { readonly path: string; readonly largest: number },
): Promise<string | null> {
  const line = await git(['ls-tree', '-z', '--full-tree', commit, '--', path])
  const [, mode, id] = /^(\d{6}) blob ([0-9a-f]{40,64})\t/.exec(line ?? '') ?? []
  if (id === undefined || (mode !== '100644' && mode !== '100755')) return null
  const size = Number(await git(['cat-file', '-s', id]))
  if (size > largest) throw tooLarge(path, size, largest)
  return git(['cat-file', 'blob', id])
}

/** Said before anything of it is read. */
function tooLarge(path: string, size: number, largest: number): KeywrightError {
  const mebibytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1)
  return new KeywrightError('CONFIG_TOO_LARGE', {
    message: `${path} has ${mebibytes(size)} MiB in that commit; at most ${mebibytes(largest)} MiB are read.`,
    hint: `git log -1 --stat -- ${path}`,
  })
}

function fetching(ref: string): string {
  const [, remote, branch] = /^(origin)\/([\w./-]+)$/.exec(ref) ?? []
  return remote === undefined ? 'git log -1 origin/main' : `git fetch ${remote} ${branch}`
}

function refUnknown(ref: string, why: string, hint: string): KeywrightError {
  return new KeywrightError('CONFIG_TRUST_REF', { message: `--trust ${ref}: ${why}.`, hint })
}

function missing(name: string, ref: string, commit: string): KeywrightError {
  return new KeywrightError('CONFIG_TRUST_MISSING', {
    message: `${ref} (${commit.slice(0, 12)}) has no regular file ${name} here.`,
    hint: `git ls-tree ${ref} ${name}`,
  })
}
