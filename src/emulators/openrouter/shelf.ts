import type { StoredKey } from './stored-key.ts'

/**
 * The keys of one workspace in order of creation, once with and once without the disabled ones, so that any list page costs O(page).
 * Keys are found by binary search on their sequence number; putting and taking moves array tails, which is cheap at 10,000 keys.
 */
export interface Shelf {
  readonly all: StoredKey[]
  readonly enabled: StoredKey[]
}

export function emptyShelf(): Shelf {
  return { all: [], enabled: [] }
}

/** Adds the key, or replaces the older value with the same sequence number. */
export function put(shelf: Shelf, key: StoredKey): void {
  place(shelf.all, key)
  if (key.disabled) drop(shelf.enabled, key)
  else place(shelf.enabled, key)
}

export function take(shelf: Shelf, key: StoredKey): void {
  drop(shelf.all, key)
  drop(shelf.enabled, key)
}

/** Newest first; `offset` counts from the newest. Empty past the end. */
export function page(keys: readonly StoredKey[], offset: number, length: number): StoredKey[] {
  const end = Math.max(0, keys.length - offset)
  return keys.slice(Math.max(0, end - length), end).reverse()
}

function place(keys: StoredKey[], key: StoredKey): void {
  const at = indexOf(keys, key.sequence)
  keys.splice(at, keys[at]?.sequence === key.sequence ? 1 : 0, key)
}

function drop(keys: StoredKey[], key: StoredKey): void {
  const at = indexOf(keys, key.sequence)
  if (keys[at]?.sequence === key.sequence) keys.splice(at, 1)
}

/** Where a key with this sequence number is or would have to go. */
function indexOf(keys: readonly StoredKey[], sequence: number): number {
  let low = 0
  let high = keys.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((keys[middle]?.sequence ?? 0) < sequence) low = middle + 1
    else high = middle
  }
  return low
}
