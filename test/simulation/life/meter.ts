/** What was spent with each key, and when: the memory account has no windows. */
import type { LiveKey } from '../../../src/core/key.ts'
import { type Reset, windowStart } from '../../../src/core/schedule/calendar.ts'
import type { Clock } from '../../../src/ports/clock.ts'

interface Spend {
  readonly at: number
  readonly usd: number
}

export class Meter {
  readonly #spends = new Map<string, Spend[]>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  note(id: string, usd: number): void {
    const spends = this.#spends.get(id) ?? []
    spends.push({ at: this.#clock.now(), usd })
    this.#spends.set(id, spends)
  }

  /** Spent in the running window. */
  used(id: string, reset: Reset): number {
    const spends = this.#spends.get(id)
    if (!spends) return 0
    const start = windowStart(reset, this.#clock.now())
    return spends.reduce((sum, { at, usd }) => (at >= start ? sum + usd : sum), 0)
  }

  /** The key with counters whose windows roll over. */
  seen(key: LiveKey): LiveKey {
    if (!this.#spends.has(key.id)) return key
    const { total } = key.usage
    const of = (reset: Reset): number => this.used(key.id, reset)
    return { ...key, usage: { total, daily: of('daily'), weekly: of('weekly'), monthly: of('monthly') } }
  }
}

export function resetOf({ fields }: LiveKey): Reset {
  const { limitReset } = fields
  return limitReset === 'daily' || limitReset === 'weekly' || limitReset === 'monthly' ? limitReset : null
}
