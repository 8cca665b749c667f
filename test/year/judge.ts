/** What must be true of every look at a fleet, and of the history of a whole year. */
import { parseName } from '../../src/core/address.ts'
import type { DesiredKey } from '../../src/core/key.ts'
import { renewalMargin } from '../../src/core/machine/due.ts'
import type { Plan } from '../../src/core/plan.ts'
import { isLive } from '../../src/core/record.ts'
import { freezeAt } from '../../src/core/schedule/freeze.ts'
import { isOpen } from '../../src/core/schedule/window.ts'
import { at, type Instant, instant, type Millis } from '../../src/core/time.ts'
import type { Session } from '../../src/engine/session.ts'

/** What is still to be done. What waits for its hour is not unfinished. */
export function leftIn({ changes, waiting, stops, problems }: Plan): readonly string[] {
  const open = waiting.filter((wait) => wait.open)
  return [...changes, ...open, ...stops, ...problems].map((one) => JSON.stringify(one))
}

/** What no policy has approved. */
export function authoredIn(plan: Plan): readonly string[] {
  return leftIn({ ...plan, changes: plan.changes.filter(({ origin }) => origin === 'authored') })
}

/** Live keys beyond one in service for each address and old ones in grace or hold; and those that should live and do not. */
export function straysIn({ subjects, world }: Session): readonly string[] {
  const known = new Set<string>()
  const wrong: string[] = []
  for (const { address, record } of subjects) {
    const phases = record.generations.map(({ phase }) => phase)
    const [active, ...more] = phases.filter((phase) => phase !== 'superseded' && phase !== 'disabled')
    if (active !== 'active' || more.length > 0) wrong.push(`${address} is ${phases.join(' ')}`)
    for (const g of record.generations.filter(isLive)) known.add(g.id)
  }
  for (const { keys } of world.providers.values())
    for (const [id, key] of keys)
      if (key && !known.delete(id) && parseName(key.name)) wrong.push(`${key.name} is in no record`)
  return [...wrong, ...[...known].map((id) => `${id} does not live`)]
}

/** One generation that was issued. */
export interface Issue {
  readonly address: string
  readonly at: Instant
}

/** Whoever had more generations than its policy can ask for in a year, or fewer than it has to. */
export function offPolicy(keys: readonly DesiredKey[], issues: readonly Issue[], year: Millis): readonly string[] {
  const counts = new Map<string, number>()
  for (const { address } of issues) counts.set(address, (counts.get(address) ?? 0) + 1)
  return keys.flatMap((key) => {
    const { least, most } = boundsOf(key, year)
    const count = counts.get(key.address) ?? 0
    return count >= least && count <= most ? [] : [`${key.address} had ${count} generations, not ${least} to ${most}`]
  })
}

/** A freeze puts off without bound, so its length is not counted at the lower end. Without age or expiry only the serial counts. */
function boundsOf(key: DesiredKey, year: Millis): { readonly least: number; readonly most: number } {
  const { rotation } = key
  const cadence = cadenceOf(key)
  if (cadence === null) return { least: Math.max(1, rotation.serial), most: Math.max(1, rotation.serial) }
  const frozen = rotation.freezes.reduce((sum, { from, to }) => sum + at(to) - at(from), 0)
  return { least: Math.floor((year - frozen) / (cadence * 1.2)) - 1, most: Math.ceil(year / cadence) + 2 }
}

/** Between two generations if nothing puts it off; `null` for keys that nobody rotates by time. */
function cadenceOf({ rotation: { every }, expiresIn }: DesiredKey): Millis | null {
  const renewal = expiresIn === null ? null : expiresIn - renewalMargin(expiresIn)
  return every === null || renewal === null ? (every ?? renewal) : Math.min(every, renewal)
}

/** Rotations by age in a freeze, or outside a window before 1.2 times `every`. Keys with an expiry are left out: that is stronger. */
export function untimely(keys: readonly DesiredKey[], issues: readonly Issue[]): readonly string[] {
  const declared = new Map(keys.map((key) => [key.address, key]))
  const last = new Map<string, Millis>()
  return issues.flatMap((issue) => {
    const [now, before] = [at(issue.at), last.get(issue.address)]
    const key = declared.get(issue.address)
    last.set(issue.address, now)
    if (!key || before === undefined || key.expiresIn !== null || key.rotation.every === null) return []
    const { freezes, window, every } = key.rotation
    const isLate = now - before >= every * 1.2
    const isWrong = freezeAt(freezes, now) !== null || (window !== null && !isOpen(window, now) && !isLate)
    return isWrong ? [`${issue.address} was rotated at ${instant(now)}`] : []
  })
}
