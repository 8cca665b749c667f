/** The sections of a manifest beside `keys`: `moved`, `handedOver`, `adopt` and `patch`. */
import { isId, isStack } from '../address.ts'
import type { Diagnostic } from '../diagnostic.ts'
import type { Origin } from '../key.ts'
import { didYouMean } from '../suggest.ts'
import { complaint, type Spot } from './complaint.ts'
import { shown } from './looks-secret.ts'
import { isMapping, type Mapping, mappingAt, type SourceDocument, sequenceAt } from './source.ts'

/** A rename: the record of `from` goes on as `to`, with the same secret. */
export interface Moved {
  readonly from: string
  readonly to: string
  readonly origin: Origin
}

/** A key that stays live and leaves our care. */
export interface HandedOver {
  readonly id: string
  /** Stack that takes it over. */
  readonly to: string
  readonly origin: Origin
}

/** A live key that this stack takes into its care, as it is. */
export interface Adoption {
  /** Id at the API: OpenRouter's hash, which is written as `sha256:` + hex, without that word. */
  readonly key: string
  /** Id of the entry that describes it from now on. */
  readonly as: string
  /** Stack whose marker it may carry. */
  readonly from?: string
  readonly origin: Origin
}

export interface Patch extends Spot {
  readonly id: string
  readonly fields: Mapping
}

export interface InputDocument {
  readonly document: SourceDocument
  /** True for files below env/<environment>/. */
  readonly ofEnvironment: boolean
}

interface Declared {
  readonly ids: ReadonlySet<string>
  readonly stack: string
  readonly report: Diagnostic[]
}

export function movesOf(inputs: readonly InputDocument[], { ids, report }: Declared): readonly Moved[] {
  const from = new Set<string>()
  const to = new Set<string>()
  return records(inputs, 'moved').flatMap(({ document, entry }) => {
    const wrong = (member: 'from' | 'to', message: string, hint: string) =>
      report.push(complaint({ document, container: entry, member }, { code: 'MANIFEST_MOVED_INVALID', message, hint }))
    if (typeof entry.from !== 'string' || typeof entry.to !== 'string') return []
    if (!isId(entry.from)) wrong('from', `${shown(entry.from)} is not an id.`, 'from: ci-bot')
    else if (ids.has(entry.from))
      wrong('from', `"${entry.from}" is still declared, so it was not moved.`, `remove "${entry.from}" from keys:`)
    if (!ids.has(entry.to))
      wrong('to', `No key is called ${shown(entry.to)}.${didYouMean(entry.to, ids)}`, 'write the id the key has now')
    if (from.has(entry.from)) wrong('from', `"${entry.from}" is moved twice.`, 'remove one of the two')
    if (to.has(entry.to)) wrong('to', `Two keys are moved to "${entry.to}".`, 'remove one of the two')
    from.add(entry.from)
    to.add(entry.to)
    return [{ from: entry.from, to: entry.to, origin: document.origin(entry, 'from') }]
  })
}

export function handOversOf(inputs: readonly InputDocument[], { ids, stack, report }: Declared): readonly HandedOver[] {
  return records(inputs, 'handedOver').flatMap(({ document, entry }) => {
    const wrong = (member: 'id' | 'to', message: string, hint: string) =>
      report.push(
        complaint({ document, container: entry, member }, { code: 'MANIFEST_HANDED_OVER_INVALID', message, hint }),
      )
    if (typeof entry.id !== 'string' || typeof entry.to !== 'string') return []
    if (!isId(entry.id)) wrong('id', `${shown(entry.id)} is not an id.`, 'id: old-bot')
    else if (ids.has(entry.id)) wrong('id', `"${entry.id}" is still declared here.`, `remove "${entry.id}" from keys:`)
    if (!isStack(entry.to)) wrong('to', `${shown(entry.to)} is not a stack name.`, 'to: acme-payments-91bc')
    else if (entry.to === stack) wrong('to', `"${entry.to}" is this stack itself.`, 'write the name of the other stack')
    return [{ id: entry.id, to: entry.to, origin: document.origin(entry, 'id') }]
  })
}

/** Ids that `adopt` names, sound or not: what an entry needs depends on it. */
export function adoptedIds(inputs: readonly InputDocument[]): ReadonlySet<string> {
  return new Set(records(inputs, 'adopt').flatMap(({ entry }) => (typeof entry.as === 'string' ? [entry.as] : [])))
}

