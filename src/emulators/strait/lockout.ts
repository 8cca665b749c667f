/** Failed attempts are counted apart for API keys and for the internal secret. */
export type AuthKind = 'api_key' | 'internal_secret'

/** Locks an address out after failed attempts. Instants are milliseconds. */
export interface Lockout {
  /** Milliseconds that are left of the lock; 0 when there is none. */
  left(kind: AuthKind, now: number): number
  fail(kind: AuthKind, now: number): void
  /** A good credential forgets all failures. */
  succeed(kind: AuthKind): void
}

const MINUTE = 60_000
/** How long a failure is remembered after the last one. */
const MEMORY = 15 * MINUTE
const LOCKS: readonly { readonly failures: number; readonly millis: number }[] = [
  { failures: 50, millis: 15 * MINUTE },
  { failures: 25, millis: 5 * MINUTE },
  { failures: 10, millis: MINUTE },
]

interface Tally {
  readonly failures: number
  readonly forgottenAt: number
  readonly lockedUntil: number
}

const CLEAN: Tally = { failures: 0, forgottenAt: 0, lockedUntil: 0 }

export function lockout(): Lockout {
  const tallies = new Map<AuthKind, Tally>()
  return {
    left: (kind, now) => Math.max(0, (tallies.get(kind) ?? CLEAN).lockedUntil - now),
    fail(kind, now) {
      const tally = tallies.get(kind) ?? CLEAN
      const failures = (now < tally.forgottenAt ? tally.failures : 0) + 1
      const lock = LOCKS.find((each) => failures >= each.failures)
      const lockedUntil = lock === undefined ? tally.lockedUntil : now + lock.millis
      tallies.set(kind, { failures, forgottenAt: now + MEMORY, lockedUntil })
    },
    succeed: (kind) => void tallies.delete(kind),
  }
}

/** Nobody is ever locked out. */
export const NO_LOCKOUT: Lockout = { left: () => 0, fail: () => {}, succeed: () => {} }
