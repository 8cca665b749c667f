/**
 * What a human may say about one address, and what stands against it. Pure: each function looks at a record as it is and gives either the
 * events to fold into it or the reason why not, with the line to type.
 */
import type { Code } from '../core/codes/index.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import type { DesiredKey } from '../core/key.ts'
import { isOver } from '../core/machine/due.ts'
import type { Event } from '../core/machine/event.ts'
import { isPaused } from '../core/machine/pause.ts'
import { activeOf, type Disabled, isLive, type KeyRecord, type Superseded } from '../core/record.ts'
import { at, formatDuration, instant, MINUTE, type Millis } from '../core/time.ts'

export interface Ear {
  readonly record: KeyRecord
  /** `null`: the address is in no manifest any more. */
  readonly desired: DesiredKey | null
  readonly now: Millis
  /** Names of sinks whose places cannot be read back, or do not refuse a late write. */
  readonly unsure: ReadonlySet<string>
}

export type Answer = { readonly events: readonly Event[] } | { readonly refused: Diagnostic }

export interface Rotating {
  readonly grace?: Millis
  readonly reason?: string
}

/** A next generation, now, whatever its age. Resets the breaker and lifts a pin. */
export function toRotate(ear: Ear, { grace, reason }: Rotating): Answer {
  const { record, desired, now } = ear
  if (!desired) return leaving(record)
  const stopped = stands(ear) ?? (isOver(desired, now) ? ended(desired) : null)
  if (stopped) return stopped
  if (grace !== undefined && grace < LEAST_GRACE && isUnsure(ear)) return needsGrace(record, 'rotate')
  const said = { ...(grace === undefined ? {} : { grace }), ...(reason === undefined ? {} : { reason }) }
  return { events: [{ on: 'requested', at: instant(now), ...said }] }
}

/** The newest earlier generation that was in service and still lives serves again, as far as its secret can be put back. */
export function toRollBack(ear: Ear, { reason }: Pick<Rotating, 'reason'>): Answer {
  const { record, desired, now } = ear
  if (!desired) return leaving(record)
  const paused = stopsPaused(ear)
  if (paused) return paused
  const earlier = earlierOf(record)
  if (!earlier) return noEarlier(record)
  const said = reason === undefined ? {} : { reason }
  return { events: [{ on: 'pinned', at: instant(now), n: earlier.n, entry: desired.digest, ...said }] }
}

/** What a rollback would go back to, or `null`. */
export function earlierOf(record: KeyRecord): Superseded | Disabled | null {
  const before = activeOf(record)?.n ?? Number.POSITIVE_INFINITY
  const served = record.generations.filter(
    (g): g is Superseded | Disabled =>
      (g.phase === 'superseded' || g.phase === 'disabled') && g.everActive && !g.removing && !g.compromised,
  )
  return served.findLast(({ n }) => n < before) ?? null
}

/** Old secrets in grace stay until then. An end that is later already is left as it is. */
export function toExtend(ear: Ear, until: Millis): Answer {
  const { record } = ear
  if (inGrace(record).length === 0) return graceOver(record)
  const isLater = inGrace(record).some((g) => until > endOf(g, record))
  return { events: isLater ? [{ on: 'extended', until: instant(until), atOnce: false }] : [] }
}

/** Old secrets in grace end now, after a read-back. */
export function toRetire(ear: Ear): Answer {
  const { record, desired, now } = ear
  if (record.protect || desired?.protect) return isProtected(record)
  const paused = stopsPaused(ear)
  if (paused) return paused
  if (inGrace(record).length === 0) return graceOver(record)
  if (isUnsure(ear)) return needsGrace(record, 'retire')
  return { events: [{ on: 'extended', until: instant(now), atOnce: true }] }
}

/** Generations in grace: valid beside the one that serves, and to end by themselves. */
export function inGrace({ generations }: KeyRecord): readonly Superseded[] {
  return generations.filter((g): g is Superseded => g.phase === 'superseded' && g.everActive && !g.removing)
}

