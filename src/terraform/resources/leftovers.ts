/**
 * Keys that an apply left behind when it was killed.
 *
 * Words: a *leftover* is a live key with the marker of this address that the state does not know. Terraform keeps no journal of ours, so
 * nothing but the world tells what became of it, and only an apply of that very address looks:
 *
 *   a readable place holds its secret    -> it is marked anew as the next generation, and becomes the result
 *   some place cannot be read            -> the next generation is issued, the leftover ends after its grace (Strait always)
 *   nobody holds it, never used, 15 min  -> burned
 *   the same, but younger                -> the next generation is issued, the leftover is burned by a later apply
 *   anything else                        -> ADDRESS_TAKEN
 *
 * Rejected: stopping for the fifteen minutes. The killed apply may still be at work, but its writes are conditional on what places held
 * when it began, so it can do no harm; and somebody would have to come back.
 */
import { parseName } from '../../core/address.ts'
import { KeywrightError } from '../../core/diagnostic.ts'
import { display } from '../../core/display.ts'
import type { DesiredKey, LiveKey, Place } from '../../core/key.ts'
import { nameOf } from '../../core/machine/issue.ts'
import { transition } from '../../core/machine/transition.ts'
import type { Delivering, KeyRecord, Superseded } from '../../core/record.ts'
import { at, instant } from '../../core/time.ts'
import type { KeyApi } from '../../ports/key-api.ts'
import type { Reading, SecretSink } from '../../ports/secret-sink.ts'
import { LEFTOVER_AGE, type Leftover } from '../record/kept.ts'
import { isOfLineage } from '../record/sight.ts'
import type { World } from '../world.ts'
import { isSecretOf } from './stock.ts'

export interface Scene {
  readonly world: World
  readonly api: KeyApi
  readonly desired: DesiredKey
  readonly record: KeyRecord
  readonly strays: readonly LiveKey[]
  /** By the clock of the API. */
  readonly now: number
  /** Ids of leftovers that the plan knew of, where it allows no next generation: only those are looked at, and none is taken up. */
  readonly only?: ReadonlySet<string>
}

export interface Resolved {
  readonly record: KeyRecord
  /** Too young to be burned. */
  readonly leftovers: readonly Leftover[]
  /** Live keys that the record knows from now on. */
  readonly known: readonly LiveKey[]
}

/** May mark one key anew at the API. Throws `ADDRESS_TAKEN`. */
export async function resolveLeftovers(scene: Scene): Promise<Resolved> {
  const { only } = scene
  const strays = scene.strays.filter((key) => isOurs(key, scene.record) && only?.has(key.id) !== false)
  if (strays.length === 0) return { record: scene.record, leftovers: [], known: [] }
  const record = inheriting(scene.record, strays)
  const holders = new Map<LiveKey, readonly Held[]>()
  for (const key of strays) holders.set(key, await holdersOf(key, scene))
  const held = strays.filter((key) => (holders.get(key) ?? []).length > 0).sort((a, b) => numberOf(b) - numberOf(a))
  const [best] = only ? [] : held
  // What cannot be taken up now is forgotten: the next plan sees it anew, and allows it.
  const others = strays.filter((key) => key !== best && !(only && held.includes(key)))
  const isBlind = !scene.api.capabilities.matchesOffline || (await hasBlindPlace(scene))
  const verdicts = others.map((key) => ({
    key,
    verdict: verdictOn(key, { scene, isBlind, isHeld: held.includes(key) }),
  }))
  const taken = verdicts.find(({ verdict }) => verdict === 'taken')
  if (taken) throw addressTaken(taken.key, scene.desired)
  const aside = verdicts.reduce(
    (all, { key, verdict }) => (verdict === 'young' ? all : setAside(all, key, { verdict, now: scene.now })),
    record,
  )
  const leftovers = verdicts.flatMap(({ key, verdict }) =>
    verdict === 'young' ? [{ n: numberOf(key), id: key.id, createdAt: key.createdAt }] : [],
  )
  const known = verdicts.flatMap(({ key, verdict }) => (verdict === 'young' ? [] : [key]))
  if (!best) return { record: aside, leftovers, known }
  const taking = await markedAnew(best, holders.get(best) ?? [], { scene, record: aside })
  return { record: taking.record, leftovers, known: [...known, taking.key] }
}

/** Of another lineage only where ours is not minted yet. What the machine claimed itself is its own to burn. */
function isOurs(key: LiveKey, { lineage, abandoned, serial }: KeyRecord): boolean {
  if (!isOfLineage(key, { lineage: serial > 0 ? lineage : '' })) return false
  return !abandoned.some((claim) => claim.n === numberOf(key))
}

function numberOf({ name }: LiveKey): number {
  return parseName(name)?.marker.n ?? 0
}

/** Numbers are never used twice, and a lineage lasts for ever. */
function inheriting(record: KeyRecord, strays: readonly LiveKey[]): KeyRecord {
  const highest = Math.max(record.highest, ...strays.map(numberOf))
  const lineages = new Set(strays.map(({ name }) => parseName(name)?.marker.lineage ?? ''))
  const [lineage = record.lineage] = lineages
  if (lineages.size > 1) throw severalLineages(record.address)
  return { ...record, highest, lineage }
}

