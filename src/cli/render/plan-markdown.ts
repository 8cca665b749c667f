/**
 * A plan for a comment on a pull request: a verdict first, then what nobody may overlook (refusals, new destinations, what is loosened, what
 * ends), always open; then everything by team, folded. Every word that is not ours is a code span of character references.
 */
import { markdown, unmasked } from '../../core/display.ts'
import type { Change, Plan } from '../../core/plan.ts'
import { byWeight, gateOf, isEnding, isNewPlace } from '../../core/plan-order.ts'
import { at, DAY, type Millis } from '../../core/time.ts'
import type { PlanView } from '../shell/faces.ts'
import { type Detail, details, headline, idIn, SYMBOLS } from './change.ts'
import { renderDiagnostics } from './diagnostics.ts'
import { fitted, type Section } from './markdown-sections.ts'
import {
  accountLine,
  approvalWords,
  blindWords,
  countWords,
  openCount,
  openWords,
  shownWaits,
  spendWords,
  waitingWords,
} from './plan-words.ts'
import { block, counted } from './text.ts'
import { trustMarkdown } from './trust.ts'
import { ago, changedField, span } from './words.ts'

const LOOK = { format: 'markdown', color: false, columns: 120 } as const

export function planMarkdown(view: PlanView): string {
  const { plan } = view.session
  const authored = byWeight(plan.changes.filter(({ origin }) => origin === 'authored'))
  const scheduled = plan.changes.filter(({ origin }) => origin === 'scheduled')
  const sections: readonly (Section | null)[] = [
    whole(0, [...verdict(view), '', markdown(accountLine(view), { max: 300 }), ...staleWords(view)]),
    trusted(view),
    problems(1, [...plan.problems, ...plan.stops], 'stopped'),
    problems(1, view.refusals, 'refused'),
    destinations(plan),
    loosened(plan),
    ends(plan),
    ...byTeam(view, authored),
    folded(view, 5, `Scheduled, already approved by policy: ${countWords({ changes: scheduled })}`, scheduled),
    listed(
      4,
      'Held',
      plan.held.map((one) => heldLine(one, plan)),
    ),
    listed(
      4,
      'Waiting',
      shownWaits(plan).map(
        (wait) => `- ${markdown(idIn(plan.stack, wait.address))}: ${markdown(waitingWords(wait, at(plan.at)))}`,
      ),
    ),
    whole(0, footer(view)),
  ]
  const lines = fitted(
    sections.filter((one) => one !== null),
    view.link,
  )
  return block(lines[0] === '' ? lines.slice(1) : lines)
}

function whole(rank: number, head: readonly string[]): Section | null {
  return head.length === 0 ? null : { rank, head, rows: [], tail: [], row: 'line' }
}

function listed(rank: number, title: string, rows: readonly string[]): Section | null {
  return rows.length === 0 ? null : { rank, head: [`#### ${title}`, ''], rows, tail: [], row: 'line' }
}

/** `needs approval (1 LOOSEN, 2 new places) · max spend 5,120 → 5,190 USD a month · 9 writes · 2 scheduled`. */
function verdict(view: PlanView): readonly string[] {
  const { plan } = view.session
  const isOpen = plan.changes.length === 0 && openCount(plan.waiting) > 0
  const scheduled = plan.changes.filter(({ origin }) => origin === 'scheduled').length
  const parts = [
    asked(view),
    spendWords(plan).replace('->', '→'),
    counted(plan.writes, 'write'),
    scheduled === 0 ? '' : `${scheduled} scheduled`,
    openWords(plan),
    blindWords(plan),
    plan.unclaimed === 0 ? '' : `${counted(plan.unclaimed, 'unclaimed key')} of this stack left alone`,
  ]
  return [
    `### keywright ${view.about}: ${countWords(plan)}${isOpen ? ' now' : ''}`,
    '',
    parts.filter(Boolean).join(' · '),
  ]
}

function asked({ session: { plan }, refusals, needsApproval }: PlanView): string {
  const refused = refusals.length === 0 ? '' : `**refused** by ${counted(refusals.length, 'guard')} · `
  if (!needsApproval) return `${refused}needs no approval`
  const why =
    gateOf(plan) === 'routine' ? ' (routine: nothing loosened, no new place, nothing ends)' : approvalWords(plan)
  return `${refused}**needs approval**${why}`
}

/** A job on the main branch makes a snapshot every hour; one of days ago says that it fails, or does not run. */
const OLD: Millis = 2 * DAY

function staleWords({ snapshotAge }: PlanView): readonly string[] {
  if (snapshotAge === null || snapshotAge < OLD) return []
  return ['', `**The snapshot is ${span(snapshotAge)} old**, so this may not be what apply would find.`]
}

function trusted(view: PlanView): Section | null {
  const { head, rows } = trustMarkdown(view)
  return head.length === 0 ? null : { rank: 1, head, rows, tail: [], row: 'changed option', most: MOST_TRUST }
}

/**
 * Room of what comes before the keys that end, so that nothing in a change can push them out of a comment: with all of it taken there is
 * room left for 500 ids of fifty letters.
 */
const MOST_TRUST = 6_000
const MOST_REFUSED = 7_000
const MOST_DESTINATIONS = 7_000
const MOST_LOOSENED = 6_000

