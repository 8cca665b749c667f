/**
 * A fast reader for the YAML that nearly all manifests are written in. An optimisation and nothing else.
 *
 * Accepted: block mappings and lists, flow collections (and with them JSON), unquoted and quoted texts on one line, comments.
 * Everything else, every error included, is left to the `yaml` package: this reader never refuses a file, it only declines it.
 * What it accepts it reads exactly as the package does; a test compares the two on generated files. It is worth having because
 * it is about 20 times as fast: 10,000 keys in one file take a tenth of a second and no syntax tree, and a hostile file that
 * is valid YAML costs no more than any other.
 *
 * Rejected: reading all YAML ourselves (the rest of the language is large and subtle, and speed is of no use there).
 */
import { growingMapping } from './mapping.ts'
import { countMember, readFlow } from './plain-flow.ts'
import {
  COLON,
  DASH,
  HASH,
  isBreakOrSpace,
  isQuote,
  LF,
  NotPlain,
  plainName,
  plainValue,
  quotedEnd,
  quotedText,
  SPACE,
  startsPlain,
} from './plain-scalar.ts'
import { type SpanBook, type Spans, spanBook } from './spans.ts'
import { MAX_DEPTH, MAX_MEMBERS, type Trouble } from './text.ts'

/** Where the reader stands, and what it has found. */
export interface Cursor {
  readonly text: string
  at: number
  readonly book: SpanBook
  readonly troubles: Trouble[]
  /** Members that may still be read. */
  left: number
}

export type PlainResult =
  | { readonly data: unknown; readonly spans: Spans; readonly troubles: readonly Trouble[] }
  /** Declined because of something near this offset. */
  | { readonly declined: number }

export function readPlain(text: string): PlainResult {
  const tab = text.search(/[\t\r]/)
  if (tab >= 0) return { declined: tab }
  const cursor: Cursor = { text, at: 0, book: spanBook(), troubles: [], left: MAX_MEMBERS }
  try {
    const data = readBlock(cursor, -1, 1)
    if (nextLine(cursor) !== null) throw new NotPlain(cursor.at)
    return { data, spans: cursor.book.close(), troubles: cursor.troubles }
  } catch (error) {
    if (error instanceof NotPlain) return { declined: error.offset }
    throw error
  }
}

/**
 * Indentation of the next line with content, or `null` at the end. Leaves the cursor at the start of that line. The cursor must
 * stand at the start of a line.
 */
function nextLine(cursor: Cursor): number | null {
  const { text } = cursor
  for (;;) {
    let at = cursor.at
    while (text.charCodeAt(at) === SPACE) at++
    if (at >= text.length) return null
    const code = text.charCodeAt(at)
    if (code !== LF && code !== HASH) return at - cursor.at
    const end = text.indexOf('\n', at)
    if (end < 0) return null
    cursor.at = end + 1
  }
}

/** A mapping, list or flow collection that starts on a line indented by more than `above`. */
function readBlock(cursor: Cursor, above: number, depth: number): unknown {
  const indent = nextLine(cursor)
  if (indent === null || indent <= above || depth > MAX_DEPTH) throw new NotPlain(cursor.at)
  const start = cursor.at + indent
  if (isMarker(cursor.text, start, indent)) throw new NotPlain(start)
  if (isDash(cursor.text, start)) return readList(cursor, indent, depth)
  cursor.at = start
  const code = cursor.text.charCodeAt(start)
  if (code !== 123 && code !== 91) return readMapping(cursor, indent, depth)
  const data = readFlow(cursor, above, depth)
  endLine(cursor)
  return data
}

/** `---` and `...` at the start of a line. */
function isMarker(text: string, at: number, indent: number): boolean {
  return indent === 0 && (text.startsWith('---', at) || text.startsWith('...', at) || text.startsWith('%', at))
}

function isDash(text: string, at: number): boolean {
  return text.charCodeAt(at) === DASH && isBreakOrSpace(text.charCodeAt(at + 1))
}

/** Goes to the start of the next line; only spaces and a comment may be left on this one. */
function endLine(cursor: Cursor): void {
  const { text } = cursor
  let at = cursor.at
  while (text.charCodeAt(at) === SPACE) at++
  const code = text.charCodeAt(at)
  if (code === HASH && at > cursor.at) at = lineEnd(text, at)
  else if (code !== LF && at < text.length) throw new NotPlain(at)
  cursor.at = Math.min(at + 1, text.length)
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

/** The cursor stands at the first name, which may follow a dash; further names start lines with exactly this indentation. */
function readMapping(cursor: Cursor, indent: number, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new NotPlain(cursor.at)
  const growing = growingMapping(cursor.troubles)
  for (;;) {
    countMember(cursor)
    const keyStart = cursor.at
    const [name, keyEnd] = readName(cursor)
    const admitted = growing.admit(name, keyStart, keyEnd)
    const { data, start, end } = readMember(cursor, indent, depth)
    if (admitted)
      growing.put(name, data, start < 0 ? [keyStart, keyEnd, keyStart, keyEnd] : [keyStart, keyEnd, start, end])
    const next = nextLine(cursor)
    if (next === null || next < indent) return growing.close(cursor.book)
    if (next > indent || isDash(cursor.text, cursor.at + next)) throw new NotPlain(cursor.at)
    if (isMarker(cursor.text, cursor.at + next, next)) throw new NotPlain(cursor.at)
    cursor.at += next
  }
}

/** The name and its end; the cursor goes behind the colon. */
function readName(cursor: Cursor): readonly [string, number] {
  const { text, at: start } = cursor
  if (isQuote(text.charCodeAt(start))) {
    const end = quotedEnd(text, start)
    let colon = end
    while (text.charCodeAt(colon) === SPACE) colon++
    if (text.charCodeAt(colon) !== COLON || !isBreakOrSpace(text.charCodeAt(colon + 1))) throw new NotPlain(start)
    cursor.at = colon + 1
    return [quotedText(text, start, end), end]
  }
  if (!startsPlain(text, start)) throw new NotPlain(start)
  const colon = colonAfter(text, start)
  if (colon < 0) throw new NotPlain(start)
  let end = colon
  while (text.charCodeAt(end - 1) === SPACE) end--
  cursor.at = colon + 1
  return [plainName(text.slice(start, end), start), end]
}

/** Offset of the colon that ends an unquoted name on this line, or -1. */
function colonAfter(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === COLON && isBreakOrSpace(text.charCodeAt(at + 1))) return at
    if (code === LF || (code === HASH && text.charCodeAt(at - 1) === SPACE)) return -1
  }
  return -1
}

