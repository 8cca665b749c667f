/**
 * One armored age file per secret (age-encryption.org/v1), made for people who hold the identities, and safe to commit.
 *
 * The version of a place is the fingerprint of the encrypted file, so writes are conditional with or without an identity. Only
 * with one can the place be read, compared and removed by its content; without, this handle still recognises what it wrote
 * itself. Encrypting the same secret twice gives different files: a write that finds its secret already there changes nothing.
 */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { KeywrightError } from '../core/diagnostic.ts'
import type { ConfigOf, SourceConfig } from '../core/places.ts'
import { Secret } from '../core/secret.ts'
import { fingerprintOf } from '../io/digest.ts'
import { type FileContent, SharedFiles } from '../io/shared-files.ts'
import type { PlaceAt, SecretSink } from '../ports/secret-sink.ts'
import { fingerprint } from './bytes.ts'
import type { SinkContext } from './context.ts'
import { conflict, ownPlace } from './own-place.ts'

type AgeModule = typeof import('age-encryption')

interface Armored extends FileContent {
  set(text: string | null): void
}

/** Throws `SINK_DENIED` for a recipient or an identity that age does not accept. */
export async function openAge(config: ConfigOf<'age'>, context: SinkContext): Promise<SecretSink> {
  const { root, lockWaitMillis } = context
  const age = await import('age-encryption')
  const wait = lockWaitMillis === undefined ? {} : { lockWaitMillis }
  const files = new SharedFiles<Armored>({ root, open: armoredFile, mustBeIgnored: false, ...wait })
  const identity = config.identity === undefined ? null : await identityFrom(config.identity, context)
  return new AgeSink(
    files,
    sealer(age, config, context.name),
    identity === null ? null : opener(age, identity, context.name),
  )
}

type Seal = (bytes: Secret) => Promise<string>
type Open = (armored: string, place: PlaceAt) => Promise<Secret>

class AgeSink implements SecretSink {
  readonly kind = 'age'
  readonly capabilities
  readonly #files: SharedFiles<Armored>
  readonly #seal: Seal
  readonly #open: Open | null
  /** Fingerprint of the secret inside, by version, of what this handle wrote or opened. */
  readonly #inside = new Map<string, string>()

  constructor(files: SharedFiles<Armored>, seal: Seal, open: Open | null) {
    this.#files = files
    this.#seal = seal
    this.#open = open
    this.capabilities = { readable: open !== null, conditional: true }
  }

  async preflight(place: PlaceAt): Promise<{ version: string | null }> {
    const text = await this.#text(place)
    await this.#files.prepare(pathOf(place))
    return { version: versionOf(text) }
  }

  async write(place: PlaceAt, bytes: Secret, ifVersion: string | null): Promise<{ version: string }> {
    const print = fingerprint(bytes)
    const text = await this.#text(place)
    if (text !== null && (await this.#insideOf(text, place)) === print) return { version: fingerprintOf(text) }
    if (versionOf(text) !== ifVersion) throw conflict(place)
    const sealed = await this.#seal(bytes)
    await this.#files.edit(pathOf(place), (file) => {
      if (versionOf(file.text()) !== ifVersion) throw conflict(place)
      file.set(sealed)
    })
    const version = fingerprintOf(sealed)
    this.#inside.set(version, print)
    return { version }
  }

  async read(place: PlaceAt): ReturnType<SecretSink['read']> {
    const text = await this.#text(place)
    if (this.#open === null) return 'unreadable'
    if (text === null) return null
    const bytes = await this.#open(text, place)
    return { fingerprint: fingerprint(bytes), version: fingerprintOf(text), bytes }
  }

  async remove(place: PlaceAt, ifFingerprint: string): Promise<boolean> {
    const text = await this.#text(place)
    if (text === null) return true
    if ((await this.#insideOf(text, place)) !== ifFingerprint) return false
    return this.#files.edit(pathOf(place), (file) => {
      if (file.text() === text) file.set(null)
      return file.text() === null
    })
  }

  close(): Promise<void> {
    return this.#files.idle()
  }

  #text(place: PlaceAt): Promise<string | null> {
    ownPlace(place, 'age')
    return this.#files.read(pathOf(place), (file) => file.text())
  }

  /** Fingerprint of the secret in an armored text, `null` when this handle cannot know it. */
  async #insideOf(text: string, place: PlaceAt): Promise<string | null> {
    const known = this.#inside.get(fingerprintOf(text))
    if (known !== undefined || this.#open === null) return known ?? null
    return this.#open(text, place).then(fingerprint, () => null)
  }
}

function armoredFile(before: string | null): Armored {
  let text = before
  return {
    text: () => text,
    set: (after) => {
      text = after
    },
  }
}

function pathOf(place: PlaceAt): string {
  return place.at.path ?? ''
}

function versionOf(text: string | null): string | null {
  return text === null ? null : fingerprintOf(text)
}

function sealer(age: AgeModule, config: ConfigOf<'age'>, name: string): Seal {
  const encrypter = new age.Encrypter()
  for (const recipient of config.recipients) {
    try {
      encrypter.addRecipient(recipient)
    } catch {
      throw refused(
        `sinks.${name}.recipients holds ${JSON.stringify(recipient)}, which is no age recipient`,
        'age-keygen -y IDENTITY_FILE',
      )
    }
  }
  return async (bytes) => age.armor.encode(await encrypter.encrypt(bytes.expose()))
}

function opener(age: AgeModule, identity: Secret, name: string): Open {
  const decrypter = new age.Decrypter()
  try {
    decrypter.addIdentity(identity.expose())
  } catch {
    throw refused(
      `the identity of the sink ${name} is not an age identity (AGE-SECRET-KEY-1...)`,
      'age-keygen -o IDENTITY_FILE',
    )
  }
  return async (armored, place) => {
    try {
      return Secret.of(await decrypter.decrypt(age.armor.decode(armored), 'text'))
    } catch {
      // The cause is left out: it might quote the content.
      const message = `${place.text} cannot be decrypted with the identity of the sink`
      throw new KeywrightError('SINK_FILE_UNREADABLE', {
        message,
        hint: `age --decrypt -i IDENTITY_FILE ${pathOf(place)}`,
      })
    }
  }
}

/** The first AGE-SECRET-KEY line of the source; a file may hold comments, as age-keygen writes them. */
async function identityFrom(source: SourceConfig, context: SinkContext): Promise<Secret> {
  const where = 'env' in source ? source.env : source.file
  const text =
    'env' in source
      ? context.env[source.env]
      : await readFile(resolve(context.root, source.file), 'utf8').catch(() => undefined)
  const line = text?.split('\n').find((each) => each.trim().startsWith('AGE-SECRET-KEY-'))
  if (line !== undefined) return Secret.of(line.trim())
  const hint = 'env' in source ? `export ${where}="$(grep AGE-SECRET-KEY IDENTITY_FILE)"` : `age-keygen -o ${where}`
  throw refused(`the sink ${context.name} finds no AGE-SECRET-KEY-1... in ${where}`, hint)
}

function refused(message: string, hint: string): KeywrightError {
  return new KeywrightError('SINK_DENIED', { message, hint })
}
