/** All live keys of an account at a glance. */
import { display, displayName } from '../../core/display.ts'
import type { Census, Counted } from '../../engine/census.ts'
import type { Look } from '../shell/command.ts'
import { document } from './json.ts'
import { type Paint, paint } from './paint.ts'
import { block, commaed, counted, dotted, pad, padStart, paragraph } from './text.ts'
import { amount, day } from './words.ts'

export interface CensusView {
  readonly census: Census
  readonly provider: string
  readonly requests: number
}

export function renderCensus(view: CensusView, look: Look): string {
  if (look.format === 'json')
    return document('census', { provider: view.provider, requests: view.requests, writes: 0, ...view.census })
  const brush = paint(look)
  const { census } = view
  return block(
    [
      ...headOf(view, look, brush),
      '',
      ...rowsOf(census).flatMap((row) => line(row, look, brush)),
      '',
      ...paragraph(spendOf(census), look.columns, 0),
      ...nextOf(census, brush),
    ],
    look.columns,
  )
}

function headOf({ census, provider, requests }: CensusView, look: Look, brush: Paint): readonly string[] {
  const { account, workspaces, keys } = census
  const who = display(account.creator ?? account.account, { max: 14 })
  const facts = [
    `account ${who}`,
    counted(workspaces, 'workspace'),
    counted(keys.length, 'key'),
    `${counted(requests, 'request')}, 0 writes`,
  ]
  return dotted([brush.strong(display(provider)), ...facts], look.columns, 2)
}

interface Row {
  readonly label: string
  readonly keys: readonly Counted[]
  /** How a key is called; its display name unless said. */
  readonly name?: (key: Counted) => string
  /** What to say of each named key; nothing when undefined. */
  readonly say?: (key: Counted) => string
  /** Shown also when there are none. */
  readonly always?: boolean
  readonly alarm?: boolean
  readonly silent?: boolean
}

function rowsOf(census: Census): readonly Row[] {
  const { keys, stack, unusedDays } = census
  const enabled = keys.filter((key) => !key.disabled)
  const who = (...kinds: readonly Counted['who'][]) => keys.filter((key) => kinds.includes(key.who))
  return [
    { label: 'unlimited', keys: enabled.filter((key) => key.limit === null), alarm: true },
    {
      label: `never used, ${unusedDays} d`,
      keys: enabled.filter((key) => key.unused),
      say: (key) => `since ${day(key.createdAt)}`,
    },
    { label: 'no expiry', keys: enabled.filter((key) => key.expiresAt === null), silent: true },
    {
      label: 'expires in 7 d',
      keys: enabled.filter((key) => key.expiresSoon),
      say: (key) => day(key.expiresAt ?? key.createdAt),
      alarm: true,
    },
    { label: 'expired', keys: keys.filter((key) => key.expired), say: (key) => day(key.expiresAt ?? key.createdAt) },
    {
      label: 'over 90% of limit',
      keys: enabled.filter((key) => key.nearLimit),
      say: (key) => `${amount(key.spent)} of ${amount(key.limit ?? 0)} USD`,
      alarm: true,
    },
    { label: 'disabled', keys: keys.filter((key) => key.disabled) },
    stack === null
      ? {
          label: 'managed by keywright',
          keys: who('ours', 'unclaimed', 'other-stack', 'derived'),
          always: true,
          silent: true,
        }
      : { label: `managed here (${stack})`, keys: who('ours'), always: true, silent: true },
    ...(stack === null
      ? []
      : [
          {
            label: 'our stack, unclaimed',
            keys: who('unclaimed'),
            name: (key: Counted) => key.address ?? key.display,
            alarm: true,
          },
          {
            label: 'rotated by the API',
            keys: who('derived'),
            name: (key: Counted) => key.address ?? key.display,
          },
          { label: 'other stacks', keys: who('other-stack'), silent: true },
        ]),
    { label: 'foreign', keys: who('foreign'), always: true, silent: true },
  ]
}

const LABEL = 24
/** Names shown of one class. */
const MOST = 4

function line(row: Row, look: Look, brush: Paint): readonly string[] {
  const { keys, label } = row
  if (keys.length === 0 && !row.always) return []
  const count = padStart(`${keys.length}`, 5)
  const start = `  ${pad(display(label), LABEL)}${row.alarm && keys.length > 0 ? brush.change(count) : count}`
  if (row.silent || keys.length === 0) return [start]
  const names = keys.slice(0, MOST).map((key) => {
    const words = row.say?.(key)
    return displayName(row.name?.(key) ?? key.display, { max: 40 }) + (words ? ` (${display(words)})` : '')
  })
  const more = keys.length > MOST ? [`and ${keys.length - MOST} more`] : []
  const [first = '', ...rest] = commaed([...names, ...more], look.columns, LABEL + 10)
  return [`${start}   ${first.trim()}`, ...rest]
}

function spendOf({ spend, worstMonth, keys }: Census): string {
  const open = keys.filter((key) => !key.disabled && key.limit === null).length
  const worst =
    worstMonth === null ? `unlimited (${counted(open, 'key has', 'keys have')} no cap)` : `${amount(worstMonth)} USD`
  return `Spent ${amount(spend.daily)} USD today, ${amount(spend.monthly)} USD this month, ${amount(spend.total)} USD by the keys that live. Worst case a month: ${worst}.`
}

function nextOf({ stack, keys }: Census, brush: Paint): readonly string[] {
  if (stack === null) return [`Next: ${brush.info('npx keywright init')}   start managing; nothing is changed yet`]
  const lost = keys.filter((key) => key.who === 'unclaimed').length
  return lost === 0
    ? []
    : [`Next: ${brush.info('keywright state rebuild')}   looks which unclaimed keys its places hold`]
}
