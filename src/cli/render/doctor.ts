/** What `doctor` found, for people and as JSON. */
import { display } from '../../core/display.ts'
import { AREAS, type Finding } from '../../core/doctor/finding.ts'
import type { Look } from '../shell/command.ts'
import type { Examined } from '../shell/doctor.ts'
import { document } from './json.ts'
import { type Brush, paint } from './paint.ts'
import { block, counted, paragraph, wrapped } from './text.ts'

export function renderDoctor({ stack, findings }: Examined, look: Look): string {
  if (look.format === 'json') return document('doctor', { stack, findings })
  const brush = paint(look)
  const marks: Readonly<Record<Finding['verdict'], string>> = {
    ok: brush.good('✓'),
    warning: brush.change('!'),
    error: brush.bad('✗'),
  }
  const sections = AREAS.flatMap((area) => {
    const here = findings.filter((one) => one.area === area)
    const lines = here.flatMap((one) => linesOf(one, marks[one.verdict], { look, strong: brush.strong }))
    return here.length === 0 ? [] : [brush.faint(area), ...lines, '']
  })
  return block([...sections, summary(findings)], look.columns)
}

const INDENT = 4

function linesOf(
  one: Finding,
  mark: string,
  { look, strong }: { readonly look: Look; readonly strong: Brush },
): readonly string[] {
  const subject = one.subject === '' ? '' : `${display(one.subject)}: `
  const [first = '', ...more] = wrapped(`${subject}${display(one.message)}`, Math.max(20, look.columns - INDENT))
  const head = subject === '' || !first.startsWith(subject) ? first : `${strong(subject)}${first.slice(subject.length)}`
  const rest = more.map((line) => ' '.repeat(INDENT) + line)
  const hint = one.hint === undefined ? [] : paragraph(display(one.hint), look.columns, INDENT + 2)
  return [`  ${mark} ${head}`, ...rest, ...hint]
}

function summary(findings: readonly Finding[]): string {
  const count = (verdict: Finding['verdict']): number => findings.filter((one) => one.verdict === verdict).length
  const wrong = [
    ...(count('error') > 0 ? [counted(count('error'), 'problem')] : []),
    ...(count('warning') > 0 ? [counted(count('warning'), 'warning')] : []),
  ]
  return `${wrong.length === 0 ? 'Nothing is wrong.' : `${wrong.join(' and ')}.`} Nothing was changed.`
}
