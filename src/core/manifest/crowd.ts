/**
 * Two keys, one place: the later secret would overwrite the other one. Looks at all places at once and in one pass.
 *
 * Two places clash when their identity is the same, or when they share a file or a secret that one of them uses whole, by a member
 * around the other's member, or as another kind of file. `clashes` in places.ts says it for two; comparing all with all would take
 * minutes for a dotenv file with 10,000 names, so each place leaves the names of everything around it behind.
 */
import type { Diagnostic } from '../diagnostic.ts'
import { complaint } from './complaint.ts'
import type { Delivered } from './delivery.ts'

export interface Owned extends Delivered {
  /** Id of the key. */
  readonly id: string
}

/** Kinds whose containers are used whole or by their members. */
const BY_MEMBER = /^(?:file|aws-secrets-manager|gcp-secret-manager|azure-key-vault):/
const ON_DISK = /^(dotenv|file|age):/

export function crowdedPlaces(all: Iterable<Owned>): readonly Diagnostic[] {
  const exact = new Map<string, Owned>()
  const around = new Map<string, Owned>()
  const kinds = new Map<string, Map<string, Owned>>()
  const found: Diagnostic[] = []
  for (const owned of all) {
    const { identity, at } = owned.place
    const kind = ON_DISK.exec(identity)?.[1]
    const outer = BY_MEMBER.test(identity) ? containersOf(identity) : []
    const sameFile = kind === undefined ? undefined : (kinds.get(at.path ?? '') ?? new Map<string, Owned>())
    const other =
      exact.get(identity) ??
      around.get(identity) ??
      outer.map((name) => exact.get(name)).find((one) => one !== undefined) ??
      [...(sameFile ?? [])].find(([name]) => name !== kind)?.[1]
    if (other !== undefined) found.push(said(owned, other))
    if (!exact.has(identity)) exact.set(identity, owned)
    for (const name of outer) if (!around.has(name)) around.set(name, owned)
    if (kind !== undefined && sameFile !== undefined && !sameFile.has(kind))
      kinds.set(at.path ?? '', sameFile.set(kind, owned))
  }
  return found
}

/** `file:a.json#b.c.d` lies within `file:a.json`, `file:a.json#b` and `file:a.json#b.c`. Fields of AWS are taken literally. */
function containersOf(identity: string): readonly string[] {
  const hash = identity.indexOf('#')
  if (hash < 0) return []
  const outer = [identity.slice(0, hash)]
  if (identity.startsWith('aws-')) return outer
  for (let dot = identity.indexOf('.', hash); dot >= 0; dot = identity.indexOf('.', dot + 1))
    outer.push(identity.slice(0, dot))
  return outer
}

function said(owned: Owned, other: Owned): Diagnostic {
  const { file, line, column } = other.spot.document.origin(other.spot.container, other.spot.member)
  const whose = owned.id === other.id ? 'It is' : `"${other.id}" is`
  const message = `"${owned.id}" delivers to ${owned.place.text}, where another secret goes already. ${whose} written at ${file}:${line}:${column}.`
  const hint = 'give each key a place of its own'
  return { ...complaint(owned.spot, { code: 'MANIFEST_PLACE_DUPLICATE', message, hint }), address: owned.id }
}
