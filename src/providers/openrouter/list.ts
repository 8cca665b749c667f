/**
 * Walks all pages of one workspace. The API offers an offset and nothing else: no length, no total, no cursor (published contract of
 * 2026-08-22), and keys move between pages while others write.
 *
 * A page covers the positions [offset, offset + length). The walk is over when the pages cover everything from 0 up to a position at which
 * an empty page was seen. That needs no trust in a page size: short pages, larger pages and sizes that change halfway leave holes, and holes
 * are fetched. With a hint, all pages and the empty one go out at once (1,000 keys: 11 requests); without, one page follows the other up
 * to the eleventh (1,000 keys: 11 requests as well), and from then on waves grow with what was read.
 * Keys that move while we walk may be met twice (taken once) or be missed; absence is confirmed elsewhere, key by key.
 * Rejected: stopping at the first short page, which nobody promises to be the last.
 */
import type { LiveKey } from '../../core/key.ts'
import { KeyDecoder } from './codec.ts'
import type { Call, Line } from './line.ts'
import { badResponse, refused } from './refusal.ts'

/** Keys per page according to the guide, 2026-08; only a guess until page one is there. */
const GUESSED_STRIDE = 100

export interface ListOptions {
  readonly scope: string
  readonly expected?: number | undefined
  /** Pages asked for at once. */
  readonly parallelism: number
}

/** Pages. A shorter list is walked without a request too many: side by side would save two of its eleven round trips. */
const SHORT_LIST = 11

/** Pages of one walk that may bring nothing new because keys moved. More than that is an API that ignores the offset. */
const STALE_PAGES = 3

/** Every key of the workspace, newest first, each once. Throws `API_BAD_RESPONSE` when page after page repeats what is known. */
export async function listKeys(line: Line, options: ListOptions): Promise<readonly LiveKey[]> {
  const walk = new Walk(line, options)
  await walk.fetch(guessedOffsets(options.expected ?? 0))
  while (!walk.isComplete()) await walk.fetch(walk.holes())
  return walk.keys()
}

/** Every page of `expected` keys, and the position behind the last one, which should be empty. */
function guessedOffsets(expected: number): readonly number[] {
  const pages = Math.ceil(expected / GUESSED_STRIDE)
  return [...Array.from({ length: pages }, (_, page) => page * GUESSED_STRIDE), expected]
}

class Walk {
  readonly #line: Line
  readonly #scope: string
  readonly #decoder = new KeyDecoder()
  /** Length by offset. */
  readonly #lengths = new Map<number, number>()
  readonly #found = new Map<number, readonly LiveKey[]>()
  readonly #ids = new Set<string>()
  readonly #parallelism: number
  #stale = 0

  constructor(line: Line, { scope, parallelism }: ListOptions) {
    this.#line = line
    this.#scope = scope
    this.#parallelism = parallelism
  }

  /** Pages side by side, then judged in order. After one failed, no further page is asked for. */
  async fetch(offsets: readonly number[]): Promise<void> {
    const pages = new Map<number, readonly LiveKey[]>()
    const left = [...offsets]
    const next = async (): Promise<void> => {
      for (let offset = left.shift(); offset !== undefined; offset = left.shift())
        pages.set(offset, await this.#page(offset))
    }
    await Promise.all(Array.from({ length: this.#parallelism }, next)).catch((error: unknown) => {
      left.length = 0
      throw error
    })
    for (const offset of offsets) await this.#take(offset, pages.get(offset) ?? [])
  }

  isComplete(): boolean {
    const end = this.#coveredFrom(0)
    for (const [offset, length] of this.#lengths) if (length === 0 && offset <= end) return true
    return false
  }

  /** Offsets that nothing covers yet, a page apart: of a long list a third of the pages read so far, which bounds what is wasted behind the end. */
  holes(): readonly number[] {
    const count = this.#lengths.size < SHORT_LIST ? 1 : Math.floor(this.#lengths.size / 3)
    const stride = Math.max(1, this.#lengths.get(0) ?? GUESSED_STRIDE)
    const holes: number[] = []
    for (let at = this.#coveredFrom(0); holes.length < count; at = this.#coveredFrom(at + stride)) {
      if (holes.length > 0 && this.#isBeyondEnd(at)) break
      holes.push(at)
    }
    return holes
  }

  keys(): readonly LiveKey[] {
    return [...this.#found.keys()].sort((a, b) => a - b).flatMap((offset) => this.#found.get(offset) ?? [])
  }

  /** First position from `start` on that no page covers. */
  #coveredFrom(start: number): number {
    let end = start
    for (const offset of [...this.#lengths.keys()].sort((a, b) => a - b)) {
      const next = offset + (this.#lengths.get(offset) ?? 0)
      if (offset <= end && next > end) end = next
    }
    return end
  }

  #isBeyondEnd(position: number): boolean {
    for (const [offset, length] of this.#lengths) if (length === 0 && offset <= position) return true
    return false
  }

  /**
   * A page behind the covered ones that brings only known keys is asked for again. Now and then that is what keys moving between pages
   * leave behind, and in an account of one key such a page is even a full one; time after time it means that the offset is ignored.
   */
  async #take(offset: number, page: readonly LiveKey[]): Promise<void> {
    const isBehind = offset + page.length > this.#coveredFrom(0)
    if (page.length === 0 || !isBehind || this.#hasNews(page)) return this.#keep(offset, page)
    const again = await this.#page(offset)
    if (again.length > 0 && !this.#hasNews(again)) this.#judgeStale()
    this.#keep(offset, again)
  }

  #judgeStale(): void {
    this.#stale += 1
    if (this.#stale > STALE_PAGES) throw badResponse(LIST, 'a page only repeats keys of other pages')
  }

  #hasNews(page: readonly LiveKey[]): boolean {
    return page.some(({ id }) => !this.#ids.has(id))
  }

  #keep(offset: number, page: readonly LiveKey[]): void {
    this.#lengths.set(offset, page.length)
    const fresh = page.filter(({ id }) => !this.#ids.has(id))
    for (const { id } of fresh) this.#ids.add(id)
    this.#found.set(offset, fresh)
  }

  #page(offset: number): Promise<readonly LiveKey[]> {
    return fetchPage(this.#line, { scope: this.#scope, offset, decoder: this.#decoder })
  }
}

const LIST: Pick<Call, 'method' | 'template'> = { method: 'GET', template: '/keys' }

interface PageRequest {
  readonly scope: string
  readonly offset: number
  readonly decoder: KeyDecoder
}

/** Always with disabled keys and a workspace: left out, the API would hide the ones and assume the default for the other. */
async function fetchPage(line: Line, { scope, offset, decoder }: PageRequest): Promise<readonly LiveKey[]> {
  const query = new URLSearchParams({ include_disabled: 'true', offset: `${offset}`, workspace_id: scope })
  const reply = await line.settle({ ...LIST, path: `/keys?${query}` })
  if (reply.status !== 200) throw refused(LIST, reply)
  const data = reply.json?.data
  if (!Array.isArray(data)) throw badResponse(LIST, 'not a list of keys')
  return data.map((value) => {
    const key = decoder.decode(value)
    if (key === null) throw badResponse(LIST, 'an entry is not a key')
    return key
  })
}
