/** What was spent, as a table. */
import { display, markdown } from '../../core/display.ts'
import type { UsageBy, UsageRow } from '../../core/usage.ts'
import type { Look } from '../shell/command.ts'
import { idIn } from './change.ts'
import { document } from './json.ts'
import { paint } from './paint.ts'
import { block, counted, pad, padStart, paragraph, widest } from './text.ts'
import { amount, cap } from './words.ts'

export interface UsageView {
  readonly stack: string
  readonly asked: UsageBy
  readonly rows: readonly UsageRow[]
  /** What a guard allows a month to all keys together; `null`: nothing does, or these are not all. */
  readonly budget: number | null
}

const HEAD = ['today', 'this month', 'in all', 'used', 'may spend'] as const
/** From this part of a limit on a key is marked. */
const NEARLY = 0.9

export function renderUsage({ stack, asked, rows, budget }: UsageView, look: Look): string {
  if (look.format === 'json') return document('usage', { stack, ...asked, budget, rows })
  if (rows.length === 0) return block([`${stack}: no live key that spends money.`])
  const lines = rows.map((row) => ({ name: nameOf(row, stack, asked), cells: cellsOf(row), near: isNear(row) }))
  if (look.format === 'markdown')
    return block([
      `| ${[titleOf(asked), ...HEAD].join(' | ')} |`,
      '|---|---:|---:|---:|---:|---:|',
      ...lines.map(({ name, cells }) => `| ${[markdown(name), ...cells].join(' | ')} |`),
    ])
  const brush = paint(look)
  const names = widest([titleOf(asked), ...lines.map(({ name }) => name)], Math.floor(look.columns / 2))
  const widths = HEAD.map((title, i) => Math.max(title.length, ...lines.map(({ cells }) => (cells[i] ?? '').length)))
  const line = (name: string, cells: readonly string[]): string =>
    `  ${pad(name, names)}  ${cells.map((cell, i) => padStart(cell, widths[i] ?? 0)).join('  ')}`
  return block([
    brush.faint(line(titleOf(asked), HEAD)),
    ...lines.map(({ name, cells, near }) => `${line(name, cells)}${near ? `  ${brush.loud('nearly used up')}` : ''}`),
    '',
    ...paragraph(`${stack}: ${sumOf(rows, budget)}`, look.columns, 0),
  ])
}

function titleOf(asked: UsageBy): string {
  return asked.by === 'label' ? display(asked.label, { max: 40 }) : asked.by
}

function nameOf({ name, keys }: UsageRow, stack: string, asked: UsageBy): string {
  if (asked.by === 'key') return idIn(stack, name ?? '')
  return `${name === null ? '(none)' : display(name, { max: 60 })} (${counted(keys, 'key')})`
}

/** USD everywhere but in the last two cells, which say their units. */
function cellsOf(row: UsageRow): readonly string[] {
  const { daily, monthly, total } = row
  const part = partOf(row)
  return [amount(daily), amount(monthly), amount(total), part === null ? '' : `${Math.floor(part * 100)}%`, mayOf(row)]
}

function mayOf({ limit, cap: worst, budget }: UsageRow): string {
  if (limit !== undefined) return cap(limit.usd, limit.reset)
  const may = worst === null ? 'unlimited' : `${amount(worst)} USD a month`
  return budget === undefined ? may : `${may}, budget ${amount(budget)} USD`
}

/** Of the limit of a key in its own window, of the budget of a group in this month. `null` where there is neither. */
function partOf({ limit, budget, monthly }: UsageRow): number | null {
  if (budget !== undefined && budget > 0) return monthly / budget
  return limit !== undefined && limit.usd !== null && limit.usd > 0 ? limit.used / limit.usd : null
}

function isNear(row: UsageRow): boolean {
  return (partOf(row) ?? 0) >= NEARLY
}

function sumOf(rows: readonly UsageRow[], budget: number | null): string {
  const sum = (of: (row: UsageRow) => number): number => rows.reduce((all, row) => all + of(row), 0)
  const keys = counted(
    sum(({ keys }) => keys),
    'key',
  )
  return `${keys} spent ${amount(sum(({ daily }) => daily))} USD today and ${amount(sum(({ monthly }) => monthly))} USD this month${budget === null ? '' : ` of the ${amount(budget)} that guard.maxMonthlyUsd allows`}.`
}
