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

/** What a key had spent in the running window of a shared limit when its delete was announced. */
export interface Spent {
  /** Start of that window; the epoch for a limit that is never reset. */
  readonly window: Instant
  readonly spent: number
}

interface Live extends Numbered {
  /** Id of the live key at the API. */
  readonly id: string
  /** What we last know to have set: the base against which outside edits are seen. */
  readonly issued: Issued
  /** True once a write of this secret into some place was claimed: from then on it may be in use. */
  readonly claimed: boolean
  /** Known to others: never brought back, and ended without grace. */
  readonly compromised?: boolean
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
  /** Guardrail id it was assigned to. */
  readonly guardrail?: string
}

export interface Creating extends Numbered {
  readonly phase: 'creating'
  /** Version of each desired place when the claim was saved, by identity; `null` when it was empty. */
  readonly versions: Readonly<Record<string, string | null>>
  readonly issued: Issued
  readonly harmless: boolean
  /** Id of the key that the API itself is asked to rotate, instead of a create. */
  readonly rotates?: string
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
  /** A human's word (`extend`, `retire`, `rotate --grace`): grace ends then, whatever the policy says. */
  readonly graceUntil?: Instant
  /** A human ended it: neither quiet nor window is waited for. */
  readonly atOnce?: boolean
  /** Usage as last seen to move, and when that was noticed. */
  readonly used?: { readonly mark: string; readonly since: Instant }
  /** The delete was announced (grace without hold, or a leftover that went nowhere). */
  readonly removing?: boolean
  readonly spent?: Spent
}

/** Announced as such before the disable is sent: while the live key is still enabled, the disable is sent (again). */
export interface Disabled extends Live {
  readonly phase: 'disabled'
  readonly disabledAt: Instant
  readonly everActive: boolean
  /** `retired`: a later generation took over. `removed`: the address left the manifests, and may come back until deleted. */
  readonly why: 'retired' | 'removed'
  readonly removing?: boolean
  readonly spent?: Spent
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
  /** Left out, with `runUrl`, where the line before has the same. */
  readonly who?: string
  readonly runUrl?: string
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
