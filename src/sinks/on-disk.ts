/**
 * What `dotenv` and `file` have in common: places inside text files. The version of a place is the fingerprint of its own
 * content, so a neighbour that changes is no conflict, and a write that finds its bytes already there is done.
 */
import { Secret } from '../core/secret.ts'
import { fingerprintOf } from '../io/digest.ts'
import type { FileContent, SharedFiles } from '../io/shared-files.ts'
import type { PlaceAt, SecretSink } from '../ports/secret-sink.ts'
import { fingerprint } from './bytes.ts'
import { conflict, ownPlace } from './own-place.ts'

type At = PlaceAt['at']

/** A file with places in it. `set` and `unset` throw before they change anything. */
export interface PlacesInFile extends FileContent {
  get(at: At): string | null
  set(at: At, value: string): void
  unset(at: At): void
}

/** A sink that can say how often it rewrote files, for tests and statistics. */
export interface FileSink extends SecretSink {
  rewrites(): number
}

export function onDisk(kind: string, files: SharedFiles<PlacesInFile>): FileSink {
  const look = (place: PlaceAt): Promise<string | null> => {
    ownPlace(place, kind)
    return files.read(pathOf(place), (content) => content.get(place.at))
  }
  return {
    kind,
    capabilities: { readable: true, conditional: true },
    async preflight(place) {
      const held = await look(place)
      await files.prepare(pathOf(place))
      return { version: versionOf(held) }
    },
    async write(place, bytes, ifVersion) {
      ownPlace(place, kind)
      return files.edit(pathOf(place), (content) => put(content, place, bytes, ifVersion))
    },
    async read(place) {
      const held = await look(place)
      if (held === null) return null
      const print = fingerprintOf(held)
      return { fingerprint: print, version: print, bytes: Secret.of(held) }
    },
    async remove(place, ifFingerprint) {
      if ((await look(place)) === null) return true
      return files.edit(pathOf(place), (content) => {
        if (versionOf(content.get(place.at)) === ifFingerprint) content.unset(place.at)
        return content.get(place.at) === null
      })
    },
    close: () => files.idle(),
    rewrites: () => files.rewrites,
  }
}

function put(content: PlacesInFile, place: PlaceAt, bytes: Secret, ifVersion: string | null): { version: string } {
  const held = versionOf(content.get(place.at))
  const version = fingerprint(bytes)
  if (held !== version) {
    if (held !== ifVersion) throw conflict(place)
    content.set(place.at, bytes.expose())
  }
  return { version }
}

function versionOf(held: string | null): string | null {
  return held === null ? null : fingerprintOf(held)
}

export function pathOf(place: PlaceAt): string {
  return place.at.path ?? ''
}
