import { DAY, type Micros } from './instants.ts'
import { nowMicros, settingsOf, type World } from './world.ts'

export type Lifetime =
  | { readonly kind: 'allowed'; readonly expires_at: Micros }
  | { readonly kind: 'refused'; readonly message: string }

const MOST_DAYS = 36_500

/** What the project's policy makes of an expiry: needed without a policy, capped by one, and set to its maximum where none is given. */
export function lifetimeUnder(world: World, project: string, wanted: Micros | null): Lifetime {
  const days = Math.min(settingsOf(world, project).max_key_lifetime_days, MOST_DAYS)
  const latest = days > 0 ? nowMicros(world) + days * DAY : Number.POSITIVE_INFINITY
  if (wanted !== null && wanted > latest)
    return { kind: 'refused', message: `expires_in_days exceeds project maximum of ${days} days` }
  if (wanted === null && days <= 0)
    return {
      kind: 'refused',
      message: 'expires_in_days is required when project max_key_lifetime_days is not configured',
    }
  return { kind: 'allowed', expires_at: wanted ?? latest }
}
