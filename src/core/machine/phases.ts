/** Generations from phase to phase: into service, out of it, off and on again. */
import {
  type Carry,
  deliveringOf,
  type Generation,
  isLive,
  type KeyRecord,
  type LiveGeneration,
  type Requested,
} from '../record.ts'
import { at, type Instant, instant } from '../time.ts'
import type { Event } from './event.ts'

/** The new generation serves, and the one before it begins its grace. */
export function activate(record: KeyRecord, n: number, when: Instant): KeyRecord {
  if (deliveringOf(record)?.n !== n) return record
  const answered = record.requested && n > record.requested.n ? record.requested : null
  const generations = record.generations.map((g): Generation => {
    if (g.phase === 'delivering') return { ...kept(g), phase: 'active', activeAt: when }
    return g.phase === 'active' ? relieved(g, when, answered) : g
  })
  return { ...settled(record, n), generations }
}

/** The one that served until now. A human who asked for the rotation may have said how long it stays. */
function relieved(g: LiveGeneration, when: Instant, request: Requested | null): Generation {
  const old = { ...kept(g), phase: 'superseded', supersededAt: when, everActive: true } as const
  return request?.grace === undefined ? old : { ...old, graceUntil: instant(at(when) + request.grace), atOnce: true }
}

/** What a new generation in service puts an end to. */
function settled(record: KeyRecord, n: number): KeyRecord {
  const { tainted, requested, compromised, pinned, carry, ...rest } = record
  return {
    ...rest,
    ...(tainted && tainted.n >= n ? { tainted } : {}),
    ...(requested && requested.n >= n ? { requested } : {}),
    ...(compromised && compromised.n >= n ? { compromised } : {}),
    ...(pinned && pinned.n >= n ? { pinned } : {}),
    ...(carry ? { carry: uncut(carry) } : {}),
  }
}

/** No cut is announced any more. */
export function uncut({ cut: _, ...carry }: Carry): Carry {
  return carry
}

/** An earlier generation takes the place of the one that serves, or comes back where none does. */
export function reinstate(record: KeyRecord, n: number, when: Instant): KeyRecord {
  const generations = record.generations.map((g): Generation => {
    if (g.n === n && g.phase === 'superseded') return { ...kept(g), phase: 'active', activeAt: when }
    return g.phase === 'active' ? { ...kept(g), phase: 'superseded', supersededAt: when, everActive: true } : g
  })
  return { ...record, generations, ...(record.carry ? { carry: uncut(record.carry) } : {}) }
}

/** Switched off, whatever it was before. */
export function disable(g: Generation, why: 'retired' | 'removed', when: Instant): Generation {
  if (!isLive(g) || g.phase === 'disabled') return g
  return {
    ...kept(g),
    phase: 'disabled',
    disabledAt: when,
    why,
    everActive: g.phase === 'active' || (g.phase === 'superseded' && g.everActive),
  }
}

/** Of the generations of a removed key at most one comes back into service. */
export function enable(
  g: Generation,
  { at: when, fields }: Extract<Event, { readonly on: 'enabled' }>,
  isVacant: boolean,
): Generation {
  if (g.phase !== 'disabled') return g
  const again = { ...kept(g), issued: { ...g.issued, fields: { ...g.issued.fields, ...fields } } }
  return g.why === 'removed' && isVacant
    ? { ...again, phase: 'active', activeAt: when }
    : { ...again, phase: 'superseded', supersededAt: when, everActive: g.everActive }
}

/** What a generation takes along from phase to phase. */
export function kept({
  n,
  claimedAt,
  id,
  issued,
  claimed,
  compromised,
}: LiveGeneration): Pick<LiveGeneration, 'n' | 'claimedAt' | 'id' | 'issued' | 'claimed' | 'compromised'> {
  return { n, claimedAt, id, issued, claimed, ...(compromised ? { compromised } : {}) }
}
