/** One change of a plan: what is done at an address, why, and what a reviewer has to know about it. */
import { formatAddress, parseName } from './address.ts'
import type { DesiredKey, FieldValue, LiveKey } from './key.ts'
import { sharedLimit } from './machine/budget.ts'
import type { FieldChange } from './machine/diff.ts'
import type { Forecast } from './machine/forecast.ts'
import { isScheduled, type Reason } from './machine/reason.ts'
import { type Sight, type Step, writesOf } from './machine/step.ts'
import { isUntouched } from './machine/take-over.ts'
import { birthFields, changedFields, isRepair } from './planned-fields.ts'
import { activeOf, type KeyRecord } from './record.ts'
import { type Instant, instant, type Millis } from './time.ts'

/**
 * `adopt`: a live key that was made elsewhere is taken over as it is. `reissue`: the live key was deleted outside keywright, so nothing of the old secret works any more. `finish`: work of an earlier
 * run, graces and leftovers. `forget`: handed over, or never written to; left live.
 */
export type Action = 'create' | 'adopt' | 'reissue' | 'update' | 'rotate' | 'place' | 'retire' | 'finish' | 'forget'

export interface PlannedPlace {
  readonly text: string
  readonly change: 'new' | 'same' | 'dropped'
  /** Its sink cannot read back, so nobody can prove what it holds. */
  readonly unverifiable?: true
}

/**
 * What a rotation means for the counter of a key with a limit. `fresh`: the new key starts at zero with the whole limit, beside what the
 * old one may still spend. `carry`: the two share it.
 */
export type Budget = { readonly limit: number; readonly reset: FieldValue } & (
  | { readonly kind: 'fresh' }
  /** What each of the two may spend. */
  | { readonly kind: 'carry'; readonly old: number; readonly next: number }
)

