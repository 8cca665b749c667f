/** Claims whose content follows from what was seen; the engine and the forecast fold the same ones. */
import type { DesiredKey } from '../key.ts'
import { generationOf, type KeyRecord } from '../record.ts'
import { windowStart } from '../schedule/calendar.ts'
import { instant, type Millis } from '../time.ts'
import { resetOf, spentBy } from './budget.ts'
import type { Event } from './event.ts'
import type { Sight, Step } from './step.ts'

/** Generation `n` is about to be deleted; under a shared limit, with what it has spent: afterwards nobody can tell. */
export function removeClaim(
  n: number,
  { record, sight }: { readonly record: KeyRecord; readonly sight: Pick<Sight, 'keys' | 'now'> },
  desired: DesiredKey | null,
): Event {
  const g = generationOf(record, n)
  const spent = g && desired ? spentBy(desired, g, { live: sight.keys.get(g.id) ?? null, now: sight.now }) : null
  return { on: 'remove-claimed', n, ...(spent ? { spent } : {}) }
}

export function cutClaim({ n, fields }: Extract<Step, { do: 'cut' }>, desired: DesiredKey, now: Millis): Event {
  return { on: 'cut-claimed', n, limit: fields.limit, window: instant(windowStart(resetOf(desired), now)) }
}

/** An update that was never answered is seen to have landed: it is over, and what it shows is the base for outside edits. */
export function confirmed({ n, fields, landed }: Extract<Step, { readonly do: 'confirm' }>): readonly Event[] {
  return [
    { on: 'update-withdrawn', n, fields: landed },
    { on: 'updated', n, fields, lifted: false },
  ]
}
