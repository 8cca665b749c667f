/** What keys have spent against what they may: by key, by the values of a label, or by provider. */
import { abilitiesOf } from './abilities.ts'
import type { FieldValue, LiveKey } from './key.ts'
import type { Subject } from './plan.ts'
import { isLive } from './record.ts'
import { worstMonth } from './spend.ts'

export type UsageBy =
  | { readonly by: 'key' }
  | { readonly by: 'provider' }
  | { readonly by: 'label'; readonly label: string }

/** USD. Windows are those of the API, in UTC. */
export interface UsageRow {
  /** Address, provider, or value of the label; `null` for keys without that label. */
  readonly name: string | null
  readonly keys: number
  readonly daily: number
  readonly monthly: number
  readonly total: number
  /** Worst case of a calendar month; `null` is unlimited. */
  readonly cap: number | null
  /** What a guard allows a month to the keys with this label. */
  readonly budget?: number
  /** Of a single key: its limit, the window of it, and what of it is used. */
  readonly limit?: { readonly usd: number | null; readonly reset: FieldValue; readonly used: number }
}

/**
 * The most spent this month first. Keys that spend no money, and addresses without a live key, are left out. `budgets`: USD a month by
 * `team=payments`, or by `team` for each value of it, as `guard.labelMonthlyUsd` has them.
 */
export function usageOf(
  subjects: readonly Subject[],
  asked: UsageBy,
  budgets: Readonly<Record<string, number>> = {},
): readonly UsageRow[] {
  const groups = new Map<string | null, Row[]>()
  for (const subject of subjects) {
    const row = rowOf(subject)
    if (row === null) continue
    const name = nameIn(subject, asked)
    const group = groups.get(name)
    if (group) group.push(row)
    else groups.set(name, [row])
  }
  const rows = [...groups].map(([name, own]) => ({ ...joined(name, own, asked), ...budgetOf(name, asked, budgets) }))
  return rows.sort((a, b) => b.monthly - a.monthly || b.total - a.total || (String(a.name) < String(b.name) ? -1 : 1))
}

function budgetOf(
  name: string | null,
  asked: UsageBy,
  budgets: Readonly<Record<string, number>>,
): Pick<UsageRow, 'budget'> {
  if (asked.by !== 'label' || name === null) return {}
  const written = [`${asked.label}=${name}`, asked.label].filter((one) => Object.hasOwn(budgets, one))
  const least = Math.min(...written.map((one) => budgets[one] ?? Number.POSITIVE_INFINITY))
  return Number.isFinite(least) ? { budget: least } : {}
}

function nameIn({ address, record, desired }: Subject, asked: UsageBy): string | null {
  if (asked.by === 'key') return address
  if (asked.by === 'provider') return desired?.provider ?? record.provider
  const labels = desired?.labels ?? {}
  return Object.hasOwn(labels, asked.label) ? (labels[asked.label] ?? null) : null
}

interface Row {
  readonly daily: number
  readonly monthly: number
  readonly total: number
  readonly worst: number
  readonly serving: LiveKey | null
}

/** All live generations of an address together: an old key in its grace spends as well. */
function rowOf({ record, sight }: Subject): Row | null {
  if (!abilitiesOf(record.kind).spend) return null
  const seen = record.generations.flatMap((g) => {
    const live = isLive(g) ? sight.keys.get(g.id) : null
    return live ? [{ live, phase: g.phase }] : []
  })
  if (seen.length === 0) return null
  const sum = (window: 'daily' | 'monthly' | 'total'): number =>
    seen.reduce((all, { live }) => all + live.usage[window], 0)
  const serving = seen.find(({ phase }) => phase === 'active')?.live ?? null
  const worst = serving === null ? 0 : worstMonth(serving.fields)
  return { daily: sum('daily'), monthly: sum('monthly'), total: sum('total'), worst, serving }
}

function joined(name: string | null, rows: readonly Row[], asked: UsageBy): UsageRow {
  const sum = (window: 'daily' | 'monthly' | 'total' | 'worst'): number =>
    rows.reduce((all, row) => all + row[window], 0)
  const cap = sum('worst')
  const serving = asked.by === 'key' ? rows[0]?.serving : null
  return {
    name,
    keys: rows.length,
    daily: rounded(sum('daily')),
    monthly: rounded(sum('monthly')),
    total: rounded(sum('total')),
    cap: Number.isFinite(cap) ? rounded(cap) : null,
    ...(serving ? { limit: limitOf(serving) } : {}),
  }
}

function limitOf({ fields, usage }: LiveKey): NonNullable<UsageRow['limit']> {
  const reset = fields.limitReset ?? null
  const used = reset === 'daily' || reset === 'weekly' || reset === 'monthly' ? usage[reset] : usage.total
  return { usd: typeof fields.limit === 'number' ? fields.limit : null, reset, used: rounded(used) }
}

function rounded(usd: number): number {
  return Math.round(usd * 1e6) / 1e6
}