interface Held {
  readonly place: Place
  readonly reading: Reading
  readonly sink: SecretSink
}

/** Readable places that hold the secret of this key. Asks nobody but the sinks. */
async function holdersOf(key: LiveKey, { world, api, desired }: Scene): Promise<readonly Held[]> {
  if (!api.capabilities.matchesOffline) return []
  const found: Held[] = []
  for (const place of desired.places) {
    const sink = await world.sink(place.sink)
    const reading = sink.capabilities.readable ? await sink.read(place) : 'unreadable'
    if (reading === null || reading === 'unreadable') continue
    const g = generationOf(key, desired, numberOf(key))
    if (await isSecretOf(g, { reading, place, api })) found.push({ place, reading, sink })
  }
  return found
}

async function hasBlindPlace({ world, desired }: Scene): Promise<boolean> {
  const sinks = await Promise.all(desired.places.map((place) => world.sink(place.sink)))
  return sinks.some(({ capabilities }) => !capabilities.readable)
}

type Verdict = 'grace' | 'burn' | 'young' | 'taken'

function verdictOn(
  key: LiveKey,
  { scene, isBlind, isHeld }: { readonly scene: Scene; readonly isBlind: boolean; readonly isHeld: boolean },
): Verdict {
  if (isHeld || isBlind) return 'grace'
  const isUsed = key.usage.total > 0 || (key.lastUsedAt ?? null) !== null
  if (isUsed) return 'taken'
  return scene.now - at(key.createdAt) >= LEFTOVER_AGE ? 'burn' : 'young'
}

/** From now on its recorded id is the evidence: without a claimed place the machine burns it, with one it waits for its grace. */
function setAside(
  record: KeyRecord,
  key: LiveKey,
  { verdict, now }: { readonly verdict: Verdict; readonly now: number },
): KeyRecord {
  const n = numberOf(key)
  const issued = {
    name: key.name,
    scope: key.scope,
    fields: key.fields,
    expiresIn: null,
    rotationSerial: 0,
    words: { id: '', name: '' },
  }
  const old: Superseded = {
    phase: 'superseded',
    n,
    id: key.id,
    claimedAt: key.createdAt,
    issued,
    claimed: verdict === 'grace',
    supersededAt: instant(now),
    everActive: false,
  }
  return { ...record, generations: [...record.generations, old].sort((a, b) => a.n - b.n) }
}

interface Marking {
  readonly scene: Scene
  readonly record: KeyRecord
}

/** One write at the API: the name. Whoever destroys the resource that had this key before sees that it is not his any more. */
async function markedAnew(
  key: LiveKey,
  held: readonly Held[],
  { scene, record }: Marking,
): Promise<{ readonly record: KeyRecord; readonly key: LiveKey }> {
  const { api, desired } = scene
  const n = record.highest + 1
  const name = nameOf(desired, record.lineage, n)
  const renamed = await api.update(key.id, { name })
  if (!renamed) throw goneMeanwhile(desired.address)
  const g: Delivering = {
    ...generationOf(renamed, desired, n),
    phase: 'delivering',
    claimed: true,
    versions: {},
    proven: false,
    harmless: false,
  }
  const next: KeyRecord = { ...record, highest: n, scope: key.scope, generations: [...record.generations, g] }
  return { record: held.reduce((all, one) => withHolder(all, one, { n, now: scene.now }), next), key: renamed }
}

function generationOf(key: LiveKey, desired: DesiredKey, n: number) {
  const issued = {
    name: key.name,
    scope: key.scope,
    fields: key.fields,
    expiresIn: desired.expiresIn,
    rotationSerial: desired.rotation.serial,
    words: { id: desired.id, name: desired.name },
  }
  return { n, id: key.id, claimedAt: key.createdAt, issued }
}

/** As if our own write had been announced: the machine takes the secret up from there. */
function withHolder(
  record: KeyRecord,
  { place, reading, sink }: Held,
  { n, now }: { readonly n: number; readonly now: number },
): KeyRecord {
  const { version, fingerprint } = reading
  return transition(record, {
    on: 'write-claimed',
    at: instant(now),
    n,
    place,
    version,
    fingerprint,
    ...sink.capabilities,
  })
}

function addressTaken(key: LiveKey, { address, id, kind }: DesiredKey): KeywrightError {
  return new KeywrightError('ADDRESS_TAKEN', {
    message: `A live key with the marker of ${address} is in use, and no place of this block holds its secret: ${display(key.name)}`,
    hint: `import { to = keywright_${kind}_key.NAME, id = "${key.id}" }   takes it over as it is; to end it: keywright leaked ${key.id.slice(0, 12)}...   (${id})`,
  })
}

function severalLineages(address: string): KeywrightError {
  return new KeywrightError('ADDRESS_TAKEN', {
    message: `Live keys of several lineages carry the marker of ${address}, so two states have issued it.`,
    hint: 'keywright census   shows them; give one of the two configurations another stack',
  })
}

function goneMeanwhile(address: string): KeywrightError {
  return new KeywrightError('API_KEY_UNKNOWN', {
    message: `A live key of ${address} was deleted while it was taken over.`,
    hint: 'terraform apply',
    retryable: true,
  })
}
