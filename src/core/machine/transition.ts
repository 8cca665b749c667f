/** Folds what happened into the record. Pure; each event is one announced or observed fact. */
import { canonical } from '../canonical.ts'
import type { DesiredKey, Fields } from '../key.ts'
import {
  activeOf,
  type Disabled,
  type Generation,
  type Issued,
  isLive,
  type KeyRecord,
  type PlaceState,
  policyOf,
  type Superseded,
} from '../record.ts'
import { at, DAY, type Instant } from '../time.ts'
import { carried } from './budget.ts'
import type { Event } from './event.ts'
import { heed } from './heed.ts'
import { activate, disable, enable, kept, reinstate, uncut } from './phases.ts'
import { claimedPlace, renamed } from './place-state.ts'
import { standStill } from './standstill.ts'
import { takeOver, written } from './take-over.ts'
import { foldHook, owing } from './tell.ts'

export function transition(record: KeyRecord, event: Event): KeyRecord {
  return written(fold(record, event), event)
}

function fold(record: KeyRecord, event: Event): KeyRecord {
  switch (event.on) {
    case 'issue-claimed':
      return claimIssue(record, event)
    case 'created':
      return replace(record, event.n, (g) =>
        g.phase === 'creating'
          ? {
              phase: 'delivering',
              n: g.n,
              claimedAt: g.claimedAt,
              id: event.id,
              issued: g.issued,
              claimed: false,
              versions: g.versions,
              proven: false,
              harmless: g.harmless,
            }
          : g,
      )
    case 'withdrawn':
      return { ...without(record, event.n), issuedAt: record.issuedAt.slice(0, -1) }
    case 'abandoned':
      return abandon(record, event.n)
    case 'proven':
      return replace(record, event.n, (g) => (g.phase === 'delivering' ? { ...g, proven: true } : g))
    case 'write-claimed':
      return claimWrite(record, event)
    case 'written':
      return mapPlace(record, event.identity, (p) => ({
        ...p,
        version: event.version,
        status: p.readable ? 'written' : 'unverifiable',
      }))
    case 'seen':
      return mapPlace(record, event.identity, (p) => ({
        ...p,
        n: event.n,
        version: event.version,
        fingerprint: event.fingerprint,
        status: 'verified',
      }))
    case 'blinded':
      return mapPlace(record, event.identity, (p) => ({
        ...p,
        readable: false,
        status: p.status === 'verified' || p.status === 'written' ? 'unverifiable' : p.status,
      }))
    case 'unwritten':
      return mapPlace(record, event.identity, ({ fingerprint: _, ...p }) => ({
        ...p,
        n: event.n,
        status: p.readable ? 'verified' : 'unverifiable',
        ...(p.before === undefined ? {} : { fingerprint: p.before }),
      }))
    case 'place-lost':
      return mapPlace(record, event.identity, ({ fingerprint: _, ...p }) => ({
        ...p,
        n: 0,
        version: event.version,
        status: 'lost',
      }))
    case 'empty-claimed':
      return mapPlace(record, event.identity, (p) => ({ ...p, n: 0, status: 'claimed' }))
    case 'place-dropped':
      return { ...record, places: record.places.filter((p) => p.identity !== event.identity) }
    case 'activated':
      return owing(record, activate(record, event.n, event.at), event)
    case 'superseded':
      return replace(record, event.n, (g) =>
        isLive(g) ? { ...kept(g), phase: 'superseded', supersededAt: event.at, everActive: g.phase === 'active' } : g,
      )
    case 'update-claimed':
      return claimUpdate(record, event)
    case 'updated':
      return settleUpdate(record, event)
    case 'update-withdrawn':
      return settledPatch(record, event.fields)
    case 'disable-claimed':
      return replace(record, event.n, (g) => disable(g, event.why, event.at))
    case 'disabled':
      return replace(record, event.n, (g) => (g.phase === 'disabled' ? { ...g, disabledAt: event.at } : g))
    case 'enabled':
      return replace(settledPatch(record, event.fields), event.n, (g) => enable(g, event, activeOf(record) === null))
    case 'remove-claimed':
      return replace(record, event.n, (g) => (isOld(g) ? { ...g, removing: true, ...spentOf(event) } : g))
    case 'gone':
      return leave(record, event)
    case 'claim-dropped':
      return { ...record, abandoned: record.abandoned.filter((a) => a.n !== event.n) }
    case 'frozen':
      return { ...record, frozen: { fields: event.fields, observedAt: event.at, entry: event.entry } }
    case 'thawed':
      return thaw(record)
    case 'tainted':
      return { ...record, tainted: { n: record.highest } }
    case 'noted':
      return note(record, event.desired)
    case 'use-noted':
      return replace(record, event.n, (g) =>
        g.phase === 'superseded' ? { ...g, used: { mark: event.mark, since: event.at } } : g,
      )
    case 'adopted':
      return takeOver(record, event)
    case 'stood-still':
      return standStill(record, event)
    case 'cut-claimed':
    case 'uncut':
      return cut(record, event)
    case 'assign-claimed':
      return replace(record, event.n, (g) => (isLive(g) ? { ...g, issued: guarding(g.issued, event.guardrail) } : g))
    case 'assigned':
      return replace(record, event.n, (g) => (isLive(g) ? { ...g, issued: guarded(g.issued, event.guardrail) } : g))
    case 'not-restored':
    case 'pin-settled':
      return turnBack(record, event)
    case 'reinstated':
      return owing(record, reinstate(record, event.n, event.at), event)
    case 'hook-claimed':
    case 'hook-failed':
    case 'hook-done':
      return foldHook(record, event)
    case 'requested':
    case 'extended':
    case 'pinned':
    case 'paused':
    case 'resumed':
    case 'compromised':
      return heed(record, event)
    default:
      return event satisfies never
  }
}

