/**
 * The plan: what the machine would do now, address by address, and what it means. Built from forecasts, so apply and plan
 * cannot disagree. Authored changes come from the manifests; scheduled ones are already approved by policy in git.
 */
import { abilitiesOf } from './abilities.ts'
import type { Diagnostic } from './diagnostic.ts'
import type { Fields, ProviderKind } from './key.ts'
import { forecast } from './machine/forecast.ts'
import { type PlanWait, waitOf } from './plan-wait.ts'
import { type Change, changeOf, forgetting, type Setting, type Subject } from './planned-change.ts'
import { isLive, type KeyRecord } from './record.ts'
import { worstMonth } from './spend.ts'
import { type Instant, instant } from './time.ts'

export type { PlanWait } from './plan-wait.ts'
export type { Action, Change, PlannedPlace, Subject } from './planned-change.ts'

export interface Held {
  readonly address: string
  readonly fields: readonly string[]
  readonly since: Instant
}

export interface Plan {
  readonly stack: string
  readonly at: Instant
  readonly changes: readonly Change[]
  readonly held: readonly Held[]
  /** Unfinished work that waits for something. */
  readonly waiting: readonly PlanWait[]
  readonly stops: readonly Diagnostic[]
  readonly problems: readonly Diagnostic[]
  readonly unclaimed: number
  /** Declared places whose sink cannot read back. */
  readonly unverifiable: number
  readonly keys: number
  readonly live: number
  readonly writes: number
  /** Worst case in USD a calendar month; `null` is unlimited. */
  readonly spend: { readonly before: number | null; readonly after: number | null }
  readonly approval: { readonly loosen: number; readonly newPlaces: number; readonly retire: number }
}

export interface PlanInputs {
  readonly stack: string
  readonly now: number
  readonly subjects: readonly Subject[]
  /** Addresses this plan leaves alone: their money counts as it is. */
  readonly beside?: readonly Subject[]
  readonly stops: ReadonlyMap<string, Diagnostic>
  readonly problems: readonly Diagnostic[]
  readonly unclaimed: number
  readonly live: number
  /** Names of sinks that cannot read back. */
  readonly blind?: ReadonlySet<string>
  /** Names of guardrails by id. */
  readonly guardrails?: ReadonlyMap<string, string>
}

interface Assessment {
  readonly change: Change | null
  readonly held: Held | null
  readonly waiting: PlanWait | null
  readonly before: number
  readonly after: number
}

export function makePlan(inputs: PlanInputs): Plan {
  const changes: Change[] = []
  const held: Held[] = []
  const waiting: PlanWait[] = []
  const setting: Setting = { blind: inputs.blind ?? NONE, guardrails: inputs.guardrails ?? new Map() }
  const others = (inputs.beside ?? []).reduce((sum, subject) => sum + spendNow(subject), 0)
  let before = others
  let after = others
  for (const subject of inputs.subjects) {
    const assessed = inputs.stops.has(subject.address) ? untouched(subject) : assess(subject, setting)
    if (assessed.change) changes.push(assessed.change)
    if (assessed.held) held.push(assessed.held)
    if (assessed.waiting) waiting.push(assessed.waiting)
    before += assessed.before
    after += assessed.after
  }
  const authored = changes.filter((change) => change.origin === 'authored')
  return {
    stack: inputs.stack,
    at: instant(inputs.now),
    changes,
    held,
    waiting,
    stops: [...inputs.stops.values()],
    problems: inputs.problems,
    unclaimed: inputs.unclaimed,
    unverifiable: unverifiable(inputs.subjects, setting),
    keys: inputs.subjects.length,
    live: inputs.live,
    writes: changes.reduce((sum, change) => sum + change.writes, 0),
    spend: { before: finite(before), after: finite(after) },
    approval: {
      loosen: authored.filter((change) => change.loosens).length,
      newPlaces: changes.reduce(
        (sum, change) => sum + change.places.filter((place) => place.change === 'new').length,
        0,
      ),
      retire: authored.filter((change) => change.action === 'retire').length,
    },
  }
}

const NONE: ReadonlySet<string> = new Set()

function unverifiable(subjects: readonly Subject[], { blind }: Setting): number {
  if (blind.size === 0) return 0
  return subjects.reduce(
    (sum, { desired }) => sum + (desired?.places.filter((place) => blind.has(place.sink)).length ?? 0),
    0,
  )
}

function finite(usd: number): number | null {
  return Number.isFinite(usd) ? Math.round(usd * 100) / 100 : null
}

function untouched(subject: Subject): Assessment {
  const spend = spendNow(subject)
  return { change: null, held: null, waiting: null, before: spend, after: spend }
}

function assess(subject: Subject, setting: Setting): Assessment {
  const { desired, record, sight } = subject
  const before = spendNow(subject)
  if (subject.handedOver) return { change: forgetting(subject), held: null, waiting: null, before, after: 0 }
  const future = forecast(desired, record, sight)
  const change = changeOf(subject, future, setting)
  const frozen = future.record.frozen
  const isPaused = future.rest.code === 'ADDRESS_PAUSED'
  const stays = isPaused || (frozen !== undefined && desired !== null)
  return {
    change,
    held: frozen ? { address: subject.address, fields: frozen.fields, since: frozen.observedAt } : null,
    waiting: waitOf(subject, future),
    before,
    after: stays ? before : desired ? worstOf(desired.kind, desired.fields) : 0,
  }
}

function worstOf(kind: ProviderKind, fields: Fields): number {
  return abilitiesOf(kind).spend ? worstMonth(fields) : 0
}

/**
 * All live, enabled generations of the address could spend now; where nobody could look, as they were issued. Those that share a limit
 * spend no more than that together.
 */
function spendNow({ record, sight }: Subject): number {
  let sum = 0
  for (const g of record.generations) {
    if (!isLive(g) || g.phase === 'superseded') continue
    const live = sight.keys.get(g.id)
    const fields = live === undefined ? g.issued.fields : live?.fields
    if (fields) sum += worstOf(record.kind, { ...fields, ...wholeLimit(record, fields) })
  }
  return sum
}

/** In the next window the one that serves has the whole limit again. */
function wholeLimit({ policy }: KeyRecord, fields: Fields): Fields {
  const { limit } = fields
  if (policy.sharedLimit === undefined || typeof limit !== 'number') return {}
  return { limit: Math.max(policy.sharedLimit, limit) }
}
