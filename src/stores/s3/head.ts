/**
 * The objects of one stack, as bytes.
 *
 *   STACK/head.json            everything that is exchanged: header, lease, what changed since the base, and who wrote last
 *   STACK/base-ID.jsonl.gz     all records at one moment, one a line, sorted; never changed, replaced by the next
 *
 * So a group of changes is one small conditional write, 10,000 records are read with two requests, and a new base is written only when the
 * changes have grown to an eighth of it.
 */
import { gunzipSync, gzipSync } from 'node:zlib'
import type { KeyRecord } from '../../core/record.ts'
import { STATE_FORMAT } from '../../core/state-format.ts'
import type { StackLedger } from '../ledger.ts'
import { corrupt, formatIn, headerIn, isPlain, jsonIn, leaseIn, recordIn } from '../stored.ts'

export interface Head {
  readonly format: number
  /** Ids of the last exchanges, newest first: whoever lost an answer finds out whether its own arrived. */
  readonly by: readonly string[]
  /** Endpoint and bucket whose conditional writes were proven. */
  readonly proven: string
  readonly header: StackLedger['header']
  readonly lease: StackLedger['lease']
  /** `null`: no records but the changed ones. */
  readonly base: { readonly id: string; readonly bytes: number; readonly format: number } | null
  /** Since the base; `null` for what is gone. */
  readonly changed: ReadonlyMap<string, KeyRecord | null>
}

export const KEPT_IDS = 32

/** A base of at most this size, unpacked, is replaced without hesitation. */
const SMALL = 256 << 10
const ID = /^[0-9a-f]{16}$/

export function headKey(stack: string): string {
  return `${stack}/head.json`
}

export function baseKey(stack: string, id: string): string {
  return `${stack}/base-${id}.jsonl.gz`
}

export function encodeHead(head: Head): Uint8Array {
  const changed = Object.fromEntries([...head.changed].sort(byName))
  return Buffer.from(`${JSON.stringify({ ...head, format: STATE_FORMAT, changed })}\n`)
}

/** Throws `STATE_CORRUPT` or `STATE_TOO_NEW`. */
export function decodeHead(bytes: Uint8Array, stack: string, where: string): Head {
  const raw = jsonIn(Buffer.from(bytes).toString('utf8'), where)
  const format = formatIn(raw, where)
  if (!isPlain(raw) || !isPlain(raw.changed) || !Array.isArray(raw.by)) throw corrupt(where, 'members are missing')
  const changed = Object.entries(raw.changed).map(
    ([address, one]) => [address, one === null ? null : recordIn(one, address, { where, format })] as const,
  )
  return {
    format,
    by: raw.by.filter((id) => typeof id === 'string'),
    proven: typeof raw.proven === 'string' ? raw.proven : '',
    header: headerIn(raw.header, stack, where),
    lease: leaseIn(raw.lease, where),
    base: baseIn(raw.base, where),
    changed: new Map(changed),
  }
}

function baseIn(raw: unknown, where: string): Head['base'] {
  if (raw === null) return null
  if (!isPlain(raw) || typeof raw.id !== 'string' || !ID.test(raw.id)) throw corrupt(where, 'its base has no name')
  return { id: raw.id, bytes: Number(raw.bytes) || 0, format: formatIn(raw, where) }
}

export interface PackedBase {
  readonly packed: Uint8Array
  /** Unpacked size. */
  readonly bytes: number
}

export function packBase(records: ReadonlyMap<string, KeyRecord>): PackedBase {
  const lines = [...records].sort(byName).map(([, record]) => `${JSON.stringify(record)}\n`)
  const text = Buffer.from(lines.join(''))
  return { packed: gzipSync(text, { level: 6 }), bytes: text.length }
}

const MOST_BYTES = 1 << 30

/** Throws `STATE_CORRUPT`. */
export function unpackBase(packed: Uint8Array, where: string, format: number): ReadonlyMap<string, KeyRecord> {
  const records = new Map<string, KeyRecord>()
  for (const line of unzipped(packed, where).split('\n')) {
    if (line === '') continue
    const raw = jsonIn(line, where)
    const address = isPlain(raw) && typeof raw.address === 'string' ? raw.address : ''
    records.set(address, recordIn(raw, address, { where, format }))
  }
  return records
}

function unzipped(packed: Uint8Array, where: string): string {
  try {
    return gunzipSync(packed, { maxOutputLength: MOST_BYTES }).toString('utf8')
  } catch {
    throw corrupt(where, 'it cannot be unpacked')
  }
}

/** Whether so many bytes of changes are worth a new base. */
export function isWorthABase(changedBytes: number, base: Head['base']): boolean {
  return changedBytes > Math.max(SMALL, (base?.bytes ?? 0) / 8)
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1
}
