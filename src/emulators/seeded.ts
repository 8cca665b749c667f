import { createHash } from 'node:crypto'

/** A stream of numbers in [0, 1). The same seed always gives the same stream. */
export type Draw = () => number

/** Mulberry32: small, fast, good enough to pick faults; never used for secrets. */
export function drawFrom(seed: number): Draw {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Lowercase hex SHA-256 of UTF-8 text: 64 characters. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** A version 4 shaped UUID that depends on nothing but the text. */
export function uuidFrom(text: string): string {
  const hex = sha256(text)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
