/** Protocol buffers, read: tags, varints and lengths. Every wrong byte is a `WireError`; nothing is read outside the bytes given. */

export class WireError extends Error {
  override readonly name = 'WireError'
}

export const VARINT = 0
export const FIXED64 = 1
export const BYTES = 2
export const FIXED32 = 5

const MAX_FIELD = 536_870_911
/** Texts that are read without a decoder: names of types. */
const SHORT = 64

/** Refuses what is not UTF-8, as proto3 asks for. */
const TEXT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export class Reader {
  readonly #bytes: Uint8Array
  #at = 0
  #low = 0
  #middle = 0
  #high = 0
  #more = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** Next field: its number and wire type. */
  tag(): { readonly field: number; readonly wire: number } {
    const tag = this.int64()
    const field = Math.floor(tag / 8)
    if (field < 1 || field > MAX_FIELD) throw new WireError(`there is no field number ${field}`)
    return { field, wire: tag % 8 }
  }

  /** A signed 64-bit integer, as a number. Throws where a number would not hold it. */
  int64(): number {
    this.#varint()
    const value = this.#high === 0 ? this.#middle * 2 ** 28 + this.#low : this.#wide()
    if (!Number.isSafeInteger(value)) throw new WireError('an integer is beyond 2^53')
    return value
  }

  bool(): boolean {
    this.#varint()
    return (this.#low | this.#middle | this.#high) !== 0
  }

  /** A view, not a copy. */
  bytes(): Uint8Array {
    return this.#take(this.int64())
  }

  string(): string {
    const bytes = this.bytes()
    if (bytes.length <= SHORT && bytes.every((byte) => byte < 0x80)) return String.fromCharCode(...bytes)
    try {
      return TEXT.decode(bytes)
    } catch (cause) {
      if (cause instanceof WireError) throw cause
      throw new WireError('a text is not UTF-8', { cause })
    }
  }

  skip(wire: number): void {
    if (wire === VARINT) this.#varint()
    else if (wire === FIXED64) this.#take(8)
    else if (wire === BYTES) this.bytes()
    else if (wire === FIXED32) this.#take(4)
    else throw new WireError(`wire type ${wire} is not known`)
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length
    if (length < 0 || end > this.#bytes.length) throw new WireError('a field runs past the end of its message')
    const part = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return part
  }

  /** Into three parts of 28, 28 and 8 bits: numbers cost nothing, and only wide values need a bigint. */
  #varint(): void {
    this.#low = this.#part(4)
    this.#middle = this.#more ? this.#part(4) : 0
    this.#high = this.#more ? this.#part(2) : 0
    if (this.#more) throw new WireError('a varint is longer than ten bytes')
  }

  #part(most: number): number {
    let part = 0
    for (let n = 0; n < most; n++) {
      const byte = this.#byte()
      part |= (byte & 127) << (7 * n)
      this.#more = byte > 127
      if (!this.#more) break
    }
    return part
  }

  #wide(): number {
    const value = (BigInt(this.#high) << 56n) | (BigInt(this.#middle) << 28n) | BigInt(this.#low)
    return Number(BigInt.asIntN(64, value))
  }

  #byte(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw new WireError('a number runs past the end of its message')
    this.#at += 1
    return byte
  }
}
