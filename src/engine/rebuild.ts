/**
 * Records made anew from what is really there, after the state was lost.
 *
 * A marker is a claim that anybody can write, so a key becomes ours only where one of its places, named by a reviewed manifest, holds
 * its secret: SHA-256 of what the place holds is the id of the live key. The highest number alone proves nothing (a mutant of the
 * simulation that trusts it deletes keys in service). Where no place can be read a human has to say which generation serves.
 * Nothing is written to the key API or to a place.
 */
import { formatAddress, parseName } from '../core/address.ts'
import type { DesiredKey, LiveKey, Place } from '../core/key.ts'
import { type KeyRecord, newRecord, type PlaceState } from '../core/record.ts'
import { valuesOf } from '../core/template.ts'
import { at, type Instant, instant, MINUTE, type Millis } from '../core/time.ts'
import type { Reading, SecretSink } from '../ports/secret-sink.ts'
import type { Eyes } from './prove-places.ts'
import { inLanes } from './refresh.ts'

/** A live key that carries the marker of one address. */
export interface Candidate {
  readonly key: LiveKey
  readonly n: number
  readonly lineage: string
}

export type Rebuilt =
  /** `by`: what proves it. */
  | { readonly kind: 'proven'; readonly address: string; readonly record: KeyRecord; readonly by: 'place' | 'word' }
  /** Places that cannot be read, and the generations that may serve. */
  | {
      readonly kind: 'asked'
      readonly address: string
      readonly candidates: readonly Candidate[]
      readonly places: readonly string[]
    }
  /** Every place can be read, and none holds a live key of this address. */
  | { readonly kind: 'unproven'; readonly address: string; readonly candidates: readonly Candidate[] }

export interface RebuildInputs {
  readonly stack: string
  /** Desired keys whose record is missing or behind, workspace names resolved. */
  readonly wanted: readonly DesiredKey[]
  readonly records: ReadonlyMap<string, KeyRecord>
  readonly live: readonly LiveKey[]
  /** A human's word: address and the generation that serves. */
  readonly believed: ReadonlyMap<string, number>
  readonly now: Millis
}

export interface RebuildEyes extends Omit<Eyes, 'sink'> {
  readonly sink: (name: string) => Promise<Pick<SecretSink, 'read' | 'capabilities'>>
}

/** One result for each wanted key that has candidates; a key without any was simply never issued. */
export async function rebuild(inputs: RebuildInputs, eyes: RebuildEyes, lanes: number): Promise<readonly Rebuilt[]> {
  const found = candidatesOf(inputs.live, inputs.stack)
  const results = new Map<string, Rebuilt>()
  const tasks = inputs.wanted.filter((key) => found.has(key.address))
  await inLanes(tasks, lanes, async (desired) => {
    const candidates = found.get(desired.address) ?? []
    results.set(desired.address, await judge(desired, candidates, { inputs, eyes }))
  })
  return tasks.flatMap((key) => results.get(key.address) ?? [])
}

export function candidatesOf(live: Iterable<LiveKey>, stack: string): ReadonlyMap<string, readonly Candidate[]> {
  const found = new Map<string, Candidate[]>()
  for (const key of live) {
    const parsed = parseName(key.name)
    if (!parsed || parsed.derived || parsed.marker.stack !== stack) continue
    const { id, n, lineage } = parsed.marker
    const address = formatAddress(stack, id)
    found.set(address, [...(found.get(address) ?? []), { key, n, lineage }])
  }
  return found
}

interface Room {
  readonly inputs: RebuildInputs
  readonly eyes: RebuildEyes
}

interface Seen {
  readonly place: Place
  readonly capabilities: SecretSink['capabilities']
  readonly reading: Reading | 'unreadable' | null
  readonly holder: Candidate | null
}

async function judge(desired: DesiredKey, candidates: readonly Candidate[], room: Room): Promise<Rebuilt> {
  const { address } = desired
  const seen: Seen[] = []
  for (const place of desired.places) seen.push(await look(place, desired, { candidates, room }))
  const proven = newest(seen.flatMap(({ holder }) => holder ?? []))
  if (proven) return made(desired, proven, { candidates, seen, room, by: 'place' })
  const blind = seen.filter(({ reading }) => reading === 'unreadable').map(({ place }) => place.text)
  if (blind.length === 0) return { kind: 'unproven', address, candidates }
  const word = candidates.filter(({ n }) => n === room.inputs.believed.get(address))
  const only = word.length === 1 ? word[0] : undefined
  if (only) return made(desired, only, { candidates, seen, room, by: 'word' })
  return { kind: 'asked', address, candidates, places: blind }
}

