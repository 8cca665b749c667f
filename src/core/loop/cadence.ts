/**
 * How often something has to run. An old secret ends when a run comes after its grace, and what goes wrong meanwhile is seen by a run. With
 * two runs within the shortest grace, one that fails is made up for by the next one.
 */
import type { DesiredKey } from '../key.ts'
import { at, type Instant, type Millis } from '../time.ts'

/** The shortest grace of all keys that rotate or expire; `null` when none does. */
export function shortestGrace(keys: readonly DesiredKey[]): Millis | null {
  const graces = keys
    .filter(({ rotation, expiresIn }) => rotation.every !== null || expiresIn !== null)
    .map(({ rotation }) => rotation.grace)
  return graces.length === 0 ? null : Math.min(...graces)
}

/** Half of it. */
export function leastCadence(grace: Millis): Millis {
  return grace / 2
}

/** Since when nothing ran, if that is too long; `null` when it is not, or nobody knows. What is remembered may be an eighth too old. */
export function lateSince(ranAt: Instant | undefined, grace: Millis | null, now: Millis): Instant | null {
  if (ranAt === undefined || grace === null || grace === 0) return null
  return now - at(ranAt) > leastCadence(grace) + coarse(grace) ? ranAt : null
}

/** Whether a run is worth remembering: each time would be a write for every run. */
export function isWorthNoting(ranAt: Instant | undefined, grace: Millis | null, now: Millis): boolean {
  return grace !== null && (ranAt === undefined || now - at(ranAt) >= coarse(grace))
}

function coarse(grace: Millis): Millis {
  return grace / 8
}
