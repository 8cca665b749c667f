/** The branch, exchanged by push: what was folded goes out as one commit, which arrives only on top of the one it was folded on. */
import type { KeywrightError } from '../../core/diagnostic.ts'
import { isKeywrightError } from '../../core/diagnostic.ts'
import { STATE_FORMAT } from '../../core/state-format.ts'
import type { Clock } from '../../ports/clock.ts'
import { exchangeBySwap, type Shelf, type SwapShelf } from '../book.ts'
import type { Folded } from '../fold.ts'
import type { Ledger } from '../ledger.ts'
import { deniedAt, unreadable, unwritable } from '../store-errors.ts'
import { corrupt } from '../stored.ts'
import { type Clone, GitFailure, type TreeEntry } from './clone.ts'
import { type Edits, editsOf, formatOf, meaningOf, ROOT_FILE, withFiles } from './files.ts'
import { wordsOf } from './words.ts'

export interface GitShelfParts {
  /** Opened when first needed. */
  readonly clone: () => Promise<Clone>
  readonly location: string
  readonly clock: Clock
  /** Hears of every push. */
  readonly onPush: () => void
}

/** A record is some kilobytes. */
const MOST_BYTES = 1 << 20

export function gitShelf({ clone, location, clock, onPush }: GitShelfParts): Shelf {
  let tip: string | null = null
  let isCurrent = false
  let files: ReadonlyMap<string, TreeEntry> = new Map()
  let ledger: Ledger = new Map()

  const follow = (): Promise<void> => guarded(location, 'read', look)

  const look = async (): Promise<void> => {
    const repository = await clone()
    const found = await repository.lookUp()
    if (found === tip) return
    if (found === null) {
      tip = null
      files = new Map()
      ledger = new Map()
      isCurrent = false
      return
    }
    await take(repository, await repository.fetch())
  }

  const take = async (repository: Clone, commit: string): Promise<void> => {
    const listed = await repository.list(commit)
    const ours = listed.filter(({ path }) => meaningOf(path) !== null)
    for (const one of ours) assertFile(one, location)
    const now = new Map(ours.map((one) => [one.path, one]))
    const fresh = ours.filter(({ path, oid }) => files.get(path)?.oid !== oid || path === ROOT_FILE)
    const contents = await repository.read(fresh.map(({ oid }) => oid))
    const read = fresh.map(({ path }, n) => ({ path, content: contents[n] ?? '' }))
    const root = read.find(({ path }) => path === ROOT_FILE)?.content
    const format = formatOf(root, location, ours.length === 0)
    const gone = [...files.keys()].filter((path) => !now.has(path)).map((path) => ({ path, content: null }))
    ledger = withFiles(ledger, [...gone, ...read], { where: location, format })
    files = now
    tip = commit
    isCurrent = format === STATE_FORMAT && root !== undefined
  }

  const offer = (folded: Folded): Promise<boolean> =>
    guarded(location, 'written', async () => {
      const repository = await clone()
      const said = { ...wordsOf(folded), seconds: Math.floor(clock.now() / 1000) }
      const edits = editsOf(folded, isCurrent)
      const commit = await repository.commit(tip, edits, said)
      onPush()
      const refusal = await repository.push(commit, tip)
      if (refusal !== null) {
        const before = tip
        if (await arrived(repository, commit)) return true
        if (refusal.kind === 'moved' || tip !== before) return false
        throw failure(location, 'written', refusal.stderr)
      }
      ledger = folded.next
      isCurrent = true
      files = edited(files, edits)
      tip = commit
      return true
    })

  /** The answer of a push may be lost on its way. What moved meanwhile is not told apart from a refusal, so the branch is asked. */
  const arrived = async (repository: Clone, commit: string): Promise<boolean> => {
    await look()
    return tip !== null && (await repository.isAncestor(commit, tip))
  }

  const shelf: SwapShelf = {
    get ledger() {
      return ledger
    },
    follow,
    offer,
  }
  return {
    get ledger() {
      return ledger
    },
    follow,
    exchange: (entries) => exchangeBySwap(shelf, entries, location),
  }
}

/** What we wrote ourselves has a name of git that we do not know: it is read again when somebody else was there. */
function edited(files: ReadonlyMap<string, TreeEntry>, edits: Edits): ReadonlyMap<string, TreeEntry> {
  const next = new Map(files)
  for (const [path, content] of edits) {
    if (content === null) next.delete(path)
    else next.set(path, { path, oid: '', isFile: true, bytes: content.length })
  }
  return next
}

function assertFile({ path, isFile, bytes }: TreeEntry, location: string): void {
  if (!isFile) throw corrupt(`${location}:${path}`, 'it is no file')
  if (bytes > MOST_BYTES) throw corrupt(`${location}:${path}`, 'it is far too large')
}

async function guarded<T>(location: string, what: 'read' | 'written', work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isKeywrightError(error) || !(error instanceof GitFailure)) throw error
    throw failure(location, what, error.stderr, error)
  }
}

/** Words of git and of the usual hosts, and what they mean. They are matched and never shown. */
const MEANINGS: readonly (readonly [RegExp, string, string])[] = [
  [
    /protected branch|GH006|GH013|pre-receive hook declined|hook declined/i,
    'a rule of the server keeps pushes from that branch',
    'allow this token to push to the branch, or store: { kind: git, branch: ANOTHER }',
  ],
  [
    /Permission to .* denied|error: 403\b|not allowed to push|insufficient permission|access denied/i,
    'the token may not push there',
    'permissions: { contents: write }   in the workflow',
  ],
  [
    /Authentication failed|could not read Username|Invalid username|Permission denied \(|Host key verification|HTTP Basic: Access denied|error: 401\b/i,
    'the login is missing or wrong',
    'store: { kind: git, token: { env: GITHUB_TOKEN } }',
  ],
  [
    /not found|does not exist|does not appear to be a git repository|no such repository/i,
    'there is no such repository, or the login does not see it',
    'git ls-remote origin',
  ],
]

function failure(location: string, what: 'read' | 'written', stderr: string, cause?: unknown): KeywrightError {
  const found = MEANINGS.find(([pattern]) => pattern.test(stderr))
  if (found) return deniedAt({ location, why: found[1], hint: found[2], cause })
  if (/certificate/i.test(stderr))
    return unreadable({
      location,
      why: 'git does not trust the certificate of the server',
      hint: 'export GIT_SSL_CAINFO=/path/to/ca.pem   or git config --global http.sslCAInfo',
      cause,
    })
  const why = /resolve host|unable to access|Could not connect|Connection|timed out|early EOF|hung up/i.test(stderr)
    ? 'the server cannot be reached'
    : 'git did not succeed'
  const told = { location, why, hint: 'git ls-remote origin   tries the same from here', cause }
  return what === 'read' ? unreadable(told) : unwritable(told)
}
