/**
 * How SOPS encrypts: each value alone, with AES-256-GCM under the data key of the file and its path as additional data, so that no value
 * can be moved to another name; and one seal (`mac`) over all of them, encrypted with the time of the last change.
 *
 * Facts: aes/cipher.go and sops.go of getsops/sops (read 2026-11). Initialisation vectors have 32 bytes there, and an empty value stays empty.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'

const SEALED = /^ENC\[AES256_GCM,data:(.*),iv:(.+),tag:(.+),type:(\w+)\]$/

export function isSealed(text: string): boolean {
  return text.startsWith('ENC[AES256_GCM,')
}

export function seal(plain: string, key: Buffer, additional: string): string {
  if (plain === '') return ''
  const iv = randomBytes(32)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(additional))
  const data = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
  const [shown, start, tag] = [data, iv, cipher.getAuthTag()].map((part) => part.toString('base64'))
  return `ENC[AES256_GCM,data:${shown},iv:${start},tag:${tag},type:str]`
}

/** `null` when it was not encrypted with this key, or for another place. */
export function unseal(sealed: string, key: Buffer, additional: string): Buffer | null {
  if (sealed === '') return Buffer.alloc(0)
  const [, data = '', iv = '', tag = ''] = SEALED.exec(sealed) ?? []
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64'), { authTagLength: 16 })
    decipher.setAAD(Buffer.from(additional)).setAuthTag(Buffer.from(tag, 'base64'))
    return Buffer.concat([decipher.update(Buffer.from(data, 'base64')), decipher.final()])
  } catch {
    return null
  }
}

/** What a value is bound to. Positions in lists count for nothing. */
export function boundTo(path: readonly string[]): string {
  return `${path.join(':')}:`
}

/** SHA-512 over the plain values in order, in upper case. With `onlyEncrypted` it starts from a value of its own. */
export function digestOf(values: readonly Buffer[], onlyEncrypted: boolean): string {
  const hash = createHash('sha512')
  if (onlyEncrypted) hash.update(createHash('sha256').update('sops').digest())
  for (const value of values) hash.update(value)
  return hash.digest('hex').toUpperCase()
}