function endOf(g: Superseded, { policy }: KeyRecord): Millis {
  return g.graceUntil === undefined ? at(g.supersededAt) + policy.grace : at(g.graceUntil)
}

/** Generations that a leak is about: one by its number, or every one that still works. */
export function leakedOf(record: KeyRecord, n: number | null): readonly number[] {
  const live = record.generations.filter(isLive)
  if (n !== null) return live.filter((g) => g.n === n).map((g) => g.n)
  return live.filter((g) => g.phase !== 'disabled').map((g) => g.n)
}

/** Shorter than this, a late write could still bring an ended secret into a place that nobody can look into. */
const LEAST_GRACE = 2 * MINUTE

function isUnsure({ record, desired, unsure }: Ear): boolean {
  return (
    record.places.some((place) => !place.readable || !place.conditional) ||
    (desired?.places.some((place) => unsure.has(place.sink)) ?? false)
  )
}

function idOf({ address }: Pick<KeyRecord, 'address'>): string {
  return address.slice(address.indexOf('/') + 1)
}

function no(code: Code, { address }: Pick<KeyRecord, 'address'>, message: string, hint: string): Answer {
  return { refused: { severity: 'error', code, address, message, hint } }
}

/** Held or paused addresses are let go of first, so that nobody undoes another's decision by the way. */
function stands(ear: Ear): Answer | null {
  const { record } = ear
  const paused = stopsPaused(ear)
  if (paused || !record.frozen) return paused
  const message = `${record.address} was made stricter outside keywright (${record.frozen.fields.join(', ')}) and is left alone.`
  return no('HELD_OUTSIDE', record, message, `keywright resume ${idOf(record)}`)
}

function stopsPaused({ record, now }: Ear): Answer | null {
  if (!isPaused(record, now)) return null
  const { until = '', reason } = record.paused ?? {}
  const message = `${record.address} is paused until ${until}${reason === undefined ? '' : ` (${reason})`}.`
  return no('ADDRESS_PAUSED', record, message, `keywright resume ${idOf(record)}`)
}

function leaving(record: KeyRecord): Answer {
  const message = `${record.address} is in no manifest any more, so nothing is issued for it.`
  return no('ADDRESS_LEAVING', record, message, `keywright show ${idOf(record)}`)
}

function ended({ address, fields, id }: DesiredKey): Answer {
  const message = `${address} has a fixed end, ${String(fields.expiresAt)}, and it has come: a new key would be born dead.`
  return no('MANIFEST_EXPIRY_PAST', { address }, message, `write a later expiresAt for ${id}, then: keywright apply`)
}

function needsGrace(record: KeyRecord, command: 'rotate' | 'retire'): Answer {
  const blind = record.places.filter((place) => !place.readable || !place.conditional).map((place) => place.text)
  const where = blind.length === 0 ? 'a place of it' : blind.join(', ')
  const message = `${record.address}: nobody can prove what ${where} holds, so an old secret needs at least ${formatDuration(LEAST_GRACE)} of grace.`
  const id = idOf(record)
  const hint = command === 'rotate' ? `keywright rotate ${id}` : `keywright schedule ${id}   shows when it ends`
  return no('GRACE_REQUIRED', record, message, hint)
}

function noEarlier(record: KeyRecord): Answer {
  const message = `${record.address} has no earlier generation that served and still lives.`
  return no('ROLLBACK_IMPOSSIBLE', record, message, `keywright show ${idOf(record)}`)
}

function graceOver(record: KeyRecord): Answer {
  return no('GRACE_OVER', record, `${record.address} has no old secret in grace.`, `keywright show ${idOf(record)}`)
}

function isProtected(record: KeyRecord): Answer {
  const message = `${record.address} is protected, so its old secret keeps its whole grace.`
  return no('GUARD_PROTECTED', record, message, `first commit protect: false for ${record.address}`)
}
