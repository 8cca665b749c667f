/**
 * From a syntax tree to plain data and positions, in one walk. The tree can be dropped afterwards.
 *
 * Positions are four numbers per member in one growing Int32Array (start and end of key and value); a map from container to its
 * first row is all that is kept per mapping or list. Aliases share the container of their anchor, so that they cost nothing
 * here; the size they would have written out is counted and bounded, since later readers walk them as often as they occur.
 */
import type { Alias, ParsedNode, Scalar, YAMLMap, YAMLSeq } from 'yaml'
import { shown } from '../../core/manifest/looks-secret.ts'
import { MAX_DEPTH, tooDeep } from './compose.ts'
import { syntaxTrouble } from './syntax.ts'
import type { Trouble } from './text.ts'

/** Nodes that aliases may add to a file. */
export const MAX_ALIASED = 10_000

export interface Spans {
  /** Start and end of a member's key and value, or `null` when there is no such member. For list items the key is the value. */
  of(container: object, member: string | number): readonly [number, number, number, number] | null
}

export interface Converted {
  readonly data: unknown
  readonly spans: Spans
  readonly troubles: readonly Trouble[]
}

interface Shared {
  readonly value: unknown
  /** Nodes below it, aliases written out. */
  readonly weight: number
}

interface Walk {
  readonly kinds: typeof import('yaml')
  readonly anchors: Map<string, Shared>
  readonly firstRow: Map<object, number>
  rows: Int32Array
  used: number
  aliased: number
  weight: number
  readonly troubles: Trouble[]
}

export async function convert(root: ParsedNode | null): Promise<Converted> {
  const walk: Walk = {
    kinds: await import('yaml'),
    anchors: new Map(),
    firstRow: new Map(),
    rows: new Int32Array(1024),
    used: 0,
    aliased: 0,
    weight: 0,
    troubles: [],
  }
  const data = root === null ? null : dataOf(walk, root, 1)
  return { data, spans: spansOf(walk.firstRow, walk.rows.slice(0, walk.used * 4)), troubles: walk.troubles }
}

function spansOf(firstRow: ReadonlyMap<object, number>, rows: Int32Array): Spans {
  const indexes = new Map<object, ReadonlyMap<string, number>>()
  return {
    of(container, member) {
      const first = firstRow.get(container)
      const index = typeof member === 'number' ? member : indexOf(container, member, indexes)
      if (first === undefined || index < 0 || (Array.isArray(container) && index >= container.length)) return null
      const at = (first + index) * 4
      return [rows[at] ?? 0, rows[at + 1] ?? 0, rows[at + 2] ?? 0, rows[at + 3] ?? 0]
    },
  }
}

/** Mappings with more members than this get an index when somebody first asks. */
const SMALL = 16

function indexOf(container: object, member: string, indexes: Map<object, ReadonlyMap<string, number>>): number {
  const known = indexes.get(container)
  if (known !== undefined) return known.get(member) ?? -1
  const names = Object.keys(container)
  if (names.length <= SMALL) return names.indexOf(member)
  const index = new Map(names.map((name, i) => [name, i]))
  indexes.set(container, index)
  return index.get(member) ?? -1
}

