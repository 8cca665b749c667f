/** The part that plan, apply, drift and destroy share: look, judge, and say what stands in the way. */
import type { Diagnostic } from '../../core/diagnostic.ts'
import { type Allowance, refusals } from '../../core/guard.ts'
import { observe, type Session } from '../../engine/session.ts'
import type { ReadContext } from '../../engine/context.ts'
import type { Args, Flag } from './command.ts'
import { wholeNumber } from './command.ts'
import type { PlanView } from './faces.ts'
import { Reported } from './reported.ts'
import type { Opened } from './world.ts'

/** What a human can allow for one run. */
export const ALLOWANCES: readonly Flag[] = [
  { flag: '--allow-deletes <n>', doc: 'let this run retire up to n keys', parse: wholeNumber() },
  { flag: '--allow-missing <n>', doc: 'let this run issue up to n vanished keys again', parse: wholeNumber() },
  { flag: '--allow-empty', doc: 'let manifests without any key retire everything' },
]

export function allowanceOf({ flags }: Args): Allowance {
  const { allowDeletes, allowMissing, allowEmpty } = flags
  return {
    ...(typeof allowDeletes === 'number' ? { deletes: allowDeletes } : {}),
    ...(typeof allowMissing === 'number' ? { missing: allowMissing } : {}),
    empty: allowEmpty === true,
  }
}

/** Observes and checks that every word of the command line means something. */
export async function look(opened: Opened<unknown>, context: ReadContext): Promise<Session> {
  const session = await observe(context, opened.wanted, opened.selection.filter)
  const known = [...opened.wanted.keys.map((key) => key.address), ...session.records.keys()]
  opened.selection.check(known)
  return session
}

/** Throws `Reported` when the whole stack must not be touched. */
export function assertStackRuns(session: Session): void {
  const stop = session.world.survey.stackStop
  if (stop) throw new Reported([stop], { word: 'stopped', summary: 'Nothing was changed.' })
}

export interface ViewInputs {
  readonly opened: Opened<unknown>
  readonly session: Session
  readonly about: PlanView['about']
  readonly allowance: Allowance
}

export function viewOf({ opened, session, about, allowance }: ViewInputs): PlanView {
  const { project, wanted } = opened
  const { plan, records } = session
  const { guard } = project.config
  const refused = about === 'drift' ? [] : refusals({ plan, guard, allowance, desired: wanted.keys, records })
  return {
    session,
    refusals: refused.map((one) => inWordsOf(about, one)),
    desired: new Map(wanted.keys.map((key) => [key.address, key])),
    requests: opened.traffic().requests,
    needsApproval: plan.changes.some((change) => change.origin === 'authored'),
    about,
  }
}

/** Guards print the line that allows it once; that line begins with the command that was refused. */
function inWordsOf(about: PlanView['about'], refusal: Diagnostic): Diagnostic {
  if (about !== 'destroy' || typeof refusal.hint !== 'string') return refusal
  return { ...refusal, hint: refusal.hint.replace('keywright apply', 'keywright destroy --yes') }
}

/** Problems of single addresses, which are left alone while the rest goes on. */
export function hasErrors({ plan }: Session): boolean {
  return plan.stops.length > 0 || plan.problems.some(({ severity }) => severity === 'error')
}
