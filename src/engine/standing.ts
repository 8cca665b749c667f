/** Where each address stands, judged from its record and, where it was seen, its live key. Pure. */
import { type Ending, endingsOf } from '../core/endings.ts'
import type { DesiredKey, FieldValue, LiveKey } from '../core/key.ts'
import { sharedLimit } from '../core/machine/budget.ts'
import { dueAt } from '../core/machine/due.ts'
import { isPaused } from '../core/machine/pause.ts'
import { unplaced } from '../core/machine/placing.ts'
import { RULES } from '../core/machine/rules.ts'
import { hookWords, openHooks } from '../core/machine/tell.ts'
import { activeOf, type Delivering, deliveringOf, generationOf, isLive, type KeyRecord } from '../core/record.ts'
import { at, DAY, type Instant, instant, type Millis } from '../core/time.ts'

/** `new`: declared, never issued. `leaving`: in no manifest any more. `stuck`: unfinished work, or no working key. */
export type Standing = 'active' | 'new' | 'stuck' | 'held' | 'paused' | 'leaving' | 'stopped'

export interface Waiting extends Omit<Ending, 'until'> {
  readonly until: Instant | null
  /** The live key is seen to be disabled, although by the record it still works. */
  readonly disabled?: true
}

export interface AddressStatus {
  readonly address: string
  readonly standing: Standing
  /** Generation in service, or the newest one when there is none; `null` before the first. */
  readonly n: number | null
  /** Why it is stuck, in words, each with the place it is about. */
  readonly troubles: readonly string[]
  /** Old generations that still live, and until when. */
  readonly waiting: readonly Waiting[]
  /** Things to keep an eye on: an end that comes near, a limit that is nearly used. */
  readonly watch: readonly string[]
  /** Places that cannot be read back: what they hold is taken on the word of their sink. */
  readonly unverifiable: readonly string[]
  readonly nextRotation: Instant | null
  readonly frozen: { readonly fields: readonly string[]; readonly since: Instant } | null
  readonly paused: { readonly until: Instant; readonly reason: string | null } | null
  /** A rollback. `notRestored`: places that hold another secret than that of `n`, and why. */
  readonly pinned: {
    readonly n: number
    readonly reason: string | null
    readonly notRestored: readonly { readonly place: string; readonly why: string }[]
  } | null
  /** A leak that is not answered by a successor yet. */
  readonly leaked: Instant | null
  /** A rotation that a human asked for, not done yet. */
  readonly requested: Instant | null
  /** `budget: carry`: what each generation may spend of the one limit, and what those that are gone have spent of it. */
  readonly shares: {
    readonly limit: number
    readonly reset: FieldValue
    readonly caps: readonly { readonly n: number; readonly cap: FieldValue }[]
    readonly gone: number
  } | null
  readonly owner: string | null
  readonly lastChange: KeyRecord['lastChange'] | null
}

export interface Sighting {
  readonly desired: DesiredKey | null
  /** `null` before the first issue. */
  readonly record: KeyRecord | null
  /** Live keys by id, `null` for one that is gone; `null` altogether when nobody looked. */
  readonly live: ReadonlyMap<string, LiveKey | null> | null
  readonly stopped: boolean
  /** By the clock of the API. */
  readonly now: Millis
}

export function statusOf(address: string, sighting: Sighting): AddressStatus {
  const { desired, record, live, now } = sighting
  const active = record ? activeOf(record) : null
  const troubles = record && desired ? troublesOf(record, sighting) : []
  const key = active ? (live?.get(active.id) ?? null) : null
  const due = record && desired && active ? dueAt(record, desired, { active, live: key, now }) : null
  return {
    address,
    standing: standingOf(sighting, troubles.length > 0),
    n: active?.n ?? record?.generations.at(-1)?.n ?? null,
    troubles,
    waiting: record ? waitingOf(record, sighting) : [],
    unverifiable: record ? record.places.filter((place) => !place.readable).map((place) => place.text) : [],
    watch: [
      ...(record && openHooks(record).some((one) => one.tries > 0) ? [hookWords(record)] : []),
      ...(key ? watchOf(key, desired, now) : []),
    ],
    nextRotation: due === null ? null : instant(due.at),
    frozen: record?.frozen ? { fields: record.frozen.fields, since: record.frozen.observedAt } : null,
    paused: record && isPaused(record, now) ? pauseOf(record) : null,
    pinned: record ? pinOf(record) : null,
    leaked: record?.compromised?.at ?? null,
    requested: record?.requested?.at ?? null,
    shares: record && desired ? sharesOf(record, desired) : null,
    owner: desired?.owner ?? record?.owner ?? null,
    lastChange: record?.lastChange ?? null,
  }
}

function standingOf({ desired, record, stopped, now }: Sighting, troubled: boolean): Standing {
  if (stopped) return 'stopped'
  if (!desired) return 'leaving'
  if (!record || (record.highest === 0 && record.generations.length === 0)) return 'new'
  if (record.frozen) return 'held'
  if (isPaused(record, now)) return 'paused'
  return troubled ? 'stuck' : 'active'
}

