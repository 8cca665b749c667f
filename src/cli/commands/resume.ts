import { activeOf, type KeyRecord } from '../../core/record.ts'
import { instant } from '../../core/time.ts'
import { tellOne } from '../../engine/desk.ts'
import { isFree, lettingGo, standsOf } from '../../engine/incident.ts'
import { type Resumed, renderResumed } from '../render/stands.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import type { Incident } from '../shell/incident.ts'
import { recordsNamed } from '../shell/named.ts'
import { needProject } from './disable.ts'

export const resume: Command = {
  name: 'resume',
  describe:
    'Lets go of a key that is paused, pinned by a rollback, held because it was made stricter outside keywright, or stopped by ROTATION_STORM once its cause is mended.',
  words: '[addresses...]',
  examples: ['keywright resume ops/oncall', 'keywright resume "payments/*"'],
  run,
}

/** One request for each held key, to see it as it is, and one change of its record; the next apply does the rest. */
async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const incident = await needProject(shell)
  try {
    const resumed: Resumed[] = []
    for (const record of await recordsNamed(shell, args, incident)) resumed.push(await letGo(record, incident, shell))
    shell.stdout(renderResumed(resumed, shell))
    return 0
  } finally {
    await incident.close()
  }
}

async function letGo(record: KeyRecord, incident: Incident, { clock }: Shell): Promise<Resumed> {
  const stands = standsOf(record, instant(clock.now()))
  if (isFree(stands)) return { address: record.address, ...stands }
  const active = stands.fields.length > 0 ? activeOf(record) : null
  const live = active ? await (await incident.api(record.provider)).get(active.id) : null
  await tellOne(incident.desk, record.address, lettingGo(live))
  return { address: record.address, ...stands }
}
