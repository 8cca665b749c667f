/**
 * One live key in a census. It has one class that says whose it is, and any number that say what is odd about it. Keys that cannot be used
 * (disabled, or their life is over) are only that: they spend nothing, so no limit is missing.
 */
import { formatAddress, parseName } from '../core/address.ts'
import type { LiveKey } from '../core/key.ts'
import { classify, type recordedIds } from '../core/ownership.ts'
import { windowStart } from '../core/schedule/calendar.ts'
import { at, DAY, type Instant, instant, type Millis } from '../core/time.ts'
import { spentOf } from './standing.ts'

/** Worst first. Those of `Who` say whose a key is, exactly one for each; the others what is odd. */
export const CLASSES = [
  'unlimited',
  'near-limit',
  'orphan',
  'unclaimed',
  'expires-soon',
  'derived',
  'expired',
  'unused',
  'no-expiry',
  'disabled',
  'foreign',
  'other-stack',
  'ours',
] as const

export type Class = (typeof CLASSES)[number]

/** `unclaimed` and `orphan` carry the marker of our stack and no record claims them; an orphan was never used, as far as can be seen. */
export type Who = Extract<Class, 'ours' | 'unclaimed' | 'orphan' | 'other-stack' | 'derived' | 'foreign'>

export interface Counted {
  readonly id: string
  /** Whole live name. Hostile text. */
  readonly name: string
  /** Name without marker. */
  readonly display: string
  readonly who: Who
  /** Worst first; `who` is among them. */
  readonly classes: readonly Class[]
  /** What its marker or record says. */
  readonly address: string | null
  readonly createdAt: Instant
  readonly expiresAt: Instant | null
  readonly limit: number | null
  /** USD in the window of the limit. */
  readonly spent: number
  readonly spentThisMonth: number
  readonly spentInAll: number
  /** No spend (Strait: no use) since then, as far as the API tells; maybe longer. */
  readonly idleSince: Instant
}

const NEARLY = 0.9
const SOON = 7 * DAY

/** What a key is judged by. */
export interface Look {
  /** By the clock of the API. */
  readonly now: Millis
  /** Of the project around, if there is one. */
  readonly stack: string | null
  readonly ids: ReturnType<typeof recordedIds>
  readonly unusedDays: number
}

export function count(key: LiveKey, look: Look): Counted {
  const { limit, limitReset } = key.fields
  const owner = classify(key, look.stack ?? '', look.ids)
  const idleSince = idle(key, look.now)
  const who = owner.who === 'unclaimed' && isUnused(key) ? 'orphan' : owner.who
  const cap = typeof limit === 'number' ? limit : null
  const spent = spentOf(key, limitReset)
  const end = endOf(key)
  return {
    id: key.id,
    name: key.name,
    display: parseName(key.name)?.display ?? key.name,
    who,
    classes: classesOf(key, look, { who, idleSince, end, spent }),
    address: addressOf(owner),
    createdAt: key.createdAt,
    expiresAt: end,
    limit: cap,
    spent,
    spentThisMonth: key.usage.monthly,
    spentInAll: key.usage.total,
    idleSince: instant(idleSince),
  }
}

interface Facts {
  readonly who: Who
  readonly idleSince: Millis
  readonly end: Instant | null
  readonly spent: number
}

function classesOf(
  { fields: { limit, disabled } }: LiveKey,
  { now, unusedDays }: Look,
  { who, idleSince, end, spent }: Facts,
): readonly Class[] {
  const left = end === null ? null : at(end) - now
  const isOver = left !== null && left <= 0
  const works = disabled !== true && !isOver
  const is: Partial<Record<Class, boolean>> = {
    [who]: true,
    disabled: disabled === true,
    expired: isOver,
    unlimited: works && limit === null,
    'near-limit': works && typeof limit === 'number' && limit > 0 && spent >= limit * NEARLY,
    'expires-soon': works && left !== null && left < SOON,
    'no-expiry': works && left === null,
    unused: works && now - idleSince >= unusedDays * DAY,
  }
  return CLASSES.filter((one) => is[one])
}

function endOf({ fields: { expiresAt }, graceEndsAt }: LiveKey): Instant | null {
  const ends = [expiresAt, graceEndsAt].filter((one) => typeof one === 'string')
  return ends.sort((a, b) => at(a) - at(b))[0] ?? null
}

function isUnused({ usage, lastUsedAt }: LiveKey): boolean {
  return usage.total === 0 && (lastUsedAt ?? null) === null
}

/**
 * OpenRouter tells no last use, only counters of the running day, week and month (UTC) and one of all: a counter at zero says that nothing was
 * spent since its window began. Free models cost nothing and so leave no trace.
 */
function idle({ usage, lastUsedAt, createdAt }: LiveKey, now: Millis): Millis {
  const born = at(createdAt)
  if (lastUsedAt !== undefined) return lastUsedAt === null ? born : at(lastUsedAt)
  if (usage.total === 0) return born
  const windows = (['daily', 'weekly', 'monthly'] as const).filter((window) => usage[window] === 0)
  return Math.max(born, Math.min(now, ...windows.map((window) => windowStart(window, now))))
}

function addressOf(owner: ReturnType<typeof classify>): string | null {
  if (owner.who === 'ours' || owner.who === 'unclaimed') return owner.address
  return owner.who === 'foreign' ? null : formatAddress(owner.marker.stack, owner.marker.id)
}
