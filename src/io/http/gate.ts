/**
 * The way out to an API that publishes its rate limits: everybody waits here until a request fits under all limits that apply to it, so
 * that the API never has to refuse one.
 *
 * Requests of one lane leave in the order they came. Only the head of a lane competes for the limit of all, so a long queue in one lane
 * holds up no other. What waits here holds no connection.
 */
import { MINUTE, type Millis } from '../../core/time.ts'
import type { Clock } from '../../ports/clock.ts'
import { type RateWindow, rateWindow } from './rate-window.ts'

export interface Gate {
  /** Runs `work` when lane, limits and pause let it. During a pause beyond `longestWait` it runs at once, and is expected to send nothing. */
  run<T>(lane: string, work: () => Promise<T>): Promise<T>
  /** Nothing starts during the next `millis`, at most 15 minutes. */
  pause(millis: Millis): void
  /** Milliseconds until requests start again; 0 when nothing is paused. */
  pausedFor(): Millis
}

export interface GateOptions {
  readonly clock: Clock
  /** Requests a minute, all lanes together. */
  readonly perMinute: number
  /** Requests a minute of lanes with a limit of their own. */
  readonly lanes: Readonly<Record<string, number>>
  /** Most requests at once. */
  readonly ceiling: number
  readonly longestWait: Millis
}

export function gate(options: GateOptions): Gate {
  return new RateGate(options)
}

const LONGEST_PAUSE = 15 * MINUTE

class RateGate implements Gate {
  readonly #options: GateOptions
  readonly #all: RateWindow
  readonly #lanes: ReadonlyMap<string, RateWindow>
  /** Settles when the last of a lane has left it. */
  readonly #tails = new Map<string, Promise<void>>()
  /** Heads of lanes that wait until fewer requests are under way. */
  readonly #waiting: (() => void)[] = []
  #running = 0
  #resumeAt = 0

  constructor(options: GateOptions) {
    this.#options = options
    this.#all = rateWindow(options.perMinute, MINUTE)
    this.#lanes = new Map(Object.entries(options.lanes).map(([lane, limit]) => [lane, rateWindow(limit, MINUTE)]))
  }

  async run<T>(lane: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#tails.get(lane) ?? Promise.resolve()).then(() => this.#admit(lane))
    this.#tails.set(lane, turn)
    await turn
    try {
      return await work()
    } finally {
      this.#running -= 1
      for (const resume of this.#waiting.splice(0)) resume()
    }
  }

  pause(millis: Millis): void {
    this.#resumeAt = Math.max(this.#resumeAt, this.#options.clock.now() + Math.min(millis, LONGEST_PAUSE))
  }

  pausedFor(): Millis {
    return Math.max(0, this.#resumeAt - this.#options.clock.now())
  }

  async #admit(lane: string): Promise<void> {
    const { clock, ceiling, longestWait } = this.#options
    while (this.pausedFor() <= longestWait) {
      const wait = this.#waitOf(lane)
      if (wait > 0) await clock.sleep(wait)
      else if (this.#running >= ceiling) await new Promise<void>((resume) => this.#waiting.push(resume))
      else break
    }
    if (this.pausedFor() === 0) for (const window of this.#windowsOf(lane)) window.book(clock.now())
    this.#running += 1
  }

  #waitOf(lane: string): Millis {
    const now = this.#options.clock.now()
    return Math.max(this.pausedFor(), ...this.#windowsOf(lane).map((window) => window.waitAt(now)))
  }

  #windowsOf(lane: string): readonly RateWindow[] {
    const own = this.#lanes.get(lane)
    return own === undefined ? [this.#all] : [own, this.#all]
  }
}
