/** What was spent, as a table. */
import { display, markdown } from '../../core/display.ts'
import type { UsageBy, UsageRow } from '../../core/usage.ts'
import type { Look } from '../shell/command.ts'
import { idIn } from './change.ts'
import { document } from './json.ts'
import { paint } from './paint.ts'
import { block, counted, pad, padStart, widest } from './text.ts'
import { amount, cap } from './words.ts'

export interface UsageView {
  readonly stack: string
  readonly asked: UsageBy
  readonly rows: readonly UsageRow[]
}

const HEAD = ['today', 'this month', 'in all', 'may spend'] as const
/** From this part of a limit on a key is marked. */
const NEARLY = 0.9

export function renderUsage({ stack, asked, rows }: UsageView, look: Look): string {
  if (look.format === 'json') return document('usage', { stack, ...asked, rows })
  if (rows.length === 0) return block([`${stack}: no live key that spends money.`])
  const lines = rows.map((row) => ({ name: nameOf(row, stack, asked), cells: cellsOf(row), near: isNear(row) }))
  if (look.format === 'markdown')
    return block([
      `| ${[titleOf(asked), ...HEAD].join(' | ')} |`,
      '|---|---|---|---|---|',
      ...lines.map(({ name, cells }) => `| ${[markdown(name), ...cells].join(' | ')} |`),
    ])
  const brush = paint(look)
  const names = widest([titleOf(asked), ...lines.map(({ name }) => name)], Math.floor(look.columns / 2))
  const widths = HEAD.map((title, i) => Math.max(title.length, ...lines.map(({ cells }) => (cells[i] ?? '').length)))
  const line = (name: string, cells: readonly string[]): string =>
    `  ${pad(name, names)}  ${cells.map((cell, i) => padStart(cell, widths[i] ?? 0)).join('  ')}`
  return block([
    brush.faint(line(titleOf(asked), HEAD)),
    ...lines.map(({ name, cells, near }) => `${line(name, cells)}${near ? `  ${brush.loud('90%')}` : ''}`),
    '',
    `${stack}: ${sumOf(rows)}`,
  ])
}

function titleOf(asked: UsageBy): string {
  return asked.by === 'label' ? display(asked.label, { max: 40 }) : asked.by
}

function nameOf({ name, keys }: UsageRow, stack: string, asked: UsageBy): string {
  if (asked.by === 'key') return idIn(stack, name ?? '')
  return `${name === null ? '(none)' : display(name, { max: 60 })} (${counted(keys, 'key')})`
}

/** USD everywhere but in the last cell, which says its unit. */
function cellsOf({ daily, monthly, total, limit, cap: worst }: UsageRow): readonly string[] {
  const may =
    limit === undefined ? (worst === null ? 'unlimited' : `${amount(worst)} USD a month`) : cap(limit.usd, limit.reset)
  return [amount(daily), amount(monthly), amount(total), may]
}

function isNear({ limit }: UsageRow): boolean {
  return limit !== undefined && limit.usd !== null && limit.usd > 0 && limit.used >= limit.usd * NEARLY
}

function sumOf(rows: readonly UsageRow[]): string {
  const sum = (of: (row: UsageRow) => number): number => rows.reduce((all, row) => all + of(row), 0)
  const keys = counted(
    sum(({ keys }) => keys),
    'key',
  )
  return `${keys} spent ${amount(sum(({ daily }) => daily))} USD today and ${amount(sum(({ monthly }) => monthly))} USD this month.`
}
