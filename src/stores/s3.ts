/**
 * State in a bucket of S3, or of a server that speaks it and honours conditional writes. See s3/head.ts for what is stored.
 *
 * Facts (AWS documentation, Conditional writes, read 2026-11-28): PutObject takes If-None-Match: * and If-Match: ETAG; 412 when the
 * condition does not hold, 409 when another conditional write of the object is under way. Reads after writes are consistent.
 */
import type { Secret } from '../core/secret.ts'
import type { Clock } from '../ports/clock.ts'
import type { StateStore } from '../ports/state-store.ts'
import { Book } from './book.ts'
import { listStacks } from './ledger.ts'
import { openObjects, type S3Options } from './s3/objects.ts'
import { s3Shelf } from './s3/shelf.ts'
import { sharedStore } from './shared-store.ts'

export interface S3Store extends StateStore {
  /** Conditional writes of state so far. */
  readonly flushes: number
}

export interface S3Config extends Pick<S3Options, 'bucket' | 'region' | 'endpoint'> {
  readonly clock: Clock
  readonly prefix?: string
  readonly accessKeyId?: Secret
  readonly secretAccessKey?: Secret
}

/** As keywright.yaml says it. */
export function openS3({ accessKeyId, secretAccessKey, prefix = 'keywright', ...more }: S3Config): S3Store {
  const credentials = accessKeyId && secretAccessKey ? { credentials: { accessKeyId, secretAccessKey } } : {}
  return s3Store({ ...more, ...credentials, prefix: `${prefix.replace(/\/+$/, '')}/` })
}

const LANES = 64
const LEASE_MILLIS = 30_000
const POLL_MILLIS = 1_000
const STACK_NAME = /^[a-z0-9][a-z0-9-]{0,39}$/

export function s3Store({ clock, ...options }: S3Options & { readonly clock: Clock }): S3Store {
  const objects = openObjects(options)
  const books = new Map<string, Book>()
  let flushes = 0
  const bookOf = (stack: string): Book => {
    const book = books.get(stack) ?? new Book(s3Shelf(objects, stack, () => (flushes += 1)))
    books.set(stack, book)
    return book
  }
  const store = sharedStore({
    kind: 's3',
    cas: 'strong',
    location: objects.location,
    clock,
    pace: { lanes: LANES, leaseMillis: LEASE_MILLIS },
    pollMillis: POLL_MILLIS,
    bookOf,
    async stacks() {
      const names = (await objects.folders()).filter((name) => STACK_NAME.test(name))
      await Promise.all(names.map((name) => bookOf(name).follow()))
      return names.flatMap((name) => listStacks(bookOf(name).ledger)).sort()
    },
    async close() {
      for (const book of books.values()) await book.idle()
      await objects.close()
    },
  })
  return Object.defineProperty({ ...store, flushes: 0 }, 'flushes', { get: () => flushes })
}
