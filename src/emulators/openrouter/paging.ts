import { json, type Reply } from '../exchange.ts'

/** null when it is not a whole number from 0 up. */
export function readOffset(text: string | null): number | null {
  if (text === null || text === '' || text === 'null') return 0
  return /^\d{1,15}$/.test(text) ? Number(text) : null
}

interface Span {
  readonly offset: number
  readonly limit: number
}

/** `offset` and `limit` as all lists but that of keys have them: 0 and 50 unless told, at most 100. null when one of them is wrong. */
export function readSpan(query: URLSearchParams): Span | null {
  const offset = readOffset(query.get('offset'))
  const text = query.get('limit') ?? '50'
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0
  return offset === null || limit < 1 || limit > 100 ? null : { offset, limit }
}

/** One page and the number of all rows. A row whose `view` is undefined is counted, by offsets too, and not shown. */
export function pageOf<T>(rows: readonly T[], { offset, limit }: Span, view: (row: T) => object | undefined): Reply {
  const data = rows.slice(offset, offset + limit).map(view)
  return json(200, { data: data.filter((each) => each !== undefined), total_count: rows.length })
}
