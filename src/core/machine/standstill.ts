/**
 * Grace is time in which people can notice that a new secret does not work, and in which consumers move over to it. While the key API is
 * out of reach neither happens, so that time does not count: what is measured begins that much later.
 */
import type { Generation, KeyRecord, Superseded } from '../record.ts'
import { at, type Instant, instant, type Millis } from '../time.ts'

/** The record after a standstill. Graces that began within it lose only their part of it; nothing is moved past `to`. */
export function standStill(
  record: KeyRecord,
  { from, to }: { readonly from: Instant; readonly to: Instant },
): KeyRecord {
  if (at(to) <= at(from) || !record.generations.some(isWaiting)) return record
  const generations = record.generations.map((g) => (isWaiting(g) ? later(g, at(from), at(to)) : g))
  return { ...record, generations }
}

function isWaiting(g: Generation): g is Superseded {
  return g.phase === 'superseded' && !g.compromised && !g.removing && !g.atOnce
}

function later(g: Superseded, from: Millis, to: Millis): Superseded {
  const moved = (moment: Instant): Instant => instant(at(moment) + Math.max(0, to - Math.max(from, at(moment))))
  return {
    ...g,
    supersededAt: moved(g.supersededAt),
    ...(g.graceUntil === undefined ? {} : { graceUntil: instant(at(g.graceUntil) + (to - from)) }),
    ...(g.used === undefined ? {} : { used: { ...g.used, since: moved(g.used.since) } }),
  }
}
