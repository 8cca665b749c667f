/** Events whose content follows from what was seen; the engine and the forecast fold the same ones. */
import type { DesiredKey } from '../key.ts'
import { generationOf, type KeyRecord } from '../record.ts'
import { windowStart } from '../schedule/calendar.ts'
import { instant, type Millis } from '../time.ts'
import { resetOf, sharedLimit, spentBy } from './budget.ts'
import type { Event } from './event.ts'
import type { Sight, Step } from './step.ts'

/** Generation `n` is gone; under a shared limit, with what it has spent. */
export function goneEvent(
  n: number,
  { record, sight }: { readonly record: KeyRecord; readonly sight: Pick<Sight, 'keys' | 'now'> },
  desired: DesiredKey | null,
): Event {
  const g = generationOf(record, n)
  const spent = g && desired ? spentBy(desired, g, { live: sight.keys.get(g.id) ?? null, now: sight.now }) : null
  return { on: 'gone', n, ...(spent ? { spent } : {}) }
}

export function cutEvent({ n, fields }: Extract<Step, { do: 'cut' }>, desired: DesiredKey, now: Millis): Event {
  const window = instant(windowStart(resetOf(desired), now))
  return { on: 'cut-claimed', n, limit: fields.limit, declared: sharedLimit(desired) ?? 0, window }
}
