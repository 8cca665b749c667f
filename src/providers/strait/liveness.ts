import type { LiveKey } from '../../core/key.ts'
import { at, type Instant, type Millis } from '../../core/time.ts'

/**
 * Whether the secret of a listed key still authenticates. Strait lists a key until it is revoked: an expired one, and one that was rotated
 * and whose grace is over, are there for ever and work no more. `now` is by the clock of the API.
 */
export function worksAt({ fields, graceEndsAt }: Pick<LiveKey, 'fields' | 'graceEndsAt'>, now: Millis): boolean {
  return [fields.expiresAt, graceEndsAt].every((end) => typeof end !== 'string' || isAfter(end, now))
}

function isAfter(end: Instant, now: Millis): boolean {
  return at(end) > now
}
