/**
 * Every live key of an account, classed. Reads only, needs neither manifests nor state, and looks into no place.
 *
 * A key has one class that says whose it is, and any number that say what is odd about it. Keys that cannot be used (disabled, or their life is
 * over) are only that: they spend nothing, so no limit is missing.
 */
import { formatAddress, parseName } from '../core/address.ts'
import type { LiveKey } from '../core/key.ts'
import { classify, recordedIds } from '../core/ownership.ts'
import type { KeyRecord } from '../core/record.ts'
import { windowStart } from '../core/schedule/calendar.ts'
import { worstMonth } from '../core/spend.ts'
import { at, DAY, type Instant, instant, type Millis } from '../core/time.ts'
import type { AccountView, KeyReader } from '../ports/key-api.ts'
import { inLanes } from './refresh.ts'
import { spentOf } from './standing.ts'

/** Worst first. The ones in `OWNERS` say whose a key is, exactly one for each; the others what is odd. */
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

export interface ClassTotal {
  readonly class: Class
  readonly keys: number
  readonly spentThisMonth: number
  readonly spentInAll: number
  /** USD a calendar month; `null` is unlimited. */
  readonly worstMonth: number | null
}

export interface Census {
  readonly at: Instant
  readonly account: AccountView['identity']
  readonly workspaces: number
  readonly stack: string | null
  readonly unusedDays: number
  /** One for each class that has a key, worst first. */
  readonly classes: readonly ClassTotal[]
  /** By their worst class, then the most expensive this month, then the oldest first. */
  readonly keys: readonly Counted[]
  /** Enabled keys together, USD a calendar month; `null` is unlimited. */
  readonly worstMonth: number | null
  readonly spend: { readonly daily: number; readonly monthly: number; readonly total: number }
}

export interface CensusInputs {
  readonly now: Millis
  readonly account: AccountView
  readonly live: readonly LiveKey[]
  /** Of the project around, if there is one. */
  readonly stack: string | null
  readonly records: ReadonlyMap<string, KeyRecord>
  readonly unusedDays: number
}

/** Lists every workspace of the account, each key once. */
export async function listAccount(reader: KeyReader, lanes: number): Promise<Pick<CensusInputs, 'account' | 'live'>> {
  const account = await reader.identify()
  const found = new Map<string, LiveKey>()
  await inLanes([...new Set(account.scopes.values())], lanes, async (scope) => {
    for (const key of await reader.list(scope)) found.set(key.id, key)
  })
  return { account, live: [...found.values()] }
}

export function census(inputs: CensusInputs): Census {
  const { account, live, stack, unusedDays } = inputs
  const look = { ...inputs, now: inputs.now + account.skew, ids: recordedIds(inputs.records) }
  const totals = new Map<Class, Total>()
  const keys = live.map((key) => {
    const counted = count(key, look)
    const worst = canSpend(counted) ? worstOf(key) : 0
    for (const one of counted.classes) totals.set(one, added(totals.get(one), counted, worst))
    return counted
  })
  const worst = live.reduce((sum, key, i) => sum + (canSpend(keys[i]) ? worstOf(key) : 0), 0)
  const sum = (window: 'daily' | 'monthly' | 'total'): number =>
    rounded(live.reduce((all, { usage }) => all + usage[window], 0))
  return {
    at: instant(look.now),
    account: account.identity,
    workspaces: new Set(account.scopes.values()).size,
    stack,
    unusedDays,
    classes: CLASSES.flatMap((one) => {
      const total = totals.get(one)
      return total ? [told(one, total)] : []
    }),
    keys: keys.sort(worstFirst),
    worstMonth: Number.isFinite(worst) ? rounded(worst) : null,
    spend: { daily: sum('daily'), monthly: sum('monthly'), total: sum('total') },
  }
}

interface Total {
  readonly keys: number
  readonly monthly: number
  readonly total: number
  readonly worst: number
}

const NONE: Total = { keys: 0, monthly: 0, total: 0, worst: 0 }

function added({ keys, monthly, total, worst }: Total = NONE, one: Counted, its: number): Total {
  return {
    keys: keys + 1,
    monthly: monthly + one.spentThisMonth,
    total: total + one.spentInAll,
    worst: worst + its,
  }
}

function told(one: Class, { keys, monthly, total, worst }: Total): ClassTotal {
  const worstMonth = Number.isFinite(worst) ? rounded(worst) : null
  return { class: one, keys, spentThisMonth: rounded(monthly), spentInAll: rounded(total), worstMonth }
}

/** An API that tells no spend has no limits either (Strait). */
function worstOf({ fields }: LiveKey): number {
  return fields.limit === undefined ? 0 : worstMonth(fields)
}

function canSpend(key: Counted | undefined): boolean {
  return key !== undefined && !key.classes.includes('disabled') && !key.classes.includes('expired')
}

function worstFirst(a: Counted, b: Counted): number {
  return (
    rank(a) - rank(b) ||
    b.spentThisMonth - a.spentThisMonth ||
    at(a.createdAt) - at(b.createdAt) ||
    (a.id < b.id ? -1 : 1)
  )
}

function rank({ classes: [worst] }: Counted): number {
  return worst === undefined ? CLASSES.length : CLASSES.indexOf(worst)
}

const NEARLY = 0.9
const SOON = 7 * DAY

interface Look extends CensusInputs {
  readonly ids: ReturnType<typeof recordedIds>
}

function count(key: LiveKey, look: Look): Counted {
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

function rounded(usd: number): number {
  return Math.round(usd * 1e6) / 1e6
}
