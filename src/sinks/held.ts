/** What sinks say about the text of a place they can see. Its version is the fingerprint of its own content. */
import { Secret } from '../core/secret.ts'
import { fingerprintOf } from '../io/digest.ts'
import type { Reading } from '../ports/secret-sink.ts'

export function versionOf(held: string | null): string | null {
  return held === null ? null : fingerprintOf(held)
}

export function readingOf(held: string | null): Reading | null {
  if (held === null) return null
  const print = fingerprintOf(held)
  return { fingerprint: print, version: print, bytes: Secret.of(held) }
}
