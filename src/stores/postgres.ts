/** State in tables of a PostgreSQL database: a row per address, one for the lease, many stacks. See postgres/migrations.ts. */
import type { Clock } from '../ports/clock.ts'
import type { StateStore } from '../ports/state-store.ts'
import { Book } from './book.ts'
import { listStacks } from './ledger.ts'
import { openDatabase, type PostgresOptions } from './postgres/database.ts'
import { versionIn } from './postgres/migrations.ts'
import { postgresShelf } from './postgres/shelf.ts'
import { sharedStore } from './shared-store.ts'

export interface PostgresStore extends StateStore {
  /** Transactions that changed something so far. */
  readonly flushes: number
}

const PACE = { lanes: 64, leaseMillis: 30_000 }
const POLL_MILLIS = 500

/** Connects when first used; the first write makes the tables. */
export function openPostgres({ clock, ...options }: PostgresOptions & { readonly clock: Clock }): PostgresStore {
  const database = openDatabase(options)
  const { schema, location } = database
  const books = new Map<string, Book>()
  let flushes = 0
  const onWrite = (): void => {
    flushes += 1
  }
  const bookOf = (stack: string): Book => {
    const book = books.get(stack) ?? new Book(postgresShelf(database, stack, onWrite))
    books.set(stack, book)
    return book
  }
  const names = (): Promise<readonly string[]> =>
    database.use('read', async (client) => {
      if ((await versionIn(client, schema, location)) === 0) return []
      const { rows } = await client.query(`SELECT stack FROM ${schema}.stacks ORDER BY stack`)
      return rows.map(({ stack }) => String(stack))
    })
  const store = sharedStore({
    kind: 'postgres',
    cas: 'strong',
    location,
    clock,
    pace: PACE,
    pollMillis: POLL_MILLIS,
    bookOf,
    async stacks() {
      const all = await names()
      await Promise.all(all.map((name) => bookOf(name).follow()))
      return all.flatMap((name) => listStacks(bookOf(name).ledger))
    },
    async close() {
      for (const book of books.values()) await book.idle()
      await database.close()
    },
  })
  return Object.defineProperty({ ...store, flushes: 0 }, 'flushes', { get: () => flushes })
}
