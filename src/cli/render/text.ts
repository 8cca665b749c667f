/** Laying out lines. Widths are those of a terminal; colour takes none. */
import { columns } from '../../core/display.ts'

const ESCAPES = /\u001b\[\d+m/g

function plain(line: string): string {
  return line.replace(ESCAPES, '')
}

function wide(text: string): number {
  return columns(plain(text))
}

export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - wide(text)))
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - wide(text))) + text
}

/** The widest of some texts, at most `most`. */
export function widest(texts: Iterable<string>, most: number): number {
  let width = 0
  for (const text of texts) width = Math.max(width, wide(text))
  return Math.min(width, most)
}

/** Split between words; a number stays with its unit. */
function wordsOf(text: string): readonly string[] {
  return text.split(/(?<!\d) | (?!(?:USD|UTC|d|h|min|s|kB|MB)(?![A-Za-z]))/)
}

/** Lines of at most `width` columns, broken between words; a longer word stays whole. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of wordsOf(text)) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && wide(longer) > width) {
      lines.push(line)
      line = word
    } else line = longer
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line]
}

/** A wrapped paragraph with every line indented. */
export function paragraph(text: string, width: number, indent: number): readonly string[] {
  const space = ' '.repeat(indent)
  return wrapped(text, Math.max(20, width - indent)).map((line) => space + line)
}

/** Parts joined by ` · `, broken into lines of `width` where they do not fit; later lines are indented. */
export function dotted(parts: readonly string[], width: number, indent: number): readonly string[] {
  return packed(parts, ' · ', { width, indent })
}

/** As `dotted`, with commas, and the first line as narrow as the others. */
export function commaed(parts: readonly string[], width: number, indent: number): readonly string[] {
  return packed(
    parts.map((part, i) => (i < parts.length - 1 ? `${part},` : part)),
    ' ',
    { width: width - indent, indent: 0 },
  ).map((line) => ' '.repeat(indent) + line)
}

function packed(
  parts: readonly string[],
  between: string,
  { width, indent }: { readonly width: number; readonly indent: number },
): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const part of parts.filter((one) => one !== '')) {
    const longer = line === '' ? part : `${line}${between}${part}`
    if (line !== '' && wide(longer) > width - (lines.length === 0 ? 0 : indent)) {
      lines.push(line)
      line = part
    } else line = longer
  }
  if (line !== '') lines.push(line)
  return lines.map((one, i) => (i === 0 ? one : ' '.repeat(indent) + one))
}

/** `1 key`, `2 keys`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`
}

/** `5,190`. */
export function grouped(value: number): string {
  const [whole = '', fraction] = `${value}`.split('.')
  const text = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? text : `${text}.${fraction}`
}

/** Whole text of a command: lines with an end each, or nothing. With `width`, longer lines go on below themselves. */
export function block(lines: readonly string[], width = Number.POSITIVE_INFINITY): string {
  const fitting = lines.flatMap((line) => (wide(line) > width && !isTyped(line) ? folded(line, width) : [line]))
  return fitting.length === 0 ? '' : `${fitting.map((line) => line.trimEnd()).join('\n')}\n`
}

/** What is to be typed stays on one line, so that it can be copied. */
function isTyped(line: string): boolean {
  return line.includes('Next:') || line.includes('keywright ')
}

/** Breaks between words; what follows hangs under the last cell of the line (cells have two spaces between them). */
function folded(line: string, width: number): readonly string[] {
  const bare = plain(line)
  const indent = bare.length - bare.trimStart().length
  const cell = bare
    .slice(0, Math.floor(width * 0.6))
    .trimEnd()
    .lastIndexOf('  ')
  const hang = ' '.repeat(cell >= indent && cell > 0 ? cell + 2 : indent + 2)
  const lines: string[] = []
  let start = ''
  for (const word of line.slice(leading(line)).split(/(?<=\S) (?=\S)(?!(?<=\d )(?:USD|UTC|d|h|min|s)(?![A-Za-z]))/)) {
    const before = lines.length === 0 ? line.slice(0, leading(line)) : hang
    const longer = start === '' ? before + word : `${start} ${word}`
    if (start !== '' && wide(longer) > width) {
      lines.push(start)
      start = hang + word
    } else start = longer
  }
  return [...lines, start]
}

function leading(line: string): number {
  return line.length - line.trimStart().length
}

/** First letter large. */
export function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
