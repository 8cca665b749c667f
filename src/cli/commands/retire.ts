import { KeywrightError } from '../../core/diagnostic.ts'
import { toRetire } from '../../engine/words.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { lineOf } from '../shell/line.ts'
import { sayAndApply } from '../shell/say-and-apply.ts'

export const retire: Command = {
  name: 'retire',
  describe:
    'Ends the grace of old secrets at once, after every readable place was read back. The hold stays, so that they can be brought back.',
  words: '[addresses...]',
  flags: [{ flag: '--now', doc: 'said out loud: whoever still uses the old secret is cut off' }],
  examples: ['keywright retire payments/api --now'],
  run,
}

async function run(shell: Shell, args: Args): Promise<ExitCode> {
  if (args.flags.now !== true)
    throw new KeywrightError('CLI_USAGE', {
      message: 'Old secrets end by themselves when their grace is over. To end them at once, say so. Nothing was done.',
      hint: `keywright retire ${args.words.join(' ')} --now`,
    })
  return sayAndApply(shell, args, {
    answer: toRetire,
    line: `${lineOf(shell, args, {})} --now`,
    question: (count) => `End the old secrets of these ${count} keys now?`,
    telling: { kind: 'retire', tell: () => ({ lines: [], json: {} }) },
  })
}
