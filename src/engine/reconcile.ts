/**
 * One round of the unattended loop: look at everything, judge, and carry out what may be carried out with nobody watching.
 *
 * It is an apply with four differences, and each is a way to do less:
 * - A plan that a guard refuses changes nothing that came from the manifests. What policy in git approved long ago (a rotation that is
 *   due, a grace that is over, unfinished work) goes on: a mass deletion that waits for a human must not let old secrets live for ever.
 * - A key that was deleted outside is left alone unless `onMissing` says otherwise: somebody did that, and nobody is here to ask.
 * - An address that failed is left alone for a while (`core/loop/backoff.ts`).
 * - With `retireOnly`, old generations are ended and nothing else is done.
 *
 * Rejected: a loop that calls the apply command. A refusal there ends the whole run, rotations that are due included.
 */
import { agendaOf } from '../core/agenda.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import { type Attempt, afterAttempts, type Backoff, isBackedOff, type Looks } from '../core/loop/backoff.ts'
import { type Outages, outageOf } from '../core/loop/outage.ts'
import { nextWake } from '../core/loop/wake.ts'
import { retire } from '../core/machine/retire.ts'
import { RULES } from '../core/machine/rules.ts'
import type { Decision, Inputs, Rest, Step } from '../core/machine/step.ts'
import type { Change, Plan, Subject } from '../core/plan.ts'
import { activeOf, type KeyRecord } from '../core/record.ts'
import { type Instant, instant, type Millis } from '../core/time.ts'
import { type ApplyInputs, type ApplyResult, apply, readSide } from './apply.ts'
import type { WriteContext } from './context.ts'
import { type Hearing, tell } from './desk.ts'
import type { Outcome } from './job.ts'
import { observe, type Session } from './session.ts'

export interface RoundInputs extends Omit<ApplyInputs, 'session'> {
  /** What stands against carrying out the authored part of this plan. */
  readonly refusalsOf: (session: Session, plan: Plan) => readonly Diagnostic[]
  readonly onMissing: 'hold' | 'reissue'
  readonly retireOnly: boolean
  readonly backoff: Backoff
  /** Longest time until the next round. */
  readonly every: Millis
  /** Since when key APIs were out of reach. */
  readonly outages: Outages
}

export interface Round {
  /** As it was seen before anything was done. */
  readonly before: Session
  /** As it is afterwards; the same when nothing was done. */
  readonly after: Session
  /** The whole stack must not be touched. */
  readonly stop: Diagnostic | null
  readonly refusals: readonly Diagnostic[]
  /** Deleted outside, and left so. */
  readonly missing: readonly string[]
  /** Left alone because they failed before. */
  readonly backedOff: readonly string[]
  readonly result: ApplyResult
  readonly backoff: Backoff
  /** When the next round should begin. */
  readonly wake: Millis
}

const NOTHING: ApplyResult = { outcomes: [], postponed: [] }

export async function reconcile(context: WriteContext, inputs: RoundInputs): Promise<Round> {
  const { wanted, filter } = inputs
  const seen = await observe(readSide(context), wanted, filter)
  const back = new Map([...seen.world.providers.keys()].flatMap((name) => sinceOf(inputs.outages, name)))
  const before = back.size === 0 ? seen : await afterOutage(context, inputs, back)
  const stop = before.world.survey.stackStop ?? null
  const missing = inputs.onMissing === 'hold' ? vanished(before.plan) : new Set<string>()
  const refusals = stop ? [] : inputs.refusalsOf(before, without(before.plan, missing))
  const idle = { before, stop, refusals, missing: [...missing] }
  if (stop) return { ...idle, ...rested(idle, inputs, context), after: before, backedOff: [], result: NOTHING }
  const shut = new Set([...missing, ...backedOffOf(before, inputs, context), ...refused(before, refusals, inputs)])
  const result = await carryOut(context, inputs, { before, shut, isWhole: refusals.length === 0 && !inputs.retireOnly })
  const done = result.outcomes.some(({ steps }) => steps.length > 0)
  const after = done && !context.signal.aborted ? await observe(readSide(context), wanted, filter) : before
  const backedOff = backedOffOf(before, inputs, context)
  return { ...idle, after, backedOff, result, ...rested({ ...idle, after, result }, inputs, context) }
}

function sinceOf(outages: Outages, name: string): readonly (readonly [string, Instant])[] {
  const since = outageOf(outages, name)
  return since === null ? [] : [[name, since]]
}

/** The time in which nobody could see an API is no part of any grace there. `back`: since when, by provider. */
async function afterOutage(
  context: WriteContext,
  { wanted, filter }: RoundInputs,
  back: ReadonlyMap<string, Instant>,
): Promise<Session> {
  const { records } = await context.store.read(context.stack)
  const to = instant(context.clock.now())
  const hearings = [...records.values()].flatMap(({ address, provider, generations }): [string, Hearing][] => {
    const from = back.get(provider)
    if (from === undefined || !generations.some((g) => g.phase === 'superseded')) return []
    return [[address, () => [{ on: 'stood-still', from, to }]]]
  })
  await tell(context, new Map(hearings))
  return observe(readSide(context), wanted, filter)
}

/** Addresses whose live key was deleted outside and would be issued again. */
function vanished({ changes }: Plan): ReadonlySet<string> {
  return new Set(changes.filter(isVanished).map(({ address }) => address))
}

function isVanished({ steps, reasons }: Change): boolean {
  return steps.includes('note-gone') && reasons.some(({ kind }) => kind === 'missing')
}

