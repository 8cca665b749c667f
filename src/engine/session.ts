/** One look at everything: state, live keys, and the plan that follows. Writes nothing. */

import { formatAddress } from '../core/address.ts'
import { type Adopting, adopted } from '../core/adoption.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import type { DesiredKey, LiveKey } from '../core/key.ts'
import { isUntouched } from '../core/machine/take-over.ts'
import { recordedIds } from '../core/ownership.ts'
import { makePlan, type Plan, type Subject } from '../core/plan.ts'
import { isLive, type KeyRecord, newRecord, type StackHeader } from '../core/record.ts'
import { partedBy } from './away.ts'
import type { ReadContext } from './context.ts'
import { guardrailNames } from './guardrails.ts'
import { refresh, type World } from './refresh.ts'

/** What the manifests say, resolved. */
export interface Wanted {
  readonly keys: readonly DesiredKey[]
  readonly moved: readonly { readonly from: string; readonly to: string }[]
  /** Ids that another stack takes over: forgotten here, left live. */
  readonly handedOver: readonly string[]
  readonly declaredStacks: readonly string[]
  /** Live keys to take over, by the id of their entry. */
  readonly adopted?: readonly Adopting[]
  /** Names of sinks that cannot read back. */
  readonly blindSinks?: ReadonlySet<string>
}

export interface Session {
  readonly header: StackHeader | null
  /** As stored, by address. */
  readonly stored: ReadonlyMap<string, KeyRecord>
  /** After `moved` was applied in memory. */
  readonly records: ReadonlyMap<string, KeyRecord>
  readonly world: World
  readonly subjects: readonly Subject[]
  /** At providers that are away: neither planned nor touched. */
  readonly aside: readonly Subject[]
  /** Addresses that must not be touched in this run. */
  readonly stops: ReadonlyMap<string, Diagnostic>
  /** Forecast when first asked for. */
  readonly plan: Plan
}

/** Which addresses a command is about. */
export type Filter = (subject: {
  readonly address: string
  readonly id: string
  readonly desired: DesiredKey | null
}) => boolean

export async function observe(context: ReadContext, wanted: Wanted, filter: Filter = () => true): Promise<Session> {
  const { header, records: stored } = await context.store.read(context.stack)
  const records = applyMoves(stored, wanted.moved, context.stack)
  const world = await refresh(context, { desired: wanted.keys, header, records, declaredStacks: wanted.declaredStacks })
  return judge({ context, wanted, header, stored, records, world, filter })
}

export interface Judged {
  readonly context: Pick<ReadContext, 'stack'>
  readonly wanted: Wanted
  readonly header: StackHeader | null
  readonly stored: ReadonlyMap<string, KeyRecord>
  readonly records: ReadonlyMap<string, KeyRecord>
  readonly world: World
  readonly filter: Filter
}

/** The pure half of `observe`: also planning from a snapshot ends here. */
export function judge({ context, wanted, header, stored, records, world, filter }: Judged): Session {
  const { taken, refused: refusedAdoptions } = adoptions(context.stack, wanted, { records, world })
  const { here: all, aside } = partedBy(world.away, subjectsOf(context.stack, wanted, { records, world, taken }))
  const isMeant = (subject: Subject): boolean => filter({ ...subject, id: idOf(subject.address) })
  const subjects = all.filter(isMeant)
  const beside = subjects.length === all.length ? [] : all.filter((subject) => !isMeant(subject))
  const stops = new Map<string, Diagnostic>()
  for (const subject of subjects) {
    const stop =
      world.survey.stops.get(subject.address) ?? refusedAdoptions.get(subject.address) ?? movedAway(subject, world)
    if (stop) stops.set(subject.address, stop)
  }
  let plan: Plan | null = null
  const problems = [
    ...(world.survey.stackStop ? [world.survey.stackStop] : []),
    ...world.problems,
    ...skewWarnings(world),
  ]
  const facts = {
    stack: context.stack,
    now: world.at,
    subjects,
    beside: [...beside, ...aside],
    stops,
    problems,
    unclaimed: world.survey.unclaimed.length,
    guardrails: guardrailNames(world.providers.values()),
    ...(wanted.blindSinks ? { blind: wanted.blindSinks } : {}),
  }
  return {
    header,
    stored,
    records,
    world,
    subjects,
    aside: aside.filter(isMeant),
    stops,
    get plan(): Plan {
      plan ??= makePlan({ ...facts, live: liveCount(world) })
      return plan
    },
  }
}

/** Its live keys stay where they are: an id of one account means nothing in another. */
function movedAway({ address, desired, record }: Subject, { providers }: World): Diagnostic | null {
  const hasLeft = record.generations.length > 0 || record.abandoned.length > 0
  if (!desired || record.serial === 0 || !hasLeft || record.provider === desired.provider) return null
  const [old, next] = [providers.get(record.provider)?.identity, providers.get(desired.provider)?.identity]
  if (old && next && old.origin === next.origin && old.account === next.account) return null
  return {
    severity: 'error',
    code: 'RECORD_PROVIDER_CHANGED',
    address,
    message: `${address} moved from the provider "${record.provider}" to "${desired.provider}", but its live keys cannot move along`,
    hint: `provider: ${record.provider}   or declare it at ${desired.provider} under a new id`,
  }
}

