/** State on a server that speaks the protocol of Terraform's http backend, such as GitLab. It locks and does not compare. */
import type { Clock } from '../ports/clock.ts'
import type { StateStore } from '../ports/state-store.ts'
import { Book } from './book.ts'
import { type HttpStateOptions, httpLine } from './http/line.ts'
import { httpShelf } from './http/shelf.ts'
import { listStacks } from './ledger.ts'
import { sharedStore } from './shared-store.ts'

export interface HttpStore extends StateStore {
  /** Saves of the document so far. */
  readonly flushes: number
}

const PACE = { lanes: 128, leaseMillis: 60_000 }
const POLL_MILLIS = 1_000
const GROUPING = { quietMillis: 20, longestMillis: 500 }

/** Sends nothing before it is first used. */
export function httpStore({ clock, ...options }: HttpStateOptions & { readonly clock: Clock }): HttpStore {
  const location = options.address
  const line = httpLine(options)
  let flushes = 0
  const shelf = httpShelf(line, location, () => {
    flushes += 1
  })
  const book = new Book(shelf, GROUPING)
  const store = sharedStore({
    kind: 'http',
    cas: 'lockOnly',
    location,
    clock,
    pace: PACE,
    pollMillis: POLL_MILLIS,
    bookOf: () => book,
    unstick: () => shelf.unstick(),
    async stacks() {
      await book.follow()
      return listStacks(book.ledger)
    },
    async close() {
      await book.idle()
      await line.close()
    },
  })
  return Object.defineProperty({ ...store, flushes: 0 }, 'flushes', { get: () => flushes })
}
