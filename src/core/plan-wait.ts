/** What an address waits for: unfinished work, a pause, a pin, or a freeze that covers what is due. */
import { breaker } from './machine/breaker.ts'
import { dueAt } from './machine/due.ts'
import type { Forecast } from './machine/forecast.ts'
import type { Reason } from './machine/reason.ts'
import { rotationReasons } from './machine/rotation.ts'
import { RULES } from './machine/rules.ts'
import type { Rest } from './machine/step.ts'
import type { Subject } from './planned-change.ts'
import { activeOf } from './record.ts'
import { freezeAt } from './schedule/freeze.ts'
import { at, DAY, type Instant, instant } from './time.ts'

export interface PlanWait {
  readonly address: string
  /** In words. */
  readonly why: string
  /** When it goes on by itself; `null` when that is not a matter of time. */
  readonly until: Instant | null
  /** Something is half done. Otherwise it only begins later. */
  readonly open: boolean
  readonly code?: NonNullable<Rest['code']>
  /** Why a next generation is wanted, where that is what waits; empty for a key that has none in service. */
  readonly reasons?: readonly Reason[]
}

/** `null` when nothing waits once the forecast steps are done. */
export function waitOf(subject: Subject, future: Forecast): PlanWait | null {
  const { rest } = future
  if (rest.open) return unfinished(subject, future)
  const { record } = future
  if (rest.code === 'ADDRESS_PAUSED') return begunLater(subject, rest.code, record.paused?.until ?? null)
  return frozen(subject, future) ?? (rest.code === 'ADDRESS_PINNED' ? begunLater(subject, rest.code, null) : null)
}

function begunLater(
  { address, record }: Subject,
  code: 'ADDRESS_PAUSED' | 'ADDRESS_PINNED',
  until: Instant | null,
): PlanWait {
  const { paused, pinned } = record
  const reason = code === 'ADDRESS_PAUSED' ? paused?.reason : pinned?.reason
  const what = code === 'ADDRESS_PAUSED' ? 'paused' : `pinned to #${pinned?.n ?? 0} by a rollback`
  return { address, why: reason === undefined ? what : `${what} (${reason})`, until, open: false, code }
}

/** A rotation that would be due now, were it not for a freeze. */
function frozen({ address, desired, sight }: Subject, { record }: Forecast): PlanWait | null {
  const active = activeOf(record)
  const live = active ? (sight.keys.get(active.id) ?? null) : null
  if (!desired || !active || !live || record.frozen) return null
  const { rotation } = desired
  const freeze = freezeAt(rotation.freezes, sight.now)
  const thawed = { ...desired, rotation: { ...rotation, freezes: [] } }
  const due = freeze && dueAt(record, thawed, { active, live, now: sight.now })
  const later = dueAt(record, desired, { active, live, now: sight.now })
  if (!freeze || !due || due.at > sight.now || later === null || later.at <= sight.now) return null
  const why = `frozen (${freeze.reason})`
  return { address, why, until: instant(later.at), open: false, reasons: [{ kind: due.kind }] }
}

function unfinished(subject: Subject, { rest, record }: Forecast): PlanWait {
  const { address, desired, sight } = subject
  const stopped = desired ? breaker(record, desired, { now: sight.now, rules: RULES }) : null
  const isBreaker = stopped !== null && stopped.why === rest.why && stopped.code === rest.code
  // Where the generations are too many, the first that ends lets the next one in.
  const until = isBreaker && (stopped.until !== null || stopped.code) ? stopped.until : rest.until
  const issued = record.issuedAt.filter((when) => sight.now - at(when) < DAY).length
  return {
    address,
    why: isBreaker ? stormWords(stopped, issued) : (rest.why ?? REST_WORDS[rest.code ?? 'none']),
    until: until === null || rest.code === 'CLOCK_SKEW' ? null : instant(until),
    open: true,
    ...(rest.code === undefined ? {} : { code: rest.code }),
    ...(isBreaker ? { reasons: reasonsOf(subject, record) } : {}),
  }
}

const REST_WORDS: Readonly<Record<NonNullable<Rest['code']> | 'none', string>> = {
  none: 'unfinished',
  CLOCK_SKEW: 'waits for the right time of day: the clock of this machine is wrong',
  HELD_OUTSIDE: 'made stricter outside keywright',
  ROTATION_STORM: 'stopped',
  ADDRESS_PAUSED: 'paused',
  ADDRESS_PINNED: 'pinned to an earlier generation',
  HOOK_FAILED: 'a hook failed',
}

function stormWords({ code, why, until }: Rest, issued: number): string {
  if (code === 'ROTATION_STORM') return `stopped: it was issued ${issued} times within 24 hours (ROTATION_STORM)`
  return until === null ? (why ?? 'waits') : `backing off after ${issued} issues within 24 hours`
}

function reasonsOf({ desired, sight }: Subject, record: Forecast['record']): readonly Reason[] {
  const active = activeOf(record)
  const live = active ? sight.keys.get(active.id) : null
  return desired && active && live
    ? rotationReasons({ desired, record, sight, rules: RULES }, desired, { active, live })
    : []
}
