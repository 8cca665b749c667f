/** A round that came to nothing: what is known of it, who is told, and when the next one is due. */

import { Reported } from '../cli/shell/reported.ts'
import { openStoreOf, type SoundProject } from '../cli/shell/world.ts'
import { type Diagnostic, inOneLine, isKeywrightError, toDiagnostic } from '../core/diagnostic.ts'
import { pauseAfter } from '../core/loop/backoff.ts'
import type { Alert } from '../core/loop/news.ts'
import { afterBlackout, earliest, type Outages } from '../core/loop/outage.ts'
import type { Memo } from '../core/record.ts'
import { instant } from '../core/time.ts'
import { failureAlert } from '../engine/alerts.ts'
import { EVERY, FIRST_PAUSE } from './every.ts'
import { outagesIn, withOutages } from './outages.ts'
import type { Ended, Past, RoundOptions } from './round.ts'
import { remember, watch } from './watch.ts'

const YIELDS: ReadonlySet<string> = new Set(['LOCK_HELD', 'LEASE_LOST'])
/** A lease that another run holds is nothing to tell, until it is held for that many rounds. */
const PATIENCE = 5

export interface Failure {
  readonly error: unknown
  readonly project: SoundProject | null
  readonly commit: string | null
}

export async function failed(options: RoundOptions, { error, project, commit }: Failure, past: Past): Promise<Ended> {
  const { shell, log } = options
  const problem = problemOf(error)
  const failures = past.failures + 1
  const now = shell.clock.now()
  const isAway = isKeywrightError(error) && error.code.startsWith('API_') && error.retryable
  const outages = isAway ? afterBlackout(past.outages, instant(now)) : past.outages
  const alerts = YIELDS.has(problem.code) && failures < PATIENCE ? [] : [failureAlert(problem)]
  log.error(inOneLine(problem), { code: problem.code, failures })
  if (project !== null) await tellFailure(options, { project, alerts, outages }).catch(() => undefined)
  const every = options.every ?? project?.config.loopEvery ?? EVERY
  const wake = now + Math.min(every, pauseAfter(failures, FIRST_PAUSE))
  const traffic = { requests: 0, writes: 0 }
  const next = { ...past, outages, failures, project }
  return { past: next, board: null, round: null, alerts, error, problem, commit, wake, every, traffic }
}

function problemOf(error: unknown): Diagnostic {
  if (error instanceof Reported) {
    const first = error.diagnostics.find(({ severity }) => severity === 'error') ?? error.diagnostics[0]
    if (first) return first
  }
  if (isKeywrightError(error)) return toDiagnostic(error)
  const name = error instanceof Error ? error.name : 'something unknown'
  const message = `This is a defect of keywright: ${name} was thrown where nothing should be.`
  return { severity: 'error', code: 'CLI_INTERNAL', message, hint: 'keywright reconcile --once --log-level debug' }
}

async function tellFailure(
  { shell, log }: RoundOptions,
  {
    project,
    alerts,
    outages,
  }: { readonly project: SoundProject; readonly alerts: readonly Alert[]; readonly outages: Outages },
): Promise<void> {
  const { config, root } = project
  const store = await openStoreOf(shell, project)
  const around = { root, env: shell.env }
  const now = shell.clock.now()
  const change = (memo: Memo): Memo => withOutages(memo, earliest(outages, outagesIn(memo)))
  try {
    if (alerts.length === 0) return await remember(store, config.stack, change)
    const silent = await watch({
      config,
      around,
      store,
      now,
      alerts,
      isWhole: false,
      isGood: false,
      board: null,
      change,
    })
    for (const line of silent) log.warn(`not told: ${line}`)
  } finally {
    await store.close()
  }
}
