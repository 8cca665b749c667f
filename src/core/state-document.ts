/**
 * A stack's state as one document: what `state pull` prints and `state push` takes. Holds no secret.
 *
 * Pushing is for disasters: a store that lost its content, a backup. It must not take a stack back to an earlier moment by accident, since
 * a record that forgets its latest generation leaves a live key behind. So each record is compared with the one that is there.
 */
import { canonical, type Json } from './canonical.ts'
import { KeywrightError } from './diagnostic.ts'
import type { KeyRecord, StackHeader } from './record.ts'
import { isKnownFormat, isNewerFormat, readHeader, readRecord, STATE_FORMAT } from './state-format.ts'

export interface StateDocument {
  readonly stack: string
  readonly header: StackHeader | null
  readonly records: ReadonlyMap<string, KeyRecord>
}

/** Members of the JSON document beside `schemaVersion` and `kind`. */
export function stateMembers({ stack, header, records }: StateDocument): object {
  const sorted = [...records.values()].sort((a, b) => (a.address < b.address ? -1 : 1))
  return { format: STATE_FORMAT, stack, header, records: sorted }
}

/** Reads a document of this or an earlier format. Throws `STATE_TOO_NEW` or `STATE_PUSH_REFUSED`. */
export function decodeState(text: string): StateDocument {
  const raw = parsed(text)
  if (!isPlain(raw) || raw.kind !== 'state' || typeof raw.stack !== 'string' || !Array.isArray(raw.records))
    throw refused('The file is no state as keywright state pull prints it.')
  const { stack, format } = raw
  if (isNewerFormat(format))
    throw new KeywrightError('STATE_TOO_NEW', {
      message: 'The file was written by a newer keywright.',
      hint: 'Update keywright, then run again.',
    })
  if (!isKnownFormat(format)) throw refused('The file does not say which format it has.')
  const header = raw.header === null ? null : readHeader(raw.header, stack)
  if (typeof header === 'string') throw refused(`Its header cannot be read: ${header}.`)
  return { stack, header, records: recordsIn(raw.records, stack, format) }
}

function recordsIn(raw: readonly unknown[], stack: string, format: number): ReadonlyMap<string, KeyRecord> {
  const records = new Map<string, KeyRecord>()
  for (const one of raw) {
    const address = isPlain(one) && typeof one.address === 'string' ? one.address : ''
    const record = address.startsWith(`${stack}/`)
      ? readRecord(one, address, format)
      : 'it belongs to no key of the stack'
    if (typeof record === 'string') throw refused(`One of its records cannot be read: ${record}.`)
    records.set(address, record)
  }
  return records
}

/** Why pushing `next` over `now` would lose something, one line each. Empty when it would not. */
export function losses(now: StateDocument, next: StateDocument): readonly string[] {
  const accounts = Object.entries(now.header?.identities ?? {}).flatMap(([name, { origin, account }]) => {
    const other = next.header?.identities[name]
    const same = other === undefined || (other.origin === origin && other.account === account)
    return same ? [] : [`the provider ${name} leads to another account there`]
  })
  const records = [...now.records.values()].flatMap((record) => {
    const why = loss(record, next.records.get(record.address))
    return why === null ? [] : [`${record.address} ${why}`]
  })
  return [...accounts, ...records]
}

function loss(now: KeyRecord, next: KeyRecord | undefined): string | null {
  if (next === undefined) return 'is not in it'
  if (next.lineage !== now.lineage) return 'has another lineage in it: it is the state of somebody else'
  if (next.highest < now.highest) return `goes back from #${now.highest} to #${next.highest}`
  return next.serial < now.serial ? `goes back from save ${now.serial} to ${next.serial}` : null
}

/** Records of `next` that differ from what is there, in other things than how often they were saved; `null` for those to go. */
export function differences(
  now: StateDocument,
  next: StateDocument,
): readonly { readonly address: string; readonly expectedSerial: number; readonly record: KeyRecord | null }[] {
  const changed = [...next.records.values()].flatMap((record) => {
    const there = now.records.get(record.address)
    return there && isSame(there, record)
      ? []
      : [{ address: record.address, expectedSerial: there?.serial ?? 0, record }]
  })
  const gone = [...now.records.values()].filter(({ address }) => !next.records.has(address))
  return [...changed, ...gone.map(({ address, serial }) => ({ address, expectedSerial: serial, record: null }))]
}

/** The same content, whatever its serial and the order of its members. */
export function isSame<R extends { readonly serial: number }>(one: R, other: R): boolean {
  return text(one) === text(other)
}

/** Records and headers are plain data. */
function text(one: object): string {
  return canonical({ ...one, serial: 0 } as Json)
}

function refused(message: string): KeywrightError {
  return new KeywrightError('STATE_PUSH_REFUSED', {
    message: `${message} Nothing was changed.`,
    hint: 'keywright state pull > state.json',
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
