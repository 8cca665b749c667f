/** MessagePack, written, in the shortest form of each token. */

const FIRST_CAPACITY = 512

export class PackWriter {
  #buffer = Buffer.allocUnsafe(FIRST_CAPACITY)
  #length = 0

  nil(): void {
    this.#byte(0xc0)
  }

  bool(value: boolean): void {
    this.#byte(value ? 0xc3 : 0xc2)
  }

  /** A safe integer. */
  int(value: number): void {
    if (value >= 0) this.#natural(value)
    else if (value >= -0x20) this.#byte(value + 0x100)
    else if (value >= -0x80) this.#room(2, (at) => this.#buffer.writeInt8(value, this.#code(0xd0, at)))
    else if (value >= -0x8000) this.#room(3, (at) => this.#buffer.writeInt16BE(value, this.#code(0xd1, at)))
    else if (value >= -0x80000000) this.#room(5, (at) => this.#buffer.writeInt32BE(value, this.#code(0xd2, at)))
    else this.#room(9, (at) => this.#buffer.writeBigInt64BE(BigInt(value), this.#code(0xd3, at)))
  }

  text(value: string): void {
    const length = Buffer.byteLength(value, 'utf8')
    if (length < 32) this.#byte(0xa0 | length)
    else this.#sized(length, [0xd9, 0xda, 0xdb])
    this.#reserve(length)
    this.#length += this.#buffer.write(value, this.#length, 'utf8')
  }

  bytes(value: Uint8Array): void {
    this.#sized(value.length, [0xc4, 0xc5, 0xc6])
    this.#room(value.length, (at) => this.#buffer.set(value, at))
  }

  array(length: number): void {
    if (length < 16) this.#byte(0x90 | length)
    else this.#sized(length, [null, 0xdc, 0xdd])
  }

  map(length: number): void {
    if (length < 16) this.#byte(0x80 | length)
    else this.#sized(length, [null, 0xde, 0xdf])
  }

  extension(type: number, value: Uint8Array): void {
    const fixed = [1, 2, 4, 8, 16].indexOf(value.length)
    if (fixed >= 0) this.#byte(0xd4 + fixed)
    else this.#sized(value.length, [0xc7, 0xc8, 0xc9])
    this.#byte(type)
    this.#room(value.length, (at) => this.#buffer.set(value, at))
  }

  done(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  #natural(value: number): void {
    if (value < 0x80) this.#byte(value)
    else if (value <= 0xffffffff) this.#sized(value, [0xcc, 0xcd, 0xce])
    else this.#room(9, (at) => this.#buffer.writeBigUInt64BE(BigInt(value), this.#code(0xcf, at)))
  }

  /** A code for one, two or four bytes of size, and the size. */
  #sized(size: number, [one, two, four]: readonly [number | null, number, number]): void {
    if (one !== null && size <= 0xff) this.#room(2, (at) => this.#buffer.writeUInt8(size, this.#code(one, at)))
    else if (size <= 0xffff) this.#room(3, (at) => this.#buffer.writeUInt16BE(size, this.#code(two, at)))
    else this.#room(5, (at) => this.#buffer.writeUInt32BE(size, this.#code(four, at)))
  }

  #code(code: number, at: number): number {
    this.#buffer[at] = code
    return at + 1
  }

  #byte(value: number): void {
    this.#reserve(1)
    this.#buffer[this.#length++] = value
  }

  #room(more: number, write: (at: number) => void): void {
    this.#reserve(more)
    write(this.#length)
    this.#length += more
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + more))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}
