/**
 * A ledger that is kept elsewhere, shared by machines, and slow to write: the queue in front of it.
 *
 * Words: a *shelf* is where the ledger is kept (a branch, an object, a document, a table); an *exchange* is one write there: all that was
 * proposed since the one before goes out together, so a thousand concurrent changes cost a handful of pushes.
 *
 * Whoever exchanges folds its entries on the newest content and writes the outcome only if nobody wrote in between; otherwise it follows
 * and folds again. So changes of disjoint addresses merge, and of two that expect the same serial one is told of its conflict. Nothing
 * else in here decides anything: the ledger does.
 *
 * Rejected: a lock around read and write, which a frozen holder keeps for ever; and one write per change, which a git host takes a
 * second for.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { KeywrightError } from '../core/diagnostic.ts'
import { type Folded, foldBeside } from './fold.ts'
import type { Entry, Ledger, Verdict } from './ledger.ts'

export interface Shelf {
  /** The newest content that was seen. */
  readonly ledger: Ledger
  /** Brings `ledger` up to date. Throws `STATE_UNREADABLE`, `STATE_TOO_NEW`, `STATE_CORRUPT`. */
  follow(): Promise<void>
  /** Writes what the entries make of the newest content, whole or not at all. Throws `STATE_UNWRITABLE` as well. */
  exchange(entries: readonly Entry[]): Promise<readonly Verdict[]>
}

export interface Grouping {
  /** A group is closed when nothing was proposed for so long, in real milliseconds. */
  readonly quietMillis: number
  /** It is closed after so long in any case. */
  readonly longestMillis: number
}

/** Where a write takes no longer than a request, what comes meanwhile is group enough. */
export const AT_ONCE: Grouping = { quietMillis: 0, longestMillis: 0 }

/** How often a group that fills is looked at. */
const LOOK_MILLIS = 10

interface Waiting<R> {
  readonly accept: (result: R) => void
  readonly reject: (error: unknown) => void
}

interface Proposed extends Waiting<Verdict> {
  readonly entry: Entry
}

export class Book {
  readonly #shelf: Shelf
  readonly #grouping: Grouping
  #proposed: Proposed[] = []
  #followers: Waiting<undefined>[] = []
  #running: Promise<void> | null = null
  #firstAt = 0
  #lastAt = 0

  constructor(shelf: Shelf, grouping: Grouping = AT_ONCE) {
    this.#shelf = shelf
    this.#grouping = grouping
  }

  get ledger(): Ledger {
    return this.#shelf.ledger
  }

  /** Resolves when `ledger` is at least as new as this call. */
  follow(): Promise<undefined> {
    return new Promise((accept, reject) => {
      this.#followers.push({ accept, reject })
      this.#running ??= this.#run()
    })
  }

  /** The verdict comes when it is durable. */
  propose(entry: Entry): Promise<Verdict> {
    return new Promise((accept, reject) => {
      this.#lastAt = performance.now()
      if (this.#proposed.length === 0) this.#firstAt = this.#lastAt
      this.#proposed.push({ entry, accept, reject })
      this.#running ??= this.#run()
    })
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    await pause(0) // gathers what is asked for in this turn
    while (this.#proposed.length > 0 || this.#followers.length > 0) {
      const followers = this.#followers.splice(0)
      if (followers.length > 0) await settle(followers, () => this.#look(followers.length))
      if (this.#isRipe()) await this.#exchange()
      else if (this.#followers.length === 0) await pause(LOOK_MILLIS)
    }
    this.#running = null
  }

  async #look(count: number): Promise<readonly undefined[]> {
    await this.#shelf.follow()
    return Array.from({ length: count }, () => undefined)
  }

  async #exchange(): Promise<void> {
    const group = this.#proposed.splice(0)
    if (group.length > 0) await settle(group, () => this.#shelf.exchange(group.map(({ entry }) => entry)))
  }

  #isRipe(): boolean {
    const { quietMillis, longestMillis } = this.#grouping
    const now = performance.now()
    return now - this.#lastAt >= quietMillis || now - this.#firstAt >= longestMillis
  }
}

async function settle<R>(group: readonly Waiting<R>[], work: () => Promise<readonly R[]>): Promise<void> {
  try {
    const results = await work()
    for (const [i, { accept }] of group.entries()) accept(results[i] as R)
  } catch (error) {
    for (const { reject } of group) reject(error)
  }
}

/** A shelf that is exchanged by comparing and swapping all of it. */
export interface SwapShelf {
  readonly ledger: Ledger
  follow(): Promise<void>
  /** Writes what was folded, if `ledger` is still the newest. True when it was; then `ledger` is what was folded. */
  offer(folded: Folded): Promise<boolean>
}

const MOST_OFFERS = 60
const LONGEST_PAUSE = 500

/** `Shelf.exchange` for one of those. `location` is for the message that the others were faster too often. */
export async function exchangeBySwap(
  shelf: SwapShelf,
  entries: readonly Entry[],
  location: string,
): Promise<readonly Verdict[]> {
  let isFresh = false
  for (let tries = 0; tries < MOST_OFFERS; tries++) {
    const folded = foldBeside(shelf.ledger, entries)
    // What was folded on an old picture and stored is proven to be new; a refusal alone has to be looked at again.
    if (folded.touched.size === 0 ? isFresh : await shelf.offer(folded)) return folded.verdicts
    if (tries > 0) await pause(Math.random() * Math.min(LONGEST_PAUSE, 10 * 2 ** tries))
    await shelf.follow()
    isFresh = true
  }
  throw new KeywrightError('STATE_UNWRITABLE', {
    message: `The state in ${location} was changed by others each of the ${MOST_OFFERS} times it was to be saved.`,
    hint: 'run the same command again',
    retryable: true,
  })
}
