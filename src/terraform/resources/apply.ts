/**
 * The apply of one key: leftovers of a killed apply first, then the machine, over the record that the state keeps.
 *
 * Whatever happens, the state afterwards says how far it came. A create that is half done returns `pending` and a warning: an error would
 * taint the resource, and Terraform would destroy it before it creates it anew.
 */
import type { Diagnostic as Finding } from '../../core/diagnostic.ts'
import type { DesiredKey, LiveKey } from '../../core/key.ts'
import { activeOf, isLive, type KeyRecord, newRecord } from '../../core/record.ts'
import { instant, type Millis } from '../../core/time.ts'
import { type Declared, declared } from '../config/entry.ts'
import type { Allowed, Kept, Leftover } from '../record/kept.ts'
import { isClaimed, type Look, lookAt, seenOf } from '../record/sight.ts'
import { isPending, stateOf, stillValid } from '../record/state.ts'
import { allSaid, hasError, problem, warning } from '../said.ts'
import type { TerraformKind } from '../schema/provider.ts'
import type { Diagnostic } from '../server/diagnostic.ts'
import { isUnknown, isWhollyKnown, type Value, type ValueMap } from '../values/value.ts'
import type { World } from '../world.ts'
import { type Ran, run } from './job.ts'
import { type Resolved, resolveLeftovers } from './leftovers.ts'
import { asksForRotation } from './plan.ts'
import { prepared, withoutWaiting } from './prepared.ts'
import { settled } from './settled.ts'
import { stockTaken } from './stock.ts'

export interface Applied {
  readonly state: ValueMap | null
  readonly kept: Kept | null
  readonly diagnostics: readonly Diagnostic[]
}

export interface ApplyAsked {
  readonly prior: ValueMap | null
  readonly planned: ValueMap
  readonly config: ValueMap
  readonly kept: Kept | null
  readonly signal: AbortSignal
}

export async function applyKey(world: World, kind: TerraformKind, asked: ApplyAsked): Promise<Applied> {
  const { prior, config, kept } = asked
  const block = await declared(config, { kind, config: world.setup.config, now: world.clock.now(), prior })
  const wrong = allSaid(block.diagnostics).filter(({ severity }) => severity === 'error')
  if (!block.key || wrong.length > 0)
    return { state: prior, kept, diagnostics: wrong.length > 0 ? wrong : [unsettled()] }
  const ready = await settled(world, kind, { key: block.key, identity: kept?.identity })
  if (!ready.key) return { state: prior, kept, diagnostics: ready.diagnostics }
  const room: Room = { world, kind, asked, block, desired: ready.key }
  return await carriedOut(room)
}

function unsettled(): Diagnostic {
  return problem(
    'TERRAFORM_NOT_CONFIGURED',
    'The provider block is not known, so nothing can be done with this key.',
    'terraform apply -target the resource that the provider block refers to',
  )
}

interface Room {
  readonly world: World
  readonly kind: TerraformKind
  readonly asked: ApplyAsked
  readonly block: Declared
  readonly desired: DesiredKey
}

async function carriedOut(room: Room): Promise<Applied> {
  const { world, kind, asked, desired } = room
  const before: Kept = asked.kept ?? { record: newRecord(desired, world.mint()), entry: '' }
  const first = { ...before.record, address: desired.address, lineage: before.record.lineage || world.mint() }
  const look = await lookAt(world, kind, { record: first, identity: before.identity, scopes: [desired.scope] })
  const now = world.clock.now() + look.skew
  const allowed = before.allowed ?? { issue: true, retire: true }
  const resolved = await leftoversOf(room, { record: first, look, now, allowed })
  const taken = await stockTaken({ world, kind, desired, kept: { ...before, record: resolved.record }, now })
  const rotates = asked.prior !== null && asksForRotation(room.block, asked.prior, before)
  const keys = new Map<string, LiveKey | null>([...look.keys, ...resolved.known.map((key) => [key.id, key] as const)])
  const record = prepared({ desired, kept: taken, keys, rotates, now })
  const known = new Set(resolved.known.map(({ id }) => id))
  const ran = await run({
    world,
    kind,
    record,
    identity: before.identity,
    allowed,
    adopted: before.adopted,
    signal: asked.signal,
    desired: allowed.issue ? desired : withoutWaiting(desired, { ...taken, record }),
    look: { keys, skew: look.skew, strays: look.strays.filter((key) => !known.has(key.id) && isClaimed(key, record)) },
  })
  await world.note(kind, ran.keys)
  const { identity } = await world.account(kind)
  return concluded(room, { before: { ...taken, identity }, ran, leftovers: resolved.leftovers, look })
}

interface Sighted {
  readonly record: KeyRecord
  readonly look: Look
  readonly now: number
  readonly allowed: Allowed
}

