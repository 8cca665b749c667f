/** MessagePack, read token by token: the caller knows the type it expects. Every wrong byte is a `ValueError`. */
import { ValueError } from './value-error.ts'

export type Token =
  | { readonly kind: 'nil' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: number | bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'array'; readonly length: number }
  | { readonly kind: 'map'; readonly length: number }
  | { readonly kind: 'extension'; readonly type: number; readonly value: Uint8Array }

const TEXT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const NIL: Token = { kind: 'nil' }
const TRUE: Token = { kind: 'bool', value: true }
const FALSE: Token = { kind: 'bool', value: false }

export class PackReader {
  readonly #buffer: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#buffer.length
  }

  next(): Token {
    const code = this.#byte()
    if (code < 0x80) return { kind: 'int', value: code }
    if (code < 0x90) return this.#container('map', code & 0x0f)
    if (code < 0xa0) return this.#container('array', code & 0x0f)
    if (code < 0xc0) return this.#text(code & 0x1f)
    if (code >= 0xe0) return { kind: 'int', value: code - 0x100 }
    return this.#coded(code)
  }

  #coded(code: number): Token {
    if (code === 0xc0) return NIL
    if (code === 0xc2) return FALSE
    if (code === 0xc3) return TRUE
    if (code >= 0xc4 && code <= 0xc6) return { kind: 'bytes', value: this.#take(this.#uint(1 << (code - 0xc4))) }
    if (code >= 0xc7 && code <= 0xc9) return this.#extension(this.#uint(1 << (code - 0xc7)))
    if (code === 0xca) return { kind: 'float', value: this.#take(4).readFloatBE(0) }
    if (code === 0xcb) return { kind: 'float', value: this.#take(8).readDoubleBE(0) }
    if (code >= 0xcc && code <= 0xce) return { kind: 'int', value: this.#uint(1 << (code - 0xcc)) }
    if (code === 0xcf) return { kind: 'int', value: this.#take(8).readBigUInt64BE(0) }
    if (code === 0xd0) return { kind: 'int', value: this.#take(1).readInt8(0) }
    if (code === 0xd1) return { kind: 'int', value: this.#take(2).readInt16BE(0) }
    if (code === 0xd2) return { kind: 'int', value: this.#take(4).readInt32BE(0) }
    if (code === 0xd3) return { kind: 'int', value: this.#take(8).readBigInt64BE(0) }
    if (code >= 0xd4 && code <= 0xd8) return this.#extension(1 << (code - 0xd4))
    if (code >= 0xd9 && code <= 0xdb) return this.#text(this.#uint(1 << (code - 0xd9)))
    if (code === 0xdc || code === 0xdd) return this.#container('array', this.#uint(code === 0xdc ? 2 : 4))
    if (code === 0xde || code === 0xdf) return this.#container('map', this.#uint(code === 0xde ? 2 : 4))
    throw new ValueError(`byte 0x${code.toString(16)} begins no value`)
  }

  /** A member takes a byte at least: a length beyond what is left is refused before anything is reserved for it. */
  #container(kind: 'array' | 'map', length: number): Token {
    if (length > this.#buffer.length - this.#at)
      throw new ValueError('a container claims more members than there are bytes')
    return { kind, length }
  }

  #text(length: number): Token {
    const from = this.#at
    const to = this.#move(length)
    return {
      kind: 'text',
      value: this.#isPlain(from, to) ? this.#buffer.toString('latin1', from, to) : this.#decoded(from, to),
    }
  }

  /** ASCII, which needs no decoder: nearly every text, and every name. */
  #isPlain(from: number, to: number): boolean {
    for (let at = from; at < to; at++) if ((this.#buffer[at] ?? 0) > 0x7f) return false
    return true
  }

  #decoded(from: number, to: number): string {
    try {
      return TEXT.decode(this.#buffer.subarray(from, to))
    } catch (cause) {
      throw new ValueError('a text is not UTF-8', { cause })
    }
  }

  #extension(length: number): Token {
    const type = this.#take(1).readInt8(0)
    return { kind: 'extension', type, value: this.#take(length) }
  }

  #uint(length: number): number {
    const from = this.#at
    this.#move(length)
    return this.#buffer.readUIntBE(from, length)
  }

  #byte(): number {
    const byte = this.#buffer[this.#at]
    if (byte === undefined) throw new ValueError('a value runs past its end')
    this.#at += 1
    return byte
  }

  #take(length: number): Buffer {
    const from = this.#at
    return this.#buffer.subarray(from, this.#move(length))
  }

  /** Past `length` bytes; the position behind them. */
  #move(length: number): number {
    const end = this.#at + length
    if (end > this.#buffer.length) throw new ValueError('a value runs past its end')
    this.#at = end
    return end
  }
}
