/** Protocol buffers, written. Lengths come first, so a message inside is finished before it is put in. */
import { BYTES, VARINT } from './reader.ts'

const FIRST_CAPACITY = 256

export class Writer {
  #buffer = Buffer.allocUnsafe(FIRST_CAPACITY)
  #length = 0

  int64(field: number, value: number): void {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no integer that can be sent`)
    this.#varint(field * 8 + VARINT)
    if (value < 0) this.#longVarint(BigInt.asUintN(64, BigInt(value)))
    else this.#varint(value)
  }

  bytes(field: number, value: Uint8Array): void {
    this.#varint(field * 8 + BYTES)
    this.#varint(value.length)
    this.#room(value.length)
    this.#buffer.set(value, this.#length)
    this.#length += value.length
  }

  string(field: number, value: string): void {
    this.bytes(field, Buffer.from(value, 'utf8'))
  }

  done(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  #varint(value: number): void {
    this.#room(10)
    let rest = value
    while (rest > 127) {
      this.#buffer[this.#length++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.#buffer[this.#length++] = rest
  }

  #longVarint(value: bigint): void {
    this.#room(10)
    let rest = value
    while (rest > 127n) {
      this.#buffer[this.#length++] = Number(rest & 127n) | 128
      rest >>= 7n
    }
    this.#buffer[this.#length++] = Number(rest)
  }

  #room(more: number): void {
    if (this.#length + more <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + more))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}
