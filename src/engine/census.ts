/** Every live key of an account, classed. Reads only, needs neither manifests nor state, and looks into no place. */
import type { LiveKey } from '../core/key.ts'
import { recordedIds } from '../core/ownership.ts'
import type { KeyRecord } from '../core/record.ts'
import { worstMonth } from '../core/spend.ts'
import { at, type Instant, instant, type Millis } from '../core/time.ts'
import type { AccountView, KeyReader } from '../ports/key-api.ts'
import { CLASSES, type Class, type Counted, count } from './census-key.ts'
import { inLanes } from './refresh.ts'

export { CLASSES, type Class, type Counted } from './census-key.ts'

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

function rounded(usd: number): number {
  return Math.round(usd * 1e6) / 1e6
}
