import type { LiveKey } from './key.ts'
import { at, type Millis } from './time.ts'

/**
 * Whether a listed key can still authenticate, by what the list says: an expired one stays listed, and so does one that the API rotated
 * itself and whose grace is over. `now` is by the clock of the API.
 */
export function worksAt({ fields, graceEndsAt }: Pick<LiveKey, 'fields' | 'graceEndsAt'>, now: Millis): boolean {
  return fields.disabled !== true && !hasEnded({ fields, graceEndsAt }, now)
}

/** The API has ended it by its own clock: enabled or not, it never authenticates again. */
export function hasEnded(
  { fields, graceEndsAt }: { readonly fields: LiveKey['fields']; readonly graceEndsAt?: string | undefined },
  now: Millis,
): boolean {
  return [fields.expiresAt, graceEndsAt].some((end) => typeof end === 'string' && at(end) <= now)
}
