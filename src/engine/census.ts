/** Every live key of an account, classed. Reads only, needs neither manifests nor state. */
import { formatAddress, parseName } from '../core/address.ts'
import type { LiveKey } from '../core/key.ts'
import { classify, recordedIds } from '../core/ownership.ts'
import type { KeyRecord } from '../core/record.ts'
import { worstMonth } from '../core/spend.ts'
import { at, DAY, type Instant, instant, type Millis } from '../core/time.ts'
import type { AccountView, KeyReader } from '../ports/key-api.ts'
import { inLanes } from './refresh.ts'
import { spentOf } from './standing.ts'

export type Who = 'ours' | 'unclaimed' | 'other-stack' | 'derived' | 'foreign'

export interface Counted {
  readonly id: string
  /** Whole live name. Hostile text. */
  readonly name: string
  /** Name without marker. */
  readonly display: string
  readonly who: Who
  /** What its marker or record says. */
  readonly address: string | null
  readonly createdAt: Instant
  readonly expiresAt: Instant | null
  readonly disabled: boolean
  readonly limit: number | null
  readonly spent: number
  readonly spentInAll: number
  /** No spend was ever counted, and it is at least as old as was asked for. */
  readonly unused: boolean
  readonly expired: boolean
  readonly expiresSoon: boolean
  readonly nearLimit: boolean
}

export interface Census {
  readonly at: Instant
  readonly account: AccountView['identity']
  readonly workspaces: number
  readonly stack: string | null
  readonly unusedDays: number
  /** Oldest first. */
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
  const ids = recordedIds(inputs.records)
  const now = inputs.now + account.skew
  const keys = live.map((key) => count(key, { ...inputs, now, ids })).sort((a, b) => at(a.createdAt) - at(b.createdAt))
  const worst = live.reduce((sum, key) => sum + (key.fields.limit === undefined ? 0 : worstMonth(key.fields)), 0)
  const sum = (window: 'daily' | 'monthly' | 'total'): number =>
    rounded(live.reduce((all, { usage }) => all + usage[window], 0))
  return {
    at: instant(now),
    account: account.identity,
    workspaces: new Set(account.scopes.values()).size,
    stack,
    unusedDays,
    keys,
    worstMonth: Number.isFinite(worst) ? rounded(worst) : null,
    spend: { daily: sum('daily'), monthly: sum('monthly'), total: sum('total') },
  }
}

const NEARLY = 0.9
const SOON = 7 * DAY

function count(
  key: LiveKey,
  { now, stack, ids, unusedDays }: CensusInputs & { readonly ids: ReturnType<typeof recordedIds> },
): Counted {
  const { limit, limitReset, expiresAt, disabled } = key.fields
  const owner = classify(key, stack ?? '', ids)
  const end =
    [expiresAt, key.graceEndsAt].filter((one) => typeof one === 'string').sort((a, b) => at(a) - at(b))[0] ?? null
  const left = end === null ? null : at(end) - now
  const cap = typeof limit === 'number' ? limit : null
  const spent = spentOf(key, limitReset)
  return {
    id: key.id,
    name: key.name,
    display: parseName(key.name)?.display ?? key.name,
    who: owner.who,
    address: addressOf(owner),
    createdAt: key.createdAt,
    expiresAt: end,
    disabled: disabled === true,
    limit: cap,
    spent,
    spentInAll: key.usage.total,
    unused: key.usage.total === 0 && now - at(key.createdAt) >= unusedDays * DAY,
    expired: left !== null && left <= 0,
    expiresSoon: left !== null && left > 0 && left < SOON,
    nearLimit: cap !== null && cap > 0 && spent >= cap * NEARLY,
  }
}

function addressOf(owner: ReturnType<typeof classify>): string | null {
  if (owner.who === 'ours' || owner.who === 'unclaimed') return owner.address
  return owner.who === 'foreign' ? null : formatAddress(owner.marker.stack, owner.marker.id)
}

function rounded(usd: number): number {
  return Math.round(usd * 1e6) / 1e6
}
