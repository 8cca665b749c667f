/** Messages as bytes: against an independent codec, and against bytes that are none. */
import fc from 'fast-check'
import * as protobuf from 'protobufjs'
import { expect, test } from 'vitest'
import { decode, encode } from '../../src/terraform/wire/codec.ts'
import { ENUMS, MESSAGES, type MessageName } from '../../src/terraform/wire/messages.ts'
import { WireError } from '../../src/terraform/wire/reader.ts'

const NAMES = Object.keys(MESSAGES) as MessageName[]
const runs = (quick: number): { readonly numRuns: number } => ({
  numRuns: process.env.SLOW === '1' ? quick * 20 : quick,
})
const isOneOf = (kind: string, table: object): boolean => Object.hasOwn(table, kind)
const typeName = (kind: string): string => kind.replace('.', '_')

/** The same table for protobufjs. */
function peerRoot(): protobuf.Root {
  const root = new protobuf.Root()
  for (const [name, words] of Object.entries(ENUMS))
    root.add(new protobuf.Enum(name, Object.fromEntries(words.map((word, n) => [`${name}_${word}`, n]))))
  for (const name of NAMES) {
    const type = new protobuf.Type(typeName(name))
    for (const [field, text] of Object.entries<string>(MESSAGES[name])) {
      const [number = '', ...rest] = text.split(' ')
      const [rule, kind] = rest.length === 2 ? [rest[0], rest[1] ?? ''] : [undefined, rest[0] ?? '']
      if (rule === 'map') type.add(new protobuf.MapField(field, Number(number), 'string', typeName(kind)))
      else type.add(new protobuf.Field(field, Number(number), typeName(kind), rule === 'repeated' ? rule : undefined))
    }
    root.add(type)
  }
  root.resolveAll()
  return root
}

const ROOT = peerRoot()

/** Any value of a message, nested at most `depth` deep. */
function message(name: MessageName, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.entries<string>(MESSAGES[name]).flatMap(([field, text]) => {
    const words = text.split(' ').slice(1)
    const kind = words.at(-1) ?? ''
    if (isOneOf(kind, MESSAGES) && depth === 0) return []
    const one = value(kind, depth)
    if (words[0] === 'repeated') return [[field, fc.array(one, { maxLength: 3 })] as const]
    if (words[0] === 'map') return [[field, fc.dictionary(fc.string({ maxLength: 5 }), one, { maxKeys: 3 })] as const]
    return [[field, fc.option(one, { nil: undefined })] as const]
  })
  return fc.record(Object.fromEntries(fields))
}

function value(kind: string, depth: number): fc.Arbitrary<unknown> {
  if (kind === 'string')
    return fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replace(/\p{Surrogate}/gu, '?'))
  if (kind === 'bytes') return fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))
  if (kind === 'bool') return fc.boolean()
  if (kind === 'int64') return fc.maxSafeInteger()
  if (isOneOf(kind, ENUMS)) return fc.constantFrom(...ENUMS[kind as keyof typeof ENUMS])
  return message(kind as MessageName, depth - 1)
}

const anyMessage = fc.constantFrom(...NAMES).chain((name) => fc.tuple(fc.constant(name), message(name, 3)))

test('writes what an independent codec reads, byte for byte the same when that writes it again', () => {
  fc.assert(
    fc.property(anyMessage, ([name, fields]) => {
      const type = ROOT.lookupType(typeName(name))
      const bytes = encode(name, fields as never)
      const seen = type.decode(bytes)
      const again = decode(name, Buffer.from(type.encode(seen).finish()))
      expect(again).toEqual(decode(name, bytes))
    }),
    runs(400),
  )
})

test('reads back what it wrote: absent fields become their zero, and nothing else changes', () => {
  fc.assert(
    fc.property(anyMessage, ([name, fields]) => {
      const bytes = encode(name, fields as never)
      const first = decode(name, bytes)
      expect(encode(name, first as never).equals(bytes)).toBe(true)
      for (const [field, given] of Object.entries(fields))
        if (typeof given === 'string' || typeof given === 'number' || typeof given === 'boolean')
          expect((first as Record<string, unknown>)[field]).toEqual(given)
    }),
    runs(400),
  )
})

test('skips fields of newer versions, of every wire type', () => {
  const newer = Buffer.from([
    ...[0xf8, 0x07, 0x96, 0x01],
    ...[0xf9, 0x07, 1, 2, 3, 4, 5, 6, 7, 8],
    ...[0xfa, 0x07, 0x02, 0x61, 0x62],
    ...[0xfd, 0x07, 1, 2, 3, 4],
  ])
  const bytes = Buffer.concat([newer, encode('ImportedResource', { typeName: 'a' }), newer])
  expect(decode('ImportedResource', bytes).typeName).toBe('a')
})

test('tells an absent optional from a zero', () => {
  expect(decode('FunctionError', encode('FunctionError', { functionArgument: 0 })).functionArgument).toBe(0)
  expect(decode('FunctionError', encode('FunctionError', {})).functionArgument).toBeUndefined()
})

test('merges a message that comes twice, and takes the last of a scalar', () => {
  const half = (fields: object): Buffer => encode('ValidateResourceConfig.Request', fields)
  const both = Buffer.concat([
    half({ typeName: 'a', config: { msgpack: Buffer.from('m') } }),
    half({ typeName: 'b', config: { json: Buffer.from('j') } }),
  ])
  const { typeName: last, config } = decode('ValidateResourceConfig.Request', both)
  expect([last, `${config?.msgpack}`, `${config?.json}`]).toEqual(['b', 'm', 'j'])
})

test('refuses bytes that are no message, and never anything but that', () => {
  fc.assert(
    fc.property(fc.constantFrom(...NAMES), fc.uint8Array({ maxLength: 80 }), (name, bytes) => {
      try {
        decode(name, bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(WireError)
      }
    }),
    runs(3000),
  )
})

test('refuses a message that was cut or changed anywhere, or reads another one', () => {
  fc.assert(
    fc.property(anyMessage, fc.nat(), fc.nat(255), ([name, fields], at, byte) => {
      const bytes = encode(name, fields as never)
      const changed = Buffer.from(bytes)
      if (changed.length > 0) changed[at % changed.length] = byte
      for (const hurt of [bytes.subarray(0, at % (bytes.length + 1)), changed])
        try {
          decode(name, hurt)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
    }),
    runs(400),
  )
})

test('refuses what only a hostile peer sends', () => {
  const wrong: readonly (readonly [string, readonly number[]])[] = [
    ['a varint of eleven bytes', [0x08, ...Array(10).fill(0xff), 0x01]],
    ['a length beyond the end', [0x0a, 0x7f, 0x61]],
    ['a negative length', [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ['field number zero', [0x00, 0x00]],
    ['a group', [0x0b, 0x0c]],
    ['the wrong wire type', [0x08, 0x01]],
    ['a text that is not UTF-8', [0x0a, 0x01, 0xff]],
  ]
  for (const [what, bytes] of wrong) expect(() => decode('TypeName', Buffer.from(bytes)), what).toThrow(WireError)
  expect(() => decode('Timestamp', Buffer.from([0x08, ...Array(8).fill(0xff), 0x7f]))).toThrow('beyond 2^53')
})

test('reads negative numbers and the largest exact ones', () => {
  for (const seconds of [-1, -(2 ** 53) + 1, 2 ** 53 - 1, 2 ** 28, 2 ** 28 - 1, 2 ** 35])
    expect(decode('Timestamp', encode('Timestamp', { seconds })).seconds).toBe(seconds)
})
