import type { KeyRecord } from '../../core/record.ts'
import { DAY, parseDuration } from '../../core/time.ts'
import { census as judge, listAccount } from '../../engine/census.ts'
import { renderCensus } from '../render/census.ts'
import { type Args, type Command, type ExitCode, type Shell, wholeNumber } from '../shell/command.ts'
import { openIncident } from '../shell/incident.ts'
import { tokenOnlyApi } from '../shell/world.ts'

export const census: Command = {
  name: 'census',
  describe:
    'All live keys of the account by whose they are and what is odd about them, with what they spent and what to type. Needs only OPENROUTER_MANAGEMENT_KEY; looks into no place, and writes nothing unless told to burn.',
  flags: [
    { flag: '--unused-for <duration>', doc: 'time without spend from which a key counts as unused (90d)', parse: days },
    { flag: '--provider <name>', doc: 'provider of keywright.yaml to look at; the first one unless said' },
    { flag: '--burn-orphans <stack>', doc: 'delete live keys with the marker of this stack that no state claims' },
    {
      flag: '--state <file>',
      doc: 'with --burn-orphans: a Terraform state that claims keys; terraform.tfstate of the folder unless said',
      repeatable: true,
    },
    { flag: '--confirm <n>', doc: 'with --burn-orphans: the number of keys, beside --yes', parse: wholeNumber(1) },
  ],
  examples: [
    'OPENROUTER_MANAGEMENT_KEY=... npx keywright census',
    'keywright census --unused-for 30d --json',
    'terraform state pull > state.json; keywright census --burn-orphans acme-7f3a --state state.json',
  ],
  run,
}

/** Whole days: counters of the API are of days at least. */
function days(text: string): number {
  const millis = parseDuration(text)
  if (millis !== null && millis >= DAY) return Math.floor(millis / DAY)
  throw new RangeError(`write a duration of a day or more, such as 90d, not ${JSON.stringify(text.slice(0, 60))}`)
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
    const stack = args.flags.burnOrphans
    if (typeof stack === 'string') {
      const { burnOrphans } = await import('../shell/burn-orphans.ts')
      const own = project?.stack === stack ? records : null
      return await burnOrphans(shell, args, { api, live: seen.live, records: own, stack })
    }
    const unusedDays = typeof args.flags.unusedFor === 'number' ? args.flags.unusedFor : 90
    const result = judge({ ...seen, now: shell.clock.now(), stack: project?.stack ?? null, records, unusedDays })
    const { requests } = (opened ?? project ?? { traffic: () => ({ requests: 0 }) }).traffic()
    const others = args.flags.provider === undefined ? (project?.providers.slice(1) ?? []) : []
    shell.stdout(renderCensus({ census: result, provider: name ?? 'openrouter', others, requests }, shell))
    return 0
  } finally {
    await opened?.close()
    await project?.close()
  }
}