function without(plan: Plan, addresses: ReadonlySet<string>): Plan {
  return addresses.size === 0
    ? plan
    : { ...plan, changes: plan.changes.filter(({ address }) => !addresses.has(address)) }
}

function backedOffOf({ subjects }: Session, { backoff }: RoundInputs, { clock }: WriteContext): readonly string[] {
  if (backoff.size === 0) return []
  const now = clock.now()
  return subjects.map(looksOf).flatMap((looks) => (isBackedOff(backoff, looks, now) ? [looks.address] : []))
}

function looksOf({ address, desired, record }: Pick<Subject, 'address' | 'desired' | 'record'>): Looks {
  return { address, entry: desired?.digest ?? '', serial: record.serial }
}

/** Comes from the manifests, or would issue again what somebody deleted: not while a guard says no. */
function isDecided(change: Change): boolean {
  return change.origin === 'authored' || isVanished(change)
}

function isLeaving({ action }: Change): boolean {
  return action === 'retire' || action === 'forget'
}

/** Where the manifests are not followed in this round. */
function refused(
  session: Session,
  refusals: readonly Diagnostic[],
  { retireOnly, wanted }: RoundInputs,
): readonly string[] {
  if (refusals.length === 0 && !retireOnly) return []
  const { changes } = session.plan
  const authored = changes.filter((change) => (refusals.length > 0 ? isDecided(change) : isLeaving(change)))
  const renamed = wanted.moved.length === 0 ? [] : [...session.records.keys()].filter((key) => !session.stored.has(key))
  return [...authored.map(({ address }) => address), ...renamed]
}

interface Part {
  readonly before: Session
  /** Addresses that are left alone. */
  readonly shut: ReadonlySet<string>
  /** Renames and hand-overs are carried out as well. */
  readonly isWhole: boolean
}

function carryOut(context: WriteContext, inputs: RoundInputs, { before, shut, isWhole }: Part): Promise<ApplyResult> {
  const { filter = () => true, onMissing, retireOnly, mint, onOutcome } = inputs
  const subjects = before.subjects.filter(({ address, handedOver }) => !shut.has(address) && (isWhole || !handedOver))
  const session = { ...before, subjects }
  const wanted = isWhole ? inputs.wanted : { ...inputs.wanted, moved: [], handedOver: [] }
  const open = new Set(subjects.map(({ address }) => address))
  const decide = restrained(context.decide, { onMissing, retireOnly })
  return apply(
    { ...context, decide },
    {
      session,
      wanted,
      mint,
      filter: (subject) => open.has(subject.address) && filter(subject),
      ...(onOutcome ? { onOutcome } : {}),
    },
  )
}

type Decide = WriteContext['decide']

/** What ends an old generation, or only notes what is so. */
const ENDS: ReadonlySet<Step['do']> = new Set([
  'check',
  'confirm',
  'disable',
  'drop-claim',
  'end',
  'freeze',
  'inspect',
  'note-gone',
  'note-use',
  'remove',
  'uncut',
])

const LATER: Rest = { do: 'rest', until: null, open: false }

/** The same brain with fewer hands: what it may not do now is a rest. */
export function restrained(
  decide: Decide,
  { onMissing, retireOnly }: Pick<RoundInputs, 'onMissing' | 'retireOnly'>,
): Decide {
  if (onMissing === 'reissue' && !retireOnly) return decide
  return (desired, record, sight) => {
    const decision = decide(desired, record, sight)
    if (decision.do === 'rest') return decision
    if (retireOnly && !ENDS.has(decision.do)) return ending({ desired, record, sight, rules: RULES })
    return onMissing === 'hold' && desired && isLoss(decision, record) ? LATER : decision
  }
}

/** Something else comes first by the rules of the machine. What old generations wait for is the same without it. */
function ending(inputs: Inputs): Decision {
  const { desired, record } = inputs
  return desired && activeOf(record) ? retire(inputs, desired) : LATER
}

/** The key in service is gone: noting that is the first step of issuing the next one. */
function isLoss(step: Step, { generations }: KeyRecord): boolean {
  return step.do === 'note-gone' && generations.some((g) => g.n === step.n && g.phase === 'active')
}

interface Rested {
  readonly before: Session
  readonly after?: Session
  readonly result?: ApplyResult
}

function rested(
  { before, after = before, result = NOTHING }: Rested,
  inputs: RoundInputs,
  { clock }: WriteContext,
): Pick<Round, 'backoff' | 'wake'> {
  const now = clock.now()
  const present = new Set(after.subjects.map(({ address }) => address))
  const entries = new Map(before.subjects.map((subject) => [subject.address, looksOf(subject).entry]))
  const attempts = result.outcomes.flatMap((outcome) => attemptOf(outcome, entries.get(outcome.address) ?? ''))
  const backoff = afterAttempts(inputs.backoff, attempts, { present, now })
  const here = after.subjects.map(({ desired, record, sight }) => ({ desired, record, live: sight.keys }))
  const agenda = agendaOf(here, { now, until: now + inputs.every }).items
  const asked = result.outcomes.map(({ until }) => until)
  return { backoff, wake: nextWake({ now, every: inputs.every, agenda, backoff, asked }) }
}

/** An interruption and a lost race are nobody's fault. */
function attemptOf({ address, status, record, problem }: Outcome, entry: string): readonly Attempt[] {
  if (status === 'yielded') return []
  const failed = status === 'stopped' || status === 'open'
  return [{ address, entry, serial: record?.serial ?? 0, problem: failed ? problem : null }]
}
