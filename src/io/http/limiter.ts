import type { Clock } from '../../ports/clock.ts'

/**
 * How many requests may be under way at once, learned from the answers: it starts at the ceiling, is halved when the other side says it is
 * too much, and grows by one for each full round of successes. A burst of refusals counts once: only a request that was started after the
 * last cut may cut again. A pause asked for by one answer holds back all requests not yet started, unless it is longer than `longestWait`:
 * then they start at once, and are expected to look at `pausedFor` and give up.
 */
export interface Limiter {
  /** Runs `work` when there is room. `ticket` tells how old the request is when it reports. */
  run<T>(work: (ticket: number) => Promise<T>): Promise<T>
  succeeded(): void
  /** The other side answered 429 to the request with this ticket. */
  refused(ticket: number): void
  /** Nothing starts during the next `millis`, at most 15 minutes. */
  pause(millis: number): void
  /** Milliseconds until requests start again; 0 when nothing is paused. */
  pausedFor(): number
  /** Requests allowed at once now, a whole number. */
  width(): number
}

const LONGEST_PAUSE = 15 * 60_000

export interface LimiterOptions {
  readonly ceiling: number
  readonly longestWait: number
  readonly clock: Clock
}

export function limiter(options: LimiterOptions): Limiter {
  return new AdaptiveLimiter(options)
}

class AdaptiveLimiter implements Limiter {
  readonly #ceiling: number
  readonly #clock: Clock
  readonly #longestWait: number
  readonly #waiting: (() => void)[] = []
  #allowed: number
  #running = 0
  #tickets = 0
  #lastCut = 0
  #resumeAt = 0

  constructor({ ceiling, clock, longestWait }: LimiterOptions) {
    this.#ceiling = Math.max(1, Math.floor(ceiling))
    this.#allowed = this.#ceiling
    this.#clock = clock
    this.#longestWait = longestWait
  }

  async run<T>(work: (ticket: number) => Promise<T>): Promise<T> {
    if (this.#running >= this.width()) await new Promise<void>((resume) => this.#waiting.push(resume))
    else this.#running += 1
    try {
      await this.#sitOut()
      return await work(++this.#tickets)
    } finally {
      this.#running -= 1
      this.#admit()
    }
  }

  succeeded(): void {
    this.#allowed = Math.min(this.#ceiling, this.#allowed + 1 / this.#allowed)
    this.#admit()
  }

  refused(ticket: number): void {
    if (ticket <= this.#lastCut) return
    this.#lastCut = this.#tickets
    this.#allowed = Math.max(1, this.#allowed / 2)
  }

  pause(millis: number): void {
    this.#resumeAt = Math.max(this.#resumeAt, this.#clock.now() + Math.min(millis, LONGEST_PAUSE))
  }

  pausedFor(): number {
    return Math.max(0, this.#resumeAt - this.#clock.now())
  }

  width(): number {
    return Math.floor(this.#allowed)
  }

  /** Sleeps until the pause is over, and again if it was made longer meanwhile. */
  async #sitOut(): Promise<void> {
    let until = 0
    for (let rest = this.pausedFor(); rest > 0 && rest <= this.#longestWait && this.#resumeAt !== until; ) {
      until = this.#resumeAt
      await this.#clock.sleep(rest)
      rest = this.pausedFor()
    }
  }

  #admit(): void {
    while (this.#running < this.width()) {
      const resume = this.#waiting.shift()
      if (resume === undefined) return
      this.#running += 1
      resume()
    }
  }
}
