/** Flow collections of the plain subset, `[a, "b", { c: 1 }]`, over one or more lines. JSON is one of them. */
import { growingMapping } from './mapping.ts'
import type { Cursor } from './plain.ts'
import {
  COLON,
  COMMA,
  HASH,
  isBreakOrSpace,
  isFlowIndicator,
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
import { MAX_DEPTH } from './text.ts'

/** The cursor stands at the bracket and goes behind its partner. Further lines must be indented by more than `above`. */
export function readFlow(cursor: Cursor, above: number, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new NotPlain(cursor.at)
  const list = cursor.text.charCodeAt(cursor.at) === 91
  cursor.at += 1
  return list ? readItems(cursor, above, depth) : readMembers(cursor, above, depth)
}

function readItems(cursor: Cursor, above: number, depth: number): unknown {
  const list: unknown[] = []
  const spans: number[] = []
  while (!closes(cursor, above, 93)) {
    countMember(cursor)
    const start = cursor.at
    const data = readValue(cursor, above, depth)
    spans.push(start, cursor.at, start, cursor.at)
    list.push(data)
    separate(cursor, above, 93)
  }
  cursor.book.record(list, spans)
  return list
}

function readMembers(cursor: Cursor, above: number, depth: number): unknown {
  const growing = growingMapping(cursor.troubles)
  while (!closes(cursor, above, 125)) {
    countMember(cursor)
    const keyStart = cursor.at
    const name = readFlowName(cursor)
    const keyEnd = cursor.at
    const admitted = growing.admit(name, keyStart, keyEnd)
    const written = colon(cursor, isQuote(cursor.text.charCodeAt(keyStart)))
    const start = cursor.at
    const data = written ? readValue(cursor, above, depth) : null
    if (admitted)
      growing.put(name, data, written ? [keyStart, keyEnd, start, cursor.at] : [keyStart, keyEnd, keyStart, keyEnd])
    separate(cursor, above, 125)
  }
  return growing.close(cursor.book)
}

/** A file with too many members is declined, and then refused. */
export function countMember(cursor: Cursor): void {
  cursor.left -= 1
  if (cursor.left < 0) throw new NotPlain(cursor.at)
}

/** Goes over spaces, line ends and comments. */
function skip(cursor: Cursor, above: number): void {
  const { text } = cursor
  for (;;) {
    const code = text.charCodeAt(cursor.at)
    if (code === SPACE) cursor.at += 1
    else if (code === LF) newLine(cursor, above)
    else if (code === HASH && isBreakOrSpace(text.charCodeAt(cursor.at - 1))) {
      const end = text.indexOf('\n', cursor.at)
      if (end < 0) throw new NotPlain(cursor.at)
      cursor.at = end
    } else return
  }
}

function newLine(cursor: Cursor, above: number): void {
  const start = cursor.at + 1
  let at = start
  while (cursor.text.charCodeAt(at) === SPACE) at++
  const code = cursor.text.charCodeAt(at)
  const marker = at === start && /^(?:---|\.\.\.|%)/.test(cursor.text.slice(at, at + 3))
  if (code !== LF && (at - start <= above || marker)) throw new NotPlain(at)
  cursor.at = at
}

function closes(cursor: Cursor, above: number, closer: number): boolean {
  skip(cursor, above)
  if (cursor.text.charCodeAt(cursor.at) !== closer) return false
  cursor.at += 1
  return true
}

/** A comma, or the closing bracket, which stays. */
function separate(cursor: Cursor, above: number, closer: number): void {
  skip(cursor, above)
  const code = cursor.text.charCodeAt(cursor.at)
  if (code === COMMA) cursor.at += 1
  else if (code !== closer) throw new NotPlain(cursor.at)
}

/** Goes behind the colon and the spaces after it. False when there is no value on this line. */
function colon(cursor: Cursor, quoted: boolean): boolean {
  const { text } = cursor
  let at = cursor.at
  while (text.charCodeAt(at) === SPACE) at++
  if (text.charCodeAt(at) !== COLON) return false
  const behind = text.charCodeAt(at + 1)
  if (!isBreakOrSpace(behind) && !isFlowIndicator(behind) && !quoted) throw new NotPlain(at)
  at += 1
  while (text.charCodeAt(at) === SPACE) at++
  if (text.charCodeAt(at) === LF || text.charCodeAt(at) === HASH) throw new NotPlain(at)
  cursor.at = at
  return text.charCodeAt(at) !== COMMA && text.charCodeAt(at) !== 125
}

function readValue(cursor: Cursor, above: number, depth: number): unknown {
  const { text, at: start } = cursor
  const code = text.charCodeAt(start)
  if (code === 123 || code === 91) return readFlow(cursor, above, depth + 1)
  if (isQuote(code)) {
    cursor.at = quotedEnd(text, start)
    const next = text.charCodeAt(cursor.at)
    if (next !== COMMA && next !== 93 && next !== 125 && next !== LF && next !== SPACE) throw new NotPlain(cursor.at)
    return quotedText(text, start, cursor.at)
  }
  return plainValue(flowText(cursor), start)
}

function readFlowName(cursor: Cursor): string {
  const { text, at: start } = cursor
  if (!isQuote(text.charCodeAt(start))) return plainName(flowText(cursor), start)
  cursor.at = quotedEnd(text, start)
  return quotedText(text, start, cursor.at)
}

/** An unquoted text inside brackets: up to a comma, bracket, colon with a space, or line end. */
function flowText(cursor: Cursor): string {
  const { text, at: start } = cursor
  if (!startsPlain(text, start)) throw new NotPlain(start)
  let at = start
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === LF || isFlowIndicator(code)) break
    if (code === HASH && text.charCodeAt(at - 1) === SPACE) break
    if (code !== COLON) continue
    const behind = text.charCodeAt(at + 1)
    if (isBreakOrSpace(behind) || isFlowIndicator(behind)) break
  }
  while (text.charCodeAt(at - 1) === SPACE) at--
  cursor.at = at
  return text.slice(start, at)
}
