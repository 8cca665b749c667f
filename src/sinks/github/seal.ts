/** libsodium's sealed box: anybody can close it with a public key, nobody but GitHub can open it. */
import type { Secret } from '../../core/secret.ts'

/** `key` and the result are base64. */
export async function sealed(bytes: Secret, key: string): Promise<string> {
  const loaded = await import('tweetnacl-sealedbox-js')
  // Node sees the package through its default export, the bundle by its names.
  const seal = loaded.seal ?? loaded.default.seal
  const closed = seal(Buffer.from(bytes.expose(), 'utf8'), Buffer.from(key, 'base64'))
  return Buffer.from(closed).toString('base64')
}
