/** Where each address stands, judged from its record and, where it was seen, its live key. Pure. */
import type { DesiredKey, LiveKey } from '../core/key.ts'
import { dueAt } from '../core/machine/due.ts'
import { RULES } from '../core/machine/rules.ts'
import { activeOf, deliveringOf, isLive, type KeyRecord } from '../core/record.ts'
import { at, DAY, type Instant, instant, type Millis } from '../core/time.ts'

/** `new`: declared, never issued. `leaving`: in no manifest any more. `stuck`: unfinished work, or no working key. */
export type Standing = 'active' | 'new' | 'stuck' | 'held' | 'leaving' | 'stopped'

export interface Waiting {
  readonly n: number
  readonly for: 'grace' | 'hold' | 'successor'
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
  const due = record && desired && active ? dueAt(record, desired, { active, live: key }) : null
  return {
    address,
    standing: standingOf(sighting, troubles.length > 0),
    n: active?.n ?? record?.generations.at(-1)?.n ?? null,
    troubles,
    waiting: record ? waitingOf(record, live) : [],
    unverifiable: record ? record.places.filter((place) => !place.readable).map((place) => place.text) : [],
    watch: key ? watchOf(key, desired, now) : [],
    nextRotation: due === null ? null : instant(due.at),
    frozen: record?.frozen ? { fields: record.frozen.fields, since: record.frozen.observedAt } : null,
    owner: desired?.owner ?? record?.owner ?? null,
    lastChange: record?.lastChange ?? null,
  }
}

function standingOf({ desired, record, stopped }: Sighting, troubled: boolean): Standing {
  if (stopped) return 'stopped'
  if (!desired) return 'leaving'
  if (!record || (record.highest === 0 && record.generations.length === 0)) return 'new'
  if (record.frozen) return 'held'
  return troubled ? 'stuck' : 'active'
}

function troublesOf(record: KeyRecord, { live, now }: Sighting): readonly string[] {
  const active = activeOf(record)
  const delivering = deliveringOf(record)
  const creating = record.generations.find((g) => g.phase === 'creating')
  const lost = record.places.filter((place) => place.status === 'lost')
  return [
    ...(creating ? [`#${creating.n}: a create was sent, and no answer is recorded`] : []),
    ...(delivering ? [deliveryTrouble(record, delivering.n, delivering.proven)] : []),
    ...lost.map((place) => `${place.text} lost the secret: it holds something else`),
    ...(active && live?.get(active.id) === null ? [`#${active.n} was deleted outside keywright`] : []),
    ...(!active && !delivering && !creating ? ['it has no working key'] : []),
    ...stormTrouble(record, now),
    ...(record.tainted ? ['a late write may have reached a place that cannot be read, so nothing is retired'] : []),
  ]
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

function deliveryTrouble(record: KeyRecord, n: number, proven: boolean): string {
  if (!proven) return `#${n} is issued and not yet proven`
  const open = record.places.filter((p) => p.n === n && (p.status === 'claimed' || p.status === 'written'))
  const where = open.map((place) => place.text).join(', ')
  const active = activeOf(record)
  const meanwhile = active ? `; #${active.n} keeps working meanwhile` : ''
  return `#${n} is not delivered everywhere${where === '' ? '' : `: ${where}`}${meanwhile}`
}

function waitingOf(record: KeyRecord, live: Sighting['live']): readonly Waiting[] {
  const active = activeOf(record)
  return record.generations.filter(isLive).flatMap((g): readonly Waiting[] => {
    if (g.phase === 'superseded') {
      const off = live?.get(g.id)?.fields.disabled === true ? { disabled: true as const } : {}
      if (!active || active.n < g.n) return [{ n: g.n, for: 'successor', until: null, ...off }]
      const since = Math.max(at(g.supersededAt), at(active.activeAt))
      return [{ n: g.n, for: 'grace', until: instant(since + record.policy.grace), ...off }]
    }
    if (g.phase !== 'disabled') return []
    const hold = g.why === 'removed' ? record.policy.removalHold : record.policy.hold
    return [{ n: g.n, for: 'hold', until: instant(at(g.disabledAt) + hold) }]
  })
}

const SOON = 7 * DAY
const NEARLY = 0.9

function watchOf(key: LiveKey, desired: DesiredKey | null, now: Millis): readonly string[] {
  const { expiresAt, limit, limitReset } = key.fields
  const left = typeof expiresAt === 'string' ? at(expiresAt) - now : null
  const used = typeof limit === 'number' ? spentOf(key, limitReset) : 0
  const renewed = (desired?.expiresIn ?? null) !== null
  return [
    ...(left !== null && left <= 0 ? ['it has expired'] : []),
    ...(left !== null && left > 0 && left < SOON && !renewed
      ? [`it expires ${String(expiresAt)}, and nothing renews it`]
      : []),
    ...(typeof limit === 'number' && limit > 0 && used >= limit * NEARLY
      ? [`${cents(used)} of ${cents(limit)} USD are spent`]
      : []),
  ]
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
