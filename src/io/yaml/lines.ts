import type { SourceRange } from '../../core/diagnostic.ts'
import { looksSecret } from '../../core/manifest/looks-secret.ts'

/** Lines and columns of a text. Holds the text, and four bytes per line. */
export interface LineIndex {
  /** The range of `length` characters from `offset`, cut at the end of its line. Offsets outside the text are moved inside. */
  range(file: string, offset: number, length: number): SourceRange
  position(offset: number): { readonly line: number; readonly column: number }
}

const LONGEST_EXCERPT = 160

export function lineIndex(text: string): LineIndex {
  const starts = lineStarts(text)
  const position = (offset: number) => {
    const line = lineOf(starts, offset)
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 }
  }
  return {
    position: (offset) => position(clamp(offset, text.length)),
    range(file, offset, length) {
      const { line, column } = position(clamp(offset, text.length))
      const [start, end] = lineAt(text, starts, line - 1)
      const room = Math.max(1, end - start - column + 1)
      const range = { file, line, column, length: Math.min(Math.max(1, length), room) }
      if (end - start > LONGEST_EXCERPT) return range
      const excerpt = text.slice(start, end)
      return looksSecret(excerpt) ? range : { ...range, excerpt }
    },
  }
}

/** Without its line break. */
function lineAt(text: string, starts: Int32Array, index: number): readonly [start: number, end: number] {
  const start = starts[index] ?? 0
  const next = starts[index + 1]
  if (next === undefined) return [start, text.length]
  return [start, text.charCodeAt(next - 2) === 13 && next - 2 >= start ? next - 2 : next - 1]
}

function clamp(offset: number, length: number): number {
  return Math.max(0, Math.min(offset, length))
}

function lineStarts(text: string): Int32Array {
  let count = 1
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) count += 1
  const starts = new Int32Array(count)
  let line = 1
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts[line++] = i + 1
  return starts
}

/** Index of the last start that is not behind `offset`. */
function lineOf(starts: Int32Array, offset: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return low
}
