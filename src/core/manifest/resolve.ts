/**
 * From manifests as data to the keys they declare. Pure: files are parsed and schema-checked before, tables are handed in.
 *
 * Every problem is reported, all of them at once and each of them once; what a schema already refused is left alone. Keys with
 * a problem are left out of the result, but still count as declared, so that one mistake does not look like several.
 */
import { isId } from '../address.ts'
import type { Config } from '../config/config.ts'
import type { Diagnostic } from '../diagnostic.ts'
import type { DesiredKey } from '../key.ts'
import { didYouMean, listed } from '../suggest.ts'
import type { Millis } from '../time.ts'
import { complaint, type Faults, type Said, type Spot } from './complaint.ts'
import { crowdedPlaces, type Owned } from './crowd.ts'
import type { Entry } from './entry.ts'
import { type Row, rowsOf, type Tables } from './expand.ts'
import { keyOf } from './key.ts'
import { type Layer, merged } from './layers.ts'
import { shown } from './looks-secret.ts'
import { inOrder } from './order.ts'
import { secretsIn } from './secrets.ts'
import {
  type Adoption,
  adoptedIds,
  adoptionsOf,
  type HandedOver,
  handOversOf,
  type InputDocument,
  type Moved,
  missedPatches,
  movesOf,
  type Patch,
  patchesOf,
} from './sections.ts'
import { isMapping, type Mapping, mappingAt, member, type SourceDocument } from './source.ts'
import { fill, type Words } from './words.ts'

export interface ManifestInput {
  readonly documents: readonly InputDocument[]
  readonly config: Config
  readonly now: Millis
  readonly tables: Tables
  /** What the schemas refused, in keywright.yaml and all manifests. */
  readonly faults: Faults
  /** Severity of an `expiresAt` that has passed; an error unless told otherwise. */
  readonly pastExpiry?: 'error' | 'warning'
}

export interface Manifests {
  /** Sorted by id. Complete only when no diagnostic is an error. */
  readonly keys: readonly DesiredKey[]
  readonly moved: readonly Moved[]
  readonly handedOver: readonly HandedOver[]
  readonly adopted: readonly Adoption[]
  /** In the order of files and lines. */
  readonly diagnostics: readonly Diagnostic[]
}

interface Draft {
  readonly id: string
  readonly spot: Spot
  readonly entry: Mapping
  readonly row: Row | null
}

export function resolveManifests(input: ManifestInput): Manifests {
  const { documents, config } = input
  const report: Diagnostic[] = documents.flatMap(({ document }) => secretsIn(document, 'MANIFEST_LOOKS_SECRET'))
  const patches = patchesOf(documents, report)
  const drafts = unique(
    documents.flatMap(({ document }) => draftsOf(document, input, report)),
    report,
  )
  const ids = new Set(drafts.keys())
  const adopts = adoptedIds(documents)
  const owned: Owned[] = []
  const keys: DesiredKey[] = []
  for (const draft of drafts.values()) {
    const entry = { ...entryOf(draft, patches.get(draft.id), input), isAdopted: adopts.has(draft.id) }
    const { key, deliveries } = keyOf(entry, { config, now: input.now, pastExpiry: input.pastExpiry ?? 'error' })
    for (const delivery of deliveries) owned.push({ ...delivery, id: draft.id })
    if (key !== null) keys.push(key)
    report.push(...entry.report)
  }
  report.push(...crowdedPlaces(owned), ...missedPatches(patches, ids))
  const declared = { ids, stack: config.stack, report }
  const moved = movesOf(documents, declared)
  const handedOver = handOversOf(documents, declared)
  const adopted = adoptionsOf(documents, declared)
  keys.sort((a, b) => (a.id < b.id ? -1 : 1))
  return { keys, moved, handedOver, adopted, diagnostics: inOrder(report) }
}

/** The entries of a file, one per forEach row. */
function draftsOf(document: SourceDocument, input: ManifestInput, report: Diagnostic[]): readonly Draft[] {
  const { config, tables, faults } = input
  const section = mappingAt(document.data, 'keys')
  return Object.keys(section).flatMap((name) => {
    const spot = { document, container: section, member: name }
    const entry = section[name]
    if (!isMapping(entry) || faults.at(section, name)) return []
    return rowsOf({ document, entry, name, faults, tables, report }).flatMap((row) => {
      const id = idOf(name, spot, row, config, report)
      return id === null ? [] : [{ id, spot, entry, row }]
    })
  })
}

