/**
 * Saved plans: what was decided, sealed address by address, so that it can be reviewed now and carried out later.
 *
 * A seal is the hash of a decision: what is done, why, with which values and places, at which lineage, and the digest of the manifest entry
 * it follows from. Not in it is what moves by itself: the time, counters, generation numbers, shares of a budget that is spent meanwhile, and
 * housekeeping of policy (a grace that ends today) at the same address. So a decision that differs is one that a reviewer would have to see
 * again. Rejected: one hash over the whole plan, under which any drift anywhere refuses everything.
 */
import { canonical, type Json } from './canonical.ts'
import type { DesiredKey } from './key.ts'
import { isScheduled, type Reason } from './machine/reason.ts'
import type { Change, Plan, Subject } from './plan.ts'
import { isShare } from './planned-fields.ts'
import type { Instant } from './time.ts'

export interface Sealed {
  readonly address: string
  /** `sha256:` + hex of the decision. */
  readonly seal: string
  /** Digest of the manifest entry; `null`: it is in no manifest any more. */
  readonly entry: string | null
  /** For people: what was decided, as it was shown. */
  readonly change: Change
}

export interface SavedPlan {
  readonly schemaVersion: 1
  readonly kind: 'saved-plan'
  readonly stack: string
  readonly environment: string | null
  readonly at: Instant
  /** With what is merely due (`--due`), not only what the manifests changed. */
  readonly due: boolean
  readonly spend: Plan['spend']
  /** By address. */
  readonly sealed: readonly Sealed[]
  /** Of stack, addresses and seals: equal digests are equal decisions. */
  readonly digest: string
}

export interface Look {
  readonly plan: Plan
  readonly subjects: readonly Subject[]
  /** SHA-256 as `sha256:` + hex. */
  readonly hash: (text: string) => string
}

export function sealAll({ plan, subjects, hash }: Look, due: boolean): readonly Sealed[] {
  const byAddress = new Map(subjects.map((subject) => [subject.address, subject]))
  const sealed: Sealed[] = []
  for (const change of plan.changes) {
    const subject = byAddress.get(change.address)
    if (!subject || (change.origin !== 'authored' && !due)) continue
    const entry = subject.desired?.digest ?? null
    sealed.push({ address: change.address, seal: hash(canonical(decisionOf(change, subject))), entry, change })
  }
  return sealed.sort((a, b) => (a.address < b.address ? -1 : 1))
}

export function digestOf(
  stack: string,
  sealed: readonly Pick<Sealed, 'address' | 'seal'>[],
  hash: Look['hash'],
): string {
  return hash(canonical({ stack, sealed: sealed.map(({ address, seal }) => [address, seal]) }))
}

/** Everything a reviewer approved, as plain data. */
function decisionOf(change: Change, subject: Subject): Json {
  const { action, origin, rename, adopts, marker, window, budget, expiresIn, places, grace, removalHold } = change
  const { desired, record } = subject
  const authored = origin === 'authored'
  return {
    action,
    origin,
    entry: desired?.digest ?? null,
    lineage: record.serial === 0 ? null : record.lineage,
    reasons: change.reasons.filter((reason) => !authored || !isScheduled(reason)).map(dataOf),
    fields: change.fields
      .filter(({ field }) => !isShare(subject, field))
      .map(({ field, from, to }) => [field, from, to]),
    places: places.map(({ text, change: what }) => [text, what]),
    ...(rename ? { rename: [rename.from, rename.to] } : {}),
    ...(marker ? { marker: marker.from } : {}),
    ...(adopts ? { adopts: adopts.id } : {}),
    ...(window === undefined ? {} : { window }),
    ...(budget ? { budget: [budget.kind, budget.limit, budget.reset] } : {}),
    ...(expiresIn === undefined ? {} : { expiresIn }),
    ...(authored ? { grace, removalHold } : { retires: change.retires }),
  }
}

/** Reasons hold plain data only; why and when a human asked is no part of what is decided. */
function dataOf(reason: Reason): Json {
  switch (reason.kind) {
    case 'fields':
      return [reason.kind, ...reason.changes.map(({ field, to }): Json => [field, to])]
    case 'workspace':
      return [reason.kind, reason.from, reason.to]
    case 'serial':
      return [reason.kind, reason.to]
    case 'place':
      return [reason.kind, ...reason.places]
    case 'ending':
      return [reason.kind, reason.at]
    default:
      return [reason.kind]
  }
}

/** What became of a sealed decision. `done`: nothing of it is left, or only work that an earlier run began. */
export type Verdict =
  | { readonly is: 'same' | 'done'; readonly sealed: Sealed }
  /** `now`: what would be decided instead; `null` is nothing. */
  | { readonly is: 'stale'; readonly sealed: Sealed; readonly now: Change | null; readonly entryMoved: boolean }

/** One verdict for each sealed address. `look` is at everything, `desired` all manifest entries by address. */
export function verdicts(
  saved: Pick<SavedPlan, 'sealed'>,
  look: Look,
  desired: ReadonlyMap<string, DesiredKey>,
): readonly Verdict[] {
  const fresh = new Map(sealAll(look, true).map((one) => [one.address, one]))
  const halted = haltedIn(look.plan)
  return saved.sealed.map((sealed) => {
    const now = fresh.get(sealed.address)
    if (now?.seal === sealed.seal) return { is: 'same', sealed }
    const entryMoved = (desired.get(sealed.address)?.digest ?? null) !== sealed.entry
    const isLeft = now === undefined ? halted.has(sealed.address) : isOther(now.change, sealed.change)
    return entryMoved || isLeft ? { is: 'stale', sealed, now: now?.change ?? null, entryMoved } : { is: 'done', sealed }
  })
}

/** Addresses at which a human stopped what was decided. */
function haltedIn({ held, waiting }: Plan): ReadonlySet<string> {
  const paused = waiting.filter(({ code }) => code === 'ADDRESS_PAUSED' || code === 'HELD_OUTSIDE')
  return new Set([...held, ...paused].map(({ address }) => address))
}

/** Authored work is left, or, where what was sealed is policy itself, other work than finishing it. */
function isOther(now: Change, { origin, action }: Change): boolean {
  return now.origin === 'authored' || (origin === 'scheduled' && now.action !== 'finish' && now.action !== action)
}
