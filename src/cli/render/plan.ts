/** A plan for people. The same data as JSON and as Markdown is in the files beside this one. */
import type { Change, Plan } from '../../core/plan.ts'
import { byWeight } from '../../core/plan-order.ts'
import { at } from '../../core/time.ts'
import type { Look } from '../shell/command.ts'
import type { PlanFace, PlanView } from '../shell/faces.ts'
import { brushOf, type Detail, details, headline, idIn, SYMBOLS } from './change.ts'
import { renderDiagnostics } from './diagnostics.ts'
import { heldWords } from './held-words.ts'
import { type Paint, paint } from './paint.ts'
import { planJson } from './plan-json.ts'
import { planMarkdown } from './plan-markdown.ts'
import {
  accountLine,
  approvalWords,
  blindWords,
  countWords,
  endedBy,
  openCount,
  openWords,
  shownWaits,
  spendWords,
  waitingWords,
} from './plan-words.ts'
import { block, counted, dotted, pad, paragraph, widest } from './text.ts'
import { trustLines } from './trust.ts'
import { ago } from './words.ts'

export const renderPlan: PlanFace = (view, look) => {
  if (look.format === 'json') return planJson(view)
  if (look.format === 'markdown') return planMarkdown(view)
  const scene: Scene = { view, look, brush: paint(look), width: idWidth(view.session.plan, look) }
  const { plan } = view.session
  const sections = [
    [accountLine(view)],
    trustLines(view, look),
    ...problems(scene),
    group(scene, 'Authored', byWeight(byOrigin(plan, 'authored'))),
    group(scene, 'Scheduled (already approved by policy, done by apply or the loop)', byOrigin(plan, 'scheduled')),
    held(scene),
    waiting(scene),
    summary(scene),
  ]
  const text = block(
    sections.filter((lines) => lines.length > 0).flatMap((lines, i) => (i === 0 ? lines : ['', ...lines])),
    look.columns,
  )
  const refused = view.refusals.length === 0 ? '' : `\n${renderDiagnostics(view.refusals, look, { word: 'refused' })}`
  return text + refused
}

interface Scene {
  readonly view: PlanView
  readonly look: Look
  readonly brush: Paint
  /** Of the column of ids. */
  readonly width: number
}

function byOrigin(plan: Plan, origin: Change['origin']): readonly Change[] {
  return plan.changes.filter((change) => change.origin === origin)
}

function idWidth(plan: Plan, { columns: whole }: Look): number {
  const ids = [...plan.changes, ...plan.held, ...plan.waiting].map(({ address }) => idIn(plan.stack, address))
  return Math.max(16, widest(ids, Math.floor(whole / 2)))
}

function problems({ view, look }: Scene): readonly (readonly string[])[] {
  const { stops, problems } = view.session.plan
  const shown = [
    renderDiagnostics(problems, look, { word: 'stopped' }),
    renderDiagnostics(stops, look, { word: 'stopped' }),
  ]
  return shown.map((text) => (text === '' ? [] : text.trimEnd().split('\n')))
}

/** Above this many changes each gets one line; tags that need a reader's eye stay. */
const MOST_IN_FULL = 60

function group(scene: Scene, title: string, changes: readonly Change[]): readonly string[] {
  if (changes.length === 0) return []
  const short = changes.length > MOST_IN_FULL
  return [scene.brush.strong(title), ...changes.flatMap((change) => lines(change, scene, short))]
}

function lines(change: Change, scene: Scene, short: boolean): readonly string[] {
  const { view, brush, width } = scene
  const { plan } = view.session
  const color = brushOf(change.action, brush)
  const id = pad(idIn(plan.stack, change.address), width)
  const rows = details(change, view.desired.get(change.address) ?? null, plan.at)
  const tags = short ? shortTags(rows, brush) : ''
  const head = `  ${color(SYMBOLS[change.action])} ${brush.strong(id)}  ${headline(change)}${tags}`
  return short ? [head] : [head, ...table(rows, scene)]
}

