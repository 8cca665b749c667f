/**
 * Values to MessagePack and back, led by their type: an array is a list, a set or a tuple only because the type says so, and a text is
 * a number where a number is expected. Both directions throw `ValueError` with the path of what does not fit.
 *
 * Not taken: a general MessagePack package with a second pass over its tree. It tells no double from an integer, wraps integers beyond 64
 * bits and refuses the key `__proto__`. It reads and writes along in the tests.
 */
import { PackReader, type Token } from './pack-reader.ts'
import { PackWriter } from './pack-writer.ts'
import { unknownOf, writeUnknown } from './refinements.ts'
import { type CtyType, typeFromText, typeToJson } from './types.ts'
import { Decimal, Dynamic, isList, isMap, Unknown, type Value, type ValueMap } from './value.ts'
import { ValueError } from './value-error.ts'
import { numberOf, writeNumber } from './wire-number.ts'

export function unpackValue(type: CtyType, bytes: Uint8Array): Value {
  const reader = new PackReader(bytes)
  const value = readValue(type, reader)
  if (!reader.isAtEnd) throw new ValueError('there are bytes after the value')
  return value
}

export function packValue(type: CtyType, value: Value): Buffer {
  const writer = new PackWriter()
  writeValue(writer, type, value)
  return writer.done()
}

function readValue(type: CtyType, reader: PackReader): Value {
  const token = reader.next()
  if (token.kind === 'nil') return null
  if (token.kind === 'extension') return unknownOf(token)
  if (type === 'number') return numberOf(token)
  if (type === 'string' && token.kind === 'text') return token.value
  if (type === 'bool' && token.kind === 'bool') return token.value
  if (typeof type === 'object' && token.kind === 'array') return readArray(type, reader, token.length)
  if (typeof type === 'object' && token.kind === 'map') return readMap(type, reader, token.length)
  if (type === 'dynamic' && token.kind === 'array' && token.length === 2) return readDynamic(reader)
  throw misfit(type, token)
}

function misfit(type: CtyType, token: Token): ValueError {
  return new ValueError(`${token.kind} where ${JSON.stringify(typeToJson(type)).slice(0, 80)} is expected`)
}

type Compound = Exclude<CtyType, string>

function readArray(type: Compound, reader: PackReader, length: number): readonly Value[] {
  const kinds = elementTypes(type, length)
  if (kinds === null) throw misfit(type, { kind: 'array', length })
  const found: Value[] = []
  try {
    while (found.length < length) found.push(readValue(kinds(found.length), reader))
  } catch (cause) {
    throw inside(`[${found.length}]`, cause)
  }
  return found
}

function elementTypes(type: Compound, length: number): ((n: number) => CtyType) | null {
  if ('list' in type) return () => type.list
  if ('set' in type) return () => type.set
  if ('tuple' in type && type.tuple.length === length) return (n) => type.tuple[n] ?? 'dynamic'
  return null
}

function readMap(type: Compound, reader: PackReader, length: number): ValueMap {
  if (!('map' in type || 'object' in type)) throw misfit(type, { kind: 'map', length })
  const found: Record<string, Value> = Object.create(null)
  for (let n = 0; n < length; n++) {
    const key = reader.next()
    if (key.kind !== 'text') throw new ValueError('a key is no text')
    try {
      found[key.value] = readValue(memberType(type, key.value), reader)
    } catch (cause) {
      throw inside(`.${key.value}`, cause)
    }
  }
  const missing = 'object' in type ? Object.keys(type.object).find((name) => !(name in found)) : undefined
  if (missing !== undefined) throw new ValueError(`attribute ${missing} is missing`)
  return found
}

function memberType(type: Extract<Compound, { map: CtyType } | { object: unknown }>, name: string): CtyType {
  if ('map' in type) return type.map
  const member = Object.hasOwn(type.object, name) ? type.object[name] : undefined
  if (member === undefined) throw new ValueError('is no attribute of the schema')
  return member
}

function readDynamic(reader: PackReader): Value {
  const token = reader.next()
  if (token.kind !== 'bytes') throw new ValueError('a dynamic value does not begin with its type')
  const type = typeFromText(Buffer.from(token.value).toString('utf8'))
  return new Dynamic(type, readValue(type, reader))
}

function writeValue(writer: PackWriter, type: CtyType, value: Value): void {
  if (value === null) writer.nil()
  else if (value instanceof Unknown) writeUnknown(writer, value)
  else if (type === 'string' && typeof value === 'string') writer.text(value)
  else if (type === 'bool' && typeof value === 'boolean') writer.bool(value)
  else if (type === 'number' && (typeof value === 'number' || value instanceof Decimal)) writeNumber(writer, value)
  else if (type === 'dynamic' && value instanceof Dynamic) writeDynamic(writer, value)
  else if (typeof type === 'object' && isList(value)) writeArray(writer, type, value)
  else if (typeof type === 'object' && isMap(value)) writeMap(writer, type, value)
  else throw new ValueError(`${nameOf(value)} does not fit ${JSON.stringify(typeToJson(type)).slice(0, 80)}`)
}

/** Never the value itself: it may be one that must not be seen. */
function nameOf(value: Value | undefined): string {
  if (value === undefined) return 'undefined'
  return isList(value) ? 'a list' : isMap(value) ? 'a map' : `a ${typeof value}`
}

function writeArray(writer: PackWriter, type: Compound, value: readonly Value[]): void {
  const kinds = elementTypes(type, value.length)
  if (kinds === null) throw new ValueError(`a list of ${value.length} does not fit ${JSON.stringify(typeToJson(type))}`)
  writer.array(value.length)
  for (const [n, one] of value.entries()) {
    try {
      writeValue(writer, kinds(n), one)
    } catch (cause) {
      throw inside(`[${n}]`, cause)
    }
  }
}

/** Every attribute of an object is written, in the order of the schema; one that is absent is an error, since null is something else. */
function writeMap(writer: PackWriter, type: Compound, value: ValueMap): void {
  if (!('map' in type || 'object' in type))
    throw new ValueError(`a map does not fit ${JSON.stringify(typeToJson(type))}`)
  const names = Object.keys('object' in type ? type.object : value)
  const stray = 'object' in type ? Object.keys(value).find((name) => !Object.hasOwn(type.object, name)) : undefined
  if (stray !== undefined) throw new ValueError(`${stray} is no attribute of the schema`)
  writer.map(names.length)
  for (const name of names) {
    writer.text(name)
    try {
      writeValue(writer, memberType(type, name), value[name] as Value)
    } catch (cause) {
      throw inside(`.${name}`, cause)
    }
  }
}

function writeDynamic(writer: PackWriter, { type, value }: Dynamic): void {
  writer.array(2)
  writer.bytes(Buffer.from(JSON.stringify(typeToJson(type)), 'utf8'))
  writeValue(writer, type, value)
}

/** What is wrong, with the step before it that leads there. */
function inside(step: string, cause: unknown): unknown {
  if (!(cause instanceof ValueError)) return cause
  const inner = /^[.[]/.test(cause.message) ? cause.message : `: ${cause.message}`
  return new ValueError(`${step}${inner}`)
}
