/**
 * What the loop commands ask of `src/cli/render`: pure functions from data to text that ends with a line end (or is empty).
 *
 *   render/diagnostics.ts   renderDiagnostics: DiagnosticsFace
 *   render/plan.ts          renderPlan: PlanFace
 *   render/progress.ts      renderOutcome: OutcomeFace, renderApplied: AppliedFace
 */
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { DesiredKey, LiveKey } from '../../core/key.ts'
import type { Change, PlanWait } from '../../core/plan.ts'
import type { Millis } from '../../core/time.ts'
import type { ApplyResult } from '../../engine/apply.ts'
import type { Outcome } from '../../engine/job.ts'
import type { Session } from '../../engine/session.ts'
import type { Trust } from '../../io/project/config.ts'
import type { Look } from './command.ts'

/** `word` introduces what has no position: `refused  GUARD_TOO_MANY_DELETES`. Warnings keep their own word. */
export type DiagnosticsFace = (
  diagnostics: readonly Diagnostic[],
  look: Look,
  end?: { readonly word?: 'error' | 'refused' | 'stopped'; readonly summary?: string | undefined },
) => string

export interface PlanView {
  readonly session: Session
  /** Guards that refuse it. */
  readonly refusals: readonly Diagnostic[]
  /** By address, for owner, purpose and labels. */
  readonly desired: ReadonlyMap<string, DesiredKey>
  /** Requests sent while looking; `null` when nothing was sent (a snapshot). */
  readonly requests: number | null
  readonly needsApproval: boolean
  /** How old the snapshot is that this was planned from; `null` without one. */
  readonly snapshotAge: Millis | null
  /** Whose keywright.yaml was used instead of that of the working tree, and what differs there; `null` for the working tree's own. */
  readonly trust: Trust | null
  /** Of the authored decisions: equal digests are equal decisions. */
  readonly digest: string
  /** Team by address, where `teams` of keywright.yaml or a label says one. */
  readonly teams: ReadonlyMap<string, string>
  /** Where the whole of it can be read; `null` outside CI. */
  readonly link: string | null
  /** `drift` shows the same data under another head. */
  readonly about: 'plan' | 'apply' | 'destroy' | 'drift'
}

export type PlanFace = (view: PlanView, look: Look) => string

/** One finished address of an apply: its change as planned (`null` when it was not in the plan) and how it came out. */
export interface OutcomeView {
  readonly change: Change | null
  readonly outcome: Outcome
  /** `null` when it is in no manifest any more. */
  readonly desired: DesiredKey | null
  /** What the plan said that it waits for. */
  readonly waiting: PlanWait | null
  /** Its live keys as they were seen before, by id. */
  readonly live: ReadonlyMap<string, LiveKey | null>
  readonly millis: Millis
  /** By our clock. */
  readonly now: Millis
}

export type OutcomeFace = (view: OutcomeView, look: Look) => string

export interface AppliedView {
  /** With what stopped the stack or an address. */
  readonly result: ApplyResult & { readonly problems: readonly Diagnostic[] }
  readonly session: Session
  readonly outcomes: readonly OutcomeView[]
  readonly millis: Millis
  readonly writes: number
  readonly interrupted: boolean
  /** Of the JSON document: `apply`, unless another command applied. */
  readonly kind?: string
  /** Members of that document beyond the outcomes. */
  readonly more?: object
  /** The exit code that will be returned. */
  readonly exit: number
  readonly now: Millis
}

/** The last lines of an apply; with json the one document of the command. */
export type AppliedFace = (view: AppliedView, look: Look) => string
