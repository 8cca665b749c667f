/** Problems for people: where, what, why, and what to type. */
import type { Diagnostic, SourceRange } from '../../core/diagnostic.ts'
import { columns, display, markdown } from '../../core/display.ts'
import type { DiagnosticsFace } from '../shell/faces.ts'
import { document } from './json.ts'
import { type Paint, paint } from './paint.ts'
import { block, counted, paragraph } from './text.ts'

/** Messages name places and addresses, so they may be long; a megabyte they are not. */
const MESSAGE = { max: 2_000 }

/** Nobody reads more at once. All of them are in `--json`. */
const MOST = 200

function more(count: number): string {
  return `${counted(count, 'more problem')} not shown; --json lists all.`
}

export const renderDiagnostics: DiagnosticsFace = (all, look, end = {}) => {
  const { word = 'error' } = end
  if (look.format === 'json')
    return document('diagnostics', {
      outcome: word,
      diagnostics: all,
      ...(end.summary === undefined ? {} : { summary: end.summary }),
    })
  const diagnostics = all.slice(0, MOST)
  const summary = all.length > MOST ? `${more(all.length - MOST)} ${end.summary ?? ''}`.trim() : end.summary
  if (look.format === 'markdown') return block(inMarkdown(diagnostics, word, summary))
  const brush = paint(look)
  const lines = diagnostics.flatMap((one, i) => [...(i === 0 ? [] : ['']), ...problem(one, { word, brush, look })])
  if (summary !== undefined)
    lines.push(...(lines.length === 0 ? [] : ['']), ...paragraph(display(summary, MESSAGE), look.columns, 0))
  return block(lines)
}

interface Setting {
  readonly word: string
  readonly brush: Paint
  readonly look: { readonly columns: number }
}

function problem(one: Diagnostic, { word, brush, look }: Setting): readonly string[] {
  const { at } = one
  const severe = one.severity === 'error'
  const label = severe ? brush.bad(word) : brush.change('warning')
  const where = at ? `${display(at.file)}:${at.line}:${at.column}` : ''
  const address =
    !at && one.address !== undefined && !one.message.includes(one.address) ? `  ${display(one.address)}` : ''
  const head = `${where === '' ? '' : `${brush.strong(where)}  `}${label}  ${brush.strong(one.code)}${address}`
  return [
    head,
    ...(at ? excerpt(at, { brush, width: look.columns, severe }) : []),
    ...paragraph(display(one.message, MESSAGE), look.columns, 4),
    ...(one.why === undefined ? [] : paragraph(display(one.why, MESSAGE), look.columns, 4)),
    ...(one.hint === undefined ? [] : hint(one.hint, { brush, width: look.columns })),
  ]
}

/** What to type stays on one line, so that it can be copied; words after three spaces explain it. */
function hint(text: string, { brush, width }: { readonly brush: Paint; readonly width: number }): readonly string[] {
  const [type = '', ...words] = display(text, MESSAGE).split('   ')
  const lines = [`    ${brush.faint('Next:')} ${brush.info(type.trim())}`]
  const rest = words.join(' ').trim()
  return rest === '' ? lines : [...lines, ...paragraph(rest, width, 10)]
}

/** Longest part of a source line that is shown before the mark, and the line number's room. */
const GUTTER = 9

function excerpt(
  at: SourceRange,
  { brush, width, severe }: { readonly brush: Paint; readonly width: number; readonly severe: boolean },
): readonly string[] {
  if (at.excerpt === undefined) return []
  const start = at.column - 1
  const room = Math.max(20, width - GUTTER)
  const before = tail(display(at.excerpt.slice(0, start), { max: 4_000 }), Math.floor(room / 2))
  const marked = display(at.excerpt.slice(start, start + at.length), { max: Math.floor(room / 3) })
  const after = display(at.excerpt.slice(start + at.length), { max: Math.max(1, room - columns(before + marked)) })
  const line = `${before}${marked}${after}`.replace(/##/g, '# #')
  const caret =
    ' '.repeat(columns(before)) + (severe ? brush.bad : brush.change)('^'.repeat(Math.max(1, columns(marked))))
  const number = `${at.line}`.padStart(5)
  return [`${brush.faint(`${number} |`)} ${line}`, `${brush.faint('      |')} ${caret}`]
}

/** The last columns of a text, `…` first when something was left out. */
function tail(text: string, most: number): string {
  const letters = Array.from(text)
  return letters.length <= most ? text : `…${letters.slice(letters.length - most + 1).join('')}`
}

/** A comment has room for 65,536 characters. */
const ROOM = 55_000

function inMarkdown(diagnostics: readonly Diagnostic[], word: string, summary: string | undefined): readonly string[] {
  const items: string[] = []
  let size = 0
  for (const one of diagnostics) {
    const item = itemOf(one, word)
    size += item.length + 1
    if (size > ROOM) break
    items.push(item)
  }
  const hidden = diagnostics.length - items.length
  const rest = hidden === 0 ? [] : ['', more(hidden)]
  return [...items, ...rest, ...(summary === undefined ? [] : ['', markdown(summary, MESSAGE)])]
}

function itemOf(one: Diagnostic, word: string): string {
  const where = one.at ? ` at ${markdown(`${one.at.file}:${one.at.line}:${one.at.column}`)}` : ''
  const label = one.severity === 'error' ? word : 'warning'
  return [
    `- **${label}** ${markdown(one.code)}${where}`,
    `  ${markdown(one.message, MESSAGE)}`,
    ...(one.why === undefined ? [] : [`  ${markdown(one.why, MESSAGE)}`]),
    ...(one.hint === undefined ? [] : [`  Next: ${markdown(one.hint, MESSAGE)}`]),
  ].join('\n')
}
