/**
 * The rules of the machine that can be stated alone, as data, so that a simulation can take one away and watch what breaks.
 * The product only ever uses `RULES`. Numbers (R3 ...) are those of the design.
 */
import { MINUTE, type Millis } from '../time.ts'

export interface Rules {
  /** R3: a generation whose secret may be in use is superseded, never deleted, until a later one is active. */
  readonly keepsClaimed: boolean
  /** R6: readable places are read back right before an old generation is disabled or deleted. */
  readonly readsBack: boolean
  /** R7: an address with a possibly late write into an unreadable place retires nothing. */
  readonly heedsTaint: boolean
  /** A generation whose secret may have been in a place gets the whole grace and hold, also if it never became active. */
  readonly gracesClaimed: boolean
  /** R11: a leftover found by name is deleted only on evidence: our claim, created after it, never updated, never used. */
  readonly needsEvidence: boolean
  /** R12: at most this many unretired generations per address. */
  readonly maxUnretired: number
  /** R12: issues within 24 hours before back-off starts, and the number at which the address stops. */
  readonly freeIssues: number
  readonly stormIssues: number
  readonly firstBackoff: Millis
  /** R13: a half-delivered generation is taken up again from a readable place that holds it. */
  readonly resumes: boolean
  /** Born-harmless limits are lifted before delivery, so that a delivered secret can always be used. */
  readonly liftsBeforeDelivery: boolean
  /** A new secret is proven at the API before it is written anywhere. */
  readonly provesBeforeDelivery: boolean
  /** Out-of-band tightening freezes the address. */
  readonly respectsTightening: boolean
}

export const RULES: Rules = {
  keepsClaimed: true,
  readsBack: true,
  heedsTaint: true,
  gracesClaimed: true,
  needsEvidence: true,
  maxUnretired: 5,
  freeIssues: 5,
  stormIssues: 12,
  firstBackoff: MINUTE / 4,
  resumes: true,
  liftsBeforeDelivery: true,
  provesBeforeDelivery: true,
  respectsTightening: true,
}
