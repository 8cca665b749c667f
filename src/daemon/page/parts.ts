/** The parts of the status page, each from plain data. */

import type { Alert } from '../../core/loop/news.ts'
import { at, DAY, formatDuration, type Instant, MINUTE, type Millis } from '../../core/time.ts'
import type { Board, BoardDay, BoardKey } from '../../engine/board.ts'
import { type Html, html } from './html.ts'

/** `2 min ago`, `in 3 d`. */
export function moment(when: Instant, now: Millis): Html {
  const away = at(when) - now
  const length = Math.abs(away) < MINUTE ? 'moments' : roughly(Math.abs(away))
  return html`<time datetime="${when}" title="${when}">${away > 0 ? `in ${length}` : `${length} ago`}</time>`
}

function roughly(length: Millis): string {
  const unit = length >= 2 * DAY ? DAY : length >= 2 * 60 * MINUTE ? 60 * MINUTE : MINUTE
  return formatDuration(Math.round(length / unit) * unit)
    .replace(/^(\d+)m$/, '$1 min')
    .replace(/^(\d+)([hd])$/, '$1 $2')
}

export const STANDINGS: Readonly<
  Record<BoardKey['standing'], { readonly look: string; readonly sign: string; readonly word: string }>
> = {
  stopped: { look: 'bad', sign: '✕', word: 'stopped' },
  stuck: { look: 'bad', sign: '▲', word: 'stuck' },
  held: { look: 'warn', sign: '■', word: 'held' },
  paused: { look: 'quiet', sign: '‖', word: 'paused' },
  leaving: { look: 'quiet', sign: '↘', word: 'leaving' },
  new: { look: 'quiet', sign: '○', word: 'not issued yet' },
  active: { look: 'good', sign: '●', word: 'active' },
}

export const ORDER = ['stopped', 'stuck', 'held', 'paused', 'leaving', 'new', 'active'] as const

export function tiles({ keys, agenda }: Board, now: Millis): Html {
  const counts = ORDER.flatMap((standing) => {
    const count = keys.filter((key) => key.standing === standing).length
    return count === 0 ? [] : [{ count, word: STANDINGS[standing].word }]
  })
  const graces = keys.flatMap(({ waiting }) => waiting).length
  const due = agenda.filter(
    ({ what, at: when }) => (what === 'rotate' || what === 'renew') && when < now + 7 * DAY,
  ).length
  const more = [
    { count: graces, word: 'old secrets in grace or hold' },
    { count: due, word: 'rotations within 7 days' },
  ]
  const all = [{ count: keys.length, word: keys.length === 1 ? 'key' : 'keys' }, ...counts.reverse(), ...more]
  return html`<ul class="tiles">${all.map(({ count, word }) => html`<li><b>${count}</b><span>${word}</span></li>`)}</ul>`
}

const MILD: ReadonlySet<Alert['kind']> = new Set(['expiry-near', 'management-key-old', 'quota-low', 'retire-late'])

export function needs(alerts: readonly Alert[]): Html {
  if (alerts.length === 0) return html`<p class="card empty">Nothing needs you.</p>`
  return html`<ul class="needs">${alerts.map(need)}</ul>`
}

function need({ kind, address, text, remedy }: Alert): Html {
  const mild = MILD.has(kind)
  const id = address === null ? null : html`<span>${address.slice(address.indexOf('/') + 1)}</span>`
  return html`<li class="card${mild ? ' mild' : ''}"><div class="what"><span class="pill ${mild ? 'warn' : 'bad'}">${kind}</span>${id}</div><p>${text}</p>${remedy === null ? null : todo(remedy)}</li>`
}

/** What can be typed can be copied; the rest is said. */
function todo(remedy: string): Html {
  if (!/^(?:keywright|npm|export|git) /.test(remedy)) return html`<p class="say">${remedy}</p>`
  return html`<div class="do"><code>${remedy}</code><button type="button" data-copy="${remedy}">Copy</button></div>`
}

const WIDTH = 20
const HEIGHT = 56

/** Two weeks back and two weeks ahead; what was done is filled, what is due is outlined. */
export function strip(days: readonly BoardDay[]): Html {
  const most = Math.max(1, ...days.map(({ done, due }) => done + due))
  const today = Math.floor(days.length / 2)
  const total = days.reduce((sum, { done }) => sum + done, 0)
  const coming = days.reduce((sum, { due }) => sum + due, 0)
  const label = `${total} rotations done in the last 14 days, ${coming} due in the next 14 days`
  return html`<div class="card strip" role="region" aria-label="Rotations by day" tabindex="0"><svg viewBox="-12 0 ${days.length * WIDTH + 24} ${HEIGHT + 36}" role="img" aria-label="${label}">${days.map((day, i) => column(day, { i, most, isToday: i === today }))}</svg><p class="legend">${label}. Filled: done. Outlined: due.</p></div>`
}

interface Column {
  readonly i: number
  readonly most: number
  readonly isToday: boolean
}

function column({ day, done, due }: BoardDay, { i, most, isToday }: Column): Html {
  const x = i * WIDTH + 3
  const tall = (count: number): number => Math.round((count / most) * HEIGHT)
  const [full, open] = [tall(done), tall(due)]
  const base = HEIGHT + 14
  const bars = [
    ...(done + due === 0
      ? [html`<rect class="none" x="${x}" y="${base - 3}" width="${WIDTH - 6}" height="3" rx="1.5"/>`]
      : []),
    ...(done > 0
      ? [html`<rect class="done" x="${x}" y="${base - full}" width="${WIDTH - 6}" height="${full}" rx="2"/>`]
      : []),
    ...(due > 0
      ? [
          html`<rect class="due" x="${x + 1}" y="${base - full - open + 1}" width="${WIDTH - 8}" height="${Math.max(2, open - 2)}" rx="2"/>`,
        ]
      : []),
  ]
  const middle = i * WIDTH + WIDTH / 2
  const count =
    done + due === 0 ? null : html`<text class="count" x="${middle}" y="${base - full - open - 3}">${done + due}</text>`
  const name = isToday ? 'today' : i % 7 === 0 ? day.slice(5).replace('-', '/') : null
  const mark = isToday
    ? html`<line class="now" x1="${middle}" x2="${middle}" y1="${base + 2}" y2="${base + 7}"/>`
    : null
  return html`<g><title>${day}: ${done} done, ${due} due</title>${bars}${count}${mark}${name === null ? null : html`<text x="${middle}" y="${base + 19}">${name}</text>`}</g>`
}
