/**
 * What is due when, for the days to come. The same functions say it that the machine decides by, so that a schedule promises nothing that
 * an apply would not do. Only the next rotation of a key is known: the one after it counts from the moment that one was really done.
 */
import { endingsOf } from './endings.ts'
import type { DesiredKey, Freeze, LiveKey, Window } from './key.ts'
import { type Due, dueAt } from './machine/due.ts'
import { type Active, activeOf, type KeyRecord } from './record.ts'
import { freezeAt } from './schedule/freeze.ts'
import { at, type Millis } from './time.ts'

export type Matter = 'rotate' | 'renew' | 'grace' | 'hold' | 'removal' | 'end' | 'pause'

export interface Item {
  readonly address: string
  readonly what: Matter
  /** Generation it is about; `null` for a pause. */
  readonly n: number | null
  /** When an apply would do it; in the past: the next one does. */
  readonly at: Millis
  /** When it would be due without window, freeze and pause, where that is earlier. */
  readonly due?: Millis
  readonly window?: Window
  /** Puts it off from `due`. */
  readonly freeze?: Freeze
  /** Until somebody says `resume`, nothing of it happens. */
  readonly held?: true
  readonly byHand?: true
}

export interface Agenda {
  /** By time. */
  readonly items: readonly Item[]
  /** Freezes of these days, by start. */
  readonly freezes: readonly Freeze[]
}

export interface Entry {
  readonly desired: DesiredKey | null
  readonly record: KeyRecord
  readonly live: ReadonlyMap<string, LiveKey | null>
}

export interface Span {
  readonly now: Millis
  readonly until: Millis
}

export function agendaOf(entries: readonly Entry[], { now, until }: Span): Agenda {
  const items = entries.flatMap((entry) => itemsOf(entry, now)).filter((item) => (item.due ?? item.at) <= until)
  const freezes = new Map<string, Freeze>()
  for (const { desired } of entries)
    for (const freeze of desired?.rotation.freezes ?? [])
      if (at(freeze.to) > now && at(freeze.from) <= until)
        freezes.set(`${freeze.from} ${freeze.to} ${freeze.reason}`, freeze)
  return {
    items: items.sort((a, b) => a.at - b.at || (a.address < b.address ? -1 : 1)),
    freezes: [...freezes.values()].sort((a, b) => at(a.from) - at(b.from)),
  }
}

function itemsOf(entry: Entry, now: Millis): readonly Item[] {
  const { record, desired, live } = entry
  const active = activeOf(record)
  const key = active ? (live.get(active.id) ?? null) : null
  return [
    ...(active && desired ? rotationOf({ record, desired, active, live: key, now }) : []),
    ...(active && desired ? endOf({ record, desired, active, live: key, now }) : []),
    ...endingItems(entry, now),
    ...pauseOf(record, now),
  ]
}

interface Serving {
  readonly record: KeyRecord
  readonly desired: DesiredKey
  readonly active: Active
  readonly live: LiveKey | null
  readonly now: Millis
}

function rotationOf(serving: Serving): readonly Item[] {
  const { record, desired, active } = serving
  const next = dueAt(record, desired, serving)
  if (next === null) return []
  const { window, freezes } = desired.rotation
  const due = earlier(dueAt(record, unbound(desired), serving), next)
  const freeze = freezeAt(freezes, due)
  return [
    {
      address: record.address,
      what: next.kind === 'renewal' ? 'renew' : 'rotate',
      n: active.n,
      ...putOff(next.at, due, record),
      ...(window === null ? {} : { window }),
      ...(freeze === null || next.at === due ? {} : { freeze }),
      ...heldOf(record),
    },
  ]
}

/** With a window a renewal may come before its last moment: then that is when it is due. */
function earlier(plain: Due | null, next: Due): Millis {
  return plain === null ? next.at : Math.min(plain.at, next.at)
}

/** A fixed end: nothing renews it. */
function endOf({ record, desired, active, live }: Serving): readonly Item[] {
  const end = live?.fields.expiresAt ?? desired.fields.expiresAt
  if (desired.expiresIn !== null || typeof end !== 'string') return []
  return [{ address: record.address, what: 'end', n: active.n, at: at(end) }]
}

/** Without window and freezes: when a thing would be due by itself. */
function unbound(desired: DesiredKey): DesiredKey {
  return { ...desired, rotation: { ...desired.rotation, window: null, freezes: [] } }
}

function endingItems({ record, desired }: Entry, now: Millis): readonly Item[] {
  const plain = endingsOf(record, desired && unbound(desired), now)
  return endingsOf(record, desired, now).flatMap((ending, i): readonly Item[] => {
    const { n, until, byHand, for: what } = ending
    if (until === null || what === 'successor' || what === 'pin') return []
    const due = plain[i]?.until ?? until
    const window = what === 'grace' ? (desired?.rotation.window ?? null) : null
    const freeze = until === due ? null : freezeAt(desired?.rotation.freezes ?? [], due)
    return [
      {
        address: record.address,
        what,
        n,
        ...putOff(until, due, record),
        ...(window === null ? {} : { window }),
        ...(freeze === null ? {} : { freeze }),
        ...(byHand ? { byHand } : {}),
      },
    ]
  })
}

/** Nothing begins while the address is paused. */
function putOff(moment: Millis, due: Millis, { paused }: KeyRecord): Pick<Item, 'at' | 'due'> {
  const begins = paused ? Math.max(moment, at(paused.until)) : moment
  return begins === due ? { at: begins } : { at: begins, due }
}

function heldOf({ frozen }: KeyRecord): Pick<Item, 'held'> {
  return frozen ? { held: true } : {}
}

function pauseOf({ address, paused }: KeyRecord, now: Millis): readonly Item[] {
  if (!paused || at(paused.until) <= now) return []
  return [{ address, what: 'pause', n: null, at: at(paused.until) }]
}
