/**
 * Positions of the members of all containers of a file, compactly: four numbers per member in one growing Int32Array (start
 * and end of key and value), and a map from container to its first row.
 */
export type Span = readonly [keyStart: number, keyEnd: number, start: number, end: number]

export interface Spans {
  /** `null` when there is no such member. For items of a list, the key is the value. */
  of(container: object, member: string | number): Span | null
}

export interface SpanBook {
  /** Four numbers per member, in the order of `Object.keys`. */
  record(container: object, spans: readonly number[]): void
  close(): Spans
}

export function spanBook(): SpanBook {
  const firstRow = new Map<object, number>()
  let rows = new Int32Array(1024)
  let used = 0
  return {
    record(container, spans) {
      while (used + spans.length > rows.length) rows = grown(rows)
      rows.set(spans, used)
      firstRow.set(container, used)
      used += spans.length
    },
    close: () => lookUp(firstRow, rows.slice(0, used)),
  }
}

function grown(rows: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const more = new Int32Array(rows.length * 2)
  more.set(rows)
  return more
}

/** Mappings with more members than this get an index when somebody first asks. */
const SMALL = 16

function lookUp(firstRow: ReadonlyMap<object, number>, rows: Int32Array): Spans {
  const indexes = new Map<object, ReadonlyMap<string, number>>()
  return {
    of(container, member) {
      const first = firstRow.get(container)
      const index = typeof member === 'number' ? member : indexOf(container, member, indexes)
      if (first === undefined || index < 0 || (Array.isArray(container) && index >= container.length)) return null
      const at = first + index * 4
      return [rows[at] ?? 0, rows[at + 1] ?? 0, rows[at + 2] ?? 0, rows[at + 3] ?? 0]
    },
  }
}

function indexOf(container: object, member: string, indexes: Map<object, ReadonlyMap<string, number>>): number {
  const known = indexes.get(container)
  if (known !== undefined) return known.get(member) ?? -1
  const names = Object.keys(container)
  if (names.length <= SMALL) return names.indexOf(member)
  const index = new Map(names.map((name, i) => [name, i]))
  indexes.set(container, index)
  return index.get(member) ?? -1
}
