/**
 * KV version 2: numbered versions of a secret, written with check-and-set.
 *
 * The condition of the engine is about the whole secret, ours about one field. So a change looks first, judges the field, and then writes
 * on the condition that the secret is still the one that was looked at. If only a neighbour moved, it starts over; so it does when an
 * answer is lost, as the look tells whether the change arrived. One field is changed by PATCH; where the server or the policy has no PATCH,
 * the whole secret is written back with its neighbours as they stood, under the same condition.
 *
 * A secret whose latest version was deleted has no fields, and a number that the condition must name. A secret that loses its last
 * field gets an empty version, which is then deleted by its number: deleting "the latest" could hit what somebody wrote meanwhile, and
 * the version before stays, for a rollback.
 *
 * Wire facts: path_data.go and path_metadata.go of hashicorp/vault-plugin-secrets-kv, which OpenBao keeps (read 2026-11).
 */
import type { Secret } from '../../core/secret.ts'
import { fingerprintOf } from '../../io/digest.ts'
import type { PlaceAt, SecretSink } from '../../ports/secret-sink.ts'
import { fingerprint } from '../bytes.ts'
import { readingOf, versionOf } from '../held.ts'
import { fieldOf, withField } from '../json-fields.ts'
import { lanes } from '../lanes.ts'
import { conflict } from '../own-place.ts'
import { earlierWith } from './earlier.ts'
import { type EngineParts, insistently, mountCheck, nameOf, notAllowed, pathOf } from './engine.ts'
import { isBare } from './fields.ts'
import { dataPath, look, type Seen } from './look.ts'
import { type Put, put, setStamp } from './put.ts'
import { refuseStranger, stampName, stampOf, stampText } from './stamp.ts'
import { assertWritable } from './writable.ts'

type Engine = Omit<SecretSink, 'kind' | 'close'>

export function kv2(parts: EngineParts): Engine {
  const { line, name, mount } = parts
  const ready = mountCheck(parts)
  const inLane = lanes()
  const seenAt = async (place: PlaceAt): Promise<Seen> => {
    await ready()
    const seen = await look(parts, pathOf(place))
    if (seen === 'denied') throw notAllowed(name, dataPath(mount, place), ['create', 'update', 'patch', 'read'])
    return seen
  }
  /** Starts over while the secret moves under it. */
  const change = <T>(place: PlaceAt, work: () => Promise<T | 'moved'>): Promise<T> =>
    inLane(pathOf(place), () =>
      insistently(line, async () => {
        for (let tried = 1; tried <= MOST_MOVES; tried++) {
          const done = await work()
          if (done !== 'moved') return done
        }
        throw conflict(place)
      }),
    )
  const put1 = async (place: PlaceAt, bytes: Secret, ifVersion: string | null) => {
    const seen = await seenAt(place)
    const held = fieldOf(seen.fields, nameOf(place))
    const version = fingerprint(bytes)
    if (versionOf(held) !== version) {
      if (held !== null) refuseStranger(place, seen.stamps, mount)
      if (versionOf(held) !== ifVersion) throw conflict(place)
      if ((await put(parts, { place, value: bytes, seen })) === 'moved') return 'moved'
    }
    await stamped(parts, { place, seen }, version)
    return { version }
  }
  return {
    capabilities: { readable: true, conditional: true },
    async preflight(place) {
      const seen = await seenAt(place)
      const held = fieldOf(seen.fields, nameOf(place))
      if (held !== null) refuseStranger(place, seen.stamps, mount)
      await assertWritable(parts, { place, seen, isVersion2: await ready() })
      return { version: versionOf(held) }
    },
    write: (place, bytes, ifVersion) => change(place, () => put1(place, bytes, ifVersion)),
    async read(place) {
      await ready()
      const seen = await look(parts, pathOf(place))
      return seen === 'denied' ? 'unreadable' : readingOf(fieldOf(seen.fields, nameOf(place)))
    },
    remove: (place, ifFingerprint) =>
      change(place, async () => {
        const seen = await seenAt(place)
        const held = fieldOf(seen.fields, nameOf(place))
        if (held !== null && fingerprintOf(held) !== ifFingerprint) return false
        if (held !== null && (await put(parts, { place, value: null, seen })) === 'moved') return 'moved'
        if (held !== null && isBare(withField(seen.fields, nameOf(place), null))) await buryEmpty(parts, place, seen)
        await unstamped(parts, { place, seen }, ifFingerprint)
        return true
      }),
    restore: (place, print, ifVersion) =>
      change(place, async () => {
        const seen = await seenAt(place)
        if (versionOf(fieldOf(seen.fields, nameOf(place))) === print) return { version: print }
        const earlier = await earlierWith(parts, { place, seen }, print)
        return earlier === null ? null : put1(place, earlier, ifVersion)
      }),
  }
}

/** Times a secret may move under one change before it counts as a conflict. */
const MOST_MOVES = 30

type At = Pick<Put, 'place' | 'seen'>

async function stamped(parts: EngineParts, { place, seen }: At, print: string): Promise<void> {
  const { owner } = place
  if (owner === undefined) return
  const text = stampText(owner, print)
  if (seen.stamps[stampName(nameOf(place))] !== text) await setStamp(parts, place, text)
}

/** Takes away a stamp that is ours, or that speaks of the bytes that went. */
async function unstamped(parts: EngineParts, { place, seen }: At, print: string): Promise<void> {
  const stamp = stampOf(seen.stamps, nameOf(place))
  if (stamp === null) return
  if (stamp.fingerprint === print || stamp.lineage === place.owner?.lineage) await setStamp(parts, place, null)
}

/** Deletes the empty version that was just written. A policy that forbids it leaves an empty secret. */
async function buryEmpty({ line, mount }: EngineParts, place: PlaceAt, seen: Seen): Promise<void> {
  const body = JSON.stringify({ versions: [(seen.version ?? 0) + 1] })
  await line.once({ method: 'POST', path: `${mount}/delete/${pathOf(place)}`, body }).catch(() => undefined)
}
