/** Keys of one budget (`carry`) spend what they are allowed to, old and new at once. */
import type { DesiredKey, Fields } from '../../src/core/key.ts'
import { instant } from '../../src/core/time.ts'
import type { Random } from '../simulation/random.ts'

export interface Spenders {
  /** A live key was given these fields: its cap, and whether it works. */
  set(id: string, address: string, fields: Fields): void
  /** Each key that works spends some of what its cap leaves in this calendar month. */
  spend(now: number): void
  /** What was spent, in USD, by address and month. */
  readonly months: ReadonlyMap<string, number>
}

interface Purse {
  readonly address: string
  cap: number
  works: boolean
}

export function spenders(
  keys: readonly DesiredKey[],
  random: Random,
  add: (id: string, usd: number) => void,
): Spenders {
  const shared = new Set(keys.filter(({ rotation }) => rotation.budget === 'carry').map(({ address }) => address))
  const purses = new Map<string, Purse>()
  const spent = new Map<string, number>()
  const months = new Map<string, number>()
  return {
    months,
    set(id, address, { limit, disabled }) {
      if (!shared.has(address)) return
      const purse = purses.get(id) ?? { address, cap: 0, works: true }
      purses.set(id, purse)
      if (typeof limit === 'number') purse.cap = limit
      if (typeof disabled === 'boolean') purse.works = !disabled
    },
    spend(now) {
      const month = instant(now).slice(0, 7)
      for (const [id, { address, cap, works }] of purses) {
        const usd = cents((cap - (spent.get(`${id} ${month}`) ?? 0)) * random())
        if (!works || usd <= 0) continue
        add(id, usd)
        count(spent, `${id} ${month}`, usd)
        count(months, `${address} ${month}`, usd)
      }
    },
  }
}

function cents(usd: number): number {
  return Math.floor(usd * 100) / 100
}

function count(sums: Map<string, number>, name: string, usd: number): void {
  sums.set(name, (sums.get(name) ?? 0) + usd)
}
