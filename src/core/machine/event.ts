/** What can happen to a record, as data. `claimed` events come before an effect and are saved before it is sent; the others come after. */
import type { Hook } from '../hook-kinds.ts'
import type { DesiredKey, Fields, Place } from '../key.ts'
import type { Issued, Spent } from '../record.ts'
import type { Instant, Millis } from '../time.ts'

export type Event =
  | {
      readonly on: 'issue-claimed'
      readonly at: Instant
      readonly n: number
      readonly issued: Issued
      readonly harmless: boolean
      readonly rotates?: string
      readonly versions: Readonly<Record<string, string | null>>
      readonly desired: DesiredKey
    }
  | { readonly on: 'created'; readonly n: number; readonly id: string }
  | { readonly on: 'withdrawn'; readonly n: number }
  | { readonly on: 'abandoned'; readonly n: number }
  | { readonly on: 'proven'; readonly n: number }
  | {
      readonly on: 'write-claimed'
      readonly at: Instant
      readonly n: number
      readonly place: Place
      readonly version: string | null
      readonly fingerprint: string
      readonly readable: boolean
      readonly conditional: boolean
    }
  | { readonly on: 'written'; readonly identity: string; readonly version: string }
  | {
      readonly on: 'seen'
      readonly identity: string
      readonly n: number
      readonly version: string
      readonly fingerprint: string
    }
  | { readonly on: 'place-lost'; readonly identity: string; readonly version: string | null }
  | { readonly on: 'blinded'; readonly identity: string }
  /** An announced write certainly did not happen: the place holds what it held, that of generation `n`. */
  | { readonly on: 'unwritten'; readonly identity: string; readonly n: number }
  | { readonly on: 'empty-claimed'; readonly identity: string }
  | { readonly on: 'place-dropped'; readonly identity: string }
  | { readonly on: 'activated'; readonly at: Instant; readonly n: number; readonly hooks?: Owed }
  | { readonly on: 'superseded'; readonly at: Instant; readonly n: number }
  | { readonly on: 'update-claimed'; readonly at: Instant; readonly n: number; readonly fields: Fields }
  | { readonly on: 'updated'; readonly n: number; readonly fields: Fields; readonly lifted: boolean }
  | { readonly on: 'update-withdrawn'; readonly n: number; readonly fields: Fields }
  | { readonly on: 'disable-claimed'; readonly at: Instant; readonly n: number; readonly why: 'retired' | 'removed' }
  | { readonly on: 'disabled'; readonly at: Instant; readonly n: number }
  | { readonly on: 'enabled'; readonly at: Instant; readonly n: number; readonly fields: Fields }
  | { readonly on: 'remove-claimed'; readonly n: number; readonly spent?: Spent }
  | { readonly on: 'gone'; readonly n: number }
  | { readonly on: 'claim-dropped'; readonly n: number }
  | { readonly on: 'frozen'; readonly at: Instant; readonly fields: readonly string[]; readonly entry: string }
  | { readonly on: 'thawed' }
  | { readonly on: 'tainted' }
  | { readonly on: 'noted'; readonly desired: DesiredKey }
  | { readonly on: 'use-noted'; readonly at: Instant; readonly n: number; readonly mark: string }
  | {
      readonly on: 'cut-claimed'
      readonly n: number
      readonly limit: number
      readonly window: Instant
    }
  | { readonly on: 'uncut' }
  | { readonly on: 'assign-claimed'; readonly n: number; readonly guardrail: string | null }
  | { readonly on: 'assigned'; readonly n: number; readonly guardrail: string | null }
  | { readonly on: 'not-restored'; readonly identity: string; readonly why: string }
  | { readonly on: 'pin-settled' }
  | { readonly on: 'reinstated'; readonly at: Instant; readonly n: number; readonly hooks?: Owed }
  | { readonly on: 'hook-claimed'; readonly identity: string }
  | { readonly on: 'hook-failed'; readonly identity: string; readonly at: Instant; readonly code: string }
  /** Also of one that the manifest no longer asks for. */
  | { readonly on: 'hook-done'; readonly identity: string }
  /** Places of a key that was taken over were looked at. Those in neither list hold something else, or cannot be read. */
  | {
      readonly on: 'adopted'
      readonly n: number
      /** Seen to hold its secret. */
      readonly held: readonly Held[]
      /** Identities of places that hold nothing. */
      readonly empty: readonly string[]
    }
  /** The key API was out of reach between these two moments: no grace ran. */
  | { readonly on: 'stood-still'; readonly from: Instant; readonly to: Instant }
  /** Words of a human. */
  | { readonly on: 'requested'; readonly at: Instant; readonly grace?: Millis; readonly reason?: string }
  | { readonly on: 'extended'; readonly until: Instant; readonly atOnce: boolean }
  | {
      readonly on: 'pinned'
      readonly at: Instant
      readonly n: number
      readonly entry: string
      readonly reason?: string
    }
  | { readonly on: 'paused'; readonly until: Instant; readonly reason?: string }
  | { readonly on: 'resumed' }
  | {
      readonly on: 'compromised'
      readonly at: Instant
      readonly ns: readonly number[]
      readonly afterReplacement: boolean
    }

/** Hooks that a generation owes from the moment at which it serves. */
export type Owed = readonly Pick<Hook, 'identity' | 'text'>[]

/** A place that was seen to hold a secret which we did not write there. */
export interface Held {
  readonly place: Place
  readonly version: string
  readonly fingerprint: string
  readonly readable: boolean
  readonly conditional: boolean
}
