/**
 * The format of stored records, whoever stores them, and the way from each earlier one to the next.
 *
 * A step is pure, works on plain data, and leaves alone what has the newer form already, so that a file in which an older and a newer
 * keywright wrote may be read as the older of the two.
 */
import { parseName } from './address.ts'
import { misfit, type Schema } from './documents/conforms.ts'
import { HEADER, RECORD } from './documents/record-schema.ts'
import type { KeyRecord, StackHeader } from './record.ts'

/** 1: before generations knew the words their templates were filled with. */
export const STATE_FORMAT = 2

type Plain = Readonly<Record<string, unknown>>

/** The step at position n leads from format n + 1 to the next. */
const STEPS: readonly ((record: Plain) => Plain)[] = [withWords]

/** A record as this version reads it, or where and how it differs from one. Members it does not know are kept. */
export function readRecord(raw: unknown, address: string, format: number): KeyRecord | string {
  if (!isPlain(raw)) return 'it is no record'
  const record = upgraded(raw, format)
  if (record.address !== address) return `it is about ${JSON.stringify(record.address)?.slice(0, 120)}`
  SCHEMAS.record ??= lenient(RECORD)
  return misfit(record, SCHEMAS.record) ?? (record as unknown as KeyRecord)
}

/** A record of an earlier format in the form of this one. */
export function upgraded<R extends object>(record: R, format: number): R {
  return STEPS.slice(format - 1).reduce((one: Plain, step) => step(one), record as unknown as Plain) as unknown as R
}

/** The same for a header. */
export function readHeader(raw: unknown, stack: string): StackHeader | string {
  if (!isPlain(raw)) return 'it is no header'
  if (raw.stack !== stack) return `it is about ${JSON.stringify(raw.stack)?.slice(0, 120)}`
  SCHEMAS.header ??= lenient(HEADER)
  return misfit(raw, SCHEMAS.header) ?? (raw as unknown as StackHeader)
}

/** A format that can be read: a whole number from 1 to `STATE_FORMAT`. */
export function isKnownFormat(format: unknown): format is number {
  return Number.isSafeInteger(format) && Number(format) >= 1 && Number(format) <= STATE_FORMAT
}

export function isNewerFormat(format: unknown): boolean {
  return Number.isSafeInteger(format) && Number(format) > STATE_FORMAT
}

/** 1 to 2: what `${id}` and `${name}` stood for is read out of the live name, which was made from them at the same moment. */
function withWords(record: Plain): Plain {
  const { generations, address } = record
  if (!Array.isArray(generations)) return record
  const id = typeof address === 'string' ? address.slice(address.indexOf('/') + 1) : ''
  return { ...record, generations: generations.map((one) => (isPlain(one) ? generationWithWords(one, id) : one)) }
}

function generationWithWords(generation: Plain, id: string): Plain {
  const { issued } = generation
  if (!isPlain(issued) || issued.words !== undefined || typeof issued.name !== 'string') return generation
  return { ...generation, issued: { ...issued, words: { id, name: parseName(issued.name)?.display ?? '' } } }
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Made when first needed: most runs read a local state, which its checksums vouch for. */
const SCHEMAS: { record?: Schema; header?: Schema } = {}

/** A later version may add members. */
function lenient(schema: Schema): Schema {
  const entries = Object.entries(schema).filter(([word, value]) => word !== 'additionalProperties' || value !== false)
  return Object.fromEntries(entries.map(([word, value]) => [word, lenientValue(value)]))
}

function lenientValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lenientValue)
  return isPlain(value) ? lenient(value) : value
}
