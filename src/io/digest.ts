import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../core/secret.ts'

/** SHA-256 as 64 lowercase hex digits; text is hashed as UTF-8. */
export function sha256Hex(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** How records name the content of a place: `sha256:` + hex of the exact bytes. Secrets have 256 bits of entropy, so it gives nothing away. */
export function fingerprintOf(bytes: string | Uint8Array): string {
  return `sha256:${sha256Hex(bytes)}`
}

/** `sha256Hex` of a secret, for those who may know the hash but need not see the secret. */
export function sha256OfSecret(secret: Secret): string {
  return sha256Hex(secret.expose())
}

/** HMAC-SHA-256 of text or bytes. */
export function hmacOf(secret: Secret, content: string | Uint8Array, encoding: 'hex' | 'base64'): string {
  return createHmac('sha256', secret.expose()).update(content).digest(encoding)
}

const STANDARD = 'whsec_'

/** A signature of Standard Webhooks, in base64. Its secrets are `whsec_` and base64; anything else is taken as the key itself. */
export function standardSignature(secret: Secret, content: string): string {
  const text = secret.expose()
  const key = text.startsWith(STANDARD) ? Buffer.from(text.slice(STANDARD.length), 'base64') : text
  return createHmac('sha256', key).update(content).digest('base64')
}

/** Whether two texts are equal, in a time that tells nothing about where they differ. */
export function isSame(a: string, b: string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest())
}
