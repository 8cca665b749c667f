import type { KeyRecord } from '../../core/record.ts'
import { census as judge, listAccount } from '../../engine/census.ts'
import { renderCensus } from '../render/census.ts'
import { type Args, type Command, type ExitCode, type Shell, wholeNumber } from '../shell/command.ts'
import { openIncident } from '../shell/incident.ts'
import { tokenOnlyApi } from '../shell/world.ts'

export const census: Command = {
  name: 'census',
  describe:
    'All live keys of the account by what is odd about them. Needs only OPENROUTER_MANAGEMENT_KEY; writes nothing.',
  flags: [
    {
      flag: '--unused <days>',
      doc: 'age from which a key that never spent anything counts as unused (90)',
      parse: wholeNumber(1),
    },
    { flag: '--provider <name>', doc: 'provider of keywright.yaml to look at; the first one unless said' },
  ],
  examples: ['OPENROUTER_MANAGEMENT_KEY=... npx keywright census', 'keywright census --json'],
  run,
}

/** With a project the keys are told apart by its records; without one by their markers. */
async function run(shell: Shell, args: Args): Promise<ExitCode> {
  const project = await openIncident(shell)
  const name = typeof args.flags.provider === 'string' ? args.flags.provider : project?.providers[0]
  const opened = project && name !== undefined ? null : await tokenOnlyApi(shell)
  try {
    const api = opened ? opened.api : await project?.api(name ?? '')
    if (!api) return 1
    const records: ReadonlyMap<string, KeyRecord> = (await project?.records()) ?? new Map()
    const seen = await listAccount(api, shell.parallelism)
    const days = typeof args.flags.unused === 'number' ? args.flags.unused : 90
    const result = judge({ ...seen, now: shell.clock.now(), stack: project?.stack ?? null, records, unusedDays: days })
    const { requests } = (opened ?? project ?? { traffic: () => ({ requests: 0 }) }).traffic()
    shell.stdout(renderCensus({ census: result, provider: name ?? 'openrouter', requests }, shell))
    return 0
  } finally {
    await opened?.close()
    await project?.close()
  }
}
