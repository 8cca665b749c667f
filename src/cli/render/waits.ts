/** Old generations that still live, what they wait for, and what to type. */
import { at, type Millis } from '../../core/time.ts'
import type { AddressStatus, Waiting } from '../../engine/standing.ts'
import { idIn } from './change.ts'
import type { Paint } from './paint.ts'
import { pad } from './text.ts'
import { when } from './words.ts'

interface Waits {
  readonly stack: string
  readonly now: Millis
  readonly addresses: readonly AddressStatus[]
  /** Of the column of ids. */
  readonly width: number
  readonly brush: Paint
}

/** A section with a head, or nothing. */
export function waits({ stack, now, addresses, width, brush }: Waits): readonly string[] {
  const rows = addresses.flatMap((one) => one.waiting.map((wait) => ({ address: one.address, wait })))
  if (rows.length === 0) return []
  return [
    brush.strong('Waiting'),
    ...rows.map(({ address, wait }) => `  · ${pad(idIn(stack, address), width)}  ${waitWords(wait, now)}`),
    ...graceHint(rows, stack, brush),
  ]
}

interface Row {
  readonly address: string
  readonly wait: Waiting
}

function graceHint(rows: readonly Row[], stack: string, brush: Paint): readonly string[] {
  const first = rows.find(({ wait }) => wait.for === 'grace')
  if (!first) return []
  const id = idIn(stack, first.address)
  return [
    `      Next: ${brush.info(`keywright extend ${id} --grace 24h`)}   or ${brush.info(`keywright retire ${id} --now`)}`,
  ]
}

export function waitWords(wait: Waiting, now: number): string {
  const { n, for: what, until, disabled } = wait
  const time = until === null ? '' : when(until, now)
  const over = until !== null && at(until) <= now
  const off = disabled ? ', disabled,' : ''
  switch (what) {
    case 'pin':
      return `#${n} is kept: a rollback pinned it`
    case 'successor':
      return `#${n} stays${off} until a later one is active`
    case 'grace':
      return over
        ? `#${n} past its grace: ended by the next apply`
        : `#${n} in grace${off} until ${time}${quiet(wait, now)}`
    case 'hold':
    case 'removal':
      return over ? `#${n} past its hold: deleted by the next apply` : `#${n} disabled, deleted after ${time}`
    default:
      return what satisfies never
  }
}

/** Who set the end, or how long nobody has used it. */
function quiet({ byHand, unusedSince }: Waiting, now: number): string {
  const hand = byHand ? ' (set by hand)' : ''
  return unusedSince === undefined ? hand : `${hand}, or later: unused since ${when(unusedSince, now)}`
}
