/** What a run saves for the whole stack: account identities, moves, hand-overs, and the writes of the day. */
import { isKeywrightError } from '../core/diagnostic.ts'
import type { KeyRecord, StackHeader } from '../core/record.ts'
import { instant } from '../core/time.ts'
import type { KeyApi } from '../ports/key-api.ts'
import type { Lease, StateStore } from '../ports/state-store.ts'
import { isAway } from './away.ts'
import type { WriteContext } from './context.ts'
import { applyMoves, type Session, type Wanted } from './session.ts'

/** Account identities, moves and hand-overs: saved before any address is touched. */
export async function settleStack(context: WriteContext, session: Session, wanted: Wanted): Promise<StackHeader> {
  const header = await saveHeader(context, session)
  await recallWrites(context, header)
  const moved = applyMoves(session.stored, wanted.moved, context.stack)
  for (const [address, record] of moved) {
    if (session.stored.has(address)) continue
    const old = [...session.stored.values()].find((one) => one.lineage === record.lineage)
    if (!old) continue
    const [, saved] = await context.store.commit(
      context.stack,
      [
        { address: old.address, expectedSerial: old.serial, record: null },
        { address, expectedSerial: 0, record: { ...record, serial: 0, actor: context.actor } },
      ],
      context.lease,
    )
    if (saved) followMove(session, saved)
  }
  for (const subject of session.subjects.filter((one) => one.handedOver))
    await context.store.commit(
      context.stack,
      [{ address: subject.address, expectedSerial: subject.record.serial, record: null }],
      context.lease,
    )
  return header
}

function followMove(session: Session, saved: KeyRecord): void {
  for (const subject of session.subjects)
    if (subject.address === saved.address) Object.assign(subject, { record: saved })
}

async function saveHeader(context: WriteContext, session: Session): Promise<StackHeader> {
  const known = session.header?.identities ?? {}
  const fresh = [...session.world.providers.values()].filter((view) => !known[view.name])
  if (session.header && fresh.length === 0) return session.header
  const seen = Object.fromEntries(fresh.map((view) => [view.name, view.identity]))
  return changeHeader(context, (header) => ({ ...header, identities: { ...seen, ...header.identities } }))
}

/**
 * Changes the header by compare-and-swap, again and again until it is accepted: a memo of the loop must not end somebody's apply. `null`
 * changes nothing. A stack without a header gets one.
 */
export async function changeHeader(
  { store, stack, lease }: Pick<WriteContext, 'stack'> & HeaderStore,
  change: (header: StackHeader) => StackHeader | null,
): Promise<StackHeader> {
  for (let tries = 1; ; tries++) {
    const before = (await store.read(stack)).header ?? { stack, version: 1, serial: 0, identities: {} }
    const after = change(before)
    if (after === null) return before
    try {
      return await store.commitHeader(after, before.serial, lease)
    } catch (error) {
      if (!isKeywrightError(error, 'STATE_CONFLICT') || tries >= MOST_TRIES) throw error
    }
  }
}

interface HeaderStore {
  readonly store: Pick<StateStore, 'read' | 'commitHeader'>
  readonly lease?: Lease
}

const MOST_TRIES = 20

/** The budget of writes is one of a day, not of a run: what earlier runs of this UTC day sent is counted in. */
async function recallWrites(context: WriteContext, header: StackHeader): Promise<void> {
  for (const [name, { day, count }] of Object.entries(header.writes ?? {}))
    if (day === today(context) && header.identities[name]) (await openedApi(name, context))?.bookWrites?.(count)
}

/** Saves how many writes of this day were sent, where a provider keeps count. A run that dies forgets its own share. */
export async function bookWrites(context: WriteContext, header: StackHeader): Promise<void> {
  const writes: Record<string, { day: string; count: number }> = {}
  for (const name of Object.keys(header.identities)) {
    const api = await openedApi(name, context)
    const before = header.writes?.[name]
    const count = api === null ? (before?.day === today(context) ? before.count : 0) : (api.writesMade?.() ?? 0)
    if (count > 0) writes[name] = { day: today(context), count }
  }
  const same = Object.entries(writes).every(([name, { count }]) => header.writes?.[name]?.count === count)
  if (!same) await changeHeader(context, (now) => ({ ...now, writes }))
}

/** `null`: no longer configured, or away. It makes no writes in this run. */
async function openedApi(name: string, context: WriteContext): Promise<KeyApi | null> {
  try {
    return await context.api(name)
  } catch (error) {
    if (isKeywrightError(error, 'RECORD_UNCONFIGURED') || (context.mayLack && isAway(error))) return null
    throw error
  }
}

function today(context: WriteContext): string {
  return instant(context.clock.now()).slice(0, 10)
}
