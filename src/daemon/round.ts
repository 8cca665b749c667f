/**
 * One round with everything around it: manifests, store, lease, the work, and who is told. What goes wrong becomes part of the answer; the
 * loop goes on.
 */

import type { Shell } from '../cli/shell/command.ts'
import { refusalsOf } from '../cli/shell/planning.ts'
import { loadSound } from '../cli/shell/project.ts'
import { assertRef } from '../cli/shell/ref.ts'
import { Reported } from '../cli/shell/reported.ts'
import { type Opened, openStoreOf, openWriterOn, type SoundProject } from '../cli/shell/world.ts'
import { type Diagnostic, KeywrightError } from '../core/diagnostic.ts'
import type { Backoff } from '../core/loop/backoff.ts'
import { afterLook, earliest, NO_OUTAGE, nextTry, type Outages } from '../core/loop/outage.ts'
import { isWorthNoting, lateSince, shortestGrace } from '../core/loop/cadence.ts'
import type { Alert } from '../core/loop/news.ts'
import type { Memo } from '../core/record.ts'
import { instant, type Millis } from '../core/time.ts'
import { alertsOf, failureAlert } from '../engine/alerts.ts'
import { type Board, boardOf } from '../engine/board.ts'
import type { WriteContext } from '../engine/context.ts'
import { type Round, reconcile } from '../engine/reconcile.ts'
import type { Session } from '../engine/session.ts'
import { mintLineage } from '../io/lineage.ts'
import type { StateStore } from '../ports/state-store.ts'
import { EVERY, FIRST_PAUSE } from './every.ts'
import { failed } from './failure.ts'
import { outagesIn, withOutages } from './outages.ts'
import type { Log } from './log.ts'
import { report } from './report.ts'
import { type Manifests, refusedCommit, type Source } from './source.ts'
import { credentialsSeen, watch } from './watch.ts'

export interface RoundOptions {
  readonly shell: Shell
  readonly source: Source
  readonly log: Log
  /** Flags; what they leave open keywright.yaml says. */
  readonly every: Millis | null
  readonly onMissing: 'hold' | 'reissue' | null
  readonly retireOnly: boolean
  readonly words: readonly string[]
}

/** What one round knows from those before it. */
export interface Past {
  readonly backoff: Backoff
  readonly outages: Outages
  /** The last project whose files had no error. */
  readonly project: SoundProject | null
  /** Rounds since the last good one. */
  readonly failures: number
}

export const NO_PAST: Past = { backoff: new Map(), outages: NO_OUTAGE, project: null, failures: 0 }

/** How a round ended. */
export interface Ended {
  readonly past: Past
  /** `null` when nothing was seen. */
  readonly board: Board | null
  readonly round: Round | null
  readonly alerts: readonly Alert[]
  /** Why it came to nothing; `null` for a good one. */
  readonly error: unknown
  readonly problem: Diagnostic | null
  readonly commit: string | null
  readonly wake: Millis
  readonly every: Millis
  readonly traffic: { readonly requests: number; readonly writes: number }
}

interface Stage {
  readonly manifests: Manifests
  readonly project: SoundProject
  /** Why these are not the newest manifests. */
  readonly stale: Diagnostic | null
}

/** Never throws. */
export async function runRound(options: RoundOptions, past: Past): Promise<Ended> {
  let stage: Stage | null = null
  try {
    stage = await setStage(options, past)
    return await play(options, stage, past)
  } catch (error) {
    return failed(
      options,
      { error, project: stage?.project ?? past.project, commit: stage?.manifests.commit ?? null },
      past,
    )
  }
}

/** The newest manifests without an error, or the last ones. */
async function setStage({ source, shell }: RoundOptions, past: Past): Promise<Stage> {
  const manifests = await source.look()
  try {
    return { manifests, project: await load(shell, manifests), stale: manifests.problem }
  } catch (error) {
    const first = error instanceof Reported ? error.diagnostics.find(({ severity }) => severity === 'error') : null
    if (!first) throw error
    if (past.project !== null) return { manifests, project: past.project, stale: first }
    const before = await source.before()
    if (before === null || before.commit === manifests.commit) throw error
    return { manifests: before, project: await load(shell, before), stale: first }
  }
}

function load(shell: Shell, { ref, folder }: Manifests): Promise<SoundProject> {
  const inside = ref === null ? shell : { ...shell, cwd: folder, rooted: true }
  return loadSound(inside, { allowEmpty: false, sends: true })
}

