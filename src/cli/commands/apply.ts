import { KeywrightError } from '../../core/diagnostic.ts'
import { readSide } from '../../engine/apply.ts'
import { carryOut } from '../shell/carry-out.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import type { PlanView } from '../shell/faces.ts'
import { ALLOWANCES, allowanceOf, assertStackRuns, look, viewOf } from '../shell/planning.ts'
import { progressOf } from '../shell/progress.ts'
import { assertRef } from '../shell/ref.ts'
import { Reported } from '../shell/reported.ts'
import { openWriter } from '../shell/world.ts'

export const apply: Command = {
  name: 'apply',
  describe: 'Makes the live keys what the manifests say, delivers each new secret, and finishes what is due.',
  words: '[addresses...]',
  flags: ALLOWANCES,
  examples: ['keywright apply', 'keywright apply --yes', 'keywright apply platform/ci-bot --yes'],
  run,
}

/** The lease comes first, so that the plan that is shown is the one that is carried out. */
async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const allowance = allowanceOf(args)
  const progress = progressOf(shell)
  const { reporter } = progress
  const opened = await openWriter(shell, { words: args.words, allowEmpty: allowance.empty === true, reporter })
  try {
    await assertRef(shell, opened.project)
    const session = await look(opened, readSide(opened.context))
    assertStackRuns(session)
    const view = viewOf({ files: opened, session, requests: opened.traffic().requests, about: 'apply', allowance })
    assertAllowed(view)
    if (!(await approved(shell, view, again(args)))) return shell.signal.aborted ? 130 : 3
    const { wanted, selection } = opened
    return await carryOut({ shell, opened, session, wanted, filter: selection.filter, progress })
  } finally {
    await opened.close()
  }
}

export function assertAllowed({ refusals }: PlanView): void {
  if (refusals.length > 0) throw new Reported(refusals, { exit: 3, word: 'refused', summary: 'Nothing was changed.' })
}

/**
 * True when nothing needs a yes, or there is one. Otherwise the plan is shown and a person asked; where nobody can be asked it throws
 * `CLI_NEEDS_YES` with the line to type.
 */
export async function approved(shell: Shell, view: PlanView, line: string): Promise<boolean> {
  if (!view.needsApproval || shell.yes) return true
  if (shell.format !== 'json') {
    const { renderPlan } = await import('../render/plan.ts')
    shell.stdout(renderPlan(view, shell))
  }
  if (!shell.interactive || shell.format === 'json') throw needsYes(view, line)
  const yes = await shell.confirm(view.about === 'destroy' ? 'Retire these keys?' : 'Apply this plan?')
  if (!yes) shell.stderr('Nothing was changed.\n')
  return yes
}

function needsYes({ session }: PlanView, line: string): KeywrightError {
  const count = session.plan.changes.filter((change) => change.origin === 'authored').length
  return new KeywrightError('CLI_NEEDS_YES', {
    message: `${count} ${count === 1 ? 'change needs' : 'changes need'} a yes, and there is no terminal to ask on. Nothing was changed.`,
    hint: line,
  })
}

/** The same command line with a yes. */
function again({ words, flags }: Args): string {
  const allowed = [
    ...(typeof flags.allowDeletes === 'number' ? [`--allow-deletes ${flags.allowDeletes}`] : []),
    ...(typeof flags.allowMissing === 'number' ? [`--allow-missing ${flags.allowMissing}`] : []),
    ...(flags.allowEmpty === true ? ['--allow-empty'] : []),
  ]
  return ['keywright apply', ...words.map(quoted), ...allowed, '--yes'].join(' ')
}

export function quoted(word: string): string {
  return /^[\w./@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
