/**
 * The record: what we know and claim about one address. State is the journal.
 *
 * Every external effect is announced here before it happens (a claim) and its result is folded in afterwards, each time by
 * compare-and-swap on `serial`. A process may die between any two lines: whoever comes next finds either no claim (nothing
 * happened) or a claim whose outcome it looks up in the world. A record never holds a secret.
 */
import type { DesiredKey, Fields, ProviderKind } from './key.ts'
import type { Instant, Millis } from './time.ts'

interface Numbered {
  /** Generation number; never reused. */
  readonly n: number
  readonly claimedAt: Instant
}

interface Live extends Numbered {
  /** Id of the live key at the API. */
  readonly id: string
  /** What we last know to have set: the base against which outside edits are seen. */
  readonly issued: Issued
  /** True once a write of this secret into some place was claimed: from then on it may be in use. */
  readonly claimed: boolean
}

export interface Issued {
  readonly name: string
  readonly scope: string
  readonly fields: Fields
  readonly expiresIn: Millis | null
  /** `rotation.serial` of the manifest this generation answers to. */
  readonly rotationSerial: number
  /** What templates say about this generation; fixed at issue, so that a place can be recognised after a rename. */
  readonly words: { readonly id: string; readonly name: string }
}

export interface Creating extends Numbered {
  readonly phase: 'creating'
  /** Version of each desired place when the claim was saved, by identity; `null` when it was empty. */
  readonly versions: Readonly<Record<string, string | null>>
  readonly issued: Issued
  readonly harmless: boolean
}

export interface Delivering extends Live {
  readonly phase: 'delivering'
  readonly versions: Readonly<Record<string, string | null>>
  /** The new secret authenticated at the API. */
  readonly proven: boolean
  /** Still unable to spend: the limit must be lifted before delivery. */
  readonly harmless: boolean
}

export interface Active extends Live {
  readonly phase: 'active'
  readonly activeAt: Instant
}

export interface Superseded extends Live {
  readonly phase: 'superseded'
  readonly supersededAt: Instant
  readonly everActive: boolean
  /** The delete was announced (grace without hold, or a leftover that went nowhere). */
  readonly removing?: boolean
}

/** Announced as such before the disable is sent: while the live key is still enabled, the disable is sent (again). */
export interface Disabled extends Live {
  readonly phase: 'disabled'
  readonly disabledAt: Instant
  readonly everActive: boolean
  /** `retired`: a later generation took over. `removed`: the address left the manifests, and may come back until deleted. */
  readonly why: 'retired' | 'removed'
  readonly removing?: boolean
}

/** One live key of an address. `creating` has no id yet; all others always have one. */
export type Generation = Creating | Delivering | Active | Superseded | Disabled
export type LiveGeneration = Exclude<Generation, Creating>

/** What we believe one place holds. */
export interface PlaceState {
  readonly identity: string
  readonly sink: string
  readonly at: Readonly<Record<string, string>>
  readonly template?: string
  readonly text: string
  /** Generation whose secret it holds or is about to hold; 0 when it lost ours. */
  readonly n: number
  /** `claimed`: a write was announced; `written`: acknowledged; `verified`: read back; `unverifiable`: acknowledged, cannot be read; `lost`: read back, and it held something else. */
  readonly status: 'claimed' | 'written' | 'verified' | 'unverifiable' | 'lost'
  /** Version the next write is conditional on. */
  readonly version: string | null
  /** `sha256:` + hex of the exact bytes. Absent while nothing was computed. */
  readonly fingerprint?: string
  /** What it was last known to hold before a write was announced that may not have landed. */
  readonly before?: string
  /** Capabilities of its sink when it was written. */
  readonly readable: boolean
  readonly conditional: boolean
}

/** A create whose outcome was never learned. Authorises the deletion of exactly that leftover. */
export interface Abandoned {
  readonly n: number
  readonly claimedAt: Instant
}

/** An update whose outcome was never learned: values like these are ours, not an outside edit. */
export interface Patch {
  readonly n: number
  readonly fields: Fields
  readonly claimedAt: Instant
}

export interface Frozen {
  readonly fields: readonly string[]
  readonly observedAt: Instant
  /** Digest of the manifest entry at that moment; another digest is a commit that decides anew. */
  readonly entry: string
}

export interface Actor {
  readonly who: string
  readonly runUrl?: string
  readonly commit?: string
}

/** What retirement needs after the manifest entry is gone. */
export interface KeptPolicy {
  readonly grace: Millis
  readonly hold: Millis
  readonly removalHold: Millis
}

export interface KeyRecord {
  readonly address: string
  readonly lineage: string
  /** Counts saves of this record; compare-and-swap. 0 = never saved. */
  readonly serial: number
  readonly provider: string
  readonly kind: ProviderKind
  /** Workspace or project id its keys live in; empty until the first issue. */
  readonly scope: string
  /** Highest generation number ever claimed. */
  readonly highest: number
  /** Oldest first. */
  readonly generations: readonly Generation[]
  readonly abandoned: readonly Abandoned[]
  readonly patches: readonly Patch[]
  readonly places: readonly PlaceState[]
  readonly protect: boolean
  readonly policy: KeptPolicy
  /** Claims of creates within the last 24 hours. */
  readonly issuedAt: readonly Instant[]
  readonly owner?: string
  readonly frozen?: Frozen
  /** A late write may have reached a place that cannot be read: nothing is retired until a later generation is delivered. */
  readonly tainted?: { readonly n: number }
  readonly actor?: Actor
  /** Time and kind of the last transition. */
  readonly lastChange?: { readonly at: Instant; readonly what: string }
}

/** Everything of one stack but its records. */
export interface StackHeader {
  readonly stack: string
  readonly version: 1
  /** Compare-and-swap, as in records. */
  readonly serial: number
  /** By configured provider name: origin and account the records belong to. */
  readonly identities: Readonly<Record<string, ProviderIdentity>>
  /** Writes sent in one UTC day (`2027-01-31`), by provider name, where a budget is kept. */
  readonly writes?: Readonly<Record<string, { readonly day: string; readonly count: number }>>
}

export interface ProviderIdentity {
  readonly origin: string
  /** OpenRouter: id of the default workspace. */
  readonly account: string
  /** Recorded for humans, never compared. */
  readonly creator?: string
}

export function isLive(generation: Generation): generation is LiveGeneration {
  return generation.phase !== 'creating'
}

export function activeOf(record: KeyRecord): Active | null {
  return record.generations.find((g): g is Active => g.phase === 'active') ?? null
}

export function deliveringOf(record: KeyRecord): Delivering | null {
  return record.generations.find((g): g is Delivering => g.phase === 'delivering') ?? null
}

export function generationById(record: KeyRecord, id: string): LiveGeneration | null {
  return record.generations.filter(isLive).find((g) => g.id === id) ?? null
}

/** A record nothing was claimed in yet. It is first saved together with the claim of its first generation. */
export function newRecord(desired: DesiredKey, lineage: string): KeyRecord {
  return {
    address: desired.address,
    lineage,
    serial: 0,
    provider: desired.provider,
    kind: desired.kind,
    scope: '',
    highest: 0,
    generations: [],
    abandoned: [],
    patches: [],
    places: [],
    protect: desired.protect,
    policy: policyOf(desired),
    issuedAt: [],
    ...(desired.owner === undefined ? {} : { owner: desired.owner }),
  }
}

export function policyOf(desired: DesiredKey): KeptPolicy {
  return { grace: desired.rotation.grace, hold: desired.rotation.hold, removalHold: desired.removalHold }
}