async function play(options: RoundOptions, stage: Stage, past: Past): Promise<Ended> {
  const { shell, source } = options
  const { manifests, project } = stage
  const store = await openStoreOf(shell, project)
  let opened: Opened<WriteContext> | null = null
  try {
    assertStrong(store)
    await assertRef(shell, project, manifests.ref)
    const memo = (await store.read(project.config.stack)).header?.memo ?? {}
    if (!(await source.mayApply(manifests, memo.commit ?? null)))
      throw refusedCommit(manifests.commit ?? '', memo.commit ?? '')
    opened = await openWriterOn(shell, { project, store }, { words: options.words, allowEmpty: true })
    const ended = await work(options, { opened, stage, memo }, past)
    if (ended.round?.refusals.length === 0 && stage.stale === null) await source.applied(manifests)
    return ended
  } finally {
    await (opened ?? store).close()
  }
}

interface Playing {
  readonly opened: Opened<WriteContext>
  readonly stage: Stage
  readonly memo: Memo
}

async function work(options: RoundOptions, { opened, stage, memo }: Playing, past: Past): Promise<Ended> {
  const { shell, retireOnly } = options
  const { config } = stage.project
  const every = options.every ?? config.loopEvery ?? EVERY
  const outages = earliest(past.outages, outagesIn(memo))
  const context = { ...actedBy(opened.context, stage.manifests.commit), mayLack: true }
  const round = await reconcile(context, {
    wanted: opened.wanted,
    filter: opened.selection.filter,
    mint: mintLineage,
    onMissing: options.onMissing ?? config.loop.onMissing,
    retireOnly,
    backoff: past.backoff,
    every,
    outages,
    refusalsOf: (session, plan) => refusalsOf(opened, session, { plan }),
  })
  const board = boardOf(round.after, await writesLeft(round.after, opened.context))
  const alerts = [
    ...alertsOf({
      board,
      outcomes: round.result.outcomes,
      failing: round.backedOff.flatMap((address) => round.backoff.get(address)?.problem ?? []),
      refusals: round.refusals,
      missing: round.missing,
      credentials: credentialsSeen(memo, board),
      managementKeyAge: config.loop.managementKeyAge,
      writesPerDay: new Map(
        [...config.providers].flatMap(([name, { writesPerDay }]) =>
          writesPerDay === null ? [] : [[name, writesPerDay]],
        ),
      ),
      every,
    }),
    ...(round.stop ? [failureAlert(round.stop)] : []),
    ...(stage.stale ? [failureAlert(stage.stale)] : []),
  ]
  const now = shell.clock.now()
  const left = afterLook(outages, lacking(round), instant(now))
  const grace = shortestGrace(opened.wanted.keys)
  const isUsed = stage.stale === null && round.refusals.length === 0 && stage.manifests.commit !== null
  const silent = await watch({
    config,
    around: { root: stage.project.root, env: shell.env },
    store: opened.context.store,
    now,
    alerts,
    isWhole: opened.selection.all && left.of.size === 0,
    isGood: round.stop === null && left.of.size === 0,
    board,
    change: (before) => ({
      ...withOutages(before, left),
      credentials: credentialsSeen(before, board),
      ...(isUsed && stage.manifests.commit !== null ? { commit: stage.manifests.commit } : {}),
      ...(isWorthNoting(before.ranAt, grace, now) ? { ranAt: instant(now) } : {}),
    }),
  })
  report(options.log, { round, stale: stage.stale, silent, late: lateSince(memo.ranAt, grace, now) })
  const next: Past = { backoff: round.backoff, outages: left, project: stage.project, failures: 0 }
  return {
    past: next,
    board,
    round,
    alerts,
    error: null,
    problem: round.stop ?? stage.stale,
    commit: stage.manifests.commit,
    wake: Math.min(round.wake, nextTry(left, now, FIRST_PAUSE) ?? round.wake),
    every,
    traffic: opened.traffic(),
  }
}

/** Providers that could not be asked before or after the work. */
function lacking({ before, after }: Round): ReadonlySet<string> {
  return new Set([...before.world.away.keys(), ...after.world.away.keys()])
}

/** Every record says which commit it follows. */
function actedBy(context: WriteContext, commit: string | null): WriteContext {
  return commit === null ? context : { ...context, actor: { ...context.actor, commit } }
}

async function writesLeft(session: Session, { api }: WriteContext): Promise<ReadonlyMap<string, number | null>> {
  const left = new Map<string, number | null>()
  for (const name of session.world.providers.keys()) left.set(name, (await api(name)).writesLeft?.() ?? null)
  return left
}

function assertStrong({ cas, kind }: StateStore): void {
  if (cas === 'strong' && kind !== 'memory') return
  throw new KeywrightError('LOOP_STORE', {
    message: `the store of kind ${kind} is not enough for a loop that nobody watches`,
    hint: 'store: { kind: local }   or run keywright apply --yes from cron',
  })
}
