/**
 * Writes per UTC day. Third parties report a daily quota of creates, updates and deletes (a 429 naming `keys-modify-api-rpd-v2`, seen by
 * 2026-08; size unpublished, reset at 00:00 UTC). Part of a known quota is kept back for disables, so that a leaked key can always be
 * stopped. Counted in this process and, where a budget is configured,
 * over the runs of a day; other writers on the account are learned of from the API's own 429.
 */
import { DAY, type Millis } from '../../core/time.ts'

export type Write = 'ordinary' | 'disable'

export interface WriteBudget {
  /** Books one write about to be sent. `null` when there is room, else the milliseconds until there is. */
  take(write: Write): Millis | null
  /** The API said that the day's quota is used up; `quota` is its size where it told. */
  exhaust(quota: number | null): void
  /** Ordinary writes left today; `null` while no quota is known. */
  left(): number | null
  /** Counts writes that earlier runs sent today. */
  book(earlier: number): void
  /** Writes counted today; 0 without a configured budget, since then nobody needs the number. */
  made(): number
  /** Milliseconds until the next UTC day. */
  untilReset(): Millis
}

export interface BudgetOptions {
  readonly writesPerDay?: number
  /** Writes kept for disables; by default 5% of the quota and at least 5. */
  readonly reserve?: number
  readonly now: () => Millis
}

export function writeBudget(options: BudgetOptions): WriteBudget {
  return new DailyBudget(options)
}

class DailyBudget implements WriteBudget {
  readonly #options: BudgetOptions
  #quota: number | null
  #day = Number.NaN
  #spent = 0
  /** The API refused a write today. Its word counts more than our count. */
  #refused = false

  constructor(options: BudgetOptions) {
    this.#options = options
    this.#quota = options.writesPerDay ?? null
  }

  take(write: Write): Millis | null {
    this.#turnDay()
    if (!this.#hasRoom(write)) return this.untilReset()
    this.#spent += 1
    return null
  }

  exhaust(quota: number | null): void {
    this.#turnDay()
    this.#refused = true
    if (quota !== null) this.#quota = Math.min(quota, this.#quota ?? quota)
  }

  left(): number | null {
    this.#turnDay()
    if (this.#refused) return 0
    return this.#quota === null ? null : Math.max(0, this.#quota - this.#reserve(this.#quota) - this.#spent)
  }

  book(earlier: number): void {
    this.#turnDay()
    this.#spent += earlier
  }

  made(): number {
    this.#turnDay()
    return this.#options.writesPerDay === undefined ? 0 : this.#spent
  }

  untilReset(): Millis {
    const now = this.#options.now()
    return (Math.floor(now / DAY) + 1) * DAY - now
  }

  /** After a refusal disables still go out: the API may take them, and a leaked key is worth one more request. */
  #hasRoom(write: Write): boolean {
    if (write === 'ordinary') return this.left() !== 0
    return this.#refused || this.#quota === null || this.#spent < this.#quota
  }

  #reserve(quota: number): number {
    return this.#options.reserve ?? Math.max(5, Math.ceil(quota * 0.05))
  }

  #turnDay(): void {
    const today = Math.floor(this.#options.now() / DAY)
    if (today === this.#day) return
    this.#day = today
    this.#spent = 0
    this.#refused = false
  }
}