function dataOf(walk: Walk, node: ParsedNode, depth: number): unknown {
  const { isAlias, isMap, isSeq } = walk.kinds
  if (isAlias(node)) return aliased(walk, node)
  if (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:')) complain(walk, 'TAG_RESOLVE_FAILED', node)
  const before = walk.weight
  walk.weight += 1
  if (depth > MAX_DEPTH && (isMap(node) || isSeq(node))) {
    walk.troubles.push(tooDeep(node.range[0]))
    return null
  }
  const value = isMap(node)
    ? mapping(walk, node, depth)
    : isSeq(node)
      ? sequence(walk, node, depth)
      : scalar(walk, node)
  if (node.anchor !== undefined) walk.anchors.set(node.anchor, { value, weight: walk.weight - before })
  return value
}

function complain(walk: Walk, code: 'TAG_RESOLVE_FAILED' | 'BAD_ALIAS' | 'UNEXPECTED_TOKEN', node: ParsedNode): void {
  walk.troubles.push(syntaxTrouble(code, node.range[0], node.range[1] - node.range[0]))
}

function aliased(walk: Walk, node: Alias.Parsed): unknown {
  const shared = walk.anchors.get(node.source)
  const [offset, end] = node.range
  const at = { offset, length: end - offset }
  if (shared === undefined) {
    const message = 'The anchor of this alias is not set before it.'
    walk.troubles.push({ rest: 'SYNTAX', ...at, message, hint: 'write the value out, or put it in quotes: "*..."' })
    return null
  }
  walk.weight += shared.weight
  walk.aliased += shared.weight
  if (walk.aliased <= MAX_ALIASED) return shared.value
  const message = `Aliases multiply this file by more than ${MAX_ALIASED} values.`
  if (walk.aliased - shared.weight <= MAX_ALIASED)
    walk.troubles.push({ rest: 'TOO_LARGE', ...at, message, hint: 'use profiles in keywright.yaml instead' })
  return null
}

function scalar(walk: Walk, node: ParsedNode): unknown {
  const { value } = node as Scalar.Parsed
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return value
  complain(walk, 'UNEXPECTED_TOKEN', node)
  return null
}

function sequence(walk: Walk, node: YAMLSeq.Parsed, depth: number): unknown {
  const list: unknown[] = []
  const spans: number[] = []
  for (const item of node.items) {
    list.push(dataOf(walk, item, depth + 1))
    const [start, end] = item.range
    spans.push(start, end, start, end)
  }
  record(walk, list, spans)
  return list
}

function mapping(walk: Walk, node: YAMLMap.Parsed, depth: number): unknown {
  const object: Record<string, unknown> = {}
  const spans = new Map<string, readonly number[]>()
  for (const { key, value } of node.items) {
    const name = nameOf(walk, key)
    const [keyStart, keyEnd] = key.range
    if (name === null || refused(walk, name, spans, keyStart, keyEnd - keyStart)) continue
    object[name] = value === null ? null : dataOf(walk, value, depth + 1)
    const [start, end] = value !== null && value.range[1] > value.range[0] ? value.range : [keyStart, keyEnd]
    spans.set(name, [keyStart, keyEnd, start, end])
  }
  record(
    walk,
    object,
    Object.keys(object).flatMap((name) => spans.get(name) ?? []),
  )
  return object
}

/** The text of a name as written: `1:` and `true:` are the names "1" and "true". */
function nameOf(walk: Walk, key: ParsedNode): string | null {
  if (walk.kinds.isScalar(key)) {
    if (key.anchor !== undefined) walk.anchors.set(key.anchor, { value: key.value, weight: 1 })
    if (typeof key.value === 'string') return key.value
    if (key.value !== null && key.source !== undefined) return key.source
  }
  const [offset, end] = key.range
  const message = 'A name before ":" must be a plain text.'
  walk.troubles.push({ rest: 'SYNTAX', offset, length: end - offset, message, hint: 'put it in quotes: "..."' })
  return null
}

function refused(
  walk: Walk,
  name: string,
  seen: ReadonlyMap<string, unknown>,
  offset: number,
  length: number,
): boolean {
  if (name === '__proto__') {
    const message = 'The name "__proto__" is refused everywhere.'
    walk.troubles.push({ rest: 'FORBIDDEN_NAME', offset, length, message, hint: 'use another name' })
    return true
  }
  if (!seen.has(name)) return false
  const message = `${shown(name)} is written twice in the same mapping.`
  walk.troubles.push({ rest: 'DUPLICATE_FIELD', offset, length, message, hint: 'remove one of the two' })
  return true
}

function record(walk: Walk, container: object, spans: readonly number[]): void {
  const count = spans.length / 4
  while ((walk.used + count) * 4 > walk.rows.length) walk.rows = grown(walk.rows)
  walk.rows.set(spans, walk.used * 4)
  walk.firstRow.set(container, walk.used)
  walk.used += count
}

function grown(rows: Int32Array): Int32Array {
  const more = new Int32Array(rows.length * 2)
  more.set(rows)
  return more
}
