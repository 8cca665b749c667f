/**
 * State in a branch of a git repository: the store of CI jobs, which have the repository and its token anyway.
 *
 * Words: the *tip* is the last commit of the branch. A group of changes is one commit, and a push that names the tip it expects is the
 * compare-and-swap: whoever pushes second fetches, folds what still holds on top, and pushes again. The branch is an orphan; nobody merges
 * it. See git/files.ts for what lies in it.
 *
 * Rejected: committing into the user's clone (its refs, its shallow file and its objects are not ours); git notes and refs outside
 * refs/heads (hosts do not show them, and some refuse them); the contents API of one host.
 */
import type { Clock } from '../ports/clock.ts'
import type { StateStore } from '../ports/state-store.ts'
import { Book } from './book.ts'
import { type Clone, openClone } from './git/clone.ts'
import { findRepository, type GitOptions } from './git/repository.ts'
import { gitShelf } from './git/shelf.ts'
import { listStacks } from './ledger.ts'
import { sharedStore } from './shared-store.ts'

export type { GitOptions } from './git/repository.ts'

export interface GitStore extends StateStore {
  /** Pushes so far. */
  readonly flushes: number
}

export const STATE_BRANCH = 'keywright-state'
/** A push takes about a second: so many addresses share one. */
const PACE = { lanes: 256, leaseMillis: 60_000 }
const POLL_MILLIS = 3_000
const GROUPING = { quietMillis: 60, longestMillis: 1_500 }

/** Runs no git before it is first used. */
export function gitStore({ clock, ...options }: GitOptions & { readonly clock: Clock }): GitStore {
  const branch = options.branch ?? STATE_BRANCH
  const location = `the branch ${branch} of ${shown(options.url)}`
  let opened: Promise<Clone> | null = null
  let flushes = 0
  const clone = (): Promise<Clone> => {
    opened ??= findRepository(options).then((repository) => openClone({ repository, branch, env: options.env }))
    return opened
  }
  const onPush = (): void => {
    flushes += 1
  }
  const book = new Book(gitShelf({ clone, location, clock, onPush }), GROUPING)
  const store = sharedStore({
    kind: 'git',
    cas: 'strong',
    location,
    clock,
    pace: PACE,
    pollMillis: POLL_MILLIS,
    bookOf: () => book,
    async stacks() {
      await book.follow()
      return listStacks(book.ledger)
    },
    async close() {
      await book.idle()
      const closing = await opened?.catch(() => null)
      closing?.close()
      opened = null
    },
  })
  return Object.defineProperty({ ...store, flushes: 0 }, 'flushes', { get: () => flushes })
}

function shown(url: string | undefined): string {
  return url ?? 'origin'
}
