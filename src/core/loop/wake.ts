/** When the loop looks again. */
import type { Item } from '../agenda.ts'
import { type Millis, SECOND } from '../time.ts'
import type { Backoff } from './backoff.ts'

export interface Waking {
  readonly now: Millis
  /** Longest time between two looks. */
  readonly every: Millis
  /** What is due in the time to come. What was due already has had its turn, and waits for something else than time. */
  readonly agenda: readonly Item[]
  readonly backoff: Backoff
  /** Moments that single addresses asked for. */
  readonly asked: readonly (Millis | null)[]
}

/** Less than this is no pause. */
export const SHORTEST_NAP: Millis = SECOND

/** The earliest of: the next regular look, the next thing that is due, the end of a pause. Never in less than a second. */
export function nextWake({ now, every, agenda, backoff, asked }: Waking): Millis {
  const moments = [
    ...agenda.filter((item) => item.held !== true).map((item) => item.at),
    ...[...backoff.values()].map(({ next }) => next),
    ...asked.filter((moment) => moment !== null),
  ].filter((moment) => moment > now)
  const next = moments.reduce((least, moment) => Math.min(least, moment), now + every)
  return Math.max(next, now + SHORTEST_NAP)
}