/** Messages may be long, so each problem is a row of its own. */
function problems(rank: number, diagnostics: Plan['stops'], word: 'stopped' | 'refused'): Section | null {
  if (diagnostics.length === 0) return null
  const rows = diagnostics.slice(0, MOST_PROBLEMS).map((one) => renderDiagnostics([one], LOOK, { word }).trimEnd())
  return {
    rank,
    head: [],
    rows,
    tail: [],
    row: 'problem',
    most: MOST_REFUSED,
    beyond: Math.max(0, diagnostics.length - MOST_PROBLEMS),
  }
}

const MOST_PROBLEMS = 30

function destinations({ changes, stack }: Plan): Section | null {
  const rows = changes
    .filter(isNewPlace)
    .flatMap(({ address, places }) =>
      places
        .filter(({ change }) => change === 'new')
        .map(
          ({ text, unverifiable }) =>
            `| ${markdown(text, { max: 300 })}${lookalike(text)}${unverifiable ? ' unverifiable' : ''} | ${markdown(idIn(stack, address))} |`,
        ),
    )
  const head = ['#### New destinations of secrets', '', '| place | key |', '|---|---|']
  return rows.length === 0 ? null : { rank: 2, head, rows, tail: [], row: 'place', most: MOST_DESTINATIONS }
}

/** A place whose name mixes scripts may be meant to be taken for another one. */
function lookalike(text: string): string {
  const plain = unmasked(text)
  return plain === null ? '' : ` **letters of several scripts:** ${markdown(plain, { max: 300 })}`
}

function loosened({ changes, stack }: Plan): Section | null {
  const rows = changes
    .filter(({ loosens }) => loosens)
    .map((change) => {
      const what = change.fields
        .filter(({ loosens }) => loosens)
        .map((one) => `${one.field} ${changedField(one, change.window)}`)
      return `- **LOOSEN** ${markdown(idIn(stack, change.address))} ${markdown(what.join(', '), { max: 400 })}`
    })
  return rows.length === 0
    ? null
    : { rank: 2, head: ['#### Allowed more than before', ''], rows, tail: [], row: 'change', most: MOST_LOOSENED }
}

/** Every key that ends is named, up to so many. */
const MOST_ENDS = 500
/** Above this many they are listed without a line each. */
const MOST_LINES = 30

function ends({ changes, stack }: Plan): Section | null {
  const ending = changes.filter(isEnding)
  if (ending.length === 0) return null
  const named = ending.slice(0, MOST_ENDS)
  const title = `#### Ends: ${countWords({ changes: ending })}`
  const beyond = ending.length - named.length
  if (named.length <= MOST_LINES)
    return {
      rank: 3,
      head: [title, ''],
      rows: named.map(
        (change) => `- ${markdown(idIn(stack, change.address))} ${markdown(headline(change), { max: 200 })}`,
      ),
      tail: [],
      row: 'change',
      beyond,
    }
  const rows = named.map((change) => plainId(idIn(stack, change.address)))
  return { rank: 3, head: [title, '', '<pre>'], rows, tail: ['</pre>'], row: 'key', beyond }
}

/** Ids are letters, digits and three marks that mean nothing inside `<pre>`; whatever else a state may hold is written as references. */
function plainId(id: string): string {
  return /^[A-Za-z0-9._/-]+$/.test(id) ? id : markdown(id)
}

function byTeam(view: PlanView, changes: readonly Change[]): readonly (Section | null)[] {
  const groups = new Map<string, Change[]>()
  for (const change of changes) {
    const team = view.teams.get(change.address) ?? ''
    groups.set(team, [...(groups.get(team) ?? []), change])
  }
  return [...groups].map(([team, own]) => {
    const name = team === '' ? (groups.size === 1 ? 'All changes' : 'No team') : `Team ${markdown(team, { max: 60 })}`
    return folded(view, 4, `${name}: ${countWords({ changes: own })}`, own)
  })
}

function folded(view: PlanView, rank: number, title: string, changes: readonly Change[]): Section | null {
  if (changes.length === 0) return null
  const head = [`<details><summary>${title}</summary>`, '', '| | key | what | details |', '|---|---|---|---|']
  return { rank, head, rows: changes.map((change) => row(view, change)), tail: ['', '</details>'], row: 'change' }
}

function row(view: PlanView, change: Change): string {
  const { plan } = view.session
  const rows = details(change, view.desired.get(change.address) ?? null, plan.at).map(detail)
  const cells = [
    SYMBOLS_IN_TABLES[SYMBOLS[change.action]] ?? '',
    markdown(idIn(plan.stack, change.address)),
    markdown(headline(change), { max: 400 }),
  ]
  return `| ${[...cells, rows.join('<br>')].join(' | ')} |`
}

/** `-`, `+` and `~` alone would be a list or a strike. */
const SYMBOLS_IN_TABLES: Readonly<Record<string, string>> = {
  '+': '&#43;',
  '~': '&#126;',
  '↻': '↻',
  '-': '&#45;',
  '·': '·',
}

function detail({ label, text, tag, note }: Detail): string {
  const start = label === '' ? '' : `${label} `
  return `${start}${markdown(text, { max: 400 })}${tag === undefined ? '' : ` **${tag === 'NEW PLACE' ? 'SECRET GOES TO A NEW PLACE' : tag}**`}${note === undefined ? '' : ` ${note}`}`
}

function heldLine({ address, fields, since }: Plan['held'][number], { stack, at: now }: Plan): string {
  const what = fields.map((field) => markdown(field)).join(' and ')
  return `- ${markdown(idIn(stack, address))}: ${what} made stricter outside keywright ${ago(since, at(now))}; left alone`
}

function footer({ digest }: PlanView): readonly string[] {
  return [`<sub>digest <code>${digest.replace(':', '&#58;')}</code></sub>`]
}
