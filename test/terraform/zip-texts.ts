/** Texts of the files in a zip, such as a plan file: by their local headers, which is all that terraform writes. */
import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'

export function zippedTexts(path: string): readonly string[] {
  const bytes = readFileSync(path)
  const texts: string[] = []
  const directory = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  let at = bytes.readUInt32LE(directory + 16)
  for (let left = bytes.readUInt16LE(directory + 10); left > 0; left--) {
    const [size, method, local] = [
      bytes.readUInt32LE(at + 20),
      bytes.readUInt16LE(at + 10),
      bytes.readUInt32LE(at + 42),
    ]
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    const packed = bytes.subarray(start, start + size)
    texts.push((method === 0 ? packed : inflateRawSync(packed)).toString('latin1'))
    at += 46 + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
  }
  return texts
}
