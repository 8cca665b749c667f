/** A plan for a comment on a pull request. Every word that is not ours is a code span of character references. */
import { markdown } from '../../core/display.ts'
import type { Change, Plan } from '../../core/plan.ts'
import { at } from '../../core/time.ts'
import type { PlanView } from '../shell/faces.ts'
import { type Detail, details, headline, idIn, SYMBOLS } from './change.ts'
import { renderDiagnostics } from './diagnostics.ts'
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
import { ago } from './words.ts'

const LOOK = { format: 'markdown', color: false, columns: 120 } as const

export function planMarkdown(view: PlanView): string {
  const { plan } = view.session
  const sections = [
    [
      `### keywright ${view.about}: ${countWords(plan)}${plan.changes.length === 0 && openCount(plan.waiting) > 0 ? ' now' : ''}`,
    ],
    [markdown(accountLine(view), { max: 300 })],
    listed([...plan.problems, ...plan.stops], 'stopped'),
    listed(view.refusals, 'refused'),
    table(
      view,
      'Authored',
      plan.changes.filter((change) => change.origin === 'authored'),
    ),
    table(
      view,
      'Scheduled',
      plan.changes.filter((change) => change.origin === 'scheduled'),
    ),
    held(plan),
    waiting(plan),
    [summary(view)],
  ]
  return block(sections.filter((lines) => lines.length > 0).flatMap((lines, i) => (i === 0 ? lines : ['', ...lines])))
}

function listed(diagnostics: Plan['stops'], word: 'stopped' | 'refused'): readonly string[] {
  return diagnostics.length === 0 ? [] : renderDiagnostics(diagnostics, LOOK, { word }).trimEnd().split('\n')
}

function table(view: PlanView, title: string, changes: readonly Change[]): readonly string[] {
  if (changes.length === 0) return []
  const { plan } = view.session
  return [
    `#### ${title}`,
    '',
    '| | key | what | details |',
    '|---|---|---|---|',
    ...changes.map((change) => {
      const rows = details(change, view.desired.get(change.address) ?? null, plan.at).map(detail)
      const cells = [
        SYMBOLS_IN_TABLES[SYMBOLS[change.action]] ?? '',
        markdown(idIn(plan.stack, change.address)),
        markdown(headline(change), { max: 400 }),
      ]
      return `| ${[...cells, rows.join('<br>')].join(' | ')} |`
    }),
  ]
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

function held({ held, stack, at: now }: Plan): readonly string[] {
  if (held.length === 0) return []
  return [
    '#### Held',
    '',
    ...held.map(({ address, fields, since }) => {
      const what = fields.map((field) => markdown(field)).join(' and ')
      return `- ${markdown(idIn(stack, address))}: ${what} made stricter outside keywright ${ago(since, at(now))}; left alone`
    }),
  ]
}

function waiting(plan: Plan): readonly string[] {
  const waits = shownWaits(plan)
  if (waits.length === 0) return []
  return [
    '#### Waiting',
    '',
    ...waits.map(
      (wait) => `- ${markdown(idIn(plan.stack, wait.address))}: ${markdown(waitingWords(wait, at(plan.at)))}`,
    ),
  ]
}

function summary({ session: { plan }, needsApproval }: PlanView): string {
  const unclaimed = plan.unclaimed === 0 ? '' : `, ${counted(plan.unclaimed, 'unclaimed key')} of this stack left alone`
  const approval = needsApproval ? `**needs approval**${approvalWords(plan)}` : 'needs no approval'
  const more = [openWords(plan), blindWords(plan)].filter((text) => text !== '').map((text) => `, ${text}`)
  return `${spendWords(plan).replace('->', '→')}, ${counted(plan.writes, 'write')}, ${approval}${more.join('')}${unclaimed}`
}
