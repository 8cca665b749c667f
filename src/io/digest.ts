import { createHash } from 'node:crypto'
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
