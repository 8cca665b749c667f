/**
 * The record: what we know and claim about one address. State is the journal.
 *
 * Every external effect is announced here before it happens (a claim) and its result is folded in afterwards, each time by
 * compare-and-swap on `serial`. A process may die between any two lines: whoever comes next finds either no claim (nothing
 * happened) or a claim whose outcome it looks up in the world. A record never holds a secret.
 */
import { type Active, type Delivering, type Generation, isLive, type LiveGeneration, type Spent } from './generation.ts'
import type { DesiredKey, Fields, ProviderKind } from './key.ts'
import type { Instant, Millis } from './time.ts'

export * from './generation.ts'

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
  /** Generation whose secret that is, in the same form as now. */
  readonly beforeN?: number
  /** Capabilities of its sink when it was written. */
  readonly readable: boolean
  readonly conditional: boolean
}

/** A create whose outcome was never learned. Authorises the deletion of exactly that leftover. */
export interface Abandoned {
  readonly n: number
  readonly claimedAt: Instant
  /** Id of the key that the API was asked to rotate: its successor is the leftover. */
  readonly rotates?: string
  /** Name the API gives that successor. */
  readonly becomes?: string
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

/** A human asked for the next generation. Answered by the first generation above `n` that becomes active. */
export interface Requested {
  /** Highest generation when it was asked for. */
  readonly n: number
  readonly at: Instant
  /** Grace of the generation that is replaced, instead of the policy's. */
  readonly grace?: Millis
  readonly reason?: string
}

/** `rollback`: this generation serves, and nothing rotates it, until `resume` or a later commit. */
export interface Pinned {
  readonly n: number
  readonly at: Instant
  readonly reason?: string
  /** Digest of the manifest entry at that moment. */
  readonly entry: string
  /** Places that could not get its secret back, with the reason, by identity. */
  readonly notRestored: Readonly<Record<string, string>>
  /** Everything that could be put back was; the generation that serves stays in service. */
  readonly settled?: boolean
}

/** `pause --for`: nothing is begun at this address until then; what is half done is finished. */
export interface Paused {
  readonly until: Instant
  readonly reason?: string
}

/** A leak: generations up to `n` are replaced at once. */
export interface Compromised {
  readonly n: number
  readonly at: Instant
  /** The leaked key keeps working until its successor is delivered. */
  readonly afterReplacement: boolean
}

/** `budget: carry`: what generations that are gone spent in the running window of the limit. */
export interface Carry extends Spent {
  /** The active generation was cut to this cap, for a successor that is to come. */
  readonly cut?: { readonly n: number; readonly limit: number }
}

/** A hook that is owed, see `machine/tell.ts`. */
export interface OpenHook {
  readonly identity: string
  readonly text: string
  /** How often it was announced. */
  readonly tries: number
  /** Set once it failed: not before this. */
  readonly nextAt?: Instant
  /** What it failed with. */
  readonly code?: string
}

/** What a line of history can say. `missing`: seen to be gone; `held`: made stricter by hand, so left alone until it is `let go`. */
export const DEEDS = [
  'issued',
  'unanswered',
  'active',
  'given up',
  'updated',
  'disabled',
  'enabled',
  'deleted',
  'missing',
  'held',
  'let go',
  'requested',
  'extended',
  'retired',
  'pinned',
  'paused',
  'resumed',
  'leaked',
  'told',
  'adopted',
] as const

export type Deed = (typeof DEEDS)[number]

/** One line of the history of an address, terse: thousands of records keep some dozens of them. */
export interface Past {
  readonly at: Instant
  readonly what: Deed
  readonly n?: number
  /** Reasons of an issue, names of fields, or what a human said. */
  readonly why?: string
  /** The end that a human set. */
  readonly until?: Instant
  /** Left out, with `runUrl` and `commit`, where the line before has the same three. */
  readonly who?: string
  readonly runUrl?: string
  readonly commit?: string
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
  /** Limit of the manifest that the generations shared when it was last applied (`budget: carry`). */
  readonly sharedLimit?: number
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
  readonly requested?: Requested
  readonly pinned?: Pinned
  readonly paused?: Paused
  readonly compromised?: Compromised
  readonly carry?: Carry
  /** Hooks that are owed since generation `n` serves. */
  readonly after?: { readonly n: number; readonly open: readonly OpenHook[] }
  readonly actor?: Actor
  /** Time and kind of the last transition. */
  readonly lastChange?: { readonly at: Instant; readonly what: string }
  /** Oldest first; the last ones only. */
  readonly history?: readonly Past[]
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
  readonly memo?: Memo
}

/** What unattended runs tell each other. Saved seldom: in some stores each save is a push. */
export interface Memo {
  /** Last run that looked at everything, give or take an eighth of the shortest grace. */
  readonly ranAt?: Instant
  /** Last commit whose manifests were applied. */
  readonly commit?: string
  /** Since when the key API is out of reach. */
  readonly outage?: Instant
  /** By provider: since when its API is out of reach while others are not. */
  readonly away?: Readonly<Record<string, Instant>>
  /** By receiver: the causes that were told, one a line, by kind and address. */
  readonly told?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** By receiver: UTC day of the last digest. */
  readonly digests?: Readonly<Record<string, string>>
  /** By provider: masked form of its credential, and when it was first seen. */
  readonly credentials?: Readonly<Record<string, Credential>>
}

export interface Credential {
  readonly mark: string
  readonly since: Instant
}

export interface ProviderIdentity {
  readonly origin: string
  /** OpenRouter: id of the default workspace. */
  readonly account: string
  /** Recorded for humans, never compared. */
  readonly creator?: string
}

export function activeOf(record: KeyRecord): Active | null {
  return record.generations.find((g): g is Active => g.phase === 'active') ?? null
}

export function deliveringOf(record: KeyRecord): Delivering | null {
  return record.generations.find((g): g is Delivering => g.phase === 'delivering') ?? null
}

export function generationOf(record: KeyRecord, n: number): LiveGeneration | null {
  return record.generations.filter(isLive).find((g) => g.n === n) ?? null
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

export function policyOf({ rotation, removalHold, fields }: DesiredKey): KeptPolicy {
  const { grace, hold, budget } = rotation
  const policy = { grace, hold, removalHold }
  return budget === 'carry' && typeof fields.limit === 'number' ? { ...policy, sharedLimit: fields.limit } : policy
}
