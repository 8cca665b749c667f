import { readSide } from '../../engine/apply.ts'
import { ALLOWANCES, allowanceOf, allowedWords } from '../shell/allowances.ts'
import { approved, assertAllowed } from '../shell/approval.ts'
import { carryOut } from '../shell/carry-out.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { assertStackRuns, BREAK_FREEZE, breaksFreeze, look, viewOf } from '../shell/planning.ts'
import { progressOf } from '../shell/progress.ts'
import { quoted } from '../shell/quoted.ts'
import { assertRef } from '../shell/ref.ts'
import { openWriter } from '../shell/world.ts'

export const apply: Command = {
  name: 'apply',
  describe: 'Makes the live keys what the manifests say, delivers each new secret, and finishes what is due.',
  words: '[addresses...]',
  flags: [...ALLOWANCES, BREAK_FREEZE],
  examples: ['keywright apply', 'keywright apply --yes', 'keywright apply platform/ci-bot --yes'],
  run,
}

/** The lease comes first, so that the plan that is shown is the one that is carried out. */
async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const allowance = allowanceOf(args)
  const progress = progressOf(shell)
  const { reporter } = progress
  const opened = await openWriter(shell, {
    words: args.words,
    allowEmpty: allowance.empty === true,
    breakFreeze: breaksFreeze(args),
    reporter,
  })
  try {
    await assertRef(shell, opened.project)
    const session = await look(opened, readSide(opened.context))
    assertStackRuns(session)
    const view = viewOf({ files: opened, session, requests: opened.traffic().requests, about: 'apply', allowance })
    assertAllowed(view)
    if (!(await approved(shell, view, { line: again(args), question: 'Apply this plan?' })))
      return shell.signal.aborted ? 130 : 3
    const { wanted, selection } = opened
    return await carryOut({ shell, opened, session, wanted, filter: selection.filter, progress })
  } finally {
    await opened.close()
  }
}

/** The same command line with a yes. */
function again(args: Args): string {
  const { words, flags } = args
  const freeze = flags.breakFreeze === true ? ['--break-freeze'] : []
  return ['keywright apply', ...words.map(quoted), ...allowedWords(args), ...freeze, '--yes'].join(' ')
}
