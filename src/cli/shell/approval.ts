/** Guards that refuse, and the yes that a plan needs. */
import { KeywrightError } from '../../core/diagnostic.ts'
import type { Shell } from './command.ts'
import type { PlanView } from './faces.ts'
import { Reported } from './reported.ts'

export function assertAllowed({ refusals }: PlanView): void {
  if (refusals.length > 0) throw new Reported(refusals, { exit: 3, word: 'refused', summary: 'Nothing was changed.' })
}

export interface Asked {
  /** What to type to say yes beforehand. */
  readonly line: string
  readonly question: string
}

/**
 * True when nothing needs a yes, or there is one. Otherwise the plan is shown and a person asked; where nobody can be asked it throws
 * `CLI_NEEDS_YES` with the line to type.
 */
export async function approved(shell: Shell, view: PlanView, asked: Asked): Promise<boolean> {
  if (!view.needsApproval || shell.yes) return true
  if (shell.format !== 'json') {
    const { renderPlan } = await import('../render/plan.ts')
    shell.stdout(renderPlan(view, shell))
  }
  if (!shell.interactive || shell.format === 'json') throw needsYes(view, asked.line)
  const yes = await shell.confirm(asked.question)
  if (!yes) shell.stderr('Nothing was changed.\n')
  return yes
}

function needsYes({ session: { plan } }: PlanView, line: string): KeywrightError {
  const authored = plan.changes.filter((change) => change.origin === 'authored').length
  const count = authored === 0 ? plan.changes.length : authored
  return new KeywrightError('CLI_NEEDS_YES', {
    message: `${count} ${count === 1 ? 'change needs' : 'changes need'} a yes, and there is no terminal to ask on. Nothing was changed.`,
    hint: line,
  })
}
