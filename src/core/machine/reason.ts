/** Why something is done. A reason explains and never decides: the step does. */

import type { Instant } from '../time.ts'
import type { FieldChange } from './diff.ts'

export type Reason =
  | { readonly kind: 'new' }
  | { readonly kind: 'fields'; readonly changes: readonly FieldChange[] }
  | { readonly kind: 'workspace'; readonly from: string; readonly to: string }
  | { readonly kind: 'lifetime' }
  | { readonly kind: 'serial'; readonly to: number }
  | { readonly kind: 'due' }
  | { readonly kind: 'renewal' }
  /** A human asked for it: `keywright rotate`. */
  | { readonly kind: 'requested'; readonly reason?: string }
  /** A human reported a leak: `keywright leaked`. */
  | { readonly kind: 'compromised' }
  /** The API was told by somebody else to end the live key then. */
  | { readonly kind: 'ending'; readonly at: Instant }
  /** The live key was deleted outside keywright. */
  | { readonly kind: 'missing' }
  /** A place needs the secret and no other place can give it. */
  | { readonly kind: 'place'; readonly places: readonly string[] }
  | { readonly kind: 'tainted' }
  /** An earlier generation never became active. */
  | { readonly kind: 'unfinished' }

/** Scheduled reasons are already approved, by policy in git or by a human's command; all others come from a change of the manifests. */
export function isScheduled(reason: Reason): boolean {
  switch (reason.kind) {
    case 'due':
    case 'renewal':
    case 'requested':
    case 'compromised':
    case 'ending':
    case 'missing':
    case 'tainted':
    case 'unfinished':
      return true
    case 'new':
    case 'fields':
    case 'workspace':
    case 'lifetime':
    case 'serial':
    case 'place':
      return false
    default:
      return reason satisfies never
  }
}
