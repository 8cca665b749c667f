/** The key of one SOPS file: random, and encrypted to each recipient with age. */
import { randomBytes } from 'node:crypto'
import type * as Age from 'age-encryption'
import type { Secret } from '../../core/secret.ts'
import { isObject, type JsonObject } from '../../io/http/json.ts'
import { denied } from '../refusal.ts'
import { unreadable } from './refusal.ts'

export interface Keyring {
  /** The key of a file, from what stands under `sops`. Throws `SINK_FILE_UNREADABLE` when the identity is none of its recipients. */
  unlock(meta: JsonObject, file: string): Promise<Buffer>
  /** A new key, and what has to stand under `sops.age` for it. */
  mint(): Promise<{ readonly key: Buffer; readonly age: readonly Wrapped[] }>
}

export interface Wrapped {
  readonly recipient: string
  readonly enc: string
}

export interface KeyringParts {
  readonly age: typeof Age
  readonly identity: Secret
  readonly recipients: readonly string[]
  /** Name of the sink. */
  readonly name: string
}

/** Throws `SINK_DENIED` for a recipient or an identity that age does not accept. */
export function keyring({ age, identity, recipients, name }: KeyringParts): Keyring {
  const decrypter = new age.Decrypter()
  accepted(() => decrypter.addIdentity(identity.expose()), `the identity of the sink ${name} is no age identity`)
  for (const recipient of recipients)
    accepted(
      () => new age.Encrypter().addRecipient(recipient),
      `sinks.${name}.recipients holds ${JSON.stringify(recipient)}, which is no age recipient`,
    )
  const wrap = async (key: Buffer, recipient: string): Promise<Wrapped> => {
    const encrypter = new age.Encrypter()
    encrypter.addRecipient(recipient)
    return { recipient, enc: age.armor.encode(await encrypter.encrypt(key)) }
  }
  return {
    async unlock(meta, file) {
      for (const { enc } of wrappedIn(meta, file)) {
        const key = await decrypter.decrypt(age.armor.decode(enc), 'uint8array').catch(() => null)
        if (key !== null) return Buffer.from(key)
      }
      throw unreadable(file, `is not encrypted for the identity of the sink ${name}`)
    },
    async mint() {
      const key = randomBytes(32)
      return { key, age: await Promise.all(recipients.map((recipient) => wrap(key, recipient))) }
    },
  }
}

function accepted(check: () => unknown, message: string): void {
  try {
    check()
  } catch {
    throw denied(message, 'age-keygen -y IDENTITY_FILE')
  }
}

/** Where the key is split among groups, one group alone cannot open it. */
export function wrappedIn(meta: JsonObject, file: string): readonly Wrapped[] {
  if (Array.isArray(meta.key_groups) && meta.key_groups.length > 0)
    throw unreadable(file, 'splits its key among groups')
  const listed = Array.isArray(meta.age) ? meta.age : []
  return listed.flatMap((one: unknown) =>
    isObject(one) && typeof one.enc === 'string' ? [{ recipient: String(one.recipient), enc: one.enc }] : [],
  )
}