function shortTags(rows: readonly Detail[], brush: Paint): string {
  const tagged = rows.filter((row) => row.tag !== undefined)
  return tagged
    .map(({ tag, label, text }) => `  ${tag === 'LOOSEN' ? `${label} ` : ''}${text} ${brush.loud(tag ?? '')}`)
    .join('')
}

const LABEL = 17

function table(rows: readonly Detail[], { brush, look }: Scene): readonly string[] {
  const tagged = rows.filter((row) => row.tag !== undefined || row.note !== undefined).map((row) => row.text)
  const labels = Math.max(LABEL, ...rows.map(({ label }) => label.length + 2))
  const width = widest(tagged, Math.max(20, look.columns - labels - 6 - 11))
  return rows.flatMap(({ label, text, tag, note, free }) => {
    const indent = free ? 6 : 6 + labels
    const [first = '', ...more] = paragraph(text, look.columns, indent)
    const start = free ? ' '.repeat(6) : `      ${brush.faint(pad(label, labels))}`
    const body = first.trimStart()
    const marks = [tag === undefined ? '' : brush.loud(tag), note ?? ''].filter((mark) => mark !== '').join(' · ')
    return [start + (marks === '' ? body : `${pad(body, width)}  ${marks}`), ...more]
  })
}

function held({ view, brush, width }: Scene): readonly string[] {
  const { plan } = view.session
  if (plan.held.length === 0) return []
  return [
    brush.strong('Held'),
    ...plan.held.flatMap(({ address, fields, since }) => [
      `  ${brush.change('!')} ${brush.strong(pad(idIn(plan.stack, address), width))}  ${heldWords(fields)} ${ago(since, at(plan.at))}; left alone`,
      `    ${pad('', width)}  ${brush.info(`keywright resume ${idIn(plan.stack, address)}`)}   lets apply change it again`,
    ]),
  ]
}

function waiting({ view, brush, width }: Scene): readonly string[] {
  const { plan } = view.session
  const waits = shownWaits(plan)
  if (waits.length === 0) return []
  return [
    brush.strong('Waiting'),
    ...waits.flatMap((wait) => {
      const id = pad(idIn(plan.stack, wait.address), width)
      const type = endedBy(wait, plan.stack)
      return [
        `  ${brush.faint('·')} ${brush.strong(id)}  ${waitingWords(wait, at(plan.at))}`,
        ...(type === null ? [] : [`    ${pad('', width)}  ${brush.info(type)}   lets it go`]),
      ]
    }),
  ]
}

function summary({ view, look, brush }: Scene): readonly string[] {
  const { plan } = view.session
  const word = view.about === 'plan' || view.about === 'apply' ? 'Plan' : view.about === 'drift' ? 'Drift' : 'Destroy'
  const money = spendWords(plan)
  const blind = blindWords(plan)
  if (plan.changes.length === 0) {
    const open = openCount(plan.waiting) > 0
    const said = open ? brush.change(`${word}: nothing can be done now`) : brush.good(`${word}: nothing to do`)
    const declared = open ? counted(plan.keys, 'key') : `${counted(plan.keys, 'key')} as declared`
    return dotted([said, openWords(plan), declared, money, blind, ...unclaimed(plan)], look.columns, 6)
  }
  const first = dotted([`${brush.strong(`${word}:`)} ${countWords(plan)}`, money], look.columns, 6)
  const needs = view.needsApproval ? brush.change(`needs approval: yes${approvalWords(plan)}`) : 'needs approval: no'
  return [
    ...first,
    ...dotted(
      [`      ${counted(plan.writes, 'write')}`, needs, openWords(plan), blind, ...unclaimed(plan)],
      look.columns,
      6,
    ),
  ]
}

function unclaimed({ unclaimed }: Plan): readonly string[] {
  return unclaimed === 0 ? [] : [`${counted(unclaimed, 'unclaimed key')} of this stack left alone`]
}
