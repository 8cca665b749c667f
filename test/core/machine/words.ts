/** What people say about an address while it is under way, drawn at random and folded as the commands do it. */
import type { DesiredKey } from '../../../src/core/key.ts'
import type { Event } from '../../../src/core/machine/event.ts'
import { transition } from '../../../src/core/machine/transition.ts'
import { activeOf, isLive, type KeyRecord, type LiveGeneration } from '../../../src/core/record.ts'
import { DAY, HOUR, instant, type Millis } from '../../../src/core/time.ts'
import type { Draw } from './world.ts'

interface Moment {
  readonly now: Millis
  readonly desired: DesiredKey | null
}

/** The record after one word, or the same when there is nothing to say it about. */
export function say(record: KeyRecord, draw: Draw, moment: Moment): KeyRecord {
  const word = wordOf(record, draw, moment)
  return word ? transition(record, word) : record
}

function wordOf(record: KeyRecord, draw: Draw, { now, desired }: Moment): Event | null {
  const at = instant(now)
  const lively = record.generations.filter(isLive)
  const any = lively[draw(Math.max(1, lively.length))]
  switch (draw(7)) {
    case 0:
      return { on: 'requested', at, ...(draw(2) === 0 ? { grace: 0 } : {}) }
    case 1:
      return pin(record, { at, entry: desired?.digest ?? '' })
    case 2:
      return { on: 'extended', until: instant(now + 2 * DAY), atOnce: false }
    case 3:
      return { on: 'extended', until: at, atOnce: true }
    case 4:
      return { on: 'paused', until: instant(now + (draw(2) === 0 ? HOUR : DAY)) }
    case 5:
      return { on: 'resumed' }
    default:
      return any ? { on: 'compromised', at, ns: [any.n], afterReplacement: draw(2) === 0 } : null
  }
}

function pin(record: KeyRecord, { at, entry }: { readonly at: string; readonly entry: string }): Event | null {
  const g = earlier(record)
  return g ? { on: 'pinned', at, n: g.n, entry } : null
}

/** The generation a rollback goes back to: the newest one that served before, and can serve again. */
export function earlier(record: KeyRecord): LiveGeneration | null {
  const active = activeOf(record)
  if (!active) return null
  const old = record.generations.findLast(
    (g) => (g.phase === 'superseded' || g.phase === 'disabled') && g.everActive && !g.removing && !g.compromised,
  )
  return old && isLive(old) ? old : null
}
