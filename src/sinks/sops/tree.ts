/**
 * The values of a file in the order in which the seal covers them, and what stands under `sops`.
 *
 * A value that is not encrypted counts in the spelling of Go: `True`, and numbers without exponent. Where that is not sure (dates, numbers
 * of other bases, aliases) the seal of the file does not come out, and a file whose seal does not come out is never edited.
 */
import type * as Yaml from 'yaml'
import { isObject, type JsonObject } from '../../io/http/json.ts'
import { checkJsonObject, rawElements, rawMembers } from '../json-text.ts'
import { isSealed } from './cipher.ts'
import { unreadable } from './refusal.ts'

export interface Leaf {
  readonly path: readonly string[]
  /** As it stands in the file when it is encrypted, else as the seal counts it. */
  readonly text: string
  readonly sealed: boolean
}

export interface Tree {
  readonly leaves: readonly Leaf[]
  readonly meta: JsonObject
}

const leafOf = (path: readonly string[], text: string): Leaf => ({ path, text, sealed: isSealed(text) })

export function jsonTree(text: string, file: string): Tree {
  checkJsonObject(text, file)
  const meta: unknown = JSON.parse(text).sops
  const leaves = rawMembers(text).flatMap(({ name, raw }) => (name === 'sops' ? [] : jsonLeaves(raw, [name])))
  return { leaves, meta: metaOf(meta, file) }
}

function jsonLeaves(raw: string, path: readonly string[]): readonly Leaf[] {
  if (raw.startsWith('{')) return rawMembers(raw).flatMap((one) => jsonLeaves(one.raw, [...path, one.name]))
  if (raw.startsWith('[')) return rawElements(raw).flatMap((one) => jsonLeaves(one, path))
  return plainLeaves(JSON.parse(raw), path)
}

export function yamlTree(yaml: typeof Yaml, document: Yaml.Document.Parsed, file: string): Tree {
  const { contents } = document
  if (document.errors.length > 0 || !yaml.isMap(contents)) throw unreadable(file, 'is no YAML mapping')
  const leaves = contents.items.flatMap(({ key, value }) =>
    nameOf(yaml, key, file) === 'sops' ? [] : yamlLeaves(yaml, value, { path: [nameOf(yaml, key, file)], file }),
  )
  return { leaves, meta: metaOf(contents.toJS(document).sops, file) }
}

interface Spot {
  readonly path: readonly string[]
  readonly file: string
}

function yamlLeaves(yaml: typeof Yaml, node: unknown, { path, file }: Spot): readonly Leaf[] {
  if (yaml.isMap(node))
    return node.items.flatMap(({ key, value }) =>
      yamlLeaves(yaml, value, { path: [...path, nameOf(yaml, key, file)], file }),
    )
  if (yaml.isSeq(node)) return node.items.flatMap((item) => yamlLeaves(yaml, item, { path, file }))
  if (yaml.isScalar(node)) return plainLeaves(node.value, path)
  if (node === null) return []
  throw unreadable(file, 'holds an alias, which keywright does not follow in a SOPS file')
}

export function nameOf(yaml: typeof Yaml, key: unknown, file: string): string {
  if (yaml.isScalar(key) && typeof key.value === 'string') return key.value
  throw unreadable(file, 'has a name that is no text')
}

function plainLeaves(value: unknown, path: readonly string[]): readonly Leaf[] {
  if (value === null || value === undefined) return []
  if (typeof value === 'boolean') return [leafOf(path, value ? 'True' : 'False')]
  if (typeof value === 'number') return [leafOf(path, withoutExponent(value))]
  return [leafOf(path, String(value))]
}

/** The shortest digits that read as the same number, as Go's FormatFloat(x, 'f', -1) gives them. */
export function withoutExponent(value: number): string {
  const [digits = '', exponent] = `${value}`.split('e')
  if (exponent === undefined) return digits
  const [, sign = '', whole = '', rest = ''] = /^(-?)(\d+)\.?(\d*)$/.exec(digits) ?? []
  const shift = Number(exponent)
  if (shift < 0) return `${sign}0.${'0'.repeat(-shift - 1)}${whole}${rest}`
  return `${sign}${whole}${rest.padEnd(shift, '0')}`
}

function metaOf(meta: unknown, file: string): JsonObject {
  if (isObject(meta)) return meta
  throw unreadable(file, 'is not encrypted: it has nothing under sops')
}