interface Value {
  readonly data: unknown
  /** -1 for a value that is not written. */
  readonly start: number
  readonly end: number
}

const UNWRITTEN: Value = { data: null, start: -1, end: -1 }

/** The value behind a colon: on this line, on further lines, or not written. */
function readMember(cursor: Cursor, indent: number, depth: number): Value {
  const { text } = cursor
  while (text.charCodeAt(cursor.at) === SPACE) cursor.at++
  const code = text.charCodeAt(cursor.at)
  const comment = code === HASH && text.charCodeAt(cursor.at - 1) === SPACE
  if (code !== LF && !comment && cursor.at < text.length) return readInline(cursor, indent, depth)
  cursor.at = Math.min(lineEnd(text, cursor.at) + 1, text.length)
  const next = nextLine(cursor)
  const listHere = next === indent && isDash(text, cursor.at + indent)
  if (next === null || (next <= indent && !listHere)) return UNWRITTEN
  const start = cursor.at + next
  const data = listHere ? readList(cursor, indent, depth + 1) : readBlock(cursor, indent, depth + 1)
  return { data, start, end: cursor.at }
}

/** A scalar or flow collection that ends on its line; what is indented deeper below it would be a continuation. */
function readInline(cursor: Cursor, indent: number, depth: number): Value {
  const { text, at: start } = cursor
  const code = text.charCodeAt(start)
  const data =
    code === 123 || code === 91
      ? readFlow(cursor, indent, depth + 1)
      : isQuote(code)
        ? readQuoted(cursor)
        : readText(cursor)
  const end = cursor.at
  endLine(cursor)
  const next = nextLine(cursor)
  if (next !== null && next > indent) throw new NotPlain(cursor.at)
  return { data, start, end }
}

function readQuoted(cursor: Cursor): string {
  const start = cursor.at
  cursor.at = quotedEnd(cursor.text, start)
  return quotedText(cursor.text, start, cursor.at)
}

/** An unquoted text up to the end of the line or a comment. */
function readText(cursor: Cursor): unknown {
  const { text, at: start } = cursor
  if (!startsPlain(text, start)) throw new NotPlain(start)
  let at = start
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === LF || (code === HASH && text.charCodeAt(at - 1) === SPACE)) break
    if (code === COLON && isBreakOrSpace(text.charCodeAt(at + 1))) throw new NotPlain(start)
  }
  while (text.charCodeAt(at - 1) === SPACE) at--
  cursor.at = at
  return plainValue(text.slice(start, at), start)
}

/** Lines that start with `- ` at exactly this indentation. The cursor stands at the start of the first. */
function readList(cursor: Cursor, indent: number, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new NotPlain(cursor.at)
  const list: unknown[] = []
  const spans: number[] = []
  for (;;) {
    countMember(cursor)
    cursor.at += indent
    const { data, start, end } = readItem(cursor, indent, depth)
    list.push(data)
    spans.push(start, end, start, end)
    const next = nextLine(cursor)
    if (next === null || next < indent || (next === indent && !isDash(cursor.text, cursor.at + next))) break
    if (next > indent) throw new NotPlain(cursor.at)
  }
  cursor.book.record(list, spans)
  return list
}

/** The cursor stands at the dash. */
function readItem(cursor: Cursor, indent: number, depth: number): Value {
  const { text } = cursor
  const dash = cursor.at
  cursor.at += 1
  while (text.charCodeAt(cursor.at) === SPACE) cursor.at++
  const start = cursor.at
  if (text.charCodeAt(start) === LF || text.charCodeAt(start) === HASH || isDash(text, start)) throw new NotPlain(dash)
  if (!startsMapping(text, start)) return readInline(cursor, indent, depth)
  const data = readMapping(cursor, indent + start - dash, depth + 1)
  return { data, start, end: cursor.at }
}

function startsMapping(text: string, start: number): boolean {
  const code = text.charCodeAt(start)
  if (!isQuote(code)) return startsPlain(text, start) && colonAfter(text, start) >= 0
  let at = quotedEnd(text, start)
  while (text.charCodeAt(at) === SPACE) at++
  return text.charCodeAt(at) === COLON
}
