import { toRollBack } from '../../engine/words.ts'
import { turnedBack, turnedLines } from '../render/turned-back.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { lineOf } from '../shell/line.ts'
import { REASON, reasonOf } from '../shell/reason.ts'
import { sayAndApply } from '../shell/say-and-apply.ts'

export const rollback: Command = {
  name: 'rollback',
  describe:
    'Goes back to the newest earlier generation that still lives: it works again, its secret is put back wherever that is possible, and the key is pinned to it until resume or a commit.',
  words: '<address>',
  flags: [REASON],
  examples: ['keywright rollback payments/api --reason "new key misses a guardrail"'],
  run,
}

function run(shell: Shell, args: Args): Promise<ExitCode> {
  const reason = reasonOf(args)
  return sayAndApply(shell, args, {
    answer: (ear) => toRollBack(ear, reason === undefined ? {} : { reason }),
    line: lineOf(shell, args, { reason }),
    question: (count) => `Roll back these ${count} keys?`,
    telling: {
      kind: 'rollback',
      tell: (records, { look }) => {
        const turned = records.flatMap(turnedBack)
        return { lines: turned.flatMap((one) => turnedLines(one, look)), json: { turned } }
      },
    },
  })
}
