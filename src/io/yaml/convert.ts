/**
 * From a syntax tree to plain data and positions, in one walk. The tree can be dropped afterwards.
 *
 * Aliases share the container of their anchor, so that they cost nothing here; the size they would have written out is counted
 * and bounded, since later readers walk them as often as they occur.
 */
import type { Alias, ParsedNode, Scalar, YAMLMap, YAMLSeq } from 'yaml'
import { tooDeep } from './compose.ts'
import { growingMapping } from './mapping.ts'
import { type SpanBook, type Spans, spanBook } from './spans.ts'
import { syntaxTrouble } from './syntax.ts'
import { MAX_DEPTH, type Trouble } from './text.ts'

/** Nodes that aliases may add to a file. */
export const MAX_ALIASED = 10_000

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
  readonly book: SpanBook
  aliased: number
  weight: number
  readonly troubles: Trouble[]
}

export async function convert(root: ParsedNode | null): Promise<Converted> {
  const walk: Walk = {
    kinds: await import('yaml'),
    anchors: new Map(),
    book: spanBook(),
    aliased: 0,
    weight: 0,
    troubles: [],
  }
  const data = root === null ? null : dataOf(walk, root, 1)
  return { data, spans: walk.book.close(), troubles: walk.troubles }
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
  walk.book.record(list, spans)
  return list
}

function mapping(walk: Walk, node: YAMLMap.Parsed, depth: number): unknown {
  const growing = growingMapping(walk.troubles)
  for (const { key, value } of node.items) {
    const name = nameOf(walk, key)
    const [keyStart, keyEnd] = key.range
    const admitted = name !== null && growing.admit(name, keyStart, keyEnd)
    const data = value === null ? null : dataOf(walk, value, depth + 1)
    const [start, end] = value !== null && value.range[1] > value.range[0] ? value.range : [keyStart, keyEnd]
    if (admitted) growing.put(name, data, [keyStart, keyEnd, start, end])
  }
  return growing.close(walk.book)
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
