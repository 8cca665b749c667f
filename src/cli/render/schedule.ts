/** What is due when, for people and as JSON. */
import type { Agenda, Item } from '../../core/agenda.ts'
import { display } from '../../core/display.ts'
import type { Freeze, Window } from '../../core/key.ts'
import { offsetAt } from '../../core/schedule/zone.ts'
import { at, instant, type Millis } from '../../core/time.ts'
import type { Look } from '../shell/command.ts'
import { idIn } from './change.ts'
import { document } from './json.ts'
import { type Paint, paint } from './paint.ts'
import { block, pad, paragraph, widest } from './text.ts'
import { moment, span, windowWords } from './words.ts'

export interface ScheduleView extends Agenda {
  readonly stack: string
  readonly now: Millis
  /** How far was looked ahead. */
  readonly length: Millis
}

export function renderSchedule(view: ScheduleView, look: Look): string {
  if (look.format === 'json') return scheduleJson(view)
  const { stack, now, length, items, freezes } = view
  const brush = paint(look)
  const head = `${brush.strong(stack)}: due within ${span(length)}, from ${moment(now, now)}`
  if (items.length + freezes.length === 0) return block([head, '', '  nothing'])
  const ids = widest(
    items.map(({ address }) => idIn(stack, address)),
    Math.floor(look.columns / 3),
  )
  const scene: Scene = { view, brush, look, ids }
  const rows = [
    ...items.map((item) => ({ time: item.at, lines: itemLines(item, scene) })),
    ...freezes.map((freeze) => ({ time: at(freeze.from), lines: freezeLines(freeze, scene) })),
  ].sort((a, b) => a.time - b.time)
  return block([head, '', ...rows.flatMap(({ lines }) => lines)], look.columns)
}

interface Scene {
  readonly view: ScheduleView
  readonly brush: Paint
  readonly look: Look
  readonly ids: number
}

function timeCells(time: Millis, now: Millis): string {
  const rel = time <= now ? 'now' : `in ${roughly(time - now)}`
  return `  ${pad(rel, 9)}  ${pad(moment(time, now), 20)}  `
}

/** One unit is enough: the time itself stands beside it. */
function roughly(millis: Millis): string {
  return span(millis).split(' ').slice(0, 2).join(' ')
}

function itemLines(item: Item, { view, brush, look, ids }: Scene): readonly string[] {
  const { now, stack } = view
  const id = brush.strong(pad(idIn(stack, item.address), ids))
  const first = `${timeCells(item.at, now)}${id}  ${itemWords(item)}`
  const why = whyWords(item, now)
  return [first, ...(why === '' ? [] : paragraph(why, look.columns, 13).map(brush.faint))]
}

function itemWords({ what, n, byHand, held }: Item): string {
  const which = n === null ? '' : ` #${n}`
  const hand = byHand ? ' (set by hand)' : ''
  switch (what) {
    case 'rotate':
      return `rotate${which}${held ? ' (held: not before resume)' : ''}`
    case 'renew':
      return `renew${which} before it expires${held ? ' (held: not before resume)' : ''}`
    case 'grace':
      return `grace of${which} ends${hand}`
    case 'hold':
      return `delete${which}`
    case 'removal':
      return `delete${which}; until then a revert brings it back`
    case 'end':
      return `end of${which}: expires, and nothing renews it`
    case 'pause':
      return 'pause ends'
    default:
      return what satisfies never
  }
}

/** `due Thu 4 Mar 22:10 UTC; frozen (holidays); window mon-fri 09:00-16:00 Europe/Berlin (10:04 there)`. */
function whyWords({ due, freeze, window, at: time }: Item, now: Millis): string {
  return [
    due === undefined ? '' : `due ${moment(due, now)}`,
    freeze === undefined ? '' : `frozen (${display(freeze.reason, { max: 80 })})`,
    window === undefined ? '' : `window ${windowWords(window)} (${clockIn(window, time)} there)`,
  ]
    .filter((part) => part !== '')
    .join('; ')
}

function clockIn({ zone }: Window, time: Millis): string {
  return instant(time + offsetAt(zone, time)).slice(11, 16)
}

function freezeLines({ from, to, reason }: Freeze, { view: { now }, brush }: Scene): readonly string[] {
  const start = Math.max(at(from), now)
  const words = `freeze until ${moment(to, now)}: ${display(reason, { max: 80 })}`
  return [`${timeCells(start, now)}${brush.change(words)}`]
}

function scheduleJson({ stack, now, length, items, freezes }: ScheduleView): string {
  const shown = items.map(({ at: time, due, ...rest }) => ({
    ...rest,
    at: instant(time),
    ...(due === undefined ? {} : { due: instant(due) }),
  }))
  return document('schedule', { stack, at: instant(now), until: instant(now + length), items: shown, freezes })
}
