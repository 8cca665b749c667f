import type { LiveKey } from './key.ts'
import { at, type Millis } from './time.ts'

/**
 * Whether a listed key can still authenticate, by what the list says: an expired one stays listed, and so does one that the API rotated
 * itself and whose grace is over. `now` is by the clock of the API.
 */
export function worksAt({ fields, graceEndsAt }: Pick<LiveKey, 'fields' | 'graceEndsAt'>, now: Millis): boolean {
  if (fields.disabled === true) return false
  return [fields.expiresAt, graceEndsAt].every((end) => typeof end !== 'string' || at(end) > now)
}
