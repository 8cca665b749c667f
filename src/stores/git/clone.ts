/**
 * A bare repository of our own, in the temporary folder, for as long as the store is open: the user's work tree, index, objects and
 * refs are never touched, and two processes on one machine share nothing but the remote.
 *
 * The first fetch takes one commit; later ones take all that came after it, so that it can be told whether a commit of ours is among them.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GitEnded, gitRun } from '../../io/git-run.ts'
import type { Edits } from './files.ts'
import type { Repository } from './repository.ts'
import type { Said } from './words.ts'

export interface TreeEntry {
  readonly path: string
  readonly oid: string
  /** False for links and submodules. */
  readonly isFile: boolean
  readonly bytes: number
}

export interface Refusal {
  readonly kind: 'moved' | 'refused'
  readonly stderr: string
}

/** A git that failed. Its words may repeat those of a server. */
export class GitFailure extends Error {
  readonly stderr: string
  readonly code: number | null

  constructor(what: string, { stderr, code }: GitEnded) {
    super(`git ${what} ended with ${code ?? 'a signal'}`)
    this.stderr = stderr
    this.code = code
  }
}

export interface Clone {
  /** Commit at the end of the branch at the remote; `null` when there is no such branch. */
  lookUp(): Promise<string | null>
  /** Brings that commit here. Returns the commit the branch has by now. */
  fetch(): Promise<string>
  list(commit: string): Promise<readonly TreeEntry[]>
  /** Contents, in order. */
  read(oids: readonly string[]): Promise<readonly string[]>
  /** Makes a commit on top of `parent`, here only. */
  commit(parent: string | null, edits: Edits, said: Said & { readonly seconds: number }): Promise<string>
  /** Moves the branch at the remote from `parent` to `commit`, or not at all. */
  push(commit: string, parent: string | null): Promise<Refusal | null>
  isAncestor(commit: string, of: string): Promise<boolean>
  close(): void
}

export interface CloneParts {
  readonly repository: Repository
  readonly branch: string
  readonly env: Readonly<Record<string, string | undefined>>
}

const PREFIX = 'keywright-git-'
const DAY = 86_400_000
const TIP = 'refs/keywright/tip'
const DRAFT = 'refs/keywright/draft'
const OID = /^[0-9a-f]{40,64}$/

export async function openClone({ repository, branch, env }: CloneParts): Promise<Clone> {
  sweep()
  const gitDir = mkdtempSync(join(tmpdir(), PREFIX))
  const { url } = repository
  const head = `refs/heads/${branch}`
  const run = (args: readonly string[], input?: string | Buffer): Promise<GitEnded> =>
    gitRun({
      args,
      at: { gitDir },
      env: { ...env, GIT_ALLOW_PROTOCOL: repository.protocols },
      config: repository.config,
      ...(input === undefined ? {} : { input }),
    })
  const must = async (args: readonly string[], input?: string | Buffer): Promise<Buffer> => {
    const ended = await run(args, input)
    if (ended.code !== 0) throw new GitFailure(args[0] ?? '', ended)
    return ended.stdout
  }
  await must(['init', '--quiet', '--bare', '--template=', gitDir])
  let isCold = true
  return {
    async lookUp() {
      const said = (await must(['ls-remote', '--', url, head])).toString('utf8')
      const found = said.split('\n').find((line) => line.endsWith(`\t${head}`))
      const oid = found?.split('\t')[0] ?? ''
      return OID.test(oid) ? oid : null
    },
    async fetch() {
      const depth = isCold ? ['--depth=1'] : []
      await must(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', ...depth, '--', url, `+${head}:${TIP}`])
      isCold = false
      return (await must(['rev-parse', '--verify', TIP])).toString('utf8').trim()
    },
    list: async (commit) => entriesIn(await must(['ls-tree', '-r', '-z', '-l', '--full-tree', commit])),
    read: async (oids) =>
      oids.length === 0 ? [] : contentsIn(await must(['cat-file', '--batch'], `${oids.join('\n')}\n`)),
    async commit(parent, edits, said) {
      const stream = streamOf(parent, edits, said)
      const flags = ['--quiet', '--force', '--done', '--date-format=raw']
      return (await must(['fast-import', ...flags], stream)).toString('utf8').trim()
    },
    async push(commit, parent) {
      const lease = `--force-with-lease=${head}:${parent ?? ''}`
      const ended = await run(['push', '--porcelain', '--no-verify', lease, '--', url, `${commit}:${head}`])
      if (ended.code === 0) return null
      const line =
        ended.stdout
          .toString('utf8')
          .split('\n')
          .find((one) => one.startsWith('!')) ?? ''
      const isMoved = /\[rejected\]|\[remote rejected\].*(?:lock|update ref|expected|already exists|fetch first)/.test(
        line,
      )
      return { kind: isMoved ? 'moved' : 'refused', stderr: `${line}\n${ended.stderr}` }
    },
    isAncestor: async (commit, of) => (await run(['merge-base', '--is-ancestor', commit, of])).code === 0,
    close: () => rmSync(gitDir, { recursive: true, force: true }),
  }
}

/** `mode type oid size\tpath`, ended by NUL. */
function entriesIn(listed: Buffer): readonly TreeEntry[] {
  return listed
    .toString('utf8')
    .split('\0')
    .flatMap((line) => {
      const [, mode = '', oid = '', size = '', path = ''] = /^(\d+) \w+ ([0-9a-f]+) +(\S+)\t(.+)$/s.exec(line) ?? []
      return path === '' ? [] : [{ path, oid, isFile: mode.startsWith('100'), bytes: Number(size) || 0 }]
    })
}

/** `oid type size\n`, that many bytes, `\n`. */
function contentsIn(batch: Buffer): readonly string[] {
  const contents: string[] = []
  for (let at = 0; at < batch.length; ) {
    const end = batch.indexOf(10, at)
    const size = Number(batch.toString('latin1', at, end).split(' ')[2])
    contents.push(batch.toString('utf8', end + 1, end + 1 + size))
    at = end + 1 + size + 1
  }
  return contents
}

/** Paths need no quotes: they are made of letters, digits, dots, dashes and underscores. */
function streamOf(parent: string | null, edits: Edits, said: Said & { readonly seconds: number }): string {
  const when = `${said.seconds} +0000`
  const head = [
    `commit ${DRAFT}\nmark :1\nauthor ${said.author} <keywright@localhost> ${when}`,
    `committer keywright <keywright@localhost> ${when}`,
    data(said.message),
    parent === null ? '' : `from ${parent}`,
  ]
  const files = [...edits].map(([path, content]) =>
    content === null ? `D ${path}` : `M 100644 inline ${path}\n${data(content)}`,
  )
  return `${[...head, ...files].filter((line) => line !== '').join('\n')}\n\nget-mark :1\ndone\n`
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`
}

/** What a killed process left. A day is longer than any run. */
function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const path = join(tmpdir(), name)
    if (name.startsWith(PREFIX) && (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < Date.now() - DAY)
      rmSync(path, { recursive: true, force: true })
  }
}
