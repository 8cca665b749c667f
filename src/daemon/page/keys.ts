/** The table of all keys. */
import type { Millis } from '../../core/time.ts'
import type { BoardKey } from '../../engine/board.ts'
import { type Html, html } from './html.ts'
import { moment, ORDER, STANDINGS } from './parts.ts'

export function rows(keys: readonly BoardKey[], now: Millis): Html {
  const rank = new Map<BoardKey['standing'], number>(ORDER.map((standing, i) => [standing, i]))
  const sorted = [...keys].sort(
    (a, b) => (rank.get(a.standing) ?? 0) - (rank.get(b.standing) ?? 0) || (a.id < b.id ? -1 : 1),
  )
  return html`${sorted.map((key) => row(key, now))}`
}

function row(key: BoardKey, now: Millis): Html {
  const { id, owner, purpose, labels, standing, n, tail, provider } = key
  const { look, sign, word } = STANDINGS[standing]
  const tags = Object.entries(labels).map(([name, value]) => `${name}=${value}`)
  const found = [key.address, owner ?? '', purpose ?? '', provider, tail, word, ...tags].join(' ').toLowerCase()
  return html`<tr data-find="${found}"><td><b>${id}</b><small>${[owner, purpose].filter(Boolean).join(' · ')}</small>${tags.map((tag) => html`<span class="tag">${tag}</span>`)}${notes(key, now)}</td><td><span class="pill ${look}"><span aria-hidden="true">${sign}</span> ${word}</span></td><td class="wide">${n === null ? '' : `#${n}`}<small>${tail === '' ? '' : `…${tail}`}</small></td><td class="spend">${spend(key)}</td><td class="wide">${rotation(key, now)}</td></tr>`
}

function notes({ waiting, paused, pinned, watch, drift, unverifiable }: BoardKey, now: Millis): readonly Html[] {
  return [
    ...waiting.map(
      ({ n, for: what, until }) =>
        html`<small>#${n} in ${what}${until === null ? null : html`, ends ${moment(until, now)}`}</small>`,
    ),
    ...(paused
      ? [html`<small>paused until ${paused.until}${paused.reason === null ? null : html` (${paused.reason})`}</small>`]
      : []),
    ...(pinned
      ? [html`<small>pinned to #${pinned.n}${pinned.reason === null ? null : html` (${pinned.reason})`}</small>`]
      : []),
    ...watch.map((line) => html`<small class="note">${line}</small>`),
    ...(drift.length > 0 ? [html`<small class="note">differs live: ${drift.join(', ')}</small>`] : []),
    ...(unverifiable.length > 0 ? [html`<small>cannot be read back: ${unverifiable.join(', ')}</small>`] : []),
  ]
}

const WINDOWS: Readonly<Record<string, string>> = { daily: 'a day', weekly: 'a week', monthly: 'a month' }

function spend({ spend: money, id }: BoardKey): Html {
  if (money === null) return html``
  const { used, limit, reset } = money
  if (limit === null) return html`${usd(used)}<small>unlimited</small>`
  const share = limit === 0 ? 100 : Math.min(100, Math.round((used / limit) * 100))
  const label = `${id}: ${share} % of the limit is spent`
  return html`${usd(used)} <span class="of">of ${usd(limit)}</span><small>USD ${reset === null ? 'in all' : (WINDOWS[reset] ?? reset)}</small><svg viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="${label}"><rect class="track" width="100" height="6"/><rect class="${share >= 90 ? 'much' : 'used'}" width="${share}" height="6"/></svg>`
}

function usd(amount: number): string {
  return Number.isInteger(amount) ? `${amount}` : amount.toFixed(2)
}

function rotation({ nextRotation, rotated, expiresAt, renewed }: BoardKey, now: Millis): Html {
  const last = rotated.at(-1)
  return html`${nextRotation === null ? html`<span class="quiet-text">by hand</span>` : moment(nextRotation, now)}${last === undefined ? null : html`<small>last ${moment(last, now)}</small>`}${expiresAt === null || renewed ? null : html`<small>expires ${moment(expiresAt, now)}</small>`}`
}
