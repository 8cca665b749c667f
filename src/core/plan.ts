/**
 * The plan: what the machine would do now, address by address, and what it means. Built from forecasts, so apply and plan
 * cannot disagree. Authored changes come from the manifests; scheduled ones are already approved by policy in git.
 */
import type { Diagnostic } from './diagnostic.ts'
import type { DesiredKey, LiveKey } from './key.ts'
import { type FieldChange, fieldChanges } from './machine/diff.ts'
import { type Forecast, forecast } from './machine/forecast.ts'
import { nameOf } from './machine/issue.ts'
import { isScheduled, type Reason } from './machine/reason.ts'
import { type Sight, type Step, writesOf } from './machine/step.ts'
import { activeOf, isLive, type KeyRecord } from './record.ts'
import { worstMonth } from './spend.ts'
import { type Instant, instant } from './time.ts'

/** `finish`: work of an earlier run, graces and leftovers. `forget`: handed over, left live. */
export type Action = 'create' | 'update' | 'rotate' | 'place' | 'retire' | 'finish' | 'forget'

export interface PlannedPlace {
  readonly text: string
  readonly change: 'new' | 'same' | 'dropped'
}

export interface Change {
  readonly address: string
  readonly action: Action
  readonly origin: 'authored' | 'scheduled'
  readonly reasons: readonly Reason[]
  readonly fields: readonly FieldChange[]
  /** Old and new display name, when it changes. */
  readonly rename?: { readonly from: string; readonly to: string }
  readonly places: readonly PlannedPlace[]
  readonly loosens: boolean
  readonly writes: number
  readonly steps: readonly Step['do'][]
  readonly owner?: string
  /** Generations that end with this change or wait for their end. */
  readonly retires: readonly number[]
  readonly until: Instant | null
  readonly grace: number
  readonly removalHold: number
}

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
  readonly waiting: readonly { readonly address: string; readonly why: string; readonly until: Instant | null }[]
  readonly stops: readonly Diagnostic[]
  readonly problems: readonly Diagnostic[]
  readonly unclaimed: number
  readonly keys: number
  readonly live: number
  readonly writes: number
  /** Worst case in USD a calendar month; `null` is unlimited. */
  readonly spend: { readonly before: number | null; readonly after: number | null }
  readonly approval: { readonly loosen: number; readonly newPlaces: number; readonly retire: number }
}

export interface Subject {
  readonly address: string
  readonly desired: DesiredKey | null
  readonly record: KeyRecord
  readonly sight: Sight
  readonly handedOver: boolean
}

export interface PlanInputs {
  readonly stack: string
  readonly now: number
  readonly subjects: readonly Subject[]
  readonly stops: ReadonlyMap<string, Diagnostic>
  readonly problems: readonly Diagnostic[]
  readonly unclaimed: number
  readonly live: number
}

interface Assessment {
  readonly change: Change | null
  readonly held: Held | null
  readonly waiting: Plan['waiting'][number] | null
  readonly before: number
  readonly after: number
}

