/**
 * A YAML document as text that is edited in place: one value is put in, replaced or taken out, and no other byte moves, so comments, order
 * and the ciphertext of neighbours survive. The `yaml` package says where everything is.
 */
import type * as Yaml from 'yaml'
import { unreadable } from './refusal.ts'
import { nameOf } from './tree.ts'

export interface YamlText {
  readonly yaml: typeof Yaml
  readonly text: string
  readonly document: Yaml.Document.Parsed
  readonly file: string
}

export function yamlText(yaml: typeof Yaml, text: string, file: string): YamlText {
  return { yaml, text, file, document: yaml.parseDocument(text, { logLevel: 'silent' }) }
}

type Pair = Yaml.Pair<unknown, unknown>

interface Found {
  /** Mappings from the root to the last one on the way. */
  readonly maps: readonly Yaml.YAMLMap[]
  /** The pairs that lead there, one for each name that was found. */
  readonly pairs: readonly Pair[]
  /** Names that are not there yet. */
  readonly missing: readonly string[]
}

function find({ yaml, document, file }: YamlText, names: readonly string[]): Found {
  const maps: Yaml.YAMLMap[] = []
  const pairs: Pair[] = []
  let node: unknown = document.contents
  for (const [depth, name] of names.entries()) {
    if (!yaml.isMap(node)) throw unreadable(file, `has a ${names.slice(0, depth).join('.')} that is no mapping`)
    maps.push(node)
    const pair = node.items.find(({ key }) => nameOf(yaml, key, file) === name)
    if (pair === undefined) return { maps, pairs, missing: names.slice(depth) }
    pairs.push(pair)
    node = pair.value
  }
  return { maps, pairs, missing: [] }
}

/** The text of a value, `null` when it is not there. Throws `SINK_FILE_UNREADABLE` for one that is no text. */
export function scalarAt(at: YamlText, names: readonly string[]): string | null {
  const { pairs, missing } = find(at, names)
  if (missing.length > 0) return null
  const value = pairs.at(-1)?.value
  if (at.yaml.isScalar(value) && typeof value.value === 'string') return value.value
  throw unreadable(at.file, `has a ${names.join('.')} that is no text`)
}

/** The document with a value of one line, written plainly where YAML allows it, in quotes inside `{}` or when asked for. */
export function withScalar(at: YamlText, names: readonly string[], value: string, quoted = false): string {
  const { text, file, yaml } = at
  const { maps, pairs, missing } = find(at, names)
  const map = maps.at(-1)
  if (map === undefined) throw unreadable(file, 'is no YAML mapping')
  const written = quoted || map.flow === true ? JSON.stringify(value) : value
  const held = pairs.at(-1)?.value
  if (missing.length > 0) return inserted(at, map, missing, written)
  if (!yaml.isScalar(held) || !held.range || held.anchor !== undefined)
    throw unreadable(file, `has a ${names.join('.')} that is no plain value`)
  const [start, end] = held.range
  const isBlock = text.slice(start, end).endsWith('\n')
  return `${text.slice(0, start)}${written}${isBlock ? '\n' : ''}${text.slice(end)}`
}

function inserted(at: YamlText, map: Yaml.YAMLMap, missing: readonly string[], written: string): string {
  const { text, yaml, file, document } = at
  if (map.flow === true || map.items.length === 0)
    throw unreadable(file, 'has a mapping in braces where a value is missing')
  const indent = columnOf(text, startOf(yaml, map.items[0]))
  const lines = missing.map((name, depth) => `${' '.repeat(indent + depth * STEP)}${name}:`)
  const block = `${lines.join('\n')} ${written}\n`
  const meta = map === document.contents ? map.items.find(({ key }) => nameOf(yaml, key, file) === 'sops') : undefined
  const spot = meta === undefined ? endOf(at, map.items.at(-1)) : startOf(yaml, meta)
  const head = text.slice(0, spot)
  return `${head}${head.endsWith('\n') || head === '' ? '' : '\n'}${block}${text.slice(spot)}`
}

const STEP = 4

/** The document without that value, and without the mappings it leaves empty. */
export function withoutScalar(at: YamlText, names: readonly string[]): string {
  const { text, file } = at
  const { maps, pairs, missing } = find(at, names)
  if (missing.length > 0) return text
  let depth = names.length - 1
  while (depth > 0 && maps[depth]?.items.length === 1) depth--
  if (maps[depth]?.flow === true) throw unreadable(file, 'has a mapping in braces, out of which nothing is taken')
  const pair = pairs[depth]
  const start = startOf(at.yaml, pair)
  return text.slice(0, start - columnOf(text, start)) + text.slice(endOf(at, pair))
}

function startOf(yaml: typeof Yaml, pair: Pair | undefined): number {
  return yaml.isNode(pair?.key) ? (pair.key.range?.[0] ?? 0) : 0
}

/** Behind the line on which a pair ends. */
function endOf({ text, yaml }: YamlText, pair: Pair | undefined): number {
  const node = yaml.isNode(pair?.value) ? pair.value : pair?.key
  const end = yaml.isNode(node) ? (node.range?.[1] ?? 0) : 0
  if (text.charAt(end - 1) === '\n') return end
  const line = text.indexOf('\n', end)
  return line < 0 ? text.length : line + 1
}

function columnOf(text: string, position: number): number {
  return position - text.lastIndexOf('\n', position - 1) - 1
}
