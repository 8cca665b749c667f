/**
 * Small CSV tables for `forEach: { file: people.csv }`.
 *
 * The first line names the columns, the first column names the rows. Commas separate, double quotes enclose, two of them are
 * one; an empty cell is an absent value. Columns named like a number, boolean or list field of a key hold numbers, booleans and
 * words with spaces between them, all others texts.
 */
import { attribute } from '../attributes.ts'
import type { SourceRange } from '../diagnostic.ts'
import type { SourceDocument } from './source.ts'

export interface Table {
  /** A document whose data is a mapping from row name to row; rows know their line. */
  readonly document: SourceDocument
  readonly rows: ReadonlyMap<string, Readonly<Record<string, unknown>>>
}

export type ReadTable = { readonly table: Table } | { readonly wrong: string; readonly line: number }

export function readTable(file: string, text: string): ReadTable {
  const lines = splitCells(text)
  if ('wrong' in lines) return lines
  const [header, ...body] = lines.records
  if (header === undefined) return { wrong: 'The table is empty.', line: 1 }
  const columns = header.cells.map((cell) => cell.trim())
  if (new Set(columns).size < columns.length || columns.includes('') || columns.includes('__proto__'))
    return { wrong: 'Each column needs a name of its own in the first line.', line: 1 }
  const rows = new Map<string, Record<string, unknown>>()
  const lineOf = new Map<object, number>()
  for (const { cells, line } of body) {
    const [name = ''] = cells
    if (cells.length > columns.length)
      return { wrong: `This row has ${cells.length} cells for ${columns.length} columns.`, line }
    if (name === '' || rows.has(name))
      return { wrong: 'The first cell of each row must be filled, and different in each row.', line }
    const row: Record<string, Cell> = Object.fromEntries(
      columns.flatMap((column, i) => (cells[i] ? [[column, typed(column, cells[i])]] : [])),
    )
    rows.set(name, row)
    for (const part of [row, ...Object.values(row)]) if (typeof part === 'object') lineOf.set(part, line)
  }
  return { table: { document: documentOf(file, rows, lineOf), rows } }
}

type Cell = string | number | boolean | readonly string[]

function typed(column: string, cell: string): Cell {
  const type = attribute(column)?.type
  if (type === 'usd' && /^\d+(?:\.\d+)?$/.test(cell)) return Number(cell)
  if (type === 'boolean' && /^(?:true|false)$/.test(cell)) return cell === 'true'
  if (type === 'words') return cell.split(/[\s,;]+/).filter((word) => word !== '')
  return cell
}

function documentOf(
  file: string,
  rows: ReadonlyMap<string, unknown>,
  lineOf: ReadonlyMap<object, number>,
): SourceDocument {
  const range = (row: object): SourceRange => ({ file, line: lineOf.get(row) ?? 1, column: 1, length: 1 })
  return {
    file,
    data: rows,
    range,
    origin: (row) => ({ file, line: lineOf.get(row) ?? 1, column: 1 }),
  }
}

interface Line {
  readonly cells: readonly string[]
  readonly line: number
}

type Split = { readonly records: readonly Line[] } | { readonly wrong: string; readonly line: number }

/** One quoted or plain cell, and what ends it. */
const CELL = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y

function splitCells(text: string): Split {
  const records: Line[] = []
  let cells: string[] = []
  let line = 1
  let start = 1
  CELL.lastIndex = 0
  while (CELL.lastIndex < text.length || cells.length > 0) {
    const match = CELL.exec(text)
    if (match === null) return { wrong: 'A quote is not closed, or stands in the middle of a cell.', line }
    const [whole, quoted, plain = '', end] = match
    cells.push(quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"'))
    line += whole.split('\n').length - 1
    if (end === ',') continue
    if (cells.length > 1 || cells[0] !== '') records.push({ cells, line: start })
    cells = []
    start = line
  }
  return { records }
}