export function makePlan(inputs: PlanInputs): Plan {
  const changes: Change[] = []
  const held: Held[] = []
  const waiting: Plan['waiting'][number][] = []
  let before = 0
  let after = 0
  for (const subject of inputs.subjects) {
    const assessed = inputs.stops.has(subject.address) ? untouched(subject) : assess(subject)
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

function finite(usd: number): number | null {
  return Number.isFinite(usd) ? Math.round(usd * 100) / 100 : null
}

function untouched(subject: Subject): Assessment {
  const spend = spendNow(subject)
  return { change: null, held: null, waiting: null, before: spend, after: spend }
}

function assess(subject: Subject): Assessment {
  const { desired, record, sight } = subject
  const before = spendNow(subject)
  if (subject.handedOver) return { change: forgetting(subject), held: null, waiting: null, before, after: 0 }
  const future = forecast(desired, record, sight)
  const change = changeOf(subject, future)
  const { rest } = future
  const frozen = future.record.frozen
  return {
    change,
    held: frozen ? { address: subject.address, fields: frozen.fields, since: frozen.observedAt } : null,
    waiting: rest.open
      ? {
          address: subject.address,
          why: rest.why ?? rest.code ?? 'unfinished',
          until: rest.until === null ? null : instant(rest.until),
        }
      : null,
    before,
    after: desired && !frozen ? worstMonth(desired.fields) : desired ? before : 0,
  }
}

/** All live, enabled generations of the address could spend now. */
function spendNow({ record, sight }: Subject): number {
  let sum = 0
  for (const g of record.generations) {
    const live = isLive(g) ? sight.keys.get(g.id) : null
    if (live && g.phase !== 'superseded') sum += worstMonth(live.fields)
  }
  return sum
}

function forgetting({ address, record }: Subject): Change | null {
  if (record.serial === 0) return null
  return { ...blank(address, record), action: 'forget', origin: 'authored' }
}

function blank(address: string, record: KeyRecord): Change {
  return {
    address,
    action: 'finish',
    origin: 'scheduled',
    reasons: [],
    fields: [],
    places: [],
    loosens: false,
    writes: 0,
    steps: [],
    retires: [],
    until: null,
    grace: record.policy.grace,
    removalHold: record.policy.removalHold,
    ...(record.owner === undefined ? {} : { owner: record.owner }),
  }
}

function changeOf(subject: Subject, future: Forecast): Change | null {
  const { desired, record, address } = subject
  const visible = future.steps.filter((step) => !QUIET.has(step.do))
  if (visible.length === 0) return null
  const issue = visible.find((step) => step.do === 'issue')
  const live = liveOf(subject)
  const fields = desired && live ? fieldChanges(desired, live.fields) : []
  const action = actionOf(subject, visible)
  const reasons = issue?.do === 'issue' ? issue.reasons : []
  const retires = visible.flatMap((step) =>
    (step.do === 'disable' || step.do === 'remove') && step.why !== 'leftover' ? [step.n] : [],
  )
  const rename = renameOf(subject, live)
  return {
    ...blank(address, record),
    action,
    origin: originOf(subject, { action, reasons, fields }),
    reasons,
    fields: action === 'create' && desired ? birthFields(desired) : fields,
    ...(rename ? { rename } : {}),
    places: placesOf(desired, record, action),
    loosens: action !== 'create' && fields.some((change) => change.loosens),
    writes: visible.reduce((sum, step) => sum + writesOf(step), 0),
    steps: future.steps.map((step) => step.do).filter((step) => !QUIET.has(step) || step === 'note-gone'),
    retires: [...new Set(retires)],
    until: future.rest.until === null ? null : instant(future.rest.until),
    ...(desired ? { grace: desired.rotation.grace, removalHold: desired.removalHold } : {}),
    ...(desired?.owner === undefined ? {} : { owner: desired.owner }),
  }
}

/** Steps that change nothing a reader would want to approve. */
const QUIET: ReadonlySet<Step['do']> = new Set([
  'freeze',
  'confirm',
  'thaw',
  'drop-claim',
  'drop-place',
  'note-gone',
  'abandon',
  'end',
])

function liveOf({ record, sight }: Subject): LiveKey | null {
  const active = activeOf(record)
  return active ? (sight.keys.get(active.id) ?? null) : null
}

function actionOf({ desired, record }: Subject, steps: readonly Step[]): Action {
  const does = (what: Step['do']): boolean => steps.some((step) => step.do === what)
  if (!desired) return activeOf(record) ? 'retire' : 'finish'
  if (does('issue')) return activeOf(record) ? 'rotate' : 'create'
  if (does('update') || does('enable')) return 'update'
  if (record.generations.some((g) => g.phase === 'delivering')) return 'finish'
  return does('write') || does('empty') ? 'place' : 'finish'
}

function originOf(
  { desired, record }: Subject,
  { action, reasons, fields }: Pick<Change, 'action' | 'reasons' | 'fields'>,
): Change['origin'] {
  if (action === 'finish') return 'scheduled'
  if (action === 'create' || action === 'rotate') return reasons.every(isScheduled) ? 'scheduled' : 'authored'
  return action === 'update' && desired && isRepair(desired, record, fields) ? 'scheduled' : 'authored'
}

/** The manifest still says what we set: somebody changed the live key, and putting that right is policy. */
function isRepair(desired: DesiredKey, record: KeyRecord, fields: readonly FieldChange[]): boolean {
  const active = activeOf(record)
  if (!active || active.issued.name !== nameOf(desired, record.lineage, active.n)) return false
  return fields.every((change) => active.issued.fields[change.field] === change.to)
}

function renameOf({ desired }: Subject, live: LiveKey | null): Change['rename'] | null {
  if (!desired || !live) return null
  const from = live.name.replace(/ ?\[kw:[^\]]*\].*$/s, '')
  return from === desired.name ? null : { from, to: desired.name }
}

function birthFields(desired: DesiredKey): readonly FieldChange[] {
  return Object.entries(desired.fields)
    .filter(([field]) => !desired.unmanaged.includes(field))
    .map(([field, to]) => ({ field, from: null, to, mutability: 'update', loosens: false }))
}

function placesOf(desired: DesiredKey | null, record: KeyRecord, action: Action): readonly PlannedPlace[] {
  const known = new Set(record.places.map((place) => place.identity))
  const wanted = new Set(desired?.places.map((place) => place.identity))
  const named: PlannedPlace[] = (desired?.places ?? []).map((place) => ({
    text: place.text,
    change: known.has(place.identity) ? 'same' : 'new',
  }))
  const dropped: PlannedPlace[] = record.places
    .filter((place) => !wanted.has(place.identity))
    .map((place) => ({ text: place.text, change: 'dropped' }))
  return action === 'update' || action === 'finish'
    ? [...named.filter((place) => place.change === 'new'), ...dropped]
    : [...named, ...dropped]
}
