/** `rotation.budget: carry` moves parts of a limit between generations, so it needs a limit, and somebody who moves them in time. */
import type { Config } from '../config/config.ts'
import type { Fields, RotationPolicy } from '../key.ts'
import { formatDuration } from '../time.ts'
import { complain, type Entry } from './entry.ts'

export interface Budgeted {
  readonly rotation: RotationPolicy
  readonly fields: Fields
  readonly unmanaged: readonly string[]
}

/** Reports a budget that could not be carried. A limit that is wrong itself has been reported already. */
export function checkBudget(entry: Entry, { rotation, fields, unmanaged }: Budgeted, { loopEvery }: Config): void {
  if (rotation.budget === 'fresh') return
  if (fields.limit === null) say(entry, 'needs a limit that is a number, and this one is unlimited', 'limit: 50')
  if (unmanaged.includes('limit'))
    say(entry, 'moves the limit between old and new, and this one is left as it is live', 'unmanaged: []')
  const most = rotation.grace / 2
  if (loopEvery === null) say(entry, 'needs something that applies often enough, and no loop is declared', LOOP)
  else if (loopEvery > most) say(entry, tooSeldom(formatDuration(loopEvery), formatDuration(most)), 'grace: 24h')
}

const LOOP = 'loop: { every: 10m }   in keywright.yaml'

function tooSeldom(every: string, most: string): string {
  return `needs a loop at least twice within grace, every ${most}, and loop: in keywright.yaml declares every ${every}`
}

function say(entry: Entry, why: string, hint: string): void {
  const spot = entry.slots.get('rotation.budget') ?? entry.spot
  complain(entry, spot, { code: 'MANIFEST_BUDGET_IMPOSSIBLE', message: `budget: carry ${why}.`, hint })
}
