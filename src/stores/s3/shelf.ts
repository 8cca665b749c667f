/** One stack in a bucket: its head is compared and swapped by etag. */
import { randomBytes } from 'node:crypto'
import { isKeywrightError } from '../../core/diagnostic.ts'
import type { KeyRecord } from '../../core/record.ts'
import { STATE_FORMAT } from '../../core/state-format.ts'
import { exchangeBySwap, type Shelf, type SwapShelf } from '../book.ts'
import type { Folded } from '../fold.ts'
import { type Ledger, stackLedger } from '../ledger.ts'
import { corrupt } from '../stored.ts'
import {
  baseKey,
  decodeHead,
  encodeHead,
  type Head,
  headKey,
  isWorthABase,
  KEPT_IDS,
  packBase,
  unpackBase,
} from './head.ts'
import type { Objects } from './objects.ts'
import { proveConditions } from './proof.ts'

interface Seen {
  readonly etag: string
  readonly head: Head
}

interface CachedBase {
  readonly id: string
  readonly records: ReadonlyMap<string, KeyRecord>
}

const MOST_LOOKS = 5
const NO_RECORDS: ReadonlyMap<string, KeyRecord> = new Map()

/** `onWrite` hears of every conditional write of state. */
export function s3Shelf(objects: Objects, stack: string, onWrite: () => void): Shelf {
  let seen: Seen | null = null
  let base: CachedBase | null = null
  let ledger: Ledger = new Map()

  const follow = async (): Promise<void> => {
    for (let looks = 0; ; looks++) {
      const found = await objects.get(headKey(stack), seen?.etag)
      if (found === 'same') return
      const head = found && decodeHead(found.bytes, stack, `${objects.location} ${headKey(stack)}`)
      const records = await recordsOf(head)
      if (records === null && looks < MOST_LOOKS) continue // the head moved on to another base meanwhile
      if (records === null) throw corrupt(`${objects.location} ${headKey(stack)}`, 'the base it names is gone')
      seen = found && head && { etag: found.etag, head }
      ledger = head ? new Map([[stack, { header: head.header, lease: head.lease, records, shared: true }]]) : new Map()
      return
    }
  }

  const recordsOf = async (head: Head | null): Promise<Map<string, KeyRecord> | null> => {
    const from = head?.base ? await baseOf(head.base) : { records: NO_RECORDS }
    if (from === null) return null
    const records = new Map(from.records)
    for (const [address, record] of head?.changed ?? []) {
      if (record === null) records.delete(address)
      else records.set(address, record)
    }
    return records
  }

  const baseOf = async ({ id, format }: NonNullable<Head['base']>): Promise<CachedBase | null> => {
    if (base?.id === id) return base
    const found = await objects.get(baseKey(stack, id))
    if (found === null || found === 'same') return null
    base = { id, records: unpackBase(found.bytes, `${objects.location} ${baseKey(stack, id)}`, format) }
    return base
  }

  /** What is to be written: the changes beside the base that is there, or a new base. */
  const drafted = async ({ next, touched }: Folded): Promise<Head> => {
    const { header, lease, records } = stackLedger(next, stack)
    const before = seen?.head ?? null
    const by = [randomBytes(8).toString('hex'), ...(before?.by ?? [])].slice(0, KEPT_IDS)
    const proven = await provenAt(before)
    const changed = new Map(before?.changed ?? [])
    for (const address of touched.get(stack)?.addresses ?? []) changed.set(address, records.get(address) ?? null)
    const head: Head = { format: STATE_FORMAT, by, proven, header, lease, base: before?.base ?? null, changed }
    const size = [...changed.values()].reduce((sum, record) => sum + (record ? JSON.stringify(record).length : 1), 0)
    if (!isWorthABase(size, head.base)) return head
    return { ...head, base: await putBase(records), changed: new Map() }
  }

  const provenAt = async (before: Head | null): Promise<string> => {
    if (before?.proven !== objects.location) await proveConditions(objects)
    return objects.location
  }

  const putBase = async (records: ReadonlyMap<string, KeyRecord>): Promise<NonNullable<Head['base']>> => {
    const id = randomBytes(8).toString('hex')
    const { packed, bytes } = packBase(records)
    await objects.put(baseKey(stack, id), packed, 'absent')
    base = { id, records: new Map(records) }
    return { id, bytes, format: STATE_FORMAT }
  }

  const offer = async (folded: Folded): Promise<boolean> => {
    const before = seen
    const head = await drafted(folded)
    onWrite()
    let lost: unknown = null
    let etag: string | null = null
    try {
      etag = await objects.put(headKey(stack), encodeHead(head), before ? { ifMatch: before.etag } : 'absent')
    } catch (error) {
      if (!isKeywrightError(error, 'STATE_UNWRITABLE')) throw error
      lost = error
    }
    if (etag !== null) {
      seen = { etag, head }
      ledger = folded.next
    } else if (!(await arrived(head))) {
      if (lost !== null) throw lost
      await sweep(head.base, before?.head ?? null)
      return false
    }
    await sweep(before?.head.base ?? null, head)
    return true
  }

  /** A refusal may be the answer to a repetition of ours whose first try was stored. */
  const arrived = async (head: Head): Promise<boolean> => {
    await follow()
    return seen?.head.by.includes(head.by[0] ?? '') ?? false
  }

  const sweep = async (old: Head['base'], kept: Head | null): Promise<void> => {
    if (old && old.id !== kept?.base?.id) await objects.remove(baseKey(stack, old.id))
  }

  const shelf: SwapShelf = {
    get ledger() {
      return ledger
    },
    follow,
    offer,
  }
  return {
    get ledger() {
      return ledger
    },
    follow,
    async exchange(entries) {
      // Whoever looked knows whether the server has been tried before.
      if (seen === null) await follow()
      return await exchangeBySwap(shelf, entries, objects.location)
    },
  }
}
