/**
 * Places inside containers of a service: look, judge, change, and look again when the container moved meanwhile.
 *
 * The condition of such a service is about the whole container (a version, a resource version), ours about one place in it. So a change
 * looks first, judges the place, and is then made on the condition that the container is still the one that was looked at. If only a
 * neighbour moved, it starts over; so it does when an answer is lost, as the look tells whether the change arrived.
 */
import { KeywrightError } from '../core/diagnostic.ts'
import type { Secret } from '../core/secret.ts'
import type { Owner, PlaceAt, SecretSink } from '../ports/secret-sink.ts'
import { fingerprint } from './bytes.ts'
import { readingOf, versionOf } from './held.ts'
import { type Insistence, insist } from './insist.ts'
import { lanes } from './lanes.ts'
import { conflict } from './own-place.ts'

/** A place as a look found it. */
export interface OnShelf {
  /** What the place holds, `null` when it is empty. */
  readonly held: string | null
  /** The stamp beside it, as it is written. */
  readonly stamp: string | null
}

export interface Change<S> {
  readonly place: PlaceAt
  readonly seen: S
  /** `null` takes it out. */
  readonly value: Secret | null
}

/** Everything throws `SINK_UNREACHABLE`, which is tried again, or `SINK_DENIED` and `SINK_MISFIT`, which are not. */
export interface Shelf<S extends OnShelf> {
  readonly conditional: boolean
  /** Places with the same text share a container. */
  container(place: PlaceAt): string
  look(place: PlaceAt): Promise<S>
  /** Proves that a later `put` can succeed, without leaving anything behind. */
  prove(place: PlaceAt, seen: S): Promise<void>
  /** `moved`: the container is no longer the one that was seen, and nothing was changed. */
  put(change: Change<S>): Promise<'done' | 'moved'>
  /** Sets the stamp, or takes it away, as well as it can. Absent where `put` does it. */
  mark?(place: PlaceAt, stamp: string | null): Promise<void>
  /** What to type to take away a stranger's stamp. */
  remedy(place: PlaceAt): string
  /** The latest kept content with this fingerprint. Absent where a kind keeps no versions. */
  earlier?(place: PlaceAt, seen: S, print: string): Promise<Secret | null>
}

/** Times a container may move under one change before it counts as a conflict. */
const MOST_MOVES = 30

type Offers = Required<Pick<SecretSink, 'preflight' | 'write' | 'read' | 'remove' | 'capabilities'>> &
  Pick<SecretSink, 'restore'>

export function onShelf<S extends OnShelf>(shelf: Shelf<S>, insistence: Insistence): Offers {
  const inLane = lanes()
  const change = <T>(place: PlaceAt, work: () => Promise<T | 'moved'>): Promise<T> =>
    inLane(shelf.container(place), () =>
      insist(insistence, async () => {
        for (let tried = 1; tried <= MOST_MOVES; tried++) {
          const done = await work()
          if (done !== 'moved') return done
        }
        throw conflict(place)
      }),
    )
  const write1 = async (place: PlaceAt, bytes: Secret, ifVersion: string | null) => {
    const seen = await shelf.look(place)
    const version = fingerprint(bytes)
    const isThere = versionOf(seen.held) === version
    if (!isThere && seen.held !== null) refuseStranger(place, seen.stamp, shelf.remedy(place))
    if (!isThere && shelf.conditional && versionOf(seen.held) !== ifVersion) throw conflict(place)
    if ((!isThere || wants(shelf, place, seen)) && (await shelf.put({ place, seen, value: bytes })) === 'moved')
      return 'moved'
    await marked(shelf, { place, seen }, version)
    return { version }
  }
  const restore: SecretSink['restore'] = (place, print, ifVersion) =>
    change(place, async () => {
      const seen = await shelf.look(place)
      if (versionOf(seen.held) === print) return { version: print }
      const found = (await shelf.earlier?.(place, seen, print)) ?? null
      return found === null ? null : write1(place, found, ifVersion)
    })
  return {
    capabilities: { readable: true, conditional: shelf.conditional },
    preflight: (place) =>
      insist(insistence, async () => {
        const seen = await shelf.look(place)
        if (seen.held !== null) refuseStranger(place, seen.stamp, shelf.remedy(place))
        await shelf.prove(place, seen)
        return { version: versionOf(seen.held) }
      }),
    write: (place, bytes, ifVersion) => change(place, () => write1(place, bytes, ifVersion)),
    read: (place) => insist(insistence, async () => readingOf((await shelf.look(place)).held)),
    remove: (place, ifFingerprint) =>
      change(place, async () => {
        const seen = await shelf.look(place)
        if (seen.held !== null && versionOf(seen.held) !== ifFingerprint) return false
        if (seen.held !== null && (await shelf.put({ place, seen, value: null })) === 'moved') return 'moved'
        if (speaksOf(seen.stamp, place.owner, ifFingerprint)) await shelf.mark?.(place, null)
        return true
      }),
    ...(shelf.earlier === undefined ? {} : { restore }),
  }
}

/** A stamp that comes with the write is written again when it is not the right one. */
function wants<S extends OnShelf>(shelf: Shelf<S>, { owner }: PlaceAt, { held, stamp }: S): boolean {
  if (shelf.mark !== undefined || owner === undefined || held === null) return false
  return stamp !== stampText(owner, versionOf(held) ?? '')
}

type At<S> = Pick<Change<S>, 'place' | 'seen'>

async function marked<S extends OnShelf>(shelf: Shelf<S>, { place, seen }: At<S>, print: string): Promise<void> {
  if (place.owner === undefined || shelf.mark === undefined) return
  const text = stampText(place.owner, print)
  if (seen.stamp !== text) await shelf.mark(place, text)
}

/** Whose secret a place holds: address, lineage, generation, fingerprint. In letters that tags of AWS take. */
export function stampText({ address, lineage, n }: Owner, print: string): string {
  return `${address} ${lineage} ${n} ${print}`
}

const STAMP = /^(\S+) ([a-z2-7]{8}) [0-9]+ (sha256:[0-9a-f]{64})$/

/** Whether a stamp is this owner's, or of these bytes. */
export function speaksOf(stamp: string | null, owner: Owner | undefined, print: string): boolean {
  const [, , lineage, of] = STAMP.exec(stamp ?? '') ?? []
  return lineage !== undefined && (of === print || lineage === owner?.lineage)
}

/** Throws `PLACE_OWNED` when the stamp is another key's. The lineage decides, because an address may be renamed. */
function refuseStranger({ owner, text }: PlaceAt, stamp: string | null, remedy: string): void {
  const [, address = '', lineage] = STAMP.exec(stamp ?? '') ?? []
  if (owner === undefined || lineage === undefined || lineage === owner.lineage) return
  // Text of a stranger: repeated only if it has the form of an address.
  const whose = /^[a-z0-9][a-z0-9._/-]{0,199}$/.test(address) ? address : 'another key'
  throw new KeywrightError('PLACE_OWNED', {
    message: `${text} is stamped as the place of ${whose}`,
    hint: `use another place, or if that key is gone: ${remedy}`,
  })
}
