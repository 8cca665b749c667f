import type { Micros } from './instants.ts'

/** A row of a shelf. */
export interface Row {
  readonly id: string
  readonly created_at: Micros
  readonly sequence: number
}

/**
 * The keys of one list (a project's or an organization's) that are not revoked, oldest first, so that any page costs O(page): its end is found
 * by binary search. Keys of the same microsecond stand in order of creation; the real database promises no order among them.
 */
export type Shelf = Row[]

export function put(shelf: Shelf, row: Row): void {
  shelf.splice(placeOf(shelf, row), 0, row)
}

/** Does nothing when it is not there. */
export function take(shelf: Shelf, row: Row): void {
  const at = placeOf(shelf, row)
  if (shelf[at]?.id === row.id) shelf.splice(at, 1)
}

/** Newest first, at most `length`. With `before`, only rows strictly older than that: equal instants are skipped. */
export function page(shelf: Shelf, before: Micros | null, length: number): readonly Row[] {
  const end = before === null ? shelf.length : placeOf(shelf, { created_at: before, sequence: 0 })
  return shelf.slice(Math.max(0, end - length), end).reverse()
}

/** The first place whose row is not older. */
function placeOf(shelf: Shelf, { created_at, sequence }: Pick<Row, 'created_at' | 'sequence'>): number {
  let low = 0
  let high = shelf.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const row = shelf[middle]
    const isOlder = row !== undefined && (row.created_at - created_at || row.sequence - sequence) < 0
    if (isOlder) low = middle + 1
    else high = middle
  }
  return low
}