/** What a plan did not show as open is not looked into by its apply: leftovers stay what they are, or only end. */
async function leftoversOf(
  { world, kind, desired, asked }: Room,
  { record, look, now, allowed }: Sighted,
): Promise<Resolved> {
  const known = (asked.kept?.leftovers ?? []).filter(({ id }) => look.strays.some((key) => key.id === id))
  if (!allowed.retire) return { record, leftovers: known, known: [] }
  const only = allowed.issue ? {} : { only: new Set(known.map(({ id }) => id)) }
  return await resolveLeftovers({
    world,
    api: await world.api(kind),
    desired,
    record,
    strays: look.strays,
    now,
    ...only,
  })
}

interface End {
  readonly before: Kept
  readonly ran: Ran
  readonly leftovers: readonly Leftover[]
  readonly look: Look
}

function concluded({ world, kind, asked, block, desired }: Room, { before, ran, leftovers, look }: End): Applied {
  const record = ran.record ?? before.record
  const findings = ran.problem ? [ran.problem] : []
  if (asked.prior === null && isNothing(record))
    return { state: null, kept: null, diagnostics: allSaid(findings.map(asError)) }
  const active = activeOf(record)
  for (const g of record.generations) if (isLive(g)) world.claimed.add(g.id)
  for (const { id } of leftovers) world.claimed.add(id)
  const kept = keptAfter(before, { record, desired, ran, leftovers, look, now: world.clock.now() })
  const live = active ? (ran.keys.get(active.id) ?? null) : null
  const written = { ...desired, rotation: block.written?.rotation ?? desired.rotation }
  const shown = stateOf({ kind, kept, live, said: asked.planned, desired: written, scopes: look.scopes })
  const isOpen = isPending(record, { kept, desired })
  const told = outcomeSaid(findings, { asked, isOpen, desired, until: ran.until })
  const state = hasError(told) ? known(shown) : asPlanned(known(shown), asked.planned)
  return { state, kept, diagnostics: [...told, ...graces(record, desired)] }
}

function isNothing({ generations, abandoned }: KeyRecord): boolean {
  return generations.length === 0 && abandoned.length === 0
}

interface After extends Pick<End, 'ran' | 'leftovers' | 'look'> {
  readonly record: KeyRecord
  readonly desired: DesiredKey
  readonly now: number
}

function keptAfter(before: Kept, { record, desired, ran, leftovers, look, now }: After): Kept {
  const { allowed: _, adopted, waiting, fingerprint: old, leftovers: __, ...rest } = before
  const active = activeOf(record)
  const isAdopted = adopted !== undefined && active?.n === adopted
  const fingerprint = (active ? ran.fingerprints.get(active.n) : undefined) ?? old
  const keys = [...ran.keys].filter(([id]) => record.generations.some((g) => isLive(g) && g.id === id))
  return {
    ...rest,
    record,
    entry: desired.digest,
    seen: seenOf({ ...look, keys: new Map(keys), strays: [] }, record, now),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(isAdopted ? { adopted, ...(waiting === undefined ? {} : { waiting }) } : {}),
    ...(leftovers.length > 0 ? { leftovers } : {}),
  }
}

/** What was planned as known comes out as it was planned. What is live by then otherwise, the next refresh shows. */
function asPlanned(state: ValueMap, planned: ValueMap): ValueMap {
  const settled = Object.entries(planned).filter(([, value]) => isWhollyKnown(value))
  return { ...state, ...Object.fromEntries(settled) }
}

/** After an apply nothing may be unknown; what did not come about is null. */
function known(state: ValueMap): ValueMap {
  return Object.fromEntries(
    Object.entries(state).map(([name, value]): [string, Value] => [name, isUnknown(value) ? null : value]),
  )
}

interface Told {
  readonly asked: ApplyAsked
  readonly isOpen: boolean
  readonly desired: DesiredKey
  readonly until: Millis | null
}

/** A create that is half done must not be tainted by an error; an update is not tainted by one. */
function outcomeSaid(findings: readonly Finding[], { asked, isOpen, desired, until }: Told): readonly Diagnostic[] {
  const when = until === null ? '' : ` (not before ${instant(until)})`
  const pending = `${desired.id} is not finished; the state says pending, and the next apply goes on${when}.`
  if (asked.prior !== null) {
    if (!isOpen || findings.some(({ severity }) => severity === 'error')) return allSaid(findings)
    return [...allSaid(findings), problem('TERRAFORM_PENDING', pending, 'terraform apply')]
  }
  const told = allSaid(findings.map((finding) => (isOpen ? { ...finding, severity: 'warning' as const } : finding)))
  return isOpen ? [...told, warning('TERRAFORM_PENDING', pending, 'terraform apply')] : told
}

function asError(finding: Finding): Finding {
  return { ...finding, severity: 'error' }
}

function graces(record: KeyRecord, desired: DesiredKey): readonly Diagnostic[] {
  return stillValid(record, desired).map(({ n, until }) => {
    const when = until === null ? 'until its successor serves' : `until ${until}`
    return warning(
      'TERRAFORM_RETIRING',
      `The old key #${n} of ${desired.id} stays valid ${when}; the first apply after that ends it.`,
      'terraform apply',
    )
  })
}
