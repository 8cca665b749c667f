/** What old generations of an address wait for, and until when. */
import { abilitiesOf } from './abilities.ts'
import type { DesiredKey } from './key.ts'
import { graceEnd, isSpared } from './machine/retire.ts'
import { RULES } from './machine/rules.ts'
import { activeOf, type Disabled, type KeyRecord, type Superseded } from './record.ts'
import { at, type Instant, type Millis } from './time.ts'

/**
 * `grace`: valid beside the one that serves. `hold`: switched off, not deleted. `removal`: the same, of a key that left the manifests, where
 * a revert brings it back. `successor`: nothing ends it before a later one is in service. `pin`: kept by a rollback.
 */
export interface Ending {
  readonly n: number
  readonly for: 'grace' | 'hold' | 'removal' | 'successor' | 'pin'
  /** `null` when that is not a matter of time. */
  readonly until: Millis | null
  /** A human set this end. */
  readonly byHand?: true
  /** `retire.when: unused`: its counters stand still since then. */
  readonly unusedSince?: Instant
}

/** Oldest first. Without `desired`, the key is in no manifest any more. Without `now`, as it could be foreseen when each wait began. */
export function endingsOf(record: KeyRecord, desired: DesiredKey | null, now: Millis = 0): readonly Ending[] {
  return record.generations.flatMap((g): readonly Ending[] => {
    if (g.phase === 'superseded') return [graceOf(g, record, { desired, now })]
    return g.phase === 'disabled' ? [holdOf(g, record)] : []
  })
}

function graceOf(
  g: Superseded,
  record: KeyRecord,
  { desired, now }: { readonly desired: DesiredKey | null; readonly now: Millis },
): Ending {
  const { n } = g
  const successor = activeOf(record)
  if (record.pinned?.n === n) return { n, for: 'pin', until: null }
  if (!desired && !abilitiesOf(record.kind).disable)
    return { n, for: 'grace', until: revokedAt(g, record), ...byHand(g) }
  if (!successor) return { n, for: 'successor', until: null }
  const until = desired
    ? graceEnd({ record }, desired, { g, successor, spared: isSpared({ rules: RULES }, g), now })
    : revokedAt(g, record)
  const waitsForQuiet = desired?.rotation.retire.when === 'unused' && g.used !== undefined && g.atOnce !== true
  return { n, for: 'grace', until, ...byHand(g), ...(waitsForQuiet && g.used ? { unusedSince: g.used.since } : {}) }
}

function byHand({ graceUntil }: Superseded): Pick<Ending, 'byHand'> {
  return graceUntil === undefined ? {} : { byHand: true }
}

function revokedAt(g: Superseded, { policy }: KeyRecord): Millis {
  return g.graceUntil === undefined ? at(g.supersededAt) + policy.grace : at(g.graceUntil)
}

function holdOf(g: Disabled, record: KeyRecord): Ending {
  const { n, why, compromised } = g
  if (record.pinned?.n === n && !compromised) return { n, for: 'pin', until: null }
  const { hold, removalHold } = record.policy
  const until = at(g.disabledAt) + (why === 'removed' ? removalHold : hold)
  return { n, for: why === 'removed' ? 'removal' : 'hold', until }
}
