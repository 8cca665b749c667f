/** What a cron of `apply` does beside its work: tells what needs a human, remembers that it ran, says that it ran too seldom. */

import type { Shell } from '../cli/shell/command.ts'
import type { Opened } from '../cli/shell/world.ts'
import { type Diagnostic, isKeywrightError } from '../core/diagnostic.ts'
import { isWorthNoting, lateSince, leastCadence, shortestGrace } from '../core/loop/cadence.ts'
import { formatDuration, instant, MINUTE } from '../core/time.ts'
import { alertsOf } from '../engine/alerts.ts'
import { type ApplyResult, readSide } from '../engine/apply.ts'
import { boardOf } from '../engine/board.ts'
import type { WriteContext } from '../engine/context.ts'
import { observe, type Session } from '../engine/session.ts'
import { credentialsSeen, remember, watch } from './watch.ts'

export interface Applied {
  readonly shell: Shell
  readonly opened: Opened<WriteContext>
  readonly session: Session
  /** `null` when a guard refused. */
  readonly result: ApplyResult | null
  readonly refusals: readonly Diagnostic[]
}

/** Fails nothing: what cannot be told is said on stderr. Does nothing at all where nobody is to be told and a person looks on. */
export async function afterApply(applied: Applied): Promise<void> {
  try {
    await toldAndNoted(applied)
  } catch (error) {
    if (!isKeywrightError(error)) throw error
    applied.shell.stderr(`not told: ${error.message}\n`)
  }
}

async function toldAndNoted(applied: Applied): Promise<void> {
  const { shell, opened } = applied
  const { notify, heartbeat, loopEvery } = opened.project.config
  const told = notify.length > 0 || heartbeat.length > 0
  if (!told && shell.interactive && loopEvery === null) return
  const memo = applied.session.header?.memo ?? {}
  await sayLate(applied, memo.ranAt)
  if (told) await tell(applied)
  else if (opened.selection.all) await noteRun(applied)
}

function noteRun({ shell, opened }: Applied): Promise<void> {
  const now = shell.clock.now()
  const grace = shortestGrace(opened.wanted.keys)
  return remember(opened.context.store, opened.context.stack, (memo) =>
    isWorthNoting(memo.ranAt, grace, now) ? { ...memo, ranAt: instant(now) } : memo,
  )
}

async function sayLate({ shell, opened }: Applied, ranAt: string | undefined): Promise<void> {
  const grace = shortestGrace(opened.wanted.keys)
  const since = lateSince(ranAt, grace, shell.clock.now())
  if (since === null || grace === null) return
  const { renderDiagnostics } = await import('../cli/render/diagnostics.ts')
  const least = formatDuration(leastCadence(grace))
  const message = `Nothing ran since ${since}. The shortest grace is ${formatDuration(grace)}, so something has to run every ${least}.`
  const late: Diagnostic = {
    severity: 'warning',
    code: 'RUN_LATE',
    message,
    hint: `keywright reconcile --every ${least}`,
  }
  shell.stderr(renderDiagnostics([late], { ...shell, format: 'human', color: false }))
}

async function tell({ shell, opened, session, result, refusals }: Applied): Promise<void> {
  const { context, wanted, selection, project } = opened
  const { config, root } = project
  const outcomes = result?.outcomes ?? []
  const isChanged = outcomes.some(({ steps }) => steps.length > 0)
  const after = isChanged ? await observe(readSide(context), wanted, selection.filter) : session
  const left = new Map<string, number | null>()
  for (const name of after.world.providers.keys()) left.set(name, (await context.api(name)).writesLeft?.() ?? null)
  const board = boardOf(after, left)
  const now = shell.clock.now()
  const grace = shortestGrace(wanted.keys)
  const memo = after.header?.memo ?? {}
  const budgets = [...config.providers].map(([name, { writesPerDay }]) => [name, writesPerDay] as const)
  const alerts = alertsOf({
    board,
    outcomes,
    failing: [],
    refusals,
    missing: [],
    credentials: credentialsSeen(memo, board),
    managementKeyAge: config.loop.managementKeyAge,
    writesPerDay: new Map(budgets.flatMap(([name, most]) => (most === null ? [] : [[name, most]]))),
    every: config.loopEvery ?? (grace === null ? 10 * MINUTE : leastCadence(grace)),
  })
  const silent = await watch({
    config,
    around: { root, env: shell.env },
    store: context.store,
    now,
    alerts,
    isWhole: selection.all && board.away.length === 0,
    isGood: result !== null && !shell.signal.aborted && board.away.length === 0,
    board,
    change: (before) => ({
      ...before,
      credentials: credentialsSeen(before, board),
      ...(selection.all && isWorthNoting(before.ranAt, grace, now) ? { ranAt: instant(now) } : {}),
    }),
  })
  for (const line of silent) shell.stderr(`not told: ${line}\n`)
}
