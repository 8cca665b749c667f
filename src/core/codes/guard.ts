/** Refusals that protect against large or irreversible changes. */
export const GUARD_CODES = {
  GUARD_TOO_MANY_DELETES:
    'The plan retires more keys than the guard allows, by number or by percent. If that is meant, allow it once with --allow-deletes N, or raise guard.maxDeletes.',
  GUARD_TOO_MANY_MISSING:
    'More recorded keys are gone from the API than the guard allows to issue again. This often means a wrong account or workspace. If the keys really were deleted, allow it once with --allow-missing N.',
  GUARD_OVER_BUDGET:
    'The worst-case monthly spend of all keys would exceed guard.maxMonthlyUsd. Lower limits, or raise the guard in keywright.yaml.',
  GUARD_EXPIRY_REQUIRED: 'guard.requireExpiry is on, and a key has neither expiresIn nor expiresAt. Add one of them.',
  GUARD_PROTECTED:
    'The plan deletes, disables or retires a protected key. Set protect: false in a commit of its own first, then remove the key.',
  GUARD_EMPTY:
    'The manifests hold no keys while the store has records, which would retire everything. If that is meant, run with --allow-empty.',
  PLACE_SHARED_BY_REMOVAL:
    'The plan removes one key and creates another that delivers to the same place. That is nearly always a rename: say so with a moved: entry and the same secret stays in place.',
} as const