type Claimed<On extends Event['on']> = Extract<Event, { readonly on: On }>

function claimIssue(record: KeyRecord, event: Claimed<'issue-claimed'>): KeyRecord {
  const { desired, n, issued, harmless, versions, rotates } = event
  const claim = { phase: 'creating', n, claimedAt: event.at, issued, harmless, versions } as const
  return {
    ...note(record, desired),
    scope: desired.scope,
    highest: n,
    generations: [...record.generations, rotates === undefined ? claim : { ...claim, rotates }],
    issuedAt: [...record.issuedAt.filter((when) => at(event.at) - at(when) < DAY), event.at],
  }
}

/** What the record keeps of the manifest for the time after its entry is gone. */
function note(record: KeyRecord, desired: DesiredKey): KeyRecord {
  const { owner: _, ...rest } = record
  return {
    ...rest,
    provider: desired.provider,
    kind: desired.kind,
    protect: desired.protect,
    policy: policyOf(desired),
    places: record.places.map((state) => renamed(state, desired.places)),
    ...(desired.owner === undefined ? {} : { owner: desired.owner }),
  }
}

function abandon(record: KeyRecord, n: number): KeyRecord {
  const lost = record.generations.find((g) => g.n === n)
  if (!lost) return record
  const rotates = lost.phase === 'creating' ? lost.rotates : undefined
  const named = rotates === undefined ? {} : { rotates, becomes: lost.issued.name }
  const claim = { n, claimedAt: lost.claimedAt, ...named }
  return { ...without(record, n), abandoned: [...record.abandoned, claim] }
}

/** Whoever reads this place had an old secret until now, as after a rollback: its grace starts again, unless a human ended it. */
function leavePlace(record: KeyRecord, n: number, when: Instant): KeyRecord {
  const whole = at(when) + record.policy.grace
  return replace(record, n, (g) => {
    if (g.phase !== 'superseded') return g
    const { graceUntil, ...rest } = { ...g, supersededAt: when }
    const stands = graceUntil !== undefined && (g.atOnce || at(graceUntil) > whole)
    return stands ? { ...rest, graceUntil } : rest
  })
}

function claimWrite(record: KeyRecord, event: Claimed<'write-claimed'>): KeyRecord {
  const old = record.places.find((p) => p.identity === event.place.identity)
  const state = claimedPlace(old, event)
  const claimed = replace(record, event.n, (g) => (isLive(g) ? { ...g, claimed: true } : g))
  const places = old ? record.places.map((p) => (p === old ? state : p)) : [...record.places, state]
  return old && old.n !== event.n ? leavePlace({ ...claimed, places }, old.n, event.at) : { ...claimed, places }
}

