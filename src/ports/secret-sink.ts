/**
 * A destination of secrets. One file under `sinks/` per implementation, all under the same conformance suite.
 *
 * A *version* is an opaque text that changes whenever our field of the place changes (a hash, an etag, a counter), `null` for
 * an empty place. Neighbouring fields of a shared container never matter and are never lost.
 * Failures: `SINK_UNREACHABLE` (retryable), `SINK_DENIED`, `PLACE_CONFLICT`, `PLACE_OWNED` (the stamp of another key), and codes of one
 * kind of sink.
 */
import type { Place } from '../core/key.ts'
import type { Secret } from '../core/secret.ts'
import type { Instant } from '../core/time.ts'

export interface SinkCapabilities {
  /** The place can be read back. */
  readonly readable: boolean
  /** Writes are conditional on a version (R9). */
  readonly conditional: boolean
}

/** What one place holds. `fingerprint` is `sha256:` + hex of the exact bytes. */
export interface Reading {
  readonly fingerprint: string
  readonly version: string
  /** The bytes, for taking a secret back up after a crash (R13). Always readable text. Absent where a sink shows their fingerprint alone. */
  readonly bytes?: Secret
  /** When what holds them was stored, where the place tells. */
  readonly storedAt?: Instant
}

/** Whose secret a place is for. Sinks that can say so beside the secret do, and refuse a place that says it is another key's. */
export interface Owner {
  readonly address: string
  /** Stays with a key that is renamed. */
  readonly lineage: string
  /** Generation that is written. */
  readonly n: number
}

/**
 * The part of a place a sink looks at; records keep the same shape. Without `owner` nothing is stamped, and no stamp is judged.
 * `written`: the version that our last write was answered with, as far as it was; a sink that cannot read recognises its own write by it.
 */
export type PlaceAt = Pick<Place, 'identity' | 'at' | 'text'> & { readonly owner?: Owner; readonly written?: string }

export interface SecretSink {
  readonly kind: string
  readonly capabilities: SinkCapabilities
  /** Proves that a later write can succeed, without leaving anything behind. Returns the present version of the place. */
  preflight(place: PlaceAt): Promise<{ readonly version: string | null }>
  /**
   * Writes the exact bytes if the place still has `ifVersion`, else throws `PLACE_CONFLICT` and changes nothing.
   * Writing what is already there succeeds. Durable when it returns. Sinks without `conditional` ignore `ifVersion`.
   */
  write(place: PlaceAt, bytes: Secret, ifVersion: string | null): Promise<{ readonly version: string }>
  /** The content, `null` when the place is empty, `unreadable` when this sink never shows it. */
  read(place: PlaceAt): Promise<Reading | 'unreadable' | null>
  /**
   * Empties the place only if it holds exactly these bytes; anything else is left alone. Where it cannot be read, `written` has to be its
   * version still, else it is left alone as well. Idempotent. Returns whether it is now empty.
   */
  remove(place: PlaceAt, ifFingerprint: string): Promise<boolean>
  /**
   * Makes an earlier version current again: the one with these exact bytes, by fingerprint. Conditional like `write`. `null` when the
   * sink has not kept it. Absent where a kind keeps no versions.
   */
  restore?(place: PlaceAt, fingerprint: string, ifVersion: string | null): Promise<{ readonly version: string } | null>
  /**
   * The key of generation `owner.n` was switched off or deleted, and the place holds a later one: kept versions stamped with that lineage
   * and generation may be locked away. What the place holds now stays, whatever it is, and `restore` still finds what was locked away.
   * Idempotent, and repeated until it returns; a sink that may not do it returns. Absent where a kind cannot lock versions.
   */
  retired?(place: PlaceAt): Promise<void>
  /** Waits for batched work and frees what is held. */
  close?(): Promise<void>
}
