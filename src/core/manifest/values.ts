/** Managed fields of an entry, by the attributes table. */
import { ATTRIBUTES, type Attribute } from '../attributes.ts'
import type { Fields, FieldValue, ProviderKind } from '../key.ts'
import { listed } from '../suggest.ts'
import { type Millis, parseInstant } from '../time.ts'
import { complain, type Entry, isBroken, read, wrongValue } from './entry.ts'
import type { Written } from './layers.ts'
import { isSequence } from './source.ts'
import { exampleOf, wantedList, wordListOf } from './word-list.ts'

/**
 * Every field of the kind that is managed: written ones, and the documented default of the others. Of a kind that is not known
 * only what is written.
 */
export function fieldsOf(entry: Entry, kind: ProviderKind | null, expires: 'renewed' | 'fixed'): Fields {
  const fields: Record<string, FieldValue> = {}
  for (const row of ATTRIBUTES) {
    const isMeant = kind === null ? entry.slots.has(row.name) : row.kinds[kind] !== undefined
    if (!isMeant || (row.name === 'expiresAt' && expires === 'renewed')) continue
    const value = fieldOf(entry, row)
    if (value !== undefined) fields[row.name] = value
  }
  return fields
}

function fieldOf(entry: Entry, row: Attribute): FieldValue | undefined {
  const found = read(entry, row.name)
  if (found === 'faulty') return undefined
  if (found === 'absent') return absentValue(entry, row)
  if (row.type === 'words') return wordListOf(entry, row, found.slot)
  if (row.nullWord !== undefined && found.value === row.nullWord) return null
  if (isOf(row, found.value)) return found.value
  if (row.type === 'instant') complain(entry, found.slot, expirySaid(found.value))
  else wrongValue(entry, found.slot, row.name, { what: wanted(row), example: exampleOf(row) })
  return undefined
}

function absentValue(entry: Entry, row: Attribute): FieldValue | undefined {
  if (row.absent !== 'error') return row.fallback
  if (isBroken(entry)) return undefined
  const hint = `${row.name}: ${exampleOf(row)}${row.nullWord === undefined ? '' : `   or   ${row.name}: ${row.nullWord}`}`
  complain(entry, entry.spot, { ...missing(entry.id, row), hint, part: 'key' })
  return undefined
}

function missing(id: string, { name, type }: Attribute) {
  if (type === 'words') {
    const message = `"${id}" has no ${name}. A key can do what its ${name} say and nothing else, so they have to be written.`
    return { code: 'MANIFEST_SCOPES_MISSING', message } as const
  }
  const message = `"${id}" has no ${name}. No ${name} is a decision too, so it has to be written.`
  return { code: 'MANIFEST_LIMIT_MISSING', message } as const
}

/** UTC with seconds and nothing else: the one form the key API takes. */
const UTC_SECONDS = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/

function isOf(row: Attribute, value: unknown): value is FieldValue {
  switch (row.type) {
    case 'usd':
      return typeof value === 'number' && Number.isFinite(value) && value >= 0
    case 'enum':
      return typeof value === 'string' && (row.values ?? []).includes(value)
    case 'boolean':
      return typeof value === 'boolean'
    case 'text':
      return typeof value === 'string' && value.trim() !== ''
    case 'words':
      return isSequence(value) && value.every((word) => typeof word === 'string')
    case 'instant':
      return typeof value === 'string' && UTC_SECONDS.test(value) && parseInstant(value) !== null
    default:
      return row.type satisfies never
  }
}

/** What a field takes, in words. */
export function wanted(row: Attribute): string {
  const or = row.nullWord === undefined ? '' : `, or ${row.nullWord}`
  switch (row.type) {
    case 'usd':
      return `a number of USD, 0 or more${or}`
    case 'enum':
      return `one of ${listed(row.values ?? [])}`
    case 'boolean':
      return 'true or false'
    case 'text':
      return 'a text'
    case 'words':
      return wantedList(row)
    case 'instant':
      return 'a UTC instant with seconds'
    default:
      return row.type satisfies never
  }
}

function expirySaid(value: unknown) {
  const text = String(value)
  const why = /^\d{4}-\d{2}-\d{2}$/.test(text)
    ? 'it is a day without a time'
    : /T\d{2}:\d{2}Z?$/.test(text)
      ? 'its seconds are missing'
      : /[+-]\d{2}:?\d{2}$/.test(text)
        ? 'it has an offset; convert it to UTC and end it with Z'
        : 'it is no such instant'
  const message = `"expiresAt" must be a UTC instant with seconds; ${why}.`
  return { code: 'MANIFEST_EXPIRY_INVALID', message, hint: 'expiresAt: 2027-12-31T23:59:59Z' } as const
}

/** Reports an end that has passed. */
export function checkPast(
  entry: Entry,
  slot: Written,
  expiresAt: FieldValue | undefined,
  limits: { readonly now: Millis; readonly severity: 'error' | 'warning' },
): void {
  const end = typeof expiresAt === 'string' ? parseInstant(expiresAt) : null
  if (end === null || end > limits.now) return
  const message = `"${entry.id}" ended at ${String(expiresAt)}, which has passed.`
  const hint = 'write a later expiresAt, or remove the key'
  complain(entry, slot, { code: 'MANIFEST_EXPIRY_PAST', message, hint, severity: limits.severity })
}
