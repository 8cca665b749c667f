/**
 * A JSON document as text that is edited in place: one member is put in, replaced or taken out, and no other byte moves. So
 * indentation, order, number formats and escapes survive. `JSON.parse` judges the document; the scanner below
 * only finds positions in what it accepted, and takes the last of several equal names, as JSON.parse does.
 */
import { unreadable } from '../io/files.ts'

interface MemberAt {
  readonly name: string
  readonly start: number
  readonly valueStart: number
  readonly valueEnd: number
}

interface ObjectAt {
  /** Position behind `{`. */
  readonly inside: number
  /** Position of `}`. */
  readonly close: number
  readonly members: readonly MemberAt[]
}

/** Throws `SINK_FILE_UNREADABLE` unless the text is one JSON object. */
export function checkJsonObject(text: string, path: string): void {
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    throw unreadable(path, 'is not valid JSON')
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw unreadable(path, 'is not a JSON object')
}

/** Text of the member a dotted field leads to: a string's value, anything else as it is written. `null` when there is none. */
export function getMember(text: string, field: string, path: string): string | null {
  const { member } = find(text, field, path)
  if (member === null) return null
  const raw = text.slice(member.valueStart, member.valueEnd)
  return raw.startsWith('"') ? String(JSON.parse(raw)) : raw
}

/** Puts a string at a dotted field, with the objects on the way. */
export function setMember(text: string, field: string, value: string, path: string): string {
  const { object, member, missing } = find(text, field, path)
  if (member !== null) return text.slice(0, member.valueStart) + JSON.stringify(value) + text.slice(member.valueEnd)
  const style = styleOf(text, object)
  const added = `${style.lead}${written(missing, value, style)}`
  const last = object.members.at(-1)
  if (last !== undefined) return `${text.slice(0, last.valueEnd)},${added}${text.slice(last.valueEnd)}`
  return `${text.slice(0, object.inside)}${added}${style.tail}${text.slice(object.close)}`
}

/** Takes a member out. The objects around it stay. */
export function unsetMember(text: string, field: string, path: string): string {
  const { object, member } = find(text, field, path)
  if (member === null) return text
  const at = object.members.indexOf(member)
  const before = object.members[at - 1]
  const after = object.members[at + 1]
  if (before !== undefined) return text.slice(0, before.valueEnd) + text.slice(member.valueEnd)
  if (after !== undefined) return text.slice(0, member.start) + text.slice(after.start)
  return text.slice(0, object.inside) + text.slice(object.close)
}

/** Members of a JSON object and their values as they are written, in order. The text is known to be a JSON object. */
export function rawMembers(text: string): readonly { readonly name: string; readonly raw: string }[] {
  const { members } = objectAt(text, text.indexOf('{'))
  return members.map(({ name, valueStart, valueEnd }) => ({ name, raw: text.slice(valueStart, valueEnd) }))
}

/** Elements of a JSON array as they are written, in order. The text is known to be a JSON array. */
export function rawElements(text: string): readonly string[] {
  const elements: string[] = []
  let at = skipSpace(text, text.indexOf('[') + 1)
  while (text.charAt(at) !== ']') {
    const end = endOfValue(text, at)
    elements.push(text.slice(at, end))
    at = skipSpace(text, end)
    if (text.charAt(at) === ',') at = skipSpace(text, at + 1)
  }
  return elements
}

interface Found {
  readonly object: ObjectAt
  readonly member: MemberAt | null
  /** Names from `object` down that are not there yet. */
  readonly missing: readonly string[]
}

function find(text: string, field: string, path: string): Found {
  const names = field.split('.')
  let object = objectAt(text, text.indexOf('{'))
  for (const [depth, name] of names.entries()) {
    const member = object.members.findLast((each) => each.name === name)
    if (member === undefined) return { object, member: null, missing: names.slice(depth) }
    if (depth === names.length - 1) return { object, member, missing: [] }
    if (text.charAt(member.valueStart) !== '{')
      throw unreadable(path, `has a ${names.slice(0, depth + 1).join('.')} that is no object`)
    object = objectAt(text, member.valueStart)
  }
  throw new RangeError('a field has no names')
}

interface Style {
  /** White space before a new member. */
  readonly lead: string
  /** White space before `}` of an object that was empty. */
  readonly tail: string
  readonly colon: string
  /** One step of indentation; empty when the document is on one line. */
  readonly unit: string
  readonly eol: string
}

function styleOf(text: string, object: ObjectAt): Style {
  const eol = text.includes('\r\n') ? '\r\n' : '\n'
  const last = object.members.at(-1)
  const first = objectAt(text, text.indexOf('{')).members[0] ?? last
  const colon = first === undefined ? ': ' : (/:\s*$/.exec(text.slice(first.start, first.valueStart))?.[0] ?? ': ')
  const around = first === undefined ? `${eol}  ` : spaceBefore(text, first.start)
  const unit = around.includes('\n') ? around.slice(around.lastIndexOf('\n') + 1) : ''
  if (last !== undefined) return { lead: spaceBefore(text, last.start), tail: '', colon, unit, eol }
  const outer = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', object.inside) + 1))?.[0] ?? ''
  return unit === ''
    ? { lead: '', tail: '', colon, unit, eol }
    : { lead: eol + outer + unit, tail: eol + outer, colon, unit, eol }
}

function spaceBefore(text: string, at: number): string {
  return /\s*$/.exec(text.slice(Math.max(0, at - 400), at))?.[0] ?? ''
}

function written(names: readonly string[], value: string, style: Style): string {
  const [name = '', ...rest] = names
  const start = `${JSON.stringify(name)}${style.colon}`
  if (rest.length === 0) return start + JSON.stringify(value)
  const deeper = { ...style, lead: style.unit === '' ? '' : style.lead + style.unit }
  const close = style.unit === '' ? '' : style.lead
  return `${start}{${deeper.lead}${written(rest, value, deeper)}${close}}`
}

/** Scans the object that opens at `open`. The text is known to be valid JSON. */
function objectAt(text: string, open: number): ObjectAt {
  const members: MemberAt[] = []
  let at = skipSpace(text, open + 1)
  while (text.charAt(at) === '"') {
    const start = at
    const nameEnd = endOfString(text, at)
    const valueStart = skipSpace(text, text.indexOf(':', nameEnd) + 1)
    const valueEnd = endOfValue(text, valueStart)
    members.push({ name: String(JSON.parse(text.slice(start, nameEnd))), start, valueStart, valueEnd })
    at = skipSpace(text, valueEnd)
    if (text.charAt(at) === ',') at = skipSpace(text, at + 1)
  }
  return { inside: open + 1, close: at, members }
}

const SPACE = /[ \t\r\n]*/y
const WORD = /[^ \t\r\n,\]}]*/y

function skipSpace(text: string, at: number): number {
  return endOfMatch(SPACE, text, at)
}

function endOfMatch(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  pattern.test(text)
  return pattern.lastIndex
}

function endOfString(text: string, open: number): number {
  let at = open + 1
  while (text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1
  return at + 1
}

function endOfValue(text: string, start: number): number {
  if (text.charAt(start) === '"') return endOfString(text, start)
  if (!'{['.includes(text.charAt(start))) return endOfMatch(WORD, text, start)
  let depth = 0
  for (let at = start; ; at++) {
    const char = text.charAt(at)
    if (char === '"') at = endOfString(text, at) - 1
    else if (char === '{' || char === '[') depth++
    else if ((char === '}' || char === ']') && --depth === 0) return at + 1
  }
}
