/**
 * Single values in SOPS files for age recipients; such files may be committed.
 *
 * One seal covers all values of a file, so whoever changes one has to open them all: this sink always needs an identity, and every place
 * can be read. The version of a place is the fingerprint of its own content, as in every file, so a neighbour that changes is no conflict.
 * Neighbours keep their ciphertext, comments and order; only the value, the seal and its time change.
 */
import { type ConfigOf, SOPS_IDENTITY } from '../core/places.ts'
import { Secret } from '../core/secret.ts'
import { systemClock } from '../io/clock.ts'
import { fingerprintOf } from '../io/digest.ts'
import { type FileContent, SharedFiles } from '../io/shared-files.ts'
import type { Clock } from '../ports/clock.ts'
import type { PlaceAt, SecretSink } from '../ports/secret-sink.ts'
import { fingerprint } from './bytes.ts'
import type { SinkContext } from './context.ts'
import { credentialFrom } from './credential.ts'
import { readingOf, versionOf } from './held.ts'
import { conflict, ownPlace } from './own-place.ts'
import { type Keyring, keyring, type Wrapped, wrappedIn } from './sops/data-key.ts'
import { type Format, formatOf, freshFile, type Opened, valueIn, withoutValue, withValue } from './sops/file.ts'

interface Plain extends FileContent {
  replace(text: string | null): void
}

interface Key {
  readonly key: Buffer
  /** What stands under `sops.age`: the same key as long as that stays. */
  readonly age: readonly Wrapped[]
}

/** Throws `SINK_DENIED` without a usable identity, and for a recipient that age does not accept. */
export async function openSops(
  config: ConfigOf<'sops'>,
  context: SinkContext,
  clock: Clock = systemClock,
): Promise<SecretSink> {
  const { root, lockWaitMillis, name } = context
  const [age, yaml] = await Promise.all([import('age-encryption'), import('yaml')])
  const identity = await credentialFrom(config.identity ?? { env: SOPS_IDENTITY }, context, /AGE-SECRET-KEY-1/)
  const wait = lockWaitMillis === undefined ? {} : { lockWaitMillis }
  const files = new SharedFiles<Plain>({ root, open: plain, mustBeIgnored: false, ...wait })
  const keys = keyring({ age, identity: onlyKey(identity), recipients: config.recipients, name })
  return sinkOf({ files, keys, clock, format: (file) => formatOf(yaml, file) })
}

interface Parts {
  readonly files: SharedFiles<Plain>
  readonly keys: Keyring
  readonly clock: Clock
  readonly format: (file: string) => Format
}

function sinkOf(parts: Parts): SecretSink {
  const { files } = parts
  const held = async (place: PlaceAt): Promise<string | null> => {
    ownPlace(place, 'sops')
    const text = await files.read(pathOf(place), (content) => content.text())
    return text === null ? null : valueIn(text, namesOf(place), await openedBy(parts, text, pathOf(place)))
  }
  return {
    kind: 'sops',
    capabilities: { readable: true, conditional: true },
    async preflight(place) {
      const text = await held(place)
      await files.prepare(pathOf(place))
      return { version: versionOf(text) }
    },
    write: (place, bytes, ifVersion) =>
      changing(parts, place, (text, opened) => {
        const before = text === null ? null : valueIn(text, namesOf(place), opened)
        const version = fingerprint(bytes)
        if (versionOf(before) === version) return { value: { version } }
        if (versionOf(before) !== ifVersion) throw conflict(place)
        const after =
          text === null
            ? freshFile(namesOf(place), bytes.expose(), opened)
            : withValue(text, namesOf(place), bytes.expose(), opened)
        return { value: { version }, after }
      }),
    read: async (place) => readingOf(await held(place)),
    remove: (place, ifFingerprint) =>
      changing(parts, place, (text, opened) => {
        const before = text === null ? null : valueIn(text, namesOf(place), opened)
        if (text === null || before === null) return { value: true }
        if (fingerprintOf(before) !== ifFingerprint) return { value: false }
        return { value: true, after: withoutValue(text, namesOf(place), opened) }
      }),
    close: () => files.idle(),
  }
}

interface Changed<T> {
  readonly value: T
  /** Absent: the file stays as it is. */
  readonly after?: string | null
}

type Change<T> = (text: string | null, opened: Opened & Key & { readonly now: string }) => Changed<T>

/** The key is opened before the file is locked; if the file has another key by then, it starts over. */
async function changing<T>(parts: Parts, place: PlaceAt, change: Change<T>): Promise<T> {
  ownPlace(place, 'sops')
  const file = pathOf(place)
  for (let tried = 1; tried <= MOST_KEYS; tried++) {
    const seen = await parts.files.read(file, (content) => content.text())
    const opened =
      seen === null
        ? { ...(await parts.keys.mint()), file, format: parts.format(file) }
        : await openedBy(parts, seen, file)
    const now = `${new Date(parts.clock.now()).toISOString().slice(0, 19)}Z`
    const done = await parts.files.edit(file, (content) => {
      const text = content.text()
      if (!isSameKey(seen, text, opened)) return null
      const changed = change(text, { ...opened, now })
      if (changed.after !== undefined) content.replace(changed.after)
      return { value: changed.value }
    })
    if (done !== null) return done.value
  }
  throw conflict(place)
}

const MOST_KEYS = 10

function isSameKey(seen: string | null, text: string | null, { format, file, age }: Opened & Key): boolean {
  if (seen === text) return true
  if (seen === null || text === null) return false
  return JSON.stringify(wrappedIn(format.tree(text).meta, file)) === JSON.stringify(age)
}

async function openedBy({ keys, format }: Parts, text: string, file: string): Promise<Opened & Key> {
  const { meta } = format(file).tree(text)
  return { format: format(file), file, key: await keys.unlock(meta, file), age: wrappedIn(meta, file) }
}

/** A file that age-keygen wrote holds comments beside the key. */
function onlyKey(identity: Secret): Secret {
  return Secret.of(/AGE-SECRET-KEY-1\w+/.exec(identity.expose())?.[0] ?? '')
}

function plain(before: string | null): Plain {
  let text = before
  return {
    text: () => text,
    replace: (after) => {
      text = after
    },
  }
}

function pathOf(place: PlaceAt): string {
  return place.at.path ?? ''
}

function namesOf(place: PlaceAt): readonly string[] {
  return (place.at.field ?? '').split('.')
}
