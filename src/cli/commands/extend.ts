import { KeywrightError } from '../../core/diagnostic.ts'
import { toExtend } from '../../engine/words.ts'
import { duration } from '../options.ts'
import { graceLines, graces } from '../render/graces.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { lineOf } from '../shell/line.ts'
import { sayAndApply } from '../shell/say-and-apply.ts'

export const extend: Command = {
  name: 'extend',
  describe:
    'Keeps old secrets that are in grace valid for longer, counted from now. An end that is later already stays.',
  words: '[addresses...]',
  flags: [{ flag: '--grace <time>', doc: 'how long from now, such as 24h', parse: duration }],
  examples: ['keywright extend payments/api --grace 24h'],
  run,
}

async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const { grace } = args.flags
  if (typeof grace !== 'number' || grace === 0) throw lengthMissing(args)
  const until = shell.clock.now() + grace
  return sayAndApply(shell, args, {
    answer: (ear) => toExtend(ear, until),
    line: lineOf(shell, args, { grace }),
    telling: {
      kind: 'extend',
      tell: (records, room) => {
        const all = records.flatMap((record) => graces(record, room.desired.get(record.address) ?? null))
        return { lines: graceLines(all, room), json: { extended: all } }
      },
    },
  })
}

function lengthMissing({ words }: Args): KeywrightError {
  return new KeywrightError('CLI_USAGE', {
    message: 'Say for how long, counted from now. Nothing was done.',
    hint: `keywright extend ${words.join(' ')} --grace 24h`,
  })
}