function idOf(name: string, spot: Spot, row: Row | null, config: Config, report: Diagnostic[]): string | null {
  const say = (said: Omit<Said, 'part'>) => void report.push(complaint(spot, { ...said, part: 'key' }))
  const filled = fill(name, wordsOf('', row, config))
  if ('wrong' in filled) {
    say({ code: 'MANIFEST_WORD_UNKNOWN', message: filled.wrong, hint: filled.hint })
    return null
  }
  const id = String(filled.value)
  if (isId(id)) return id
  const message = `${shown(id)} is not an id: one to three parts with "/" between them, each of at most 40 lower-case letters, digits, ".", "_" or "-".`
  say({ code: 'MANIFEST_ID_INVALID', message, hint: `${suggestedId(id)}:` })
  return null
}

function suggestedId(id: string): string {
  const parts = id.toLowerCase().split('/').slice(0, 3)
  const plain = parts
    .map((part) =>
      part
        .replace(/[^a-z0-9._-]+/g, '-')
        .replace(/^[^a-z0-9]+|-+$/g, '')
        .slice(0, 40),
    )
    .join('/')
  return isId(plain) ? plain : 'platform/ci-bot'
}

function wordsOf(id: string, row: Row | null, config: Config): Words {
  return {
    id,
    env: config.environment,
    vars: config.vars,
    each: row === null ? null : { key: row.key, value: row.value },
  }
}

function unique(drafts: readonly Draft[], report: Diagnostic[]): ReadonlyMap<string, Draft> {
  const known = new Map<string, Draft>()
  for (const draft of drafts) {
    const first = known.get(draft.id)
    if (first === undefined) known.set(draft.id, draft)
    else report.push(twice(draft, first))
  }
  return known
}

function twice({ id, spot }: Draft, first: Draft): Diagnostic {
  const { file, line, column } = first.spot.document.origin(first.spot.container, first.spot.member)
  const message = `"${id}" is already declared at ${file}:${line}:${column}.`
  return complaint(spot, {
    code: 'MANIFEST_ID_DUPLICATE',
    message,
    hint: 'rename or remove one of the two',
    part: 'key',
  })
}

function entryOf(draft: Draft, patch: Patch | undefined, { config, faults }: ManifestInput): Entry {
  const { entry, row, spot, id } = draft
  const { document } = spot
  const report: Diagnostic[] = []
  const defaults = mappingAt(document.data, 'defaults')
  const layers: Layer[] = [{ document, fields: defaults }]
  const asking = [patch?.fields, row?.value, entry, defaults].find((fields) => member(fields, 'like') !== undefined)
  const profile = asking === undefined || faults.at(asking, 'like') ? null : profileOf(draft, asking, config, report)
  if (profile !== null) layers.push(profile)
  layers.push({ document, fields: entry })
  if (row?.layer) layers.push(row.layer)
  if (patch !== undefined) layers.push({ document: patch.document, fields: patch.fields })
  return { id, spot, layers, slots: merged(layers), words: wordsOf(id, row, config), faults, report }
}

/** The profile that the most specific layer asks for. */
function profileOf({ id, row, spot }: Draft, asking: Mapping, config: Config, report: Diagnostic[]): Layer | null {
  const name = member(asking, 'like')
  if (typeof name !== 'string') return null
  const filled = fill(name, wordsOf(id, row, config))
  const profile = 'value' in filled ? config.profiles.get(String(filled.value)) : undefined
  if (profile !== undefined) return profile
  const known = [...config.profiles.keys()]
  const message = `No profile is called ${shown(name)}. Profiles in keywright.yaml: ${listed(known)}.${didYouMean(name, known)}`
  const hint = known[0] === undefined ? 'profiles: { agent: { limit: 20 } }   in keywright.yaml' : `like: ${known[0]}`
  report.push(
    complaint(
      { document: spot.document, container: asking, member: 'like' },
      { code: 'MANIFEST_PROFILE_UNKNOWN', message, hint },
    ),
  )
  return null
}
