/**
 * Rollback: an earlier generation that still lives gets its life back, and the places its secret, as far as they can.
 *
 * A secret is shown once, so only three things can bring it back: a place that still holds it, a sink that keeps versions, and nothing
 * else. What one place gives is copied to the others. Where no place can give it, the generation that serves stays in service, the
 * earlier one works again beside it, and neither ends while the address is pinned.
 */
import type { DesiredKey } from '../key.ts'
import { hasEnded } from '../liveness.ts'
import { activeOf, generationOf, type KeyRecord, type LiveGeneration } from '../record.ts'
import { hand } from './deliver.ts'
import { holds, unplaced } from './placing.ts'
import { enable } from './retire.ts'
import type { Decision, Inputs } from './step.ts'

/** The next step of a rollback, or `null` when none is under way. */
export function turnBack(inputs: Inputs, desired: DesiredKey): Decision | null {
  const { record, sight } = inputs
  const { pinned } = record
  if (!pinned || pinned.settled || activeOf(record)?.n === pinned.n) return null
  const g = generationOf(record, pinned.n)
  if (!g || g.phase === 'delivering' || g.compromised || isEnding(inputs, g)) return { do: 'settle-pin' }
  if (g.phase === 'disabled') return enable(inputs, desired, g)
  if (unplaced(desired, record, g.n).length === 0) return { do: 'reinstate', n: g.n }
  if (sight.inHand === g.n) return hand(inputs, desired, g)
  return takeUp(inputs, g) ?? putBack(record, desired, g) ?? { do: 'settle-pin' }
}

/** The API was told to end it, or its life is over: whoever got it back would soon stand without. */
function isEnding({ sight }: Inputs, g: LiveGeneration): boolean {
  const live = sight.keys.get(g.id) ?? null
  return live !== null && (live.graceEndsAt !== undefined || hasEnded(live, sight.now))
}

/** From a readable place that holds it. */
function takeUp({ record, sight }: Inputs, g: LiveGeneration): Decision | null {
  const sources = record.places.filter((p) => p.readable && p.n === g.n && !sight.places.has(p.identity))
  return sources.length > 0 ? { do: 'recover', n: g.n, id: g.id, places: sources } : null
}

/** From a version that a sink has kept. */
function putBack({ pinned, ...record }: KeyRecord, desired: DesiredKey, g: LiveGeneration): Decision | null {
  const place = desired.places.find(
    (one) => !holds(record, one, g.n) && pinned?.notRestored[one.identity] === undefined,
  )
  return place ? { do: 'restore', n: g.n, id: g.id, place } : null
}
