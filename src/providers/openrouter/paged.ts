/**
 * Lists that know their length. All but that of keys take `offset` and `limit` and tell `total_count` (published contract of 2026-08-22).
 * A page may be shorter than its limit before the end, even empty: rows whose key is gone are dropped after paging, yet counted (read in
 * OpenRouter's own Terraform provider, 2026-11). So the walk steps by what it asked for, never by what it got, and ends at the total.
 */
import type { Call, Line } from './line.ts'
import { badResponse, refused } from './refusal.ts'
import type { Received } from './reply.ts'

const PAGE = 100
/** Pages, or lists, that are asked for side by side. */
const WAVE = 10

export interface PagedList<T> {
  readonly template: string
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  /** `null` when a row is not as documented. */
  readonly decode: (row: unknown) => T | null
}

/** Every row, in order; `null` when the API says that there is no such list. Throws `API_BAD_RESPONSE` for rows or totals that cannot be read. */
export async function readAll<T>(line: Line, list: PagedList<T>): Promise<readonly T[] | null> {
  const rows: T[] = []
  for (let read = 0, total = 1; read < total; ) {
    const offsets = offsetsBetween(read, total)
    const pages = await Promise.all(offsets.map((offset) => readPage(line, list, offset)))
    for (const page of pages) {
      if (page === null) return null
      rows.push(...page.rows)
      total = page.total
    }
    read += offsets.length * PAGE
  }
  return rows
}

/** Does `work` for each item, a few at a time, and nothing more after one failed. */
export async function inWaves<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = []
  for (let at = 0; at < items.length; at += WAVE)
    results.push(...(await Promise.all(items.slice(at, at + WAVE).map(work))))
  return results
}

function offsetsBetween(read: number, total: number): readonly number[] {
  const pages = Math.min(WAVE, Math.ceil((total - read) / PAGE))
  return Array.from({ length: pages }, (_, page) => read + page * PAGE)
}

async function readPage<T>(line: Line, list: PagedList<T>, offset: number): Promise<Page<T> | null> {
  const call: Pick<Call, 'method' | 'template'> = { method: 'GET', template: list.template }
  const query = new URLSearchParams({ ...list.query, offset: `${offset}`, limit: `${PAGE}` })
  const reply = await line.settle({ ...call, path: `${list.path}?${query}` })
  if (reply.status === 404) return null
  if (reply.status !== 200) throw refused(call, reply)
  return decodePage(call, reply, list.decode)
}

interface Page<T> {
  readonly rows: readonly T[]
  readonly total: number
}

function decodePage<T>(
  call: Pick<Call, 'method' | 'template'>,
  { json }: Received,
  decode: PagedList<T>['decode'],
): Page<T> {
  const { data, total_count: total } = json ?? {}
  if (!Array.isArray(data) || typeof total !== 'number' || !Number.isSafeInteger(total) || total < 0)
    throw badResponse(call, 'not a page of a list with its total')
  const rows = data.map((row) => {
    const decoded = decode(row)
    if (decoded === null) throw badResponse(call, 'an entry of the list is not as documented')
    return decoded
  })
  return { rows, total }
}