async function look(
  place: Place,
  desired: DesiredKey,
  { candidates, room: { eyes } }: { readonly candidates: readonly Candidate[]; readonly room: Room },
): Promise<Seen> {
  const sink = await eyes.sink(place.sink)
  const { capabilities } = sink
  const reading = await sink.read(place)
  if (reading === null || reading === 'unreadable') return { place, capabilities, reading, holder: null }
  // A fingerprint alone says nothing about keys that nothing is known of.
  if (reading.bytes === undefined) return { place, capabilities, reading: 'unreadable', holder: null }
  for (const candidate of candidates) {
    const values = valuesOf({
      n: candidate.n,
      id: candidate.key.id,
      issued: issuedOf(candidate.key, desired),
    })
    const secret = eyes.extract(reading.bytes, place.template, values)
    if (secret && (await eyes.matches(desired.provider, secret, candidate.key.id)))
      return { place, capabilities, reading, holder: candidate }
  }
  return { place, capabilities, reading, holder: null }
}

function newest(candidates: readonly Candidate[]): Candidate | null {
  return candidates.reduce<Candidate | null>((best, one) => (best && best.n >= one.n ? best : one), null)
}

interface Evidence {
  readonly candidates: readonly Candidate[]
  readonly seen: readonly Seen[]
  readonly room: Room
  readonly by: 'place' | 'word'
}

function made(desired: DesiredKey, serving: Candidate, { candidates, seen, room, by }: Evidence): Rebuilt {
  const { address } = desired
  const own = candidates.filter((one) => one.lineage === serving.lineage)
  const old = own.filter((one) => one.n < serving.n).sort((a, b) => a.n - b.n)
  const known = room.inputs.records.get(address)
  const now = instant(room.inputs.now)
  const record: KeyRecord = {
    ...newRecord(desired, serving.lineage),
    serial: known?.serial ?? 0,
    scope: serving.key.scope,
    highest: Math.max(known?.highest ?? 0, ...candidates.map((one) => one.n)),
    generations: [...old.map((one) => ended(one, desired, now)), active(serving, desired)],
    places: seen.flatMap((one) => placeOf(one, serving, old.length > 0)),
    lastChange: { at: now, what: 'rebuilt' },
  }
  return { kind: 'proven', address, record, by }
}

function common({ key, n }: Candidate, desired: DesiredKey) {
  return { n, claimedAt: key.createdAt, id: key.id, issued: issuedOf(key, desired), claimed: true } as const
}

function active(one: Candidate, desired: DesiredKey): KeyRecord['generations'][number] {
  return { phase: 'active', ...common(one, desired), activeAt: one.key.createdAt }
}

/** Earlier ones get their whole grace or hold from now on: who still uses them is not known. */
function ended(one: Candidate, desired: DesiredKey, now: Instant): KeyRecord['generations'][number] {
  return one.key.fields.disabled === true
    ? { phase: 'disabled', ...common(one, desired), disabledAt: now, everActive: true, why: 'retired' }
    : { phase: 'superseded', ...common(one, desired), supersededAt: now, everActive: true }
}

/** How far an expiry may be from creation plus lifetime and still come from that lifetime. */
const NEAR = 10 * MINUTE

/** What is live is taken for what we set; a lifetime is ours only if the live expiry fits it. */
function issuedOf(
  key: LiveKey,
  desired: DesiredKey,
): Extract<KeyRecord['generations'][number], { phase: 'active' }>['issued'] {
  const { expiresAt } = key.fields
  const lifetime = typeof expiresAt === 'string' ? at(expiresAt) - at(key.createdAt) : null
  const fits = lifetime !== null && desired.expiresIn !== null && Math.abs(lifetime - desired.expiresIn) <= NEAR
  return {
    name: key.name,
    scope: key.scope,
    fields: key.fields,
    expiresIn: desired.expiresIn === null ? null : fits ? desired.expiresIn : lifetime,
    rotationSerial: desired.rotation.serial,
    words: { id: desired.id, name: parseName(key.name)?.display ?? '' },
  }
}

/**
 * A place that holds the serving secret is recorded as read back. One that cannot be read holds it only if no earlier key lives;
 * otherwise it is left out, and apply delivers to it again. So is a readable place with another content.
 */
function placeOf(
  { place, capabilities, reading, holder }: Seen,
  serving: Candidate,
  hasOlder: boolean,
): readonly PlaceState[] {
  const { identity, sink, at: where, text, template } = place
  const base = { identity, sink, at: where, text, ...(template === undefined ? {} : { template }), ...capabilities }
  if (reading === 'unreadable')
    return hasOlder ? [] : [{ ...base, n: serving.n, status: 'unverifiable', version: null }]
  if (reading === null || holder?.lineage !== serving.lineage) return []
  const { fingerprint, version } = reading
  return [{ ...base, n: holder.n, status: 'verified', version, fingerprint }]
}
