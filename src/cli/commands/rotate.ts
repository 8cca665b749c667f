import { toRotate } from '../../engine/words.ts'
import { duration } from '../options.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { lineOf } from '../shell/line.ts'
import { BREAK_FREEZE, breaksFreeze } from '../shell/planning.ts'
import { REASON, reasonOf } from '../shell/reason.ts'
import { sayAndApply } from '../shell/say-and-apply.ts'

export const rotate: Command = {
  name: 'rotate',
  describe:
    'Issues the next generation of a key now, delivers it, and ends the old one after its grace. Resets the breaker and lifts a pin. Several keys need a yes.',
  words: '[addresses...]',
  flags: [
    { flag: '--grace <time>', doc: 'how long the old secret stays valid, instead of rotation.grace', parse: duration },
    REASON,
    BREAK_FREEZE,
  ],
  examples: [
    'keywright rotate payments/api --reason "laptop lost"',
    'keywright rotate payments/api --grace 0',
    'keywright rotate --where team=payments --yes',
  ],
  run,
}

function run(shell: Shell, args: Args): Promise<ExitCode> {
  const { grace } = args.flags
  const reason = reasonOf(args)
  const said = {
    ...(typeof grace === 'number' ? { grace } : {}),
    ...(reason === undefined ? {} : { reason }),
  }
  return sayAndApply(shell, args, {
    answer: (ear) => toRotate(ear, said),
    line: lineOf(shell, args, { grace: typeof grace === 'number' ? grace : undefined, reason }),
    question: (count) => `Rotate these ${count} keys?`,
    breakFreeze: breaksFreeze(args),
    telling: { kind: 'rotate', tell: () => ({ lines: [], json: {} }) },
  })
}
