/** Laying out plain lines. Everything here counts terminal columns and knows nothing of colour: paint afterwards. */
import { columns } from '../../core/display.ts'

export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columns(text)))
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - columns(text))) + text
}

/** The widest of some texts, at most `most`. */
export function widest(texts: Iterable<string>, most: number): number {
  let width = 0
  for (const text of texts) width = Math.max(width, columns(text))
  return Math.min(width, most)
}

/** Lines of at most `width` columns, broken between words; a longer word stays whole. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && columns(longer) > width) {
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
  const lines: string[] = []
  let line = ''
  for (const part of parts.filter((one) => one !== '')) {
    const longer = line === '' ? part : `${line} · ${part}`
    if (line !== '' && columns(longer) > width - (lines.length === 0 ? 0 : indent)) {
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

/** Whole text of a command: lines with an end each, or nothing. */
export function block(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${lines.map((line) => line.trimEnd()).join('\n')}\n`
}

/** First letter large. */
export function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
