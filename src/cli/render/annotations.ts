/**
 * Lines that GitHub Actions turns into marks beside a file of the pull request (`::error file=...::message`, workflow commands as documented
 * on 2026-08-22). All text goes through `display`, which leaves no line end and no second command in it.
 */
import type { Diagnostic, SourceRange } from '../../core/diagnostic.ts'
import { display } from '../../core/display.ts'
import type { Change } from '../../core/plan.ts'
import { byWeight, isEnding, isNewPlace } from '../../core/plan-order.ts'
import type { PlanView } from '../shell/faces.ts'
import { brief, idIn } from './change.ts'
import { block } from './text.ts'

export interface Annotation {
  readonly kind: 'error' | 'warning' | 'notice'
  readonly title: string
  readonly text: string
  readonly at: Pick<SourceRange, 'file' | 'line' | 'column'> | null
}

/** More of one kind than this are not shown for a step. */
const MOST = 10

export function annotationsOf(diagnostics: readonly Diagnostic[]): readonly Annotation[] {
  return diagnostics.map(({ severity, code, message, hint, at }) => ({
    kind: severity,
    title: code,
    text: hint === undefined ? message : `${message} Next: ${hint}`,
    at: at ?? null,
  }))
}

/** What a reviewer must not miss, at the entry it follows from. */
export function planAnnotations({ session, refusals, desired }: PlanView): readonly Annotation[] {
  const { plan } = session
  const noted = byWeight(plan.changes).filter((one) => one.origin === 'authored' && titleOf(one) !== null)
  return [
    ...annotationsOf([...plan.problems, ...plan.stops, ...refusals]).map((one) => placed(one, desired)),
    ...noted.map(
      (change): Annotation => ({
        kind: 'warning',
        title: `keywright: ${titleOf(change) ?? ''}`,
        text: `${idIn(plan.stack, change.address)}: ${brief(change)}`,
        at: desired.get(change.address)?.origin ?? null,
      }),
    ),
  ]
}

function titleOf(change: Change): string | null {
  const words = [isNewPlace(change) ? 'new place' : '', change.loosens ? 'LOOSEN' : '', isEnding(change) ? 'ends' : '']
  const said = words.filter(Boolean).join(', ')
  return said === '' ? null : said
}

/** A refusal names its key in the message; the mark goes to the first entry that is named. */
function placed(one: Annotation, desired: PlanView['desired']): Annotation {
  if (one.at !== null) return one
  const key = [...desired.values()].find(({ address }) => one.text.startsWith(`${address} `))
  return key === undefined ? one : { ...one, at: key.origin }
}

/** `below` is the folder of keywright.yaml inside the workspace, empty or with a slash at its end. */
export function renderAnnotations(annotations: readonly Annotation[], below: string): string {
  const counts = new Map<string, number>()
  const shown = annotations.filter(({ kind }) => {
    const count = (counts.get(kind) ?? 0) + 1
    counts.set(kind, count)
    return count <= MOST
  })
  return block(shown.map((one) => line(one, below)))
}

function line({ kind, title, text, at }: Annotation, below: string): string {
  const where = at === null ? [] : [`file=${property(`${below}${at.file}`)}`, `line=${at.line}`, `col=${at.column}`]
  return `::${kind} ${[...where, `title=${property(title)}`].join(',')}::${data(display(text, { max: 1_000 }))}`
}

function data(text: string): string {
  return text.replaceAll('%', '%25')
}

function property(text: string): string {
  return data(display(text, { max: 400 }))
    .replaceAll(':', '%3A')
    .replaceAll(',', '%2C')
}
