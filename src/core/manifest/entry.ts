/** One entry on its way to a key: its layers merged, its words filled in, its values read one by one. */
import type { Diagnostic } from '../diagnostic.ts'
import { type Millis, parseDuration } from '../time.ts'
import { complaint, type Faults, type Said, type Spot } from './complaint.ts'
import type { Layer, Slots, Written } from './layers.ts'
import { shown } from './looks-secret.ts'
import type { Mapping } from './source.ts'
import { fill, type Words } from './words.ts'

export interface Entry {
  readonly id: string
  /** Where the id is written. */
  readonly spot: Spot
  readonly layers: readonly Layer[]
  readonly slots: Slots
  readonly words: Words
  readonly faults: Faults
  readonly report: Diagnostic[]
  /** `adopt` names it: its live key may stay where it is, and be delivered nowhere. */
  readonly isAdopted?: boolean
}

/** `faulty`: written, but wrong; a diagnostic exists. */
export type Read = { readonly slot: Written; readonly value: unknown } | 'absent' | 'faulty'

export function read(entry: Entry, path: string): Read {
  const slot = entry.slots.get(path)
  return slot === undefined ? 'absent' : readAt(entry, slot, path)
}

/** A member of a mapping that is one value of an entry, such as `zone` of `rotation.window`. */
export function readPart(entry: Entry, { slot, value }: Whole, name: string): Read {
  if (!Object.hasOwn(value, name)) return 'absent'
  return readAt(entry, { document: slot.document, container: value, member: name, value: value[name] }, name)
}

/** A value that is a mapping, and where it is written. */
export interface Whole {
  readonly slot: Written
  readonly value: Mapping
}

function readAt(entry: Entry, slot: Written, path: string): Read {
  if (entry.faults.at(slot.container, slot.member)) return 'faulty'
  if (slot.value === null) return blank(entry, slot, path)
  const filled = fill(slot.value, entry.words)
  if ('value' in filled) return { slot, value: filled.value }
  return complain(entry, slot, { code: 'MANIFEST_WORD_UNKNOWN', message: filled.wrong, hint: filled.hint })
}

export function complain(entry: Entry, spot: Spot, said: Said): 'faulty' {
  entry.report.push({ ...complaint(spot, said), ...(said.severity === 'warning' ? {} : { address: entry.id }) })
  return 'faulty'
}

function blank(entry: Entry, slot: Written, path: string): 'faulty' {
  const hint = path === 'limit' ? 'limit: 50   or   limit: unlimited' : `write a value, or remove the line`
  return complain(entry, slot, {
    code: 'MANIFEST_BLANK',
    message: `"${path}" is written without a value.`,
    hint,
    part: 'key',
  })
}

export function wrongValue(
  entry: Entry,
  slot: Written,
  path: string,
  wants: { readonly what: string; readonly example: string },
): 'faulty' {
  const message = `"${path}" must be ${wants.what}; here it is ${shown(slot.value)}.`
  return complain(entry, slot, {
    code: 'MANIFEST_WRONG_VALUE',
    message,
    hint: `${path.split('.').at(-1)}: ${wants.example}`,
  })
}

/** A text that is not empty; `null` when absent or faulty. Numbers and booleans become text. */
export function readText(entry: Entry, path: string, example: string): string | null {
  const found = read(entry, path)
  if (typeof found === 'string') return null
  const { value } = found
  if (typeof value === 'string' && value.trim() !== '') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  wrongValue(entry, found.slot, path, { what: 'a text', example })
  return null
}

/** One of these words; the fallback when absent or faulty. */
export function readChoice<T extends string>(
  entry: Entry,
  found: Read,
  wants: { readonly path: string; readonly words: readonly T[]; readonly fallback: T },
): T {
  if (typeof found === 'string') return wants.fallback
  const word = wants.words.find((one) => one === found.value)
  if (word !== undefined) return word
  wrongValue(entry, found.slot, wants.path, { what: wants.words.join(' or '), example: wants.words[0] ?? '' })
  return wants.fallback
}

/** `false` when absent or faulty. */
export function readFlag(entry: Entry, path: string): boolean {
  const found = read(entry, path)
  if (typeof found === 'string') return false
  if (typeof found.value !== 'boolean') wrongValue(entry, found.slot, path, { what: 'true or false', example: 'true' })
  return found.value === true
}

export interface DurationWants<T> {
  readonly fallback: T
  readonly manual?: boolean
  readonly positive?: boolean
  readonly example: string
}

/** Milliseconds, `null` for `manual` where that is allowed, the fallback when absent or faulty. */
export function readDuration<T>(entry: Entry, path: string, wants: DurationWants<T>): Millis | null | T {
  return durationIn(entry, read(entry, path), { ...wants, path })
}

/** As `readDuration`, of a value that was read. */
export function durationIn<T>(
  entry: Entry,
  found: Read,
  wants: DurationWants<T> & { readonly path: string },
): Millis | null | T {
  if (typeof found === 'string') return wants.fallback
  if (wants.manual === true && found.value === 'manual') return null
  const millis = durationOf(found.value)
  if (millis !== null && (millis > 0 || wants.positive !== true)) return millis
  const what = `a duration such as ${wants.example}${wants.manual === true ? ', or manual' : wants.positive === true ? '' : ', or 0'}`
  wrongValue(entry, found.slot, wants.path, { what, example: wants.example })
  return wants.fallback
}

export function durationOf(value: unknown): Millis | null {
  if (value === 0) return 0
  return typeof value === 'string' ? parseDuration(value) : null
}

/** True when a mistake elsewhere in the entry explains why something is missing. */
export function isBroken(entry: Entry): boolean {
  return entry.layers.some((layer) => entry.faults.in(layer.fields))
}
