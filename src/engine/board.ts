/**
 * What there is to see of a stack, as plain data: for the status page, `/status.json`, metrics and alerts. Pure. Holds no secret; live text
 * in it is hostile and is made safe by whoever shows it.
 */
import { abilitiesOf } from '../core/abilities.ts'
import { agendaOf, type Item } from '../core/agenda.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import { driftOf } from '../core/drift.ts'
import type { LiveKey } from '../core/key.ts'
import type { Subject } from '../core/plan.ts'
import { activeOf, type Generation, type KeyRecord } from '../core/record.ts'
import { at, DAY, type Instant, instant, type Millis } from '../core/time.ts'
import type { Session } from './session.ts'
import { type AddressStatus, spentOf, statusOf } from './standing.ts'

export interface BoardKey extends AddressStatus {
  readonly id: string
  readonly provider: string
  readonly purpose: string | null
  readonly link: string | null
  readonly labels: Readonly<Record<string, string>>
  /** Last four signs of the masked secret in service, as the API shows it; empty without one. */
  readonly tail: string
  readonly generations: readonly { readonly n: number; readonly phase: Generation['phase'] }[]
  /** USD in the window that the limit counts; `null` where the API counts no spend. */
  readonly spend: { readonly used: number; readonly limit: number | null; readonly reset: string | null } | null
  readonly expiresAt: Instant | null
  /** A later generation takes over before it expires. */
  readonly renewed: boolean
  /** When generations above the first came into service, within the last two weeks. */
  readonly rotated: readonly Instant[]
  /** Fields that differ from what was last set. */
  readonly drift: readonly string[]
}

export interface BoardDay {
  /** `2027-01-31`, UTC. */
  readonly day: string
  readonly done: number
  readonly due: number
}

export interface Board {
  readonly stack: string
  readonly at: Instant
  readonly keys: readonly BoardKey[]
  /** Addresses that are stopped by a code, and problems of the whole. */
  readonly problems: readonly Diagnostic[]
  readonly providers: readonly {
    readonly name: string
    readonly live: number
    readonly writesLeft: number | null
    readonly credential: { readonly mark: string; readonly expiresAt: Instant | null } | null
  }[]
  /** Providers that could not be asked, and why. What is shown of their keys is what the records say. */
  readonly away: readonly { readonly name: string; readonly problem: Diagnostic }[]
  readonly unclaimed: number
  /** Two weeks back, today, and two weeks ahead. */
  readonly days: readonly BoardDay[]
  /** The next week, the first hundred. */
  readonly agenda: readonly Item[]
}

const SPAN = 14
const MOST_ITEMS = 100

export function boardOf(session: Session, writesLeft: ReadonlyMap<string, number | null> = new Map()): Board {
  const { plan, subjects, world, stops } = session
  const now = world.at
  const entries = subjects.map(({ desired, record, sight }) => ({ desired, record, live: sight.keys }))
  const { items } = agendaOf(entries, { now, until: now + SPAN * DAY })
  const keys = [
    ...subjects.map((subject) => keyOf(subject, stops.has(subject.address))),
    ...session.aside.map((subject) => keyOf(subject, true)),
  ]
  return {
    stack: plan.stack,
    at: instant(now),
    keys,
    problems: [...plan.problems, ...plan.stops],
    providers: [...world.providers.values()].map(({ name, keys: live, credential }) => ({
      name,
      live: [...live.values()].filter((key) => key !== null).length,
      writesLeft: writesLeft.get(name) ?? null,
      credential: credential ?? null,
    })),
    away: [...world.away].map(([name, problem]) => ({ name, problem })),
    unclaimed: plan.unclaimed,
    days: daysOf(keys, items, now),
    agenda: items.filter((item) => item.at <= now + 7 * DAY).slice(0, MOST_ITEMS),
  }
}

/** How each address of a session stands. */
export function statusIn({ address, desired, record, sight }: Subject, stopped: boolean): AddressStatus {
  return statusOf(address, {
    desired,
    record: record.serial > 0 ? record : null,
    live: sight.keys,
    stopped,
    now: sight.now,
  })
}

function keyOf(subject: Subject, stopped: boolean): BoardKey {
  const { address, desired, record, sight } = subject
  const active = activeOf(record)
  const live = active ? (sight.keys.get(active.id) ?? null) : null
  const end = live?.fields.expiresAt ?? desired?.fields.expiresAt
  return {
    ...statusIn(subject, stopped),
    id: address.slice(address.indexOf('/') + 1),
    provider: record.serial > 0 ? record.provider : (desired?.provider ?? record.provider),
    purpose: desired?.purpose ?? null,
    link: desired?.link ?? null,
    labels: desired?.labels ?? {},
    tail: live?.label.slice(-4) ?? '',
    generations: record.generations.map(({ n, phase }) => ({ n, phase })),
    spend: live && abilitiesOf(record.kind).spend ? spendOf(live) : null,
    expiresAt: typeof end === 'string' ? end : null,
    renewed: (desired?.expiresIn ?? null) !== null,
    rotated: rotatedIn(record, sight.now),
    drift: driftOf(subject).map((one) => (one.what === 'field' ? one.field : one.what)),
  }
}

function spendOf(live: LiveKey): BoardKey['spend'] {
  const { limit, limitReset } = live.fields
  const reset = typeof limitReset === 'string' ? limitReset : null
  return { used: spentOf(live, limitReset), limit: typeof limit === 'number' ? limit : null, reset }
}

function rotatedIn({ history = [] }: KeyRecord, now: Millis): readonly Instant[] {
  const since = now - (SPAN + 1) * DAY
  return history
    .filter((line) => line.what === 'active' && (line.n ?? 0) > 1 && at(line.at) >= since)
    .map((line) => line.at)
}

function daysOf(keys: readonly BoardKey[], items: readonly Item[], now: Millis): readonly BoardDay[] {
  const done = tally(keys.flatMap(({ rotated }) => rotated.map(dayOf)))
  const coming = items.filter(({ what, held }) => (what === 'rotate' || what === 'renew') && held !== true)
  const due = tally(coming.map((item) => dayOf(instant(Math.max(item.at, now)))))
  return Array.from({ length: 2 * SPAN + 1 }, (_, i) => {
    const day = dayOf(instant(now + (i - SPAN) * DAY))
    return { day, done: done.get(day) ?? 0, due: due.get(day) ?? 0 }
  })
}

function dayOf(when: Instant): string {
  return when.slice(0, 10)
}

function tally(words: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}
