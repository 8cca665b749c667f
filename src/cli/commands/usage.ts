import { type UsageBy, usageOf } from '../../core/usage.ts'
import { renderUsage } from '../render/usage.ts'
import type { Args, Command, ExitCode, Shell } from '../shell/command.ts'
import { assertStackRuns, look } from '../shell/planning.ts'
import { openReader } from '../shell/world.ts'

export const usage: Command = {
  name: 'usage',
  describe:
    'What keys spent today, this month and in all, against their limits and the budgets of the guards. The most expensive first. Writes nothing.',
  words: '[addresses...]',
  flags: [{ flag: '--by <what>', doc: 'key, provider, or a label: label=team', parse: byFlag }],
  examples: ['keywright usage', 'keywright usage --by label=team', 'keywright usage "payments/*" --json'],
  run,
}

function byFlag(text: string): UsageBy {
  if (text === 'key' || text === 'provider') return { by: text }
  const label = /^label=(.+)$/.exec(text)?.[1]
  if (label !== undefined) return { by: 'label', label }
  throw new RangeError(`write key, provider or label=NAME, not ${JSON.stringify(text.slice(0, 60))}`)
}

async function run(shell: Shell, { words, flags }: Args): Promise<ExitCode> {
  const opened = await openReader(shell, { words, allowEmpty: true })
  try {
    const session = await look(opened, opened.context)
    assertStackRuns(session)
    const asked = isBy(flags.by) ? flags.by : ({ by: 'key' } as const)
    const { labelMonthlyUsd, maxMonthlyUsd } = opened.project.config.guard
    const rows = usageOf(session.subjects, asked, labelMonthlyUsd)
    // A part of the keys says nothing about a budget of all.
    const budget = words.length === 0 && shell.where.length === 0 ? maxMonthlyUsd : null
    shell.stdout(renderUsage({ stack: opened.context.stack, asked, rows, budget }, shell))
    return 0
  } finally {
    await opened.close()
  }
}

function isBy(value: unknown): value is UsageBy {
  return typeof value === 'object' && value !== null && 'by' in value
}
