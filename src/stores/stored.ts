/** What shared stores keep, as plain data from elsewhere: read with care, since whoever can write there may have written anything. */
import { KeywrightError } from '../core/diagnostic.ts'
import { display } from '../core/display.ts'
import type { KeyRecord, StackHeader } from '../core/record.ts'
import { isKnownFormat, isNewerFormat, readHeader, readRecord } from '../core/state-format.ts'
import { parseInstant } from '../core/time.ts'
import type { LeaseHolder } from '../ports/state-store.ts'
import type { LeaseState } from './ledger.ts'

/** Where something was found, for messages: an object, a file, a row. */
export interface Found {
  readonly where: string
  readonly format: number
}

/** Throws `STATE_CORRUPT`. */
export function recordIn(raw: unknown, address: string, { where, format }: Found): KeyRecord {
  const record = readRecord(raw, address, format)
  if (typeof record === 'string') throw corrupt(where, record)
  if (record.serial < 1) throw corrupt(where, 'it was never saved')
  return record
}

/** `null` for `null`. Throws `STATE_CORRUPT`. */
export function headerIn(raw: unknown, stack: string, where: string): StackHeader | null {
  if (raw === null || raw === undefined) return null
  const header = readHeader(raw, stack)
  if (typeof header === 'string') throw corrupt(where, header)
  return header
}

/** Throws `STATE_CORRUPT`. */
export function leaseIn(raw: unknown, where: string): LeaseState {
  if (!isPlain(raw) || !isCount(raw.serial) || !isCount(raw.revision)) throw corrupt(where, 'it is no lease')
  const { serial, revision, holder } = raw
  if (holder !== null && !isHolder(holder)) throw corrupt(where, 'its holder cannot be read')
  return { serial, revision, holder }
}

/** The format a document says it has. Throws `STATE_TOO_NEW` or `STATE_CORRUPT`. */
export function formatIn(raw: unknown, where: string): number {
  const format = isPlain(raw) ? raw.format : undefined
  if (isNewerFormat(format))
    throw new KeywrightError('STATE_TOO_NEW', {
      message: `${where} was written by a newer keywright.`,
      hint: 'Update keywright, then run again.',
    })
  if (!isKnownFormat(format)) throw corrupt(where, 'it does not say which format it has')
  return format
}

/** Throws `STATE_CORRUPT`. */
export function jsonIn(text: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw corrupt(where, 'it is not JSON')
  }
}

export function corrupt(where: string, why: string): KeywrightError {
  return new KeywrightError('STATE_CORRUPT', {
    message: `${where} holds no state of keywright: ${display(why, { max: 200 })}.`,
    hint: 'bring back the version before it, or move it away and run: keywright state rebuild',
  })
}

export function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isHolder(value: unknown): value is LeaseHolder {
  if (!isPlain(value)) return false
  const { host, pid, bootId, startedAt, expiresAt, command } = value
  const texts = [host, bootId, startedAt, expiresAt, command].every((text) => typeof text === 'string')
  return texts && isCount(pid) && parseInstant(String(expiresAt)) !== null
}
