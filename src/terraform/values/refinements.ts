/**
 * Refined unknowns on the wire: extension 12 with a map of numbered facts (terraform sends them, e.g. the prefix of `"id-${x.id}"`).
 * Numbers verified against terraform 1.11.4 (2026-11-28). Facts that are not known here are dropped, which only makes the unknown vaguer.
 */
import { PackReader, type Token } from './pack-reader.ts'
import { PackWriter } from './pack-writer.ts'
import { type Bound, type Decimal, type Refinements, UNKNOWN, Unknown } from './value.ts'
import { ValueError } from './value-error.ts'
import { numberOf, writeNumber } from './wire-number.ts'

const PLAIN = 0
const REFINED = 12
const IS_NULL = 1
const PREFIX = 2
const MIN = 3
const MAX = 4
const MIN_LENGTH = 5
const MAX_LENGTH = 6

export function unknownOf({ type, value }: Extract<Token, { kind: 'extension' }>): Unknown {
  if (type !== REFINED) return UNKNOWN
  const reader = new PackReader(value)
  const head = reader.next()
  if (head.kind !== 'map') throw new ValueError('refinements are no map')
  let refinements: Refinements = {}
  for (let n = 0; n < head.length; n++) refinements = { ...refinements, ...fact(reader) }
  return Object.keys(refinements).length === 0 ? UNKNOWN : new Unknown(refinements)
}

function fact(reader: PackReader): Refinements {
  const key = reader.next()
  const number = key.kind === 'int' ? Number(key.value) : Number.NaN
  if (number === MIN || number === MAX) return { [number === MIN ? 'min' : 'max']: bound(reader) }
  const token = reader.next()
  if (number === IS_NULL && token.kind === 'bool') return token.value ? {} : { notNull: true }
  if (number === PREFIX && token.kind === 'text') return { prefix: token.value }
  if (number === MIN_LENGTH && token.kind === 'int') return { minLength: Number(token.value) }
  if (number === MAX_LENGTH && token.kind === 'int') return { maxLength: Number(token.value) }
  skip(reader, token)
  return {}
}

function bound(reader: PackReader): Bound {
  const head = reader.next()
  if (head.kind !== 'array' || head.length !== 2) throw new ValueError('a bound is no pair')
  const value = numberOf(reader.next())
  const inclusive = reader.next()
  if (inclusive.kind !== 'bool') throw new ValueError('a bound does not say whether it is inclusive')
  return { value, inclusive: inclusive.value }
}

function skip(reader: PackReader, token: Token): void {
  let open = token.kind === 'array' ? token.length : token.kind === 'map' ? token.length * 2 : 0
  while (open > 0) {
    const inner = reader.next()
    open += (inner.kind === 'array' ? inner.length : inner.kind === 'map' ? inner.length * 2 : 0) - 1
  }
}

export function writeUnknown(writer: PackWriter, { refinements }: Unknown): void {
  const facts = factsOf(refinements)
  if (facts.length === 0) {
    writer.extension(PLAIN, new Uint8Array(1))
    return
  }
  const inner = new PackWriter()
  inner.map(facts.length)
  for (const [key, write] of facts) {
    inner.int(key)
    write(inner)
  }
  writer.extension(REFINED, inner.done())
}

type Fact = readonly [key: number, write: (writer: PackWriter) => void]

function factsOf({ notNull, prefix, min, max, minLength, maxLength }: Refinements): readonly Fact[] {
  const facts: Fact[] = []
  if (notNull) facts.push([IS_NULL, (writer) => writer.bool(false)])
  if (prefix !== undefined) facts.push([PREFIX, (writer) => writer.text(prefix)])
  if (min) facts.push([MIN, (writer) => writeBound(writer, min)])
  if (max) facts.push([MAX, (writer) => writeBound(writer, max)])
  if (minLength !== undefined) facts.push([MIN_LENGTH, (writer) => writer.int(minLength)])
  if (maxLength !== undefined) facts.push([MAX_LENGTH, (writer) => writer.int(maxLength)])
  return facts
}

function writeBound(
  writer: PackWriter,
  { value, inclusive }: { readonly value: number | Decimal; readonly inclusive: boolean },
): void {
  writer.array(2)
  writeNumber(writer, value)
  writer.bool(inclusive)
}
