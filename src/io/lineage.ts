import { randomBytes } from 'node:crypto'

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567'

/** A lineage: eight of `[a-z2-7]`, 40 random bits. */
export function mintLineage(): string {
  return [...randomBytes(8)].map((byte) => LETTERS.charAt(byte % 32)).join('')
}
