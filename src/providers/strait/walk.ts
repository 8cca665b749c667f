/**
 * Walks all pages of one project. The API pages by time: newest first, and a page holds what is strictly older than the cursor (server source
 * of 2026-07-06). Its own `next_cursor` therefore loses keys that were created in the same microsecond as the last one of a page.
 *
 * So the next page is asked for from one microsecond later than the oldest key known, which brings that key and all its twins once more; each
 * id counts once. The walk is over when a page brings nothing new. `has_more` can only prolong it: it is computed before some keys are left
 * out. New keys are newer than every cursor, and a key that goes away moves no other, so nothing is lost while others write.
 *
 * When a whole page is of one microsecond there may be more of them than can ever be asked for, and there is no other way to reach them:
 * that is an error. Rejected: stepping over it, which would look like keys that are gone.
 */
import { KeywrightError } from '../../core/diagnostic.ts'
import { isObject } from '../../io/http/json.ts'
import { type Row, RowDecoder } from './codec.ts'
import type { Call, Line } from './line.ts'
import { badResponse, refused } from './refusal.ts'
import type { Received } from './reply.ts'
import { microsText } from './stamps.ts'

/** The most the API gives. */
const LIMIT = 100

const LIST: Pick<Call, 'method' | 'template' | 'lane'> = { method: 'GET', template: '/v1/api-keys', lane: 'read' }

export interface Page {
  readonly rows: readonly Row[]
  /** False when the API says, and the length of the page bears out, that nothing older is left. */
  readonly mayHaveMore: boolean
  readonly reply: Received
}

/** Every key that is not revoked, newest first, each once. Throws `API_LIST_INCOMPLETE` when they cannot all be reached. */
export async function walkKeys(line: Line): Promise<readonly Row[]> {
  const decoder = new RowDecoder()
  const found = new Map<string, Row>()
  for (let before: number | null = null; ; ) {
    const page: Page = await fetchPage(line, { before, decoder })
    if (page.rows.length === 0 && page.mayHaveMore) throw badResponse(LIST, 'an empty page that is not the last')
    if (page.rows.some(({ micros }) => before !== null && micros >= before))
      throw badResponse(LIST, 'a page holds keys that are newer than its cursor')
    const known = found.size
    for (const row of page.rows) if (!found.has(row.key.id)) found.set(row.key.id, row)
    const next = oldestOf(page.rows) + 1
    const isStuck = before !== null && next >= before
    if (page.rows.length === 0 || (found.size === known && !page.mayHaveMore)) break
    if (isStuck && page.mayHaveMore) throw unreachable()
    if (isStuck) break
    before = next
  }
  return [...found.values()].filter(({ isRevoked }) => !isRevoked)
}

/** The newest hundred keys. */
export function firstPage(line: Line): Promise<Page> {
  return fetchPage(line, { before: null, decoder: new RowDecoder() })
}

interface PageRequest {
  /** Microseconds; everything on the page is older. */
  readonly before: number | null
  readonly decoder: RowDecoder
}

async function fetchPage(line: Line, { before, decoder }: PageRequest): Promise<Page> {
  const query = new URLSearchParams({ limit: `${LIMIT}`, ...(before === null ? {} : { cursor: microsText(before) }) })
  const reply = await line.settle({ ...LIST, path: `/v1/api-keys?${query}` })
  if (reply.status !== 200) throw refused(LIST, reply)
  const { data, has_more: hasMore } = isObject(reply.json) ? reply.json : {}
  if (!Array.isArray(data)) throw badResponse(LIST, 'not a list of keys')
  const rows = data.map((value) => {
    const row = decoder.decode(value)
    if (row === null) throw badResponse(LIST, 'an entry is not a key')
    return row
  })
  return { rows, mayHaveMore: hasMore === true || rows.length >= LIMIT, reply }
}

function oldestOf(rows: readonly Row[]): number {
  return rows.reduce((oldest, { micros }) => Math.min(oldest, micros), Number.POSITIVE_INFINITY)
}

function unreachable(): KeywrightError {
  return new KeywrightError('API_LIST_INCOMPLETE', {
    message: `${LIST.method} ${LIST.template}: a page and what follows it carry one creation time, so that older keys are out of reach`,
    hint: 'revoke keys that were created in one bulk import, or give keywright a project of its own',
  })
}
