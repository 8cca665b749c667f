/**
 * The status page: one document that needs nothing else, made from the same data as `/status.json`.
 *
 * Everything in it that others wrote is hostile (names, owners, labels, messages), so it goes through one template that cannot let markup
 * in, and the policy of the page allows exactly this style and this script, by their hash. Rejected: a page that builds itself from JSON in
 * the browser, which shows nothing without its script and has a second set of rules for what is safe.
 */
import { createHash } from 'node:crypto'
import type { Alert } from '../../core/loop/news.ts'
import type { Instant, Millis } from '../../core/time.ts'
import type { Board } from '../../engine/board.ts'
import type { LoopState } from '../loop.ts'
import { type Html, html } from './html.ts'
import { rows } from './keys.ts'
import { moment, needs, strip, tiles } from './parts.ts'
import { SCRIPT } from './script.ts'
import { STYLE } from './style.ts'

export interface PageView {
  readonly at: Instant
  /** `null`: nothing was seen yet. */
  readonly board: Board | null
  /** `null`: a picture of one moment, with no loop behind it. */
  readonly loop: LoopState | null
  readonly alerts: readonly Alert[]
}

export interface PageOptions {
  readonly now: Millis
  /** Seconds between two fresh looks; 0 for a file. */
  readonly refresh: number
}

export interface Page {
  readonly html: string
  /** Content-Security-Policy. */
  readonly policy: string
}

export function pageOf(view: PageView, { now, refresh }: PageOptions): Page {
  const { board } = view
  const policy = [
    "default-src 'none'",
    `style-src ${hash(STYLE)}`,
    `script-src ${hash(SCRIPT)}`,
    ...(refresh > 0 ? ["connect-src 'self'"] : []),
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const body = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${raw(policy)}"><link rel="icon" href="data:,"><title>${board?.stack ?? 'keywright'} &middot; keywright</title>
<style>${raw(STYLE)}</style></head>
<body data-refresh="${refresh}"><a class="skip" href="#keys">Skip to the keys</a>
<header id="head">${head(view, now)}</header>
<main>
<h2 id="needs-title">Needs you</h2><section id="needs" aria-labelledby="needs-title">${needs(worstFirst(view.alerts))}</section>
<h2 id="days-title">Rotations</h2><section id="days" aria-labelledby="days-title">${board === null ? null : strip(board.days)}</section>
<h2 id="keys">Keys</h2><div class="find"><label for="find">Find</label><input id="find" type="search" autocomplete="off" spellcheck="false" placeholder="owner, label, name or last four" aria-describedby="shown"><output id="shown" for="find"></output></div>
<div class="card keys" role="region" aria-labelledby="keys" tabindex="0"><table><thead><tr><th scope="col">Key</th><th scope="col">State</th><th scope="col" class="wide">Generation</th><th scope="col">Spend</th><th scope="col" class="wide">Next rotation</th></tr></thead><tbody id="rows">${board === null ? null : rows(board.keys, now)}</tbody></table></div>
</main>
<footer>Read only, and no secret in it. Times are UTC. <code>/</code> jumps to the search.</footer>
<script>${raw(SCRIPT)}</script></body></html>
`
  return { html: body.text, policy }
}

/** Ours, or made of nothing that others wrote. */
function raw(text: string): Html {
  return { text }
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

const ORDER: readonly Alert['kind'][] = [
  'loop-failed',
  'place-broken',
  'held-outside',
  'guard-refused',
  'retire-late',
  'quota-low',
  'expiry-near',
  'management-key-old',
]

function worstFirst(alerts: readonly Alert[]): readonly Alert[] {
  const open = alerts.filter(({ kind }) => kind !== 'rotated')
  return [...open].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))
}

function head({ board, loop, at: when }: PageView, now: Millis): Html {
  const state =
    loop === null
      ? null
      : loop.problem === null
        ? html`<span class="pill good"><span aria-hidden="true">&#9679;</span> in order</span>`
        : html`<span class="pill bad"><span aria-hidden="true">&#9650;</span> in trouble</span>`
  return html`<h1>${board?.stack ?? 'keywright'} ${state}</h1>${loop === null ? html`<p class="facts">As it was <b>${moment(when, now)}</b>, ${when}</p>` : loopFacts(loop, now)}${board === null ? null : tiles(board, now)}`
}

function loopFacts(loop: LoopState, now: Millis): Html {
  const { lastGood, next, source, commit, problem } = loop
  return html`<p class="facts">Last good look <b>${lastGood === null ? 'never' : moment(lastGood, now)}</b>${next === null ? null : html` &middot; next <b>${moment(next, now)}</b>`} &middot; ${source}${commit === null ? null : html` at <b>${commit.slice(0, 10)}</b>`}</p>${problem === null ? null : html`<p class="facts">${problem}</p>`}`
}
