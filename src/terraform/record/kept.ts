/**
 * What Terraform keeps of a key beside its attributes: the record, in the private part of the state. It is the same record that other
 * faces keep in a store, so the same machine goes on from it; it holds no secret. Where it is missing or was edited, `rebuilt.ts` makes
 * one from the attributes.
 */
import { misfit } from '../../core/documents/conforms.ts'
import { RECORD } from '../../core/documents/record-schema.ts'
import type { LiveKey } from '../../core/key.ts'
import type { KeyRecord, ProviderIdentity } from '../../core/record.ts'
import { type Instant, MINUTE, type Millis } from '../../core/time.ts'

/** What the last refresh saw. A plan decides by it, so that it needs nothing but the state. */
export interface Seen {
  /** By our clock, milliseconds. */
  readonly at: number
  /** Clock of the API minus ours. */
  readonly skew: number
  /** Recorded ids; `null` for a key the API said does not exist. */
  readonly keys: readonly (readonly [string, LiveKey | null])[]
  /** Ids of live keys with the marker of this address that the record does not know. */
  readonly strays: readonly string[]
}

/** How long a leftover that nobody holds is left alone: an apply that was killed may still be at work. */
export const LEFTOVER_AGE: Millis = 15 * MINUTE

export interface Leftover {
  readonly n: number
  readonly id: string
  readonly createdAt: Instant
}

/** What a plan allowed, for the apply that carries it out. */
export interface Allowed {
  /** `generation` was shown as not known yet. */
  readonly issue: boolean
  /** `retiring` was. */
  readonly retire: boolean
}

export interface Kept {
  readonly record: KeyRecord
  /** Digest of the block when it was last applied. */
  readonly entry: string
  readonly identity?: ProviderIdentity
  readonly fingerprint?: string
  /** Generation that was imported or moved here: its secret is where others put it. */
  readonly adopted?: number
  /** Identities of places that were looked at and do not hold the adopted secret: they get the next one. */
  readonly waiting?: readonly string[]
  /** Issued by an apply that was killed, seen in no place, and too young to be burned. */
  readonly leftovers?: readonly Leftover[]
  readonly seen?: Seen
  readonly allowed?: Allowed
}

const VERSION = 1

export function keptBytes(kept: Kept): Uint8Array {
  const { history: _, ...record } = kept.record
  return Buffer.from(JSON.stringify({ keywright: VERSION, ...kept, record }), 'utf8')
}

/** `null` for anything that is not ours or was damaged. */
export function keptOf(bytes: Uint8Array | undefined): Kept | null {
  if (bytes === undefined || bytes.length === 0) return null
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
    return isKept(value) ? value : null
  } catch {
    return null
  }
}

function isKept(value: unknown): value is Kept {
  if (typeof value !== 'object' || value === null || !('keywright' in value) || value.keywright !== VERSION)
    return false
  return (
    'entry' in value && typeof value.entry === 'string' && 'record' in value && misfit(value.record, RECORD) === null
  )
}
