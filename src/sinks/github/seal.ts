/** libsodium's sealed box: anybody can close it with a public key, nobody but GitHub can open it. */
import type { Secret } from '../../core/secret.ts'

/** `key` and the result are base64. */
export async function sealed(bytes: Secret, key: string): Promise<string> {
  const { default: box } = await import('tweetnacl-sealedbox-js')
  const closed = box.seal(Buffer.from(bytes.expose(), 'utf8'), Buffer.from(key, 'base64'))
  return Buffer.from(closed).toString('base64')
}
