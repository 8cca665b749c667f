/** What a reader of a plan must see first: where secrets newly go, then what is allowed more than before, then what ends. */
import type { Change, Plan } from './plan.ts'

export function isNewPlace({ places }: Change): boolean {
  return places.some(({ change }) => change === 'new')
}

/** The key stops working, or leaves our care: retired, disabled, forgotten, or gone with its secret. */
export function isEnding({ action, fields }: Change): boolean {
  const disables = fields.some(({ field, to }) => field === 'disabled' && to === true)
  return action === 'retire' || action === 'forget' || (action === 'update' && disables)
}

/** Stable within each rank. */
export function byWeight(changes: readonly Change[]): readonly Change[] {
  return [...changes].sort((a, b) => weight(b) - weight(a))
}

function weight(change: Change): number {
  return (isNewPlace(change) ? 4 : 0) + (change.loosens ? 2 : 0) + (isEnding(change) ? 1 : 0)
}

export type Gate = 'none' | 'routine' | 'approval'

/**
 * What a pipeline does with the authored part of a plan: nothing to do; routine, which allows nobody anything new and ends nothing; or
 * something that a human has to look at.
 */
export function gateOf({ changes, approval }: Plan): Gate {
  if (!changes.some(({ origin }) => origin === 'authored')) return 'none'
  return approval.loosen + approval.newPlaces + approval.retire > 0 ||
    changes.some((one) => isEnding(one) || one.action === 'adopt')
    ? 'approval'
    : 'routine'
}