/** The first cut of an address begins its book; a later one goes on with it. */
function cut(record: KeyRecord, event: Claimed<'cut-claimed'> | Claimed<'uncut'>): KeyRecord {
  const { carry } = record
  if (event.on === 'uncut') return carry ? { ...record, carry: uncut(carry) } : record
  const { n, limit, window } = event
  const book = carry ?? { window, spent: 0 }
  return { ...record, carry: activeOf(record)?.n === n ? { ...book, cut: { n, limit } } : book }
}

/** Announced: what is in force until it was answered stays written down as well. Taking one out only has to be repeated. */
function guarding(issued: Issued, guardrail: string | null): Issued {
  return guardrail === null ? { ...issued } : { ...issued, guardrailClaim: guardrail }
}

function guarded(issued: Issued, guardrail: string | null): Issued {
  const { guardrail: _, guardrailClaim: __, ...rest } = issued
  return guardrail === null ? rest : { ...rest, guardrail }
}

function turnBack(record: KeyRecord, event: Claimed<'not-restored'> | Claimed<'pin-settled'>): KeyRecord {
  const { pinned } = record
  if (!pinned) return record
  if (event.on === 'pin-settled') return { ...record, pinned: { ...pinned, settled: true } }
  return { ...record, pinned: { ...pinned, notRestored: { ...pinned.notRestored, [event.identity]: event.why } } }
}

/** An update that was never answered is remembered for 30 days: values like its own are not an outside edit. */
function claimUpdate(record: KeyRecord, event: Claimed<'update-claimed'>): KeyRecord {
  const young = record.patches.filter(
    (patch) => at(event.at) - at(patch.claimedAt) < 30 * DAY && !same(patch.fields, event.fields),
  )
  return { ...record, patches: [...young, { n: event.n, fields: event.fields, claimedAt: event.at }] }
}

function same(a: Fields, b: Fields): boolean {
  return canonical(a) === canonical(b)
}

function settledPatch(record: KeyRecord, fields: Fields): KeyRecord {
  return { ...record, patches: record.patches.filter((patch) => !same(patch.fields, fields)) }
}

function settleUpdate(record: KeyRecord, event: Claimed<'updated'>): KeyRecord {
  const { name, ...fields } = event.fields
  return replace(settledPatch(record, event.fields), event.n, (g) => {
    if (!isLive(g)) return g
    const issued: Issued = {
      ...g.issued,
      fields: { ...g.issued.fields, ...fields },
      ...(typeof name === 'string' ? { name } : {}),
    }
    return g.phase === 'delivering' && event.lifted ? { ...g, issued, harmless: false } : { ...g, issued }
  })
}

/** What a human made stricter is gone with the key it was about. */
function leave(record: KeyRecord, { n }: Claimed<'gone'>): KeyRecord {
  const rest = activeOf(record)?.n === n ? thaw(record) : record
  const old = record.generations.find((g) => g.n === n)
  const spent = old && isOld(old) ? old.spent : undefined
  const carry = spent ? carried(record.carry, spent) : record.carry
  return {
    ...without(rest, n),
    abandoned: record.abandoned.filter((a) => a.n !== n),
    ...(carry ? { carry } : {}),
  }
}

function isOld(g: Generation): g is Superseded | Disabled {
  return g.phase === 'superseded' || g.phase === 'disabled'
}

/** Said again without it, as after the entry left the manifests, an earlier word stands. */
function spentOf({ spent }: Claimed<'remove-claimed'>): Pick<Superseded, 'spent'> {
  return spent ? { spent } : {}
}

function thaw(record: KeyRecord): KeyRecord {
  const { frozen: _, ...rest } = record
  return rest
}

function replace(record: KeyRecord, n: number, change: (g: Generation) => Generation): KeyRecord {
  return { ...record, generations: record.generations.map((g) => (g.n === n ? change(g) : g)) }
}

function without(record: KeyRecord, n: number): KeyRecord {
  return { ...record, generations: record.generations.filter((g) => g.n !== n) }
}

function mapPlace(record: KeyRecord, identity: string, change: (p: PlaceState) => PlaceState): KeyRecord {
  return { ...record, places: record.places.map((p) => (p.identity === identity ? change(p) : p)) }
}
