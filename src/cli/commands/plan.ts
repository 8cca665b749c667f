import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { ALLOWANCES, allowanceOf, assertStackRuns, hasErrors, look, viewOf } from '../shell/planning.ts'
import { openReader } from '../shell/world.ts'

export const plan: Command = {
  name: 'plan',
  describe: 'Shows what apply would do, and changes nothing: no write to the API, no look into a place, no lease.',
  words: '[addresses...]',
  flags: [...ALLOWANCES, { flag: '--detailed-exitcode', doc: 'exit with 2 when changes are pending' }],
  examples: ['keywright plan', 'keywright plan "payments/*" --where team=checkout', 'keywright plan --format markdown'],
  run,
}

async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const allowance = allowanceOf(args)
  const opened = await openReader(shell, { words: args.words, allowEmpty: allowance.empty === true })
  try {
    const session = await look(opened, opened.context)
    assertStackRuns(session)
    const view = viewOf({ opened, session, about: 'plan', allowance })
    const { renderPlan } = await import('../render/plan.ts')
    shell.stdout(renderPlan(view, shell))
    if (view.refusals.length > 0) return 3
    if (hasErrors(session)) return 1
    return args.flags.detailedExitcode === true && session.plan.changes.length > 0 ? 2 : 0
  } finally {
    await opened.close()
  }
}
