/**
 * Messages to bytes and back, by the table. Unknown fields are skipped, a scalar that comes twice counts the last time, and a message
 * that comes twice is merged, as proto3 asks for. Throws `WireError` for bytes that are no such message.
 */
import { ENUMS, type EnumName, MESSAGES, type MessageName } from './messages.ts'
import { BYTES, Reader, VARINT, WireError } from './reader.ts'
import type { Received, Sent } from './shape.ts'
import { Writer } from './writer.ts'

type Rule = 'single' | 'repeated' | 'map' | 'optional'
type Fields = Record<string, unknown>

interface FieldRow {
  readonly name: string
  readonly number: number
  readonly rule: Rule
  readonly kind: string
}

interface MessageRow {
  readonly fields: readonly FieldRow[]
  readonly byNumber: ReadonlyMap<number, FieldRow>
}

/** Deeper than any schema is, and far from the end of the stack. */
const MAX_DEPTH = 100

const rows = new Map<string, MessageRow>()

function rowOf(message: string): MessageRow {
  const known = rows.get(message)
  if (known) return known
  const fields = Object.entries(MESSAGES[message as MessageName]).map(([name, text]) => fieldRow(name, text))
  const row = { fields, byNumber: new Map(fields.map((field) => [field.number, field])) }
  rows.set(message, row)
  return row
}

function fieldRow(name: string, text: string): FieldRow {
  const words = text.split(' ')
  const rule = words.length === 3 ? (words[1] as Rule) : 'single'
  return { name, number: Number(words[0]), rule, kind: words[words.length - 1] ?? '' }
}

const isMessage = (kind: string): boolean => Object.hasOwn(MESSAGES, kind)
const isEnum = (kind: string): kind is EnumName => Object.hasOwn(ENUMS, kind)
const isNumber = (kind: string): boolean => kind === 'int64' || kind === 'bool' || isEnum(kind)

export function decode<M extends MessageName>(message: M, bytes: Uint8Array): Received<M> {
  return decodeInto(message, { bytes, depth: 0 }) as Received<M>
}

interface Source {
  readonly bytes: Uint8Array
  readonly depth: number
  /** What an earlier appearance of the same field held. */
  readonly before?: Fields
}

function decodeInto(message: string, { bytes, depth, before }: Source): Fields {
  if (depth > MAX_DEPTH) throw new WireError('messages are nested too deeply')
  const row = rowOf(message)
  const found = before ?? blank(row)
  const reader = new Reader(bytes)
  while (!reader.isAtEnd) {
    const { field: number, wire } = reader.tag()
    const field = row.byNumber.get(number)
    if (!field) reader.skip(wire)
    else if (wire !== (field.rule !== 'map' && isNumber(field.kind) ? VARINT : BYTES))
      throw new WireError(`${message}.${field.name} has wire type ${wire}`)
    else put(found, field, { reader, depth })
  }
  return found
}

function blank(row: MessageRow): Fields {
  const fields: Fields = {}
  for (const field of row.fields) fields[field.name] = zero(field)
  return fields
}

function zero({ rule, kind }: FieldRow): unknown {
  if (rule === 'repeated') return []
  if (rule === 'map') return Object.create(null)
  if (rule === 'optional' || isMessage(kind)) return undefined
  if (kind === 'string') return ''
  if (kind === 'bytes') return new Uint8Array()
  return kind === 'bool' ? false : isEnum(kind) ? ENUMS[kind][0] : 0
}

interface Cursor {
  readonly reader: Reader
  readonly depth: number
}

function put(found: Fields, { name, rule, kind }: FieldRow, cursor: Cursor): void {
  if (rule === 'repeated') (found[name] as unknown[]).push(read(kind, cursor))
  else if (rule === 'map') {
    const { key, value } = entry(kind, cursor)
    ;(found[name] as Fields)[key] = value
  } else found[name] = read(kind, cursor, found[name] as Fields | undefined)
}

function read(kind: string, { reader, depth }: Cursor, before?: Fields): unknown {
  if (kind === 'string') return reader.string()
  if (kind === 'bytes') return reader.bytes()
  if (kind === 'bool') return reader.bool()
  if (kind === 'int64') return reader.int64()
  if (isEnum(kind)) return ENUMS[kind][reader.int64()] ?? ENUMS[kind][0]
  return decodeInto(kind, { bytes: reader.bytes(), depth: depth + 1, ...(before && { before }) })
}

/** A map is a list of messages with key 1 and value 2. */
function entry(kind: string, { reader, depth }: Cursor): { readonly key: string; readonly value: unknown } {
  const inner = new Reader(reader.bytes())
  let key = ''
  let value: unknown = isMessage(kind) ? blank(rowOf(kind)) : zero({ name: '', number: 2, rule: 'single', kind })
  while (!inner.isAtEnd) {
    const { field, wire } = inner.tag()
    if (field > 2) inner.skip(wire)
    else if (wire !== BYTES) throw new WireError(`an entry of a map has wire type ${wire}`)
    else if (field === 1) key = inner.string()
    else value = read(kind, { reader: inner, depth })
  }
  return { key, value }
}

export function encode<M extends MessageName>(message: M, value: Sent<M>): Buffer {
  return encodeFields(message, value as Fields)
}

function encodeFields(message: string, value: Fields): Buffer {
  const writer = new Writer()
  for (const field of rowOf(message).fields) {
    const given = value[field.name]
    if (given === undefined) continue
    if (field.rule === 'repeated') for (const one of given as readonly unknown[]) write(writer, field, one)
    else if (field.rule === 'map') writeMap(writer, field, given as Fields)
    else if (field.rule === 'optional' || !isZero(field.kind, given)) write(writer, field, given)
  }
  return writer.done()
}

/** Proto3 leaves out what the other side assumes anyway. */
function isZero(kind: string, value: unknown): boolean {
  if (isEnum(kind)) return value === ENUMS[kind][0]
  return value === '' || value === 0 || value === false || (value instanceof Uint8Array && value.length === 0)
}

function write(writer: Writer, { number, kind }: Pick<FieldRow, 'number' | 'kind'>, value: unknown): void {
  if (kind === 'string') writer.string(number, value as string)
  else if (kind === 'bytes') writer.bytes(number, value as Uint8Array)
  else if (kind === 'bool') writer.int64(number, value === true ? 1 : 0)
  else if (kind === 'int64') writer.int64(number, value as number)
  else if (isEnum(kind)) writer.int64(number, (ENUMS[kind] as readonly string[]).indexOf(value as string))
  else writer.bytes(number, encodeFields(kind, value as Fields))
}

function writeMap(writer: Writer, { number, kind }: FieldRow, entries: Fields): void {
  for (const [key, value] of Object.entries(entries)) {
    const inner = new Writer()
    inner.string(1, key)
    write(inner, { number: 2, kind }, value)
    writer.bytes(number, inner.done())
  }
}
