import { agendaOf } from '../../core/agenda.ts'
import { DAY } from '../../core/time.ts'
import { duration } from '../options.ts'
import { renderSchedule } from '../render/schedule.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { assertStackRuns, look } from '../shell/planning.ts'
import { openReader } from '../shell/world.ts'

export const schedule: Command = {
  name: 'schedule',
  describe:
    'What is due when: rotations, renewals, ends of grace and hold, fixed ends and freezes, and in which window. Writes nothing.',
  words: '[addresses...]',
  flags: [{ flag: '--for <time>', doc: 'how far to look ahead (30d)', parse: duration }],
  examples: ['keywright schedule', 'keywright schedule "payments/*" --for 7d', 'keywright schedule --json'],
  run,
}

async function run(shell: Shell, { words, flags }: Args): Promise<ExitCode> {
  const length = typeof flags.for === 'number' ? flags.for : 30 * DAY
  const opened = await openReader(shell, { words, allowEmpty: true })
  try {
    const session = await look(opened, opened.context)
    assertStackRuns(session)
    const now = session.subjects[0]?.sight.now ?? session.world.at
    const entries = session.subjects.map(({ desired, record, sight }) => ({ desired, record, live: sight.keys }))
    const agenda = agendaOf(entries, { now, until: now + length })
    shell.stdout(renderSchedule({ stack: session.plan.stack, now, length, ...agenda }, shell))
    return 0
  } finally {
    await opened.close()
  }
}
