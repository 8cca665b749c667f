/**
 * What a human does about one key right now: a leak, a disable, and letting go again.
 *
 * None of this waits for the lease: whoever stops a leak must not queue behind a long apply. Each change of a record is a
 * compare-and-swap, so a running apply that meets it yields at that address and looks again. The record is written first: an
 * apply between the two would otherwise see an enabled key and keep it, or enable a disabled one again.
 */
import { isKeywrightError } from '../core/diagnostic.ts'
import type { DesiredKey, Fields, LiveKey } from '../core/key.ts'
import { RULES } from '../core/machine/rules.ts'
import { transition } from '../core/machine/transition.ts'
import { type Actor, activeOf, type Generation, generationById, isLive, type KeyRecord } from '../core/record.ts'
import { at, DAY, type Instant, instant } from '../core/time.ts'
import type { Clock } from '../ports/clock.ts'
import type { KeyApi } from '../ports/key-api.ts'
import type { StateStore } from '../ports/state-store.ts'

export interface Desk {
  readonly stack: string
  readonly store: Pick<StateStore, 'read' | 'commit'>
  readonly clock: Clock
  readonly actor: Actor
}

const MOST_TRIES = 20

/**
 * Changes one record until the change is saved. `change` sees the present record and returns the next one, or the same to leave it.
 * Returns what is saved then, `null` when the address has no record.
 */
export async function edit(
  desk: Desk,
  address: string,
  change: (record: KeyRecord, now: Instant) => KeyRecord,
): Promise<KeyRecord | null> {
  for (let tries = 1; ; tries++) {
    const record = (await desk.store.read(desk.stack)).records.get(address)
    if (!record) return null
    const now = instant(desk.clock.now())
    const next = change(record, now)
    if (next === record) return record
    const signed = { ...next, actor: desk.actor }
    try {
      const [saved] = await desk.store.commit(desk.stack, [{ address, expectedSerial: record.serial, record: signed }])
      return saved ?? null
    } catch (error) {
      if (!isKeywrightError(error, 'STATE_CONFLICT') || tries >= MOST_TRIES) throw error
    }
  }
}

/** The record that has a live key by id, or `null`. */
export function recordOf(records: ReadonlyMap<string, KeyRecord>, id: string): KeyRecord | null {
  for (const record of records.values()) if (generationById(record, id)) return record
  return null
}

/**
 * A leaked generation ends at once and for ever: it is recorded as disabled and to be deleted, so that nothing enables it again.
 * With no active generation left, the next apply issues and delivers the next one, and deletes this one after that.
 */
export function compromised(record: KeyRecord, id: string, now: Instant): KeyRecord {
  const leaked = generationById(record, id)
  if (!leaked || (leaked.phase === 'disabled' && leaked.removing === true)) return record
  const { n, claimedAt, issued, claimed } = leaked
  const everActive = leaked.phase === 'active' || ('everActive' in leaked && leaked.everActive)
  const ended: Generation = {
    phase: 'disabled',
    n,
    claimedAt,
    id,
    issued,
    claimed,
    disabledAt: now,
    everActive,
    why: 'retired',
    removing: true,
  }
  const { frozen: _, ...rest } = record
  return {
    ...rest,
    generations: record.generations.map((g) => (g.n === n ? ended : g)),
    lastChange: { at: now, what: 'compromised' },
  }
}

/** Sends the one update that ends the key. `null` when the API has no such key. */
export function disableLive(api: Pick<KeyApi, 'update'>, id: string): Promise<LiveKey | null> {
  return api.update(id, { disabled: true })
}

/** Held as if somebody had disabled it outside: apply leaves the address alone until `resume` or a commit that changes its entry. */
export function heldDisabled(record: KeyRecord, desired: DesiredKey | null, now: Instant): KeyRecord {
  const fields = [...new Set([...(record.frozen?.fields ?? []), 'disabled'])]
  return transition(
    { ...record, lastChange: { at: now, what: 'disabled by hand' } },
    { on: 'frozen', fields, entry: desired?.digest ?? '', at: now },
  )
}

/**
 * Lets go of a held address: what is live becomes the base that outside edits are compared with, so that the next plan shows the
 * way back to the manifest as an ordinary change. The breaker starts to count anew.
 */
export function released(stopped: KeyRecord, live: LiveKey | null, now: Instant): KeyRecord {
  const record = calmed(stopped, now)
  if (!record.frozen) return record
  const thawed = transition({ ...record, lastChange: { at: now, what: 'resumed' } }, { on: 'thawed' })
  const active = activeOf(thawed)
  if (!active || !live) return thawed
  const fields: Record<string, Fields[string]> = {}
  for (const field of record.frozen.fields) {
    const value = live.fields[field]
    if (value !== undefined) fields[field] = value
  }
  return transition(thawed, { on: 'updated', n: active.n, fields, lifted: false })
}

/** A human's word that the cause of a storm is mended: what was issued so far no longer counts against the breaker. */
function calmed(record: KeyRecord, now: Instant): KeyRecord {
  if (record.issuedAt.length === 0) return record
  return { ...record, issuedAt: [], lastChange: { at: now, what: 'resumed' } }
}

/** Issues of the last 24 hours that slow down or stop the next one; 0 when nothing is to be let go of. */
export function issuesCounted({ issuedAt }: KeyRecord, now: Instant): number {
  const recent = issuedAt.filter((when) => at(now) - at(when) < DAY).length
  return recent < RULES.freeIssues ? 0 : recent
}

/** Id of the key in service, or of the newest one that lives. `null` when nothing lives. */
export function serving(record: KeyRecord): string | null {
  return activeOf(record)?.id ?? record.generations.filter(isLive).at(-1)?.id ?? null
}
