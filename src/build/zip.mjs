// Zip files that are the same bytes whenever their content is: names in order, no clock, no compression unless asked for.
import { deflateRawSync } from 'node:zlib'

const FIRST_OF_1980 = 0x0021
const MADE_ON_UNIX = (3 << 8) | 20
const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1
  return c >>> 0
})

function crc32(bytes) {
  let crc = 0xffffffff
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

/** `files`: `{ name, bytes, mode }`. `compress`: the result then depends on the version of zlib. */
export function zipOf(files, { compress = false } = {}) {
  const parts = []
  const directory = []
  let offset = 0
  for (const { name, bytes, mode } of [...files].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const content = compress ? deflateRawSync(bytes, { level: 9 }) : bytes
    const facts = factsOf({ name, bytes, content, compress })
    const head = Buffer.concat([u32(0x04034b50), facts, Buffer.from(name)])
    const attributes = Buffer.concat([u16(0), u16(0), u16(0), u32((0o100000 | mode) * 0x10000), u32(offset)])
    directory.push(Buffer.concat([u32(0x02014b50), u16(MADE_ON_UNIX), facts, attributes, Buffer.from(name)]))
    parts.push(head, content)
    offset += head.length + content.length
  }
  const index = Buffer.concat(directory)
  const counts = [u16(0), u16(0), u16(directory.length), u16(directory.length), u32(index.length), u32(offset), u16(0)]
  return Buffer.concat([...parts, index, u32(0x06054b50), ...counts])
}

function factsOf({ name, bytes, content, compress }) {
  const time = [u16(0), u16(FIRST_OF_1980)]
  const sizes = [u32(crc32(bytes)), u32(content.length), u32(bytes.length)]
  return Buffer.concat([
    u16(20),
    u16(0x0800),
    u16(compress ? 8 : 0),
    ...time,
    ...sizes,
    u16(Buffer.byteLength(name)),
    u16(0),
  ])
}

function u16(value) {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

function u32(value) {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value >>> 0)
  return bytes
}