function troublesOf(record: KeyRecord, { live, now, desired }: Sighting): readonly string[] {
  const active = activeOf(record)
  const delivering = deliveringOf(record)
  const creating = record.generations.find((g) => g.phase === 'creating')
  const lost = record.places.filter((place) => place.status === 'lost')
  return [
    ...(creating ? [`#${creating.n}: a create was sent, and no answer is recorded`] : []),
    ...(delivering ? [deliveryTrouble(record, delivering, desired)] : []),
    ...lost.map((place) => `${place.text} lost the secret: it holds something else`),
    ...(active && live?.get(active.id) === null ? [`#${active.n} was deleted outside keywright`] : []),
    ...(!active && !delivering && !creating ? ['it has no working key'] : []),
    ...leakTrouble(record),
    ...stormTrouble(record, now),
    ...(record.tainted ? ['a late write may have reached a place that cannot be read, so nothing is retired'] : []),
  ]
}

function leakTrouble(record: KeyRecord): readonly string[] {
  const active = activeOf(record)
  if (!record.compromised) return []
  return active?.compromised
    ? [`#${active.n} leaked, and works until its successor is delivered`]
    : ['its secret leaked, and no successor is delivered yet']
}

/** The breaker of R12 stands until a day has passed, or a human says that the cause is mended. */
function stormTrouble(record: KeyRecord, now: Millis): readonly string[] {
  const issued = record.issuedAt.filter((when) => now - at(when) < DAY).length
  if (issued < RULES.stormIssues) return []
  const id = record.address.slice(record.address.indexOf('/') + 1)
  return [
    `it was issued ${issued} times within 24 hours (ROTATION_STORM), so nothing more is issued: mend what undoes them, then keywright resume ${id}`,
  ]
}

function deliveryTrouble(record: KeyRecord, { n, proven }: Delivering, desired: DesiredKey | null): string {
  if (!proven) return `#${n} is issued and not yet proven`
  const begun = record.places.filter((p) => p.n === n && (p.status === 'claimed' || p.status === 'written'))
  const others = desired ? unplaced(desired, record, n) : []
  const missing = [...begun, ...others.filter((place) => begun.every(({ identity }) => identity !== place.identity))]
  const where = missing.map((place) => place.text).join(', ')
  const sinks = [...new Set(missing.map((place) => place.sink))].join(' or ')
  const active = activeOf(record)
  const meanwhile = active ? `; #${active.n} keeps working meanwhile` : ''
  const remedy = sinks === '' ? '' : `; mend the sink ${sinks}, then keywright apply`
  return `#${n} is not delivered everywhere${where === '' ? '' : `: ${where}`}${meanwhile}${remedy}`
}

function waitingOf(record: KeyRecord, { desired, live, now }: Sighting): readonly Waiting[] {
  return endingsOf(record, desired, now).map((ending): Waiting => {
    const g = generationOf(record, ending.n)
    const isOff = g?.phase === 'superseded' && live?.get(g.id)?.fields.disabled === true
    return {
      ...ending,
      until: ending.until === null ? null : instant(ending.until),
      ...(isOff ? { disabled: true } : {}),
    }
  })
}

function pauseOf({ paused }: KeyRecord): AddressStatus['paused'] {
  return paused ? { until: paused.until, reason: paused.reason ?? null } : null
}

function pinOf({ pinned, places }: KeyRecord): AddressStatus['pinned'] {
  if (!pinned) return null
  const notRestored = places.flatMap(({ identity, n, text }) => {
    const why = pinned.notRestored[identity]
    return n === pinned.n || why === undefined ? [] : [{ place: text, why }]
  })
  return { n: pinned.n, reason: pinned.reason ?? null, notRestored }
}

/** `null` while one generation has the whole limit. */
function sharesOf({ carry, generations }: KeyRecord, desired: DesiredKey): AddressStatus['shares'] {
  const limit = sharedLimit(desired)
  const caps = generations.filter(isLive).map((g) => ({ n: g.n, cap: g.issued.fields.limit ?? null }))
  if (limit === null || (caps.length < 2 && !carry)) return null
  return { limit, reset: desired.fields.limitReset ?? null, caps, gone: carry?.spent ?? 0 }
}

const SOON = 7 * DAY
const NEARLY = 0.9

function watchOf(key: LiveKey, desired: DesiredKey | null, now: Millis): readonly string[] {
  const { expiresAt, limit, limitReset } = key.fields
  const { graceEndsAt } = key
  const left = typeof expiresAt === 'string' ? at(expiresAt) - now : null
  const used = typeof limit === 'number' ? spentOf(key, limitReset) : 0
  const renewed = (desired?.expiresIn ?? null) !== null
  return [
    ...(left !== null && left <= 0 ? ['it has expired'] : []),
    ...(graceEndsAt === undefined ? [] : [endedWords(graceEndsAt, now)]),
    ...(left !== null && left > 0 && left < SOON && !renewed
      ? [`it expires ${String(expiresAt)}, and nothing renews it`]
      : []),
    ...(typeof limit === 'number' && limit > 0 && used >= limit * NEARLY
      ? [`${cents(used)} of ${cents(limit)} USD are spent`]
      : []),
  ]
}

/** Strait: somebody told the API to rotate it. */
function endedWords(end: Instant, now: Millis): string {
  return at(end) <= now ? 'the API has ended it' : `the API was told to end it ${end}`
}

/** Spend inside the window that the limit counts. */
export function spentOf({ usage }: LiveKey, reset: LiveKey['fields'][string] | undefined): number {
  if (reset === 'daily') return usage.daily
  if (reset === 'weekly') return usage.weekly
  return reset === 'monthly' ? usage.monthly : usage.total
}

function cents(usd: number): string {
  return Number.isInteger(usd) ? `${usd}` : usd.toFixed(2)
}