function idOf(address: string): string {
  return address.slice(address.indexOf('/') + 1)
}

/** `moved` renames the record, not the key: same lineage, same secret; only the marker follows. */
export function applyMoves(
  stored: ReadonlyMap<string, KeyRecord>,
  moved: Wanted['moved'],
  stack: string,
): ReadonlyMap<string, KeyRecord> {
  const records = new Map(stored)
  for (const { from, to } of moved) {
    const old = records.get(formatAddress(stack, from))
    const address = formatAddress(stack, to)
    if (!old || records.has(address)) continue
    records.delete(old.address)
    records.set(address, { ...old, address })
  }
  return records
}

interface Known {
  readonly records: ReadonlyMap<string, KeyRecord>
  readonly world: World
}

interface Adoptions {
  /** Records of keys that are taken over now, by address. */
  readonly taken: ReadonlyMap<string, KeyRecord>
  readonly refused: ReadonlyMap<string, Diagnostic>
}

/** Only addresses that were never recorded: after that the line says what happened once. */
function adoptions(stack: string, { adopted: asked = [], blindSinks }: Wanted, { records, world }: Known): Adoptions {
  const taken = new Map<string, KeyRecord>()
  const refused = new Map<string, Diagnostic>()
  const desired = new Map(asked.length === 0 ? [] : world.desired.map((key) => [key.address, key]))
  const ids = recordedIds(asked.length === 0 ? new Map() : records)
  const lineages = new Set(asked.length === 0 ? [] : [...records.values()].map((record) => record.lineage))
  for (const adoption of asked) {
    const address = formatAddress(stack, adoption.as)
    const key = desired.get(address)
    if (!key || records.has(address)) continue
    const live = world.providers.get(key.provider)?.keys.get(adoption.key) ?? null
    const blind = blindSinks ?? new Set<string>()
    const found = adopted({ desired: key, adoption, live, ids, now: world.at, blind, lineage: UNMINTED, lineages })
    if ('severity' in found) {
      refused.set(address, found)
      continue
    }
    taken.set(address, found)
    if (found.lineage !== UNMINTED) lineages.add(found.lineage)
  }
  return { taken, refused }
}

function subjectsOf(
  stack: string,
  wanted: Wanted,
  { records, world, taken }: Known & Pick<Adoptions, 'taken'>,
): readonly Subject[] {
  const handed = new Set(wanted.handedOver.map((id) => formatAddress(stack, id)))
  const skipped = new Set(world.problems.flatMap((problem) => (problem.address === undefined ? [] : [problem.address])))
  const declared = [...world.desired, ...wanted.keys.filter(({ provider }) => world.away.has(provider))]
  const desired = new Map(declared.map((key) => [key.address, key]))
  const subjects: Subject[] = []
  for (const key of declared)
    subjects.push(
      subjectOf(key, records.get(key.address) ?? taken.get(key.address) ?? newRecord(key, UNMINTED), world, false),
    )
  for (const record of records.values()) {
    if (desired.has(record.address) || skipped.has(record.address)) continue
    subjects.push(subjectOf(null, record, world, handed.has(record.address) || isUntouched(record)))
  }
  return subjects
}

/** Stands for a lineage that is minted when the first claim is saved. */
export const UNMINTED = 'aaaaaaaa'

function subjectOf(desired: DesiredKey | null, record: KeyRecord, world: World, handedOver: boolean): Subject {
  const view = world.providers.get(record.serial > 0 ? record.provider : (desired?.provider ?? record.provider))
  const keys = new Map<string, LiveKey | null>()
  for (const g of record.generations) {
    const live = isLive(g) ? view?.keys.get(g.id) : undefined
    if (isLive(g) && live !== undefined) keys.set(g.id, live)
  }
  const sight = {
    now: world.at + (view?.skew ?? 0),
    keys,
    marked: world.survey.marked.get(record.address) ?? [],
    places: new Map(),
    inHand: null,
    skewed: view?.skewed ?? false,
  }
  return { address: record.address, desired, record, sight, handedOver }
}

function skewWarnings(world: World): readonly Diagnostic[] {
  return [...world.providers.values()]
    .filter((view) => view.skewed)
    .map((view) => ({
      severity: 'warning',
      code: 'CLOCK_SKEW',
      message: `the clock of this machine differs from that of "${view.name}" by ${Math.round(Math.abs(view.skew) / 1000)} s; nothing is rotated or retired`,
      hint: 'set the clock of this machine (NTP), then run again',
    }))
}

function liveCount(world: World): number {
  let count = 0
  for (const view of world.providers.values()) for (const key of view.keys.values()) if (key) count += 1
  return count
}
