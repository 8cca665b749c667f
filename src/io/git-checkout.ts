/**
 * A folder that follows one ref of a git repository elsewhere, by the git command line and a shallow history.
 *
 * The history is deepened only as far as it takes to see that the new commit descends from the last accepted one: a branch that was
 * rewritten, or a tag that was moved sideways, is not followed without a human's word. What was accepted is a ref of the folder, so a
 * restart knows it too. No hook and no filter runs, whatever the repository's .gitattributes ask of the user's configuration; git never
 * asks for anything on a terminal. Files that are this machine's own are never taken from a commit.
 */
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KeywrightError } from '../core/diagnostic.ts'
import { display } from '../core/display.ts'
import { findProgram, run } from './exec.ts'

export interface CheckoutOptions {
  /** Made if it is not there. Files that git does not track stay. */
  readonly folder: string
  /** As `git fetch` takes it, without a password. */
  readonly url: string
  /** A branch or tag, by short or full name. */
  readonly ref: string
  /** Pathspecs of what belongs to this machine alone, such as state, wherever somebody may want it to be. */
  readonly own: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface Checkout {
  /** Full name of the ref, such as `refs/heads/main`. Throws `LOOP_GIT` when the repository does not have it. */
  refName(): Promise<string>
  /** Commit the ref names now; asks for nothing else. Throws `LOOP_GIT`. */
  peek(): Promise<string>
  /** Fetches what the ref names, without checking it out. Throws `LOOP_GIT`. */
  fetch(): Promise<string>
  /** Whether `commit`, fetched just now, is `base` or comes after it. Fetches more of the history as needed. */
  descends(commit: string, base: string): Promise<boolean>
  /** Makes the files those of a fetched commit. Throws `LOOP_STATE_TRACKED` for one that brings along what is our own. */
  checkOut(commit: string): Promise<void>
  /** Commit that was accepted last, by this folder; `null` before the first. */
  accepted(): Promise<string | null>
  accept(commit: string): Promise<void>
}

const ACCEPTED = 'refs/keywright/accepted'
const PATIENCE = 120_000
const DEPTHS: readonly string[] = ['--deepen=50', '--deepen=1000', '--unshallow']
const QUIET = [
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'core.fsmonitor=false',
  '-c',
  'advice.detachedHead=false',
  '-c',
  'gc.auto=0',
]

export async function gitCheckout(options: CheckoutOptions): Promise<Checkout> {
  const { folder, url, ref } = options
  const git = await gitIn(options)
  if ((await stat(join(folder, '.git')).catch(() => null)) === null) await git.must(['init', '--quiet'])
  await withoutAttributes(folder)
  let full: string | null = null
  const refName = async (): Promise<string> => {
    full ??= (await namesOf(git, url, ref))[0]?.name ?? null
    if (full === null) throw trouble(`${url} has no branch or tag ${ref}`, `git ls-remote ${url}`)
    return full
  }
  const fetch = async (more: readonly string[]): Promise<void> => {
    await git.must(['fetch', '--quiet', '--no-tags', '--force', ...more, '--', url, await refName()])
  }
  return {
    refName,
    async peek() {
      const name = await refName()
      const found = await namesOf(git, url, name)
      const commit = found.find((one) => one.name === `${name}^{}`) ?? found.find((one) => one.name === name)
      if (!commit) throw trouble(`${url} has no ${name} any more`, `git ls-remote ${url}`)
      return commit.hash
    },
    async fetch() {
      await fetch(['--depth=1'])
      return (await git.must(['rev-parse', '--verify', 'FETCH_HEAD^{commit}'])).trim()
    },
    async descends(commit, base) {
      if (commit === base) return true
      for (const depth of [null, ...DEPTHS]) {
        if (depth !== null) {
          if ((await git.must(['rev-parse', '--is-shallow-repository'])).trim() !== 'true') return false
          await fetch([depth])
        }
        if ((await git.may(['merge-base', '--is-ancestor', base, commit])) !== null) return true
      }
      return false
    },
    async checkOut(commit) {
      const [stray] = await filesIn(git, commit, options.own)
      if (stray !== undefined) throw tracked(commit, stray)
      await git.must(['checkout', '--quiet', '--force', '--detach', commit, '--'])
    },
    accepted: async () => (await git.may(['rev-parse', '--verify', '--quiet', ACCEPTED]))?.trim() ?? null,
    accept: async (commit) => void (await git.must(['update-ref', ACCEPTED, commit])),
  }
}

/** This file of the folder's own goes before every .gitattributes: bytes are written as they are. */
async function withoutAttributes(folder: string): Promise<void> {
  const info = join(folder, '.git', 'info')
  await mkdir(info, { recursive: true })
  await writeFile(join(info, 'attributes'), '* -filter -text -ident !eol !working-tree-encoding\n')
}

/** Unlike `ls-tree`, a comparison with nothing takes patterns. */
async function filesIn(git: Git, commit: string, own: readonly string[]): Promise<readonly string[]> {
  const nothing = (await git.must(['hash-object', '-t', 'tree', '--stdin'])).trim()
  const found = await git.must(['diff-tree', '-r', '-z', '--name-only', nothing, commit, '--', ...own])
  return found.split('\0').filter((path) => path !== '')
}

function tracked(commit: string, path: string): KeywrightError {
  const shown = display(path)
  return new KeywrightError('LOOP_STATE_TRACKED', {
    message: `the commit ${commit.slice(0, 12)} holds ${shown}, which has the place or the name of the state of a machine`,
    hint: `git rm --cached ${shown} && echo ${shown} >> .gitignore   and push that`,
  })
}

/** Commit of the working tree that holds a folder; `null` without git or repository. */
export async function commitOf(folder: string, env: CheckoutOptions['env']): Promise<string | null> {
  const program = findProgram('git', folder, env.PATH)
  if (program === null) return null
  const limits = { timeoutMillis: 5_000, maxOutputBytes: 4_096 }
  const args = [...QUIET, 'rev-parse', '--verify', '--quiet', 'HEAD']
  const ended = await run({ program, args, cwd: folder, env: gitEnv(env), input: '', ...limits })
  return ended.kind === 'exited' && ended.code === 0 ? ended.output.trim() : null
}

interface Git {
  /** Output, or throws `LOOP_GIT`. */
  must(args: readonly string[]): Promise<string>
  /** Output, or `null` when it ends with an error. */
  may(args: readonly string[]): Promise<string | null>
}

async function gitIn({ folder, url, env }: CheckoutOptions): Promise<Git> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const program = findProgram('git', folder, env.PATH)
  if (program === null) throw trouble('git is not installed', 'apt-get install git')
  const limits = { timeoutMillis: PATIENCE, maxOutputBytes: 1 << 20 }
  const may = async (args: readonly string[]): Promise<string | null> => {
    const ended = await run({ program, args: [...QUIET, ...args], cwd: folder, env: gitEnv(env), input: '', ...limits })
    return ended.kind === 'exited' && ended.code === 0 ? ended.output : null
  }
  return {
    may,
    async must(args) {
      const output = await may(args)
      if (output === null) throw trouble(`git ${args[0] ?? ''} did not work for ${url}`, `git ls-remote ${url}`)
      return output
    },
  }
}

/** What the caller has for ssh and credentials, and nothing that would lead git to another repository. */
function gitEnv(env: CheckoutOptions['env']): Readonly<Record<string, string>> {
  const strays = new Set(['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_OBJECT_DIRECTORY', 'GIT_NAMESPACE'])
  const kept = Object.entries(env).flatMap(([name, value]) =>
    value === undefined || strays.has(name) ? [] : [[name, value] as const],
  )
  return { ...Object.fromEntries(kept), GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0' }
}

interface Named {
  readonly hash: string
  readonly name: string
}

/** A branch comes before a tag of the same name. */
async function namesOf(git: Git, url: string, ref: string): Promise<readonly Named[]> {
  const names = ref.startsWith('refs/') ? [ref, `${ref}^{}`] : [`refs/heads/${ref}`, `refs/tags/${ref}`]
  const listed = await git.must(['ls-remote', '--quiet', '--', url, ...names])
  return listed.split('\n').flatMap((line) => {
    const [hash, name] = line.split('\t')
    return hash && name ? [{ hash, name }] : []
  })
}

function trouble(message: string, hint: string): KeywrightError {
  return new KeywrightError('LOOP_GIT', { message, hint, retryable: true })
}
