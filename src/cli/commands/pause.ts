import { KeywrightError } from '../../core/diagnostic.ts'
import { instant } from '../../core/time.ts'
import { type Hearing, tell } from '../../engine/desk.ts'
import { duration } from '../options.ts'
import { renderPaused } from '../render/stands.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { recordsNamed } from '../shell/named.ts'
import { REASON, reasonOf } from '../shell/reason.ts'
import { needProject } from './disable.ts'

export const pause: Command = {
  name: 'pause',
  describe:
    'Begins nothing at a key for a while: no update, no rotation, no retirement. What is half done is finished. A leak is stronger.',
  words: '[addresses...]',
  flags: [{ flag: '--for <time>', doc: 'how long, such as 2h or 3d', parse: duration }, REASON],
  examples: ['keywright pause payments/api --for 2h --reason "release freeze"', 'keywright pause "jobs/*" --for 3d'],
  run,
}

async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const length = lengthOf(args)
  const reason = reasonOf(args)
  const incident = await needProject(shell)
  try {
    const records = await recordsNamed(shell, args, incident)
    const now = shell.clock.now()
    const until = instant(now + length)
    const hearing: Hearing = () => [{ on: 'paused', until, ...(reason === undefined ? {} : { reason }) }]
    await tell(incident.desk, new Map(records.map(({ address }) => [address, hearing])))
    const paused = records.map(({ address }) => ({ address, until, ...(reason === undefined ? {} : { reason }) }))
    shell.stdout(renderPaused(paused, now, shell))
    return 0
  } finally {
    await incident.close()
  }
}

function lengthOf({ words, flags }: Args): number {
  if (typeof flags.for === 'number' && flags.for > 0) return flags.for
  throw new KeywrightError('CLI_USAGE', {
    message: 'Say for how long: a pause without an end would be forgotten. Nothing was done.',
    hint: `keywright pause ${words.join(' ')} --for 2h`,
  })
}
