/** The part that plan, apply, drift and destroy share: look, judge, and say what stands in the way. */
import type { Diagnostic } from '../../core/diagnostic.ts'
import { type Allowance, protectedLeaving, refusals } from '../../core/guard.ts'
import { teamOf } from '../../core/guards/team-keys.ts'
import type { DesiredKey, FieldValue } from '../../core/key.ts'
import { at, type Millis, parseInstant } from '../../core/time.ts'
import type { ReadContext } from '../../engine/context.ts'
import { observe, type Session } from '../../engine/session.ts'
import { actorOf } from './actor.ts'
import type { Args, Flag, Shell } from './command.ts'
import type { PlanView } from './faces.ts'
import { Reported } from './reported.ts'
import { sealedPlan } from './saved-plan.ts'
import type { Files, SoundProject } from './world.ts'

/** What is merely due is done although a freeze forbids it. */
export const BREAK_FREEZE: Flag = { flag: '--break-freeze', doc: 'do what is due although a freeze covers it' }

export function breaksFreeze({ flags }: Args): boolean {
  return flags.breakFreeze === true
}

/** Observes and checks that every word of the command line means something. */
export async function look(opened: Files, context: ReadContext): Promise<Session> {
  const session = await observe(context, opened.wanted, opened.selection.filter)
  assertMeant(opened, session)
  return session
}

/** Throws `CLI_ADDRESS_UNKNOWN` for a word that matches nothing, `MANIFEST_EXPIRY_PAST` for a key that would be born dead. */
export function assertMeant({ wanted, selection }: Files, { records, plan }: Session): void {
  selection.check([...wanted.keys.map((key) => key.address), ...records.keys()])
  const born = new Set(plan.changes.filter(({ action }) => action === 'create').map(({ address }) => address))
  const dead = wanted.keys.filter(({ address, fields }) => born.has(address) && isPast(fields.expiresAt, at(plan.at)))
  if (dead.length > 0) throw new Reported(dead.map(deadAtBirth))
}

function isPast(end: FieldValue | undefined, now: Millis): boolean {
  const millis = typeof end === 'string' ? parseInstant(end) : null
  return millis !== null && millis <= now
}

function deadAtBirth({ address, fields, origin, sources }: DesiredKey): Diagnostic {
  const { file, line, column } = sources?.expiresAt ?? origin
  const message = `${address} would be created, but its end ${String(fields.expiresAt)} has passed.`
  const hint = 'write a later expiresAt, or remove the key'
  return { severity: 'error', code: 'MANIFEST_EXPIRY_PAST', message, hint, at: { file, line, column, length: 1 } }
}

/** Throws `Reported` when the whole stack must not be touched. */
export function assertStackRuns(session: Session): void {
  const stop = session.world.survey.stackStop
  if (stop) throw new Reported([stop], { word: 'stopped', summary: 'Nothing was changed.' })
}

export interface ViewInputs {
  readonly shell: Pick<Shell, 'env'>
  readonly files: Files
  readonly session: Session
  /** Sent so far; `null` when nothing was sent at all. */
  readonly requests: number | null
  readonly about: PlanView['about']
  readonly allowance: Allowance
  /** `null` when the live keys were looked at. */
  readonly snapshotAge: Millis | null
}

/** What stands against carrying out a plan of this session. */
export function refusalsOf(
  { project, wanted }: Files,
  session: Session,
  { plan = session.plan, allowance = {} }: { readonly plan?: Session['plan']; readonly allowance?: Allowance } = {},
): readonly Diagnostic[] {
  const { records } = session
  const { guard, teams, sinks } = project.config
  const sinkKinds = new Map([...sinks].map(([name, { kind }]) => [name, kind]))
  const own = new Set([...session.world.providers.values()].flatMap((view) => [...view.own]))
  // What stands against a key is no reason to leave another one alone.
  const meant = new Set(session.subjects.map(({ address }) => address))
  const takings = [
    ...project.moved.map(({ from, origin }) => ({ id: from, origin })),
    ...project.handedOver.map(({ id, origin }) => ({ id, origin })),
    ...project.adopted.map(({ as, origin }) => ({ id: as, origin })),
  ]
  return [
    ...refusals({ plan, guard, allowance, desired: wanted.keys, records, teams, takings, own, sinkKinds }),
    ...protectedLeaving(session.subjects),
  ].filter(({ address }) => address === undefined || meant.has(address))
}

export function viewOf({ shell, files, session, requests, about, allowance, snapshotAge }: ViewInputs): PlanView {
  const { project, wanted } = files
  const { teams } = project.config
  const { plan } = session
  const refused = refusalsOf(files, session, { allowance })
  return {
    session,
    refusals: refused.map((one) => inWordsOf(about, one)),
    desired: new Map(wanted.keys.map((key) => [key.address, key])),
    requests,
    needsApproval: plan.changes.some((change) => change.origin === 'authored'),
    about,
    snapshotAge,
    trust: project.trust,
    get digest(): string {
      return sealedPlan(session, project, false).digest
    },
    teams: teamNames(wanted.keys, teams),
    link: actorOf(shell.env).runUrl ?? null,
  }
}

/** By the folder the entry stands in, else by its label. */
function teamNames(keys: readonly DesiredKey[], teams: SoundProject['config']['teams']): ReadonlyMap<string, string> {
  const named = keys.flatMap((key) => {
    const team = teamOf(key, teams)?.name ?? key.labels.team
    return team === undefined ? [] : [[key.address, team] as const]
  })
  return new Map(named)
}

/** Guards print the line that allows it once; that line begins with the command that was refused. */
function inWordsOf(about: PlanView['about'], refusal: Diagnostic): Diagnostic {
  if (about !== 'destroy' || typeof refusal.hint !== 'string') return refusal
  return { ...refusal, hint: refusal.hint.replace('keywright apply', 'keywright destroy --yes') }
}

/** Problems of single addresses, which are left alone while the rest goes on. */
export function hasErrors({ plan, world }: Session): boolean {
  const lacks = new Set(world.away.values())
  return plan.stops.length > 0 || plan.problems.some((one) => one.severity === 'error' && !lacks.has(one))
}