export interface Change {
  readonly address: string
  readonly action: Action
  readonly origin: 'authored' | 'scheduled'
  readonly reasons: readonly Reason[]
  readonly fields: readonly FieldChange[]
  /** Old and new display name, when it changes. */
  readonly rename?: { readonly from: string; readonly to: string }
  /** Id of the live key that is taken over, and its name. Hostile text. */
  readonly adopts?: { readonly id: string; readonly name: string }
  /** Of one that is forgotten: nothing of ours was ever written to it. */
  readonly untouched?: true
  /** The live name names another address (`from`), or none that is ours (`null`), and is written anew; `first`: it never had one. */
  readonly marker?: { readonly from: string | null; readonly first?: true }
  /** Window of a limit that changes while its window does not. */
  readonly window?: FieldValue
  /** Of a rotation of a key with a limit. */
  readonly budget?: Budget
  /** Lifetime of the generation that is issued, renewed before its end. */
  readonly expiresIn?: Millis
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

export interface Subject {
  readonly address: string
  readonly desired: DesiredKey | null
  readonly record: KeyRecord
  readonly sight: Sight
  readonly handedOver: boolean
}

export interface Setting {
  /** Names of sinks that cannot read back. */
  readonly blind: ReadonlySet<string>
  /** Names of guardrails by id. */
  readonly guardrails: ReadonlyMap<string, string>
}

export function forgetting({ address, record }: Subject): Change | null {
  if (record.serial === 0) return null
  const untouched = isUntouched(record) ? ({ untouched: true } as const) : {}
  return { ...blank(address, record), action: 'forget', origin: 'authored', ...untouched }
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

/** `null` when nothing would be done that a reader wants to approve or hear of. */
export function changeOf(subject: Subject, future: Forecast, setting: Setting): Change | null {
  const { desired, record, address } = subject
  const { guardrails } = setting
  const visible = future.steps.filter((step) => !QUIET.has(step.do))
  if (visible.length === 0) return null
  const issue = visible.find((step) => step.do === 'issue')
  const live = liveOf(subject)
  const fields = live ? changedFields({ subject, steps: visible, live, guardrails }) : []
  const action = actionOf(subject, visible, fields)
  const reasons = issue?.do === 'issue' ? issue.reasons : []
  const retires = visible.flatMap((step) =>
    (step.do === 'disable' || step.do === 'remove') && step.why !== 'leftover' ? [step.n] : [],
  )
  const rename = renameOf(subject, live)
  const marker = markerOf(subject, visible, live)
  const window = windowOf(fields, desired, live)
  const budget = action === 'rotate' && desired ? budgetOf(desired, live, visible) : null
  return {
    ...blank(address, record),
    action,
    origin: originOf(subject, { action, reasons, fields }),
    reasons,
    fields: action === 'create' && desired ? birthFields(desired, guardrails) : fields,
    ...(rename ? { rename } : {}),
    ...(action === 'adopt' && live ? { adopts: { id: live.id, name: live.name } } : {}),
    ...(marker ? { marker } : {}),
    ...(window === undefined ? {} : { window }),
    ...(budget ? { budget } : {}),
    ...(issue && desired && desired.expiresIn !== null ? { expiresIn: desired.expiresIn } : {}),
    places: placesOf({ desired, record, action, ...setting }),
    loosens: action !== 'create' && fields.some((change) => change.loosens),
    writes: visible.reduce((sum, step) => sum + writesOf(step), 0),
    steps: future.steps.map((step) => step.do).filter((step) => !QUIET.has(step) || step === 'note-gone'),
    retires: [...new Set(retires)],
    until: future.rest.until === null ? null : instant(future.rest.until),
    ...(desired ? { grace: graceOf(desired, record), removalHold: desired.removalHold } : {}),
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
  'note-use',
  'uncut',
  'settle-pin',
  'drop-hook',
])

/** How long the replaced secret stays valid: a human may have said so, and one that leaked has none. */
function graceOf({ rotation }: DesiredKey, { requested, compromised }: KeyRecord): Millis {
  return compromised ? 0 : (requested?.grace ?? rotation.grace)
}

function liveOf({ record, sight }: Subject): LiveKey | null {
  const active = activeOf(record)
  return active ? (sight.keys.get(active.id) ?? null) : null
}

function actionOf(subject: Subject, steps: readonly Step[], fields: readonly FieldChange[]): Action {
  const { desired, record, sight } = subject
  const does = (what: Step['do']): boolean => steps.some((step) => step.do === what)
  if (isAdopting(subject)) return 'adopt'
  if (!desired) return activeOf(record) ? 'retire' : 'finish'
  if (does('issue')) return issuing({ record, sight }, steps)
  const isEnding = does('disable') || does('remove')
  if (isEnding && !does('enable') && isRepair(subject, fields) && fields.every(({ field }) => field === 'limit'))
    return 'finish'
  if (does('update') || does('enable') || does('assign') || does('cut')) return 'update'
  if (record.generations.some((g) => g.phase === 'delivering')) return 'finish'
  return does('write') || does('empty') ? 'place' : 'finish'
}

function issuing({ record, sight }: Pick<Subject, 'record' | 'sight'>, steps: readonly Step[]): Action {
  const active = activeOf(record)
  if (active) return sight.keys.get(active.id) === null ? 'reissue' : 'rotate'
  const isMissing = steps.some((step) => step.do === 'issue' && step.reasons.some(({ kind }) => kind === 'missing'))
  return isMissing ? 'reissue' : 'create'
}

/** A live key in service that no state has recorded yet. */
export function isAdopting({ record }: Pick<Subject, 'record'>): boolean {
  return record.serial === 0 && activeOf(record) !== null
}

function originOf(
  subject: Subject,
  { action, reasons, fields }: Pick<Change, 'action' | 'reasons' | 'fields'>,
): Change['origin'] {
  if (action === 'finish') return 'scheduled'
  if (action === 'adopt') return 'authored'
  if (action === 'create' || action === 'reissue') return reasons.every(isScheduled) ? 'scheduled' : 'authored'
  // A rotation that is merely due takes along whatever else the manifest says by now.
  if (action === 'rotate') return reasons.every(isScheduled) && isRepair(subject, fields) ? 'scheduled' : 'authored'
  return action === 'update' && isRepair(subject, fields) ? 'scheduled' : 'authored'
}

/** A limit counts per live key, so that whoever reads a plan has to know what two of them may spend together. */
function budgetOf(desired: DesiredKey, live: LiveKey | null, steps: readonly Step[]): Budget | null {
  const { limit, limitReset: reset = null } = desired.fields
  const issue = steps.find((step) => step.do === 'issue')
  if (typeof limit !== 'number' || limit === 0 || issue?.do !== 'issue') return null
  if (sharedLimit(desired) === null) return { kind: 'fresh', limit, reset }
  const cut = steps.findLast((step) => step.do === 'cut')
  const old = cut?.do === 'cut' ? cut.fields.limit : live?.fields.limit
  const next = issue.fields.limit
  const shares = { old: typeof old === 'number' ? old : limit, next: typeof next === 'number' ? next : 0 }
  return { kind: 'carry', limit, reset, ...shares }
}

function renameOf({ desired }: Subject, live: LiveKey | null): Change['rename'] | null {
  if (!desired || !live) return null
  const from = live.name.replace(/ ?\[kw:[^\]]*\].*$/s, '')
  return from === desired.name ? null : { from, to: desired.name }
}

/** Why a name is written although the display name stays: it names another address, or nothing of ours. */
function markerOf({ address, record }: Subject, steps: readonly Step[], live: LiveKey | null): Change['marker'] | null {
  const isWritten = steps.some((step) => step.do === 'update' && step.fields.name !== undefined)
  if (!isWritten || !live) return null
  const parsed = parseName(live.name)
  const from = parsed ? formatAddress(parsed.marker.stack, parsed.marker.id) : null
  if (from === address) return null
  return activeOf(record)?.asFound === undefined ? { from } : { from, first: true }
}

function windowOf(
  fields: readonly FieldChange[],
  desired: DesiredKey | null,
  live: LiveKey | null,
): FieldValue | undefined {
  const changes = (name: string): boolean => fields.some(({ field }) => field === name)
  return changes('limit') && !changes('limitReset')
    ? (desired?.fields.limitReset ?? live?.fields.limitReset ?? null)
    : undefined
}

function placesOf({
  desired,
  record,
  action,
  blind,
}: Pick<Subject, 'desired' | 'record'> & Setting & { readonly action: Action }): readonly PlannedPlace[] {
  const known = new Set(action === 'adopt' ? [] : record.places.map((place) => place.identity))
  const wanted = new Set(desired?.places.map((place) => place.identity))
  const named: PlannedPlace[] = (desired?.places ?? []).map((place) => ({
    text: place.text,
    change: known.has(place.identity) ? 'same' : 'new',
    ...(blind.has(place.sink) ? { unverifiable: true } : {}),
  }))
  const dropped: PlannedPlace[] = record.places
    .filter((place) => !wanted.has(place.identity))
    .map((place) => ({ text: place.text, change: 'dropped', ...(place.readable ? {} : { unverifiable: true }) }))
  return action === 'update' || action === 'finish'
    ? [...named.filter((place) => place.change === 'new'), ...dropped]
    : [...named, ...dropped]
}
