/** Rules for keys that should not be there: gone ones are noted, leftovers of lost creates are burned on evidence. */
import { parseName } from '../address.ts'
import type { LiveKey } from '../key.ts'
import { type Abandoned, generationById, isLive, type KeyRecord } from '../record.ts'
import { at, DAY, MINUTE, type Millis } from '../time.ts'
import type { Decision, Inputs } from './step.ts'

/** How far the clocks may differ when a creation time is compared with a claim. */
export const SKEW: Millis = 2 * MINUTE
/** A claim whose leftover never showed up is kept this long. */
export const CLAIM_LIFE: Millis = 30 * DAY

export function noteGone({ record, sight }: Inputs): Decision | null {
  const gone = record.generations.filter(isLive).find((g) => sight.keys.get(g.id) === null)
  return gone ? { do: 'note-gone', n: gone.n } : null
}

export function burnLeftovers(inputs: Inputs): Decision | null {
  const { record, sight, rules } = inputs
  for (const key of sight.marked) {
    const parsed = parseName(key.name)
    if (!parsed || generationById(record, key.id) || sight.keys.get(key.id) === null) continue
    const { marker } = parsed
    const claim = record.abandoned.find((a) => (parsed.derived ? isSuccessor(inputs, a, key) : a.n === marker.n))
    if (parsed.derived && !claim) continue
    if (parsed.derived && claim && rules.needsEvidence && isLeftover(claim, key))
      return { do: 'remove', n: claim.n, id: key.id, why: 'leftover' }
    if (parsed.derived) continue
    if (rules.needsEvidence ? claim && isLeftover(claim, key) : marker.n <= record.highest)
      return { do: 'remove', n: marker.n, id: key.id, why: 'leftover' }
  }
  return unusedGeneration(inputs) ?? oldClaim(record, sight.now)
}

/**
 * A rotation by the API whose answer was lost: the key it replaced says which one took its place. Only where that key is gone and cannot
 * say anything, the name it would have been given counts, as the name of a lost create does.
 */
function isSuccessor({ record, sight }: Inputs, { rotates, becomes }: Abandoned, key: LiveKey): boolean {
  if (rotates === undefined) return false
  const old = sight.keys.get(rotates)
  return old ? old.replacedBy === key.id : generationById(record, rotates) === null && key.name === becomes
}

/** Evidence rule: claimed by us, created after the claim, never updated, never used. */
export function isLeftover(claim: Abandoned, key: LiveKey): boolean {
  return (
    at(key.createdAt) >= at(claim.claimedAt) - SKEW &&
    key.updatedAt === null &&
    key.usage.total === 0 &&
    (key.lastUsedAt ?? null) === null
  )
}

/** A superseded generation whose secret went nowhere: its recorded id is the evidence. */
function unusedGeneration({ record, rules }: Inputs): Decision | null {
  for (const g of record.generations) {
    if (g.phase !== 'superseded' || g.everActive) continue
    if (!g.claimed || !rules.keepsClaimed) return { do: 'remove', n: g.n, id: g.id, why: 'leftover' }
  }
  return null
}

function oldClaim(record: KeyRecord, now: Millis): Decision | null {
  const old = record.abandoned.find((a) => now - at(a.claimedAt) > CLAIM_LIFE)
  return old ? { do: 'drop-claim', n: old.n } : null
}
