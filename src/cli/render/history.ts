/** Who did what to which key, newest first. */
import { display } from '../../core/display.ts'
import { isBySame } from '../../core/machine/history.ts'
import type { Past } from '../../core/record.ts'
import { instant, type Millis } from '../../core/time.ts'
import type { Look } from '../shell/command.ts'
import { idIn } from './change.ts'
import { heldWords } from './held-words.ts'
import { document } from './json.ts'
import { type Paint, paint } from './paint.ts'
import { block, counted, pad, widest } from './text.ts'
import { moment, when } from './words.ts'

export interface HistoryEntry extends Past {
  readonly address: string
  readonly who: string
}

export interface HistoryView {
  readonly stack: string
  /** Newest first. */
  readonly entries: readonly HistoryEntry[]
  readonly now: Millis
}

/** Lines shown to people. */
const MOST = 100

export function renderHistory({ stack, entries, now }: HistoryView, look: Look): string {
  if (look.format === 'json') return document('history', { stack, at: instant(now), entries })
  if (entries.length === 0) return block([`${stack}: nothing has happened yet.`])
  const brush = paint(look)
  const shown = entries.slice(0, MOST)
  const ids = widest(
    shown.map(({ address }) => idIn(stack, address)),
    Math.floor(look.columns / 3),
  )
  const times = widest(
    shown.map((entry) => moment(entry.at, now)),
    30,
  )
  const more = entries.length - shown.length
  return block(
    [
      ...shown.flatMap((entry, i) => [
        ...runLine(entry, shown[i - 1], brush),
        `  ${pad(moment(entry.at, now), times)}  ${brush.strong(pad(idIn(stack, entry.address), ids))}  ${deedWords(entry, now)}`,
      ]),
      ...(more > 0 ? [`  and ${counted(more, 'earlier line')}; --json has them all`] : []),
    ],
    look.columns,
  )
}

/** One head for everything that one run, or one person, did in a row. */
function runLine(entry: HistoryEntry, before: HistoryEntry | undefined, brush: Paint): readonly string[] {
  if (before && isBySame(before, entry)) return []
  const { who, runUrl, commit } = entry
  const run = runUrl === undefined ? '' : `  ${brush.faint(display(runUrl, { max: 200 }))}`
  const from = commit === undefined ? [] : [brush.faint(`  at commit ${display(commit.slice(0, 12))}`)]
  return [`${display(who, { max: 60 })}${run}`, ...from]
}

/** `#3 active, instead of #2`. */
export function deedWords({ what, n, why, until }: Past, now: Millis): string {
  const which = n === undefined ? '' : `#${n} `
  const because = why === undefined ? '' : ` (${display(why, { max: 200 })})`
  const end = until === undefined ? '' : ` until ${when(until, now)}`
  switch (what) {
    case 'active':
      return `${which}active${why === undefined ? '' : `, ${display(why)}`}`
    case 'unanswered':
      return `${which}asked for, and never answered`
    case 'given up':
      return `${which}given up before it served`
    case 'updated':
      return `${which}updated${why === undefined ? '' : `: ${display(why)}`}`
    case 'missing':
      return `${which}was gone: deleted outside keywright`
    case 'held':
      return `held: ${heldWords((why ?? '').split(', '))}`
    case 'let go':
      return 'no longer held'
    case 'requested':
      return `rotation asked for${because}`
    case 'extended':
      return `grace extended${end}`
    case 'retired':
      return 'grace ended by hand'
    case 'pinned':
      return `rolled back and pinned to ${which.trim()}${because}`
    case 'paused':
      return `paused${end}${because}`
    case 'resumed':
      return 'resumed'
    case 'leaked':
      return `${which}leaked${because}`
    case 'told':
      return `${which}told on: ${display(why ?? '')}`
    case 'adopted':
      return `${which}taken over${because}`
    case 'issued':
    case 'disabled':
    case 'enabled':
    case 'deleted':
      return `${which}${what}${because}`
    default:
      return what satisfies never
  }
}
