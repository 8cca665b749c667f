import { activeOf } from '../../core/record.ts'
import { instant } from '../../core/time.ts'
import { edit, issuesCounted, released } from '../../engine/incident.ts'
import { renderResumed } from '../render/incident.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { needProject, recordFor } from './disable.ts'

export const resume: Command = {
  name: 'resume',
  describe:
    'Lets go of a key that is held because it was made stricter outside keywright, or by disable; and of one that ROTATION_STORM stopped or slowed down, once its cause is mended.',
  words: '<address>',
  examples: ['keywright resume ops/oncall'],
  run,
}

/** One request to see the key as it is, and one change of the record; the next apply does the rest. */
async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const incident = await needProject(shell)
  try {
    const record = await recordFor(incident, args.words[0] ?? '')
    const fields = record.frozen?.fields ?? []
    const issues = issuesCounted(record, instant(shell.clock.now()))
    const active = activeOf(record)
    const live = active && fields.length > 0 ? await (await incident.api(record.provider)).get(active.id) : null
    if (fields.length > 0 || issues > 0)
      await edit(incident.desk, record.address, (one, now) => released(one, live, now))
    shell.stdout(renderResumed({ address: record.address, fields, issues }, shell))
    return 0
  } finally {
    await incident.close()
  }
}