export function adoptionsOf(inputs: readonly InputDocument[], { ids, stack, report }: Declared): readonly Adoption[] {
  const taken = new Set<string>()
  return records(inputs, 'adopt').flatMap(({ document, entry }) => {
    const wrong = (member: 'key' | 'as' | 'from', message: string, hint: string) =>
      report.push(complaint({ document, container: entry, member }, { code: 'MANIFEST_ADOPT_INVALID', message, hint }))
    if (typeof entry.key !== 'string' || typeof entry.as !== 'string') return []
    const key = entry.key.replace(/^sha256:/, '')
    if (!LIVE_ID.test(key))
      wrong(
        'key',
        `${shown(entry.key)} is no hash or id of a key.`,
        'key: "sha256:f01d..."   as keywright census --json shows it',
      )
    if (!ids.has(entry.as))
      wrong(
        'as',
        `No key is called ${shown(entry.as)}.${didYouMean(entry.as, ids)}`,
        `keys: { ${suggestedAs(entry.as)}: { ... } }`,
      )
    if (taken.has(key)) wrong('key', 'This key is adopted twice.', 'remove one of the two')
    if (taken.has(`as ${entry.as}`)) wrong('as', `Two keys are adopted as "${entry.as}".`, 'remove one of the two')
    taken.add(key).add(`as ${entry.as}`)
    const { from } = entry
    if (from !== undefined && (typeof from !== 'string' || !isStack(from) || from === stack))
      wrong('from', `${shown(from)} is not the name of another stack.`, 'from: acme-7f3a')
    const origin = document.origin(entry, 'as')
    return [{ key, as: entry.as, ...(typeof from === 'string' ? { from } : {}), origin }]
  })
}

/** A hash, or an id of Strait. Never a secret: those are longer or begin otherwise. */
const LIVE_ID = /^(?!sk-|strait_)[A-Za-z0-9_-]{8,64}$/

function suggestedAs(text: string): string {
  return isId(text) ? text : 'legacy-crawler'
}

function records(inputs: readonly InputDocument[], section: 'moved' | 'handedOver' | 'adopt') {
  return inputs.flatMap(({ document }) =>
    sequenceAt(document.data, section).flatMap((entry) => (isMapping(entry) ? [{ document, entry }] : [])),
  )
}

/** Patches by id. Misplaced and double ones are reported and left out. */
export function patchesOf(inputs: readonly InputDocument[], report: Diagnostic[]): ReadonlyMap<string, Patch> {
  const patches = new Map<string, Patch>()
  for (const { document, ofEnvironment } of inputs) {
    const section = mappingAt(document.data, 'patch')
    if (Object.keys(section).length > 0 && !ofEnvironment) report.push(misplaced(document))
    else for (const id of Object.keys(section)) addPatch(patches, { document, container: section, member: id }, report)
  }
  return patches
}

function addPatch(patches: Map<string, Patch>, spot: Spot & { readonly member: string }, report: Diagnostic[]): void {
  const { container, member: id } = spot
  const fields = mappingAt(container, id)
  const first = patches.get(id)
  if (first === undefined) {
    patches.set(id, { ...spot, id, fields })
    return
  }
  const { file, line, column } = first.document.origin(first.container, id)
  const message = `${shown(id)} is patched at ${file}:${line}:${column} already.`
  report.push(
    complaint(spot, { code: 'MANIFEST_PATCH_DUPLICATE', message, hint: 'merge the two patches', part: 'key' }),
  )
}

function misplaced(document: SourceDocument): Diagnostic {
  const message = 'patch: is read only in files below env/<environment>/.'
  const hint = `git mv ${document.file} env/prod/`
  const spot = { document, container: isMapping(document.data) ? document.data : {}, member: 'patch' }
  return complaint(spot, { code: 'MANIFEST_PATCH_MISPLACED', message, hint, part: 'key' })
}

export function missedPatches(patches: ReadonlyMap<string, Patch>, ids: ReadonlySet<string>): readonly Diagnostic[] {
  return [...patches.values()]
    .filter(({ id }) => !ids.has(id))
    .map((patch) => {
      const message = `The patch of ${shown(patch.id)} hits no key.${didYouMean(patch.id, ids)}`
      return complaint(patch, {
        code: 'MANIFEST_PATCH_MISSED',
        message,
        hint: 'correct the id, or remove the patch',
        part: 'key',
      })
    })
}
