import type { Millis } from '../time.ts'

/**
 * How much a due rotation of this generation is put off: the same in every run and on every machine, spread evenly over
 * `[0, most)`. Keys that were issued together do not come due together.
 */
export function jitterOf(address: string, n: number, most: Millis): Millis {
  return Math.floor((mixed(fnv1a(`${address}#${n}`)) / 2 ** 32) * most)
}

/** FNV-1a, 32 bits, over UTF-16 units. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}

/** Spreads the last characters, such as the number of a generation, over all bits. */
function mixed(hash: number): number {
  let word = Math.imul(hash ^ (hash >>> 16), 2246822507)
  word = Math.imul(word ^ (word >>> 13), 3266489909)
  return (word ^ (word >>> 16)) >>> 0
}
