/**
 * What a human does about one key right now: a leak, a disable, and letting go again.
 *
 * None of this waits for the lease: whoever stops a leak must not queue behind a long apply. The record is written first: an apply between
 * the two would otherwise see an enabled key and keep it, or enable a disabled one again.
 */
import { abilitiesOf } from '../core/abilities.ts'
import type { DesiredKey, Fields, LiveKey } from '../core/key.ts'
import type { Event } from '../core/machine/event.ts'
import { RULES } from '../core/machine/rules.ts'
import { activeOf, generationById, generationOf, isLive, type KeyRecord, type LiveGeneration } from '../core/record.ts'
import { at, DAY, type Instant, instant, type Millis } from '../core/time.ts'
import type { KeyApi } from '../ports/key-api.ts'
import { type Desk, type Hearing, tellOne } from './desk.ts'
import { leakedOf } from './words.ts'

/** The record that has a live key by id, or `null`. */
export function recordOf(records: ReadonlyMap<string, KeyRecord>, id: string): KeyRecord | null {
  for (const record of records.values()) if (generationById(record, id)) return record
  return null
}

/** Whose secret it is. `n: null` is every secret of the address that still works. */
export interface Suspect {
  readonly address: string
  readonly n: number | null
}

/**
 * Generations whose secret has this hash: the id of the live key, where an API calls keys so; else a place that holds, or held until the
 * last write, exactly these bytes. A template around the secret makes other bytes. Several when what a place held before is all there is.
 */
export function suspects(records: ReadonlyMap<string, KeyRecord>, hash: string): readonly Suspect[] {
  const byId = recordOf(records, hash)
  const n = byId && generationById(byId, hash)?.n
  if (byId && typeof n === 'number') return [{ address: byId.address, n }]
  const all = [...records.values()].flatMap((record) => byFingerprint(record, `sha256:${hash}`))
  return [...new Map(all.map((one) => [`${one.address}#${one.n}`, one])).values()]
}

function byFingerprint(record: KeyRecord, print: string): readonly Suspect[] {
  const { address, generations } = record
  return record.places
    .filter(({ template }) => template === undefined)
    .flatMap((place) => {
      if (place.fingerprint === print) return generationOf(record, place.n) ? [{ address, n: place.n }] : []
      if (place.before !== print) return []
      return generations.filter((g) => isLive(g) && g.n < place.n).map(({ n }) => ({ address, n }))
    })
}

/** A leak, written down before anything is sent. */
export function leaking(n: number | null, afterReplacement: boolean): Hearing {
  return (record, now) => {
    const ns = leakedOf(record, n)
    return ns.length === 0 ? [] : [{ on: 'compromised', at: instant(now), ns, afterReplacement }]
  }
}

/** What one request ended. */
export interface Stopped {
  readonly n: number
  /** As it was afterwards, or before it was deleted; `null` when the API had no such key. */
  readonly key: LiveKey | null
}

export interface Leaked {
  readonly record: KeyRecord
  readonly ns: readonly number[]
}

export interface Ends {
  readonly stopped: readonly Stopped[]
  /** To be noted in the record. Unnoted they are found out, and the requests sent again, by the next apply. */
  readonly events: readonly Event[]
}

type Ender = Pick<KeyApi, 'update' | 'remove' | 'get'>

/**
 * Ends leaked generations at the API, one request each. Where a key cannot be switched off it is deleted. One that shall wait for its
 * successor is left alone.
 */
export async function endLeaked(api: Ender, { record, ns }: Leaked, { clock }: Pick<Desk, 'clock'>): Promise<Ends> {
  const stopped: Stopped[] = []
  const all: Event[] = []
  for (const g of record.generations) {
    if (!isLive(g) || !ns.includes(g.n) || waitsForSuccessor(record, g)) continue
    const { key, events } = await (abilitiesOf(record.kind).disable ? switchOff(g, api, clock.now()) : revoke(g, api))
    stopped.push({ n: g.n, key })
    all.push(...events)
  }
  return { stopped, events: all }
}

/** `endLeaked`, noted at once. */
export async function stopNow(desk: Desk, api: Ender, leak: Leaked): Promise<readonly Stopped[]> {
  const { stopped, events } = await endLeaked(api, leak, desk)
  await tellOne(desk, leak.record.address, () => events)
  return stopped
}

function waitsForSuccessor({ compromised }: KeyRecord, g: LiveGeneration): boolean {
  return g.phase === 'active' && compromised?.afterReplacement === true
}

interface Ended {
  readonly key: LiveKey | null
  readonly events: readonly Event[]
}

async function switchOff({ n, id }: LiveGeneration, api: Pick<KeyApi, 'update'>, now: Millis): Promise<Ended> {
  const key = await disableLive(api, id)
  const when = instant(now)
  const events: readonly Event[] = [
    { on: 'disable-claimed', at: when, n, why: 'retired' },
    { on: 'disabled', at: when, n },
  ]
  return { key, events: key ? events : [] }
}

async function revoke({ n, id }: LiveGeneration, api: Pick<KeyApi, 'remove' | 'get'>): Promise<Ended> {
  const key = await api.get(id)
  await api.remove(id)
  return { key, events: [{ on: 'gone', n }] }
}

/** Sends the one update that ends the key. `null` when the API has no such key. */
export function disableLive(api: Pick<KeyApi, 'update'>, id: string): Promise<LiveKey | null> {
  return api.update(id, { disabled: true })
}

/** Held as if somebody had disabled it outside: apply leaves the address alone until `resume` or a commit that changes its entry. */
export function holding(desired: DesiredKey | null): Hearing {
  return (record, now) => {
    const fields = [...new Set([...(record.frozen?.fields ?? []), 'disabled'])]
    return [{ on: 'frozen', fields, entry: desired?.digest ?? '', at: instant(now) }]
  }
}

/** What stands in the way at an address, that `resume` takes away. */
export interface Stands {
  /** Fields that were made stricter by hand. */
  readonly fields: readonly string[]
  readonly pausedUntil: Instant | null
  readonly pinned: number | null
  /** Issues of the last 24 hours that slow down or stop the next one; 0 when they do not. */
  readonly issues: number
}

export function standsOf({ frozen, paused, pinned, issuedAt }: KeyRecord, now: Instant): Stands {
  const recent = issuedAt.filter((when) => at(now) - at(when) < DAY).length
  return {
    fields: frozen?.fields ?? [],
    pausedUntil: paused && at(paused.until) > at(now) ? paused.until : null,
    pinned: pinned?.n ?? null,
    issues: recent < RULES.freeIssues ? 0 : recent,
  }
}

export function isFree({ fields, pausedUntil, pinned, issues }: Stands): boolean {
  return fields.length === 0 && pausedUntil === null && pinned === null && issues === 0
}

/**
 * Lets go of an address: what is live becomes the base that outside edits are compared with, so that the next plan shows the way back
 * to the manifest as an ordinary change. The breaker starts to count anew.
 */
export function lettingGo(live: LiveKey | null): Hearing {
  return (record, now) => {
    if (isFree(standsOf(record, instant(now)))) return []
    return [...asSeen(record, live), { on: 'resumed' }]
  }
}

function asSeen(record: KeyRecord, live: LiveKey | null): readonly Event[] {
  const active = activeOf(record)
  if (!record.frozen || !active || !live) return []
  const fields: Record<string, Fields[string]> = {}
  for (const field of record.frozen.fields) {
    const value = live.fields[field]
    if (value !== undefined) fields[field] = value
  }
  return [{ on: 'updated', n: active.n, fields, lifted: false }]
}
