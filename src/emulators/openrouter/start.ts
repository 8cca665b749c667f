import type { EmulatorClock } from '../clock.ts'
import type { EmulatedApi } from '../exchange.ts'
import type { Journal } from '../journal.ts'
import type { EmulatorOptions } from '../options.ts'
import { type Account, accountOf, newAccountId } from './account.ts'
import { openRouterApi } from './api.ts'
import { bearForeignKeys } from './foreign.ts'
import { type OpenRouterHooks, openRouterHooks } from './hooks.ts'
import { DEFAULT_READINGS } from './readings.ts'
import { buildWorld, type Entry } from './world.ts'

/** First line of the state: from its id the account follows. */
interface Birth {
  readonly api: 'openrouter'
  readonly op: 'born'
  readonly account: string
  readonly at: string
}

export interface OpenRouterStart {
  readonly options: EmulatorOptions
  readonly clock: EmulatorClock
  readonly journal: Journal
  readonly onIssue: (secret: string) => void
}

/** Takes the account up where the journal left it, or lets a new one be born, with its foreign keys. */
export function startOpenRouter({ options, clock, journal, onIssue }: OpenRouterStart): {
  api: EmulatedApi
  hooks: OpenRouterHooks
} {
  const past = journal.past.filter(isOurs)
  const birth = past.find((line) => line.op === 'born')
  const account: Account = birth ? accountOf(birth.account, birth.at) : giveBirth(options, clock, journal)
  const world = buildWorld(
    {
      account,
      clock,
      journal,
      readings: { ...DEFAULT_READINGS, ...options.readings },
      isSeeded: options.seed !== undefined,
    },
    past.filter((line) => line.op !== 'born'),
  )
  if (!birth) bearForeignKeys(world, options.keys ?? 0)
  return {
    api: openRouterApi(world, { writeQuota: options.writeQuota ?? null, onIssue }),
    hooks: openRouterHooks(world),
  }
}

function giveBirth(options: EmulatorOptions, clock: EmulatorClock, journal: Journal): Account {
  const id = newAccountId(options.seed)
  const at = new Date(clock.now()).toISOString()
  journal.append([{ api: 'openrouter', op: 'born', account: id, at } satisfies Birth])
  return accountOf(id, at)
}

/** Our own lines: this is where text from the file becomes entries again. */
function isOurs(line: unknown): line is Birth | (Entry & { readonly api: 'openrouter' }) {
  return typeof line === 'object' && line !== null && 'api' in line && line.api === 'openrouter'
}
