/**
 * Points on which no public source is certain. Each has a conservative default; a test that wants to know how a client fares with another
 * answer sets it.
 */
export interface Readings {
  /** Keys per list page. The guide says 100; the published contract of 2026-08-22 promises nothing. */
  readonly pageSize: number
  /** Listing a workspace that does not exist. Only 400 is a documented status there. Creating in one is 400, or 404 with `404`. */
  readonly unknownWorkspace: 400 | 404 | 'empty'
  /** An inference key on reads, updates and deletes: the contract has only 401 there (403 is documented for create alone). */
  readonly inferenceKeyOnManagement: 401 | 403
  /** Whether `assigned_count` counts a key that had this very guardrail before. */
  readonly repeatedAssignment: 'counted' | 'not-counted'
  /** The budgets of a workspace that has none: 404, as was seen on the live API, or an empty list. */
  readonly noBudgets: 404 | 'empty'
  /** `expires_at`, `workspace_id` and `creator_user_id` in an update: silently ignored (as third parties saw), or 400. */
  readonly immutableInUpdate: 'ignored' | 'rejected'
  /** Whether an update with an empty body moves `updated_at`. */
  readonly emptyUpdateTouches: boolean
  /** Whether keys past their expiry are still in lists. Reads by hash always find them. */
  readonly expiredAreListed: boolean
  /** A stored expiry may come back off by seconds (seen by a third party). Added to what was asked for. */
  readonly expiryOffSeconds: number
  /** How long, in milliseconds of the emulator's clock, a changed limit or disabled flag is unknown to the inference side. */
  readonly propagationMs: number
  /** How long a new key is 401 on the inference side. */
  readonly birthMs: number
  /**
   * `GET /key`: the published contract of 2026-08-22 has no `workspace_id`, but the official TypeScript SDK 1.3.19 refuses an answer
   * without it and three more fields. `by-client` gives the newer shape to that SDK (by its user agent) and the published one to the rest.
   */
  readonly currentKeyShape: 'published' | 'newer' | 'by-client'
}

export const DEFAULT_READINGS: Readings = {
  pageSize: 100,
  unknownWorkspace: 400,
  inferenceKeyOnManagement: 401,
  repeatedAssignment: 'counted',
  noBudgets: 404,
  immutableInUpdate: 'ignored',
  emptyUpdateTouches: true,
  expiredAreListed: true,
  expiryOffSeconds: 0,
  propagationMs: 0,
  birthMs: 0,
  currentKeyShape: 'by-client',
}
