/** `forEach`: one entry becomes one per row, with `${each.key}` and `${each.value.x}`. */
import type { Diagnostic } from '../diagnostic.ts'
import { didYouMean } from '../suggest.ts'
import { complaint, type Faults } from './complaint.ts'
import type { ReadTable } from './csv.ts'
import { ENTRY_FIELDS } from './fields.ts'
import type { Layer } from './layers.ts'
import { shown } from './looks-secret.ts'
import { isMapping, isSequence, type Mapping, member, type SourceDocument } from './source.ts'
import { rowFieldsIn } from './words.ts'

export interface Row {
  readonly key: string
  readonly value: Mapping
  /** What the row says about the key itself. */
  readonly layer: Layer | null
}

/** Reads a table that was named in a manifest; `null` when it was not found below the project folder. */
export type Tables = (path: string) => ReadTable | null

interface Expansion {
  readonly document: SourceDocument
  readonly entry: Mapping
  /** Name of the entry, which may hold words. */
  readonly name: string
  readonly faults: Faults
  readonly tables: Tables
  readonly report: Diagnostic[]
}

/** Paths of the tables a document asks for. */
export function tablePaths(document: SourceDocument): readonly string[] {
  const keys = member(document.data, 'keys')
  if (!isMapping(keys)) return []
  return Object.values(keys).flatMap((entry) => {
    const path = member(member(entry, 'forEach'), 'file')
    return typeof path === 'string' ? [path] : []
  })
}

/** The rows of an entry; `[null]` for an entry without forEach, nothing when its forEach is wrong. */
export function rowsOf(asked: Expansion): readonly (Row | null)[] {
  const { entry, faults, document, name, report } = asked
  const { forEach } = entry
  if (forEach === undefined) return [null]
  if (faults.at(entry, 'forEach')) return []
  if (!name.includes('${each.')) {
    const message = `${shown(name)} has forEach, but its id is the same for every row.`
    report.push(
      complaint(
        { document, container: entry, member: 'forEach' },
        { code: 'MANIFEST_FOREACH_INVALID', message, hint: `${name}/\${each.key}:` },
      ),
    )
    return []
  }
  if (isSequence(forEach)) return forEach.filter(isName).map((key) => ({ key: String(key), value: {}, layer: null }))
  if (!isMapping(forEach)) return []
  return typeof forEach.file === 'string' ? tableRows(asked, forEach, forEach.file) : mappingRows(asked, forEach)
}

function isName(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number'
}

function mappingRows(asked: Expansion, forEach: Mapping): readonly Row[] {
  const used = new Set<string>()
  rowFieldsIn(asked.entry, used)
  rowFieldsIn(asked.name, used)
  return Object.entries(forEach).map(([key, written]) => {
    const value = isMapping(written) ? written : {}
    for (const field of Object.keys(value))
      if (!ENTRY_FIELDS.includes(field) && !used.has(field)) reportUnused(asked, value, field)
    return { key, value, layer: { document: asked.document, fields: value } }
  })
}

function reportUnused({ document, report, faults }: Expansion, value: Mapping, field: string): void {
  if (faults.at(value, field)) return
  const near = didYouMean(field, ENTRY_FIELDS)
  const message = `${shown(field)} is not a field of a key, and \${each.value.${shown(field).slice(1, -1)}} is never used.${near}`
  const hint = 'remove it, or use it in the entry'
  report.push(
    complaint(
      { document, container: value, member: field },
      { code: 'MANIFEST_UNKNOWN_FIELD', message, hint, part: 'key' },
    ),
  )
}

function tableRows({ document, tables, report }: Expansion, forEach: Mapping, path: string): readonly Row[] {
  const read = tables(path)
  if (read !== null && 'table' in read) {
    const { table } = read
    return [...table.rows].map(([key, value]) => ({ key, value, layer: { document: table.document, fields: value } }))
  }
  const message =
    read === null
      ? `There is no readable table ${shown(path)} below the project folder.`
      : `${path}:${read.line}: ${read.wrong}`
  const hint = 'forEach: { file: people.csv }   with a first line such as: name,limit'
  report.push(
    complaint({ document, container: forEach, member: 'file' }, { code: 'MANIFEST_FOREACH_INVALID', message, hint }),
  )
  return []
}
