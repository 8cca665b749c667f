import type { EmulatorClock } from '../clock.ts'
import type { EmulatedApi } from '../exchange.ts'
import type { Journal } from '../journal.ts'
import type { EmulatorOptions } from '../options.ts'
import { type Account, accountOf, newAccountId } from './account.ts'
import { straitApi } from './api.ts'
import { bearKeys } from './foreign.ts'
import { type StraitHooks, straitHooks } from './hooks.ts'
import { limits, NO_LIMITS } from './limits.ts'
import { lockout, NO_LOCKOUT } from './lockout.ts'
import { buildWorld, commit, type Entry, settingsOf, type World } from './world.ts'

/** First line of the state: from it the account follows. */
interface Birth {
  readonly api: 'strait'
  readonly op: 'born'
  readonly account: string
  readonly project: string
}

export interface StraitStart {
  readonly options: EmulatorOptions
  readonly clock: EmulatorClock
  readonly journal: Journal
  readonly onIssue: (secret: string) => void
  /** Ends deliveries that are under way. */
  readonly signal: AbortSignal
}

const UTC_OFFSET = 120
const KEY_LIMIT = 1000
const WEBHOOK_TIMEOUT_MS = 10_000

/** Takes the account up where the journal left it, or lets a new one be born, with its keys. A journal without one is an older one. */
export function startStrait(start: StraitStart): { api: EmulatedApi; hooks: StraitHooks } {
  const { options, clock, journal, onIssue, signal } = start
  const { strait = {} } = options
  const past = journal.past.filter(isOurs)
  const birth = past.find((line) => line.op === 'born')
  const account = birth ? accountOf(birth.account, birth.project) : giveBirth(options, journal)
  const world = buildWorld(
    {
      account,
      clock,
      journal,
      isSeeded: options.seed !== undefined,
      offset: strait.utcOffset ?? UTC_OFFSET,
      stamping: strait.stamping ?? 'rising',
    },
    past.filter((line) => line.op !== 'born'),
  )
  if (!birth) bearKeys(world, strait.keys ?? 0)
  tellProjects(world, options)
  const isLimited = strait.limits ?? true
  const allowPrivate = strait.allowPrivateEndpoints ?? false
  return {
    api: straitApi({
      world,
      allowPrivate,
      onIssue,
      lockout: isLimited ? lockout() : NO_LOCKOUT,
      limits: isLimited ? limits(strait.keyLimit ?? KEY_LIMIT) : NO_LIMITS,
      hasOidc: strait.oidc ?? false,
    }),
    hooks: straitHooks({
      world,
      allowPrivate,
      onIssue,
      signal,
      timeoutMs: strait.webhookTimeoutMs ?? WEBHOOK_TIMEOUT_MS,
    }),
  }
}

function giveBirth({ seed, strait }: EmulatorOptions, journal: Journal): Account {
  const account = accountOf(newAccountId(seed), strait?.project)
  journal.append([{ api: 'strait', op: 'born', account: account.id, project: account.project } satisfies Birth])
  return account
}

function tellProjects(world: World, { strait }: EmulatorOptions): void {
  const told = Object.entries(strait?.projects ?? {})
  const news = told.filter(
    ([id, wanted]) => settingsOf(world, id).max_key_lifetime_days !== wanted.max_key_lifetime_days,
  )
  if (news.length > 0)
    commit(
      world,
      news.map(([id, settings]) => ({ op: 'project', id, settings })),
    )
}

/** Our own lines: this is where text from the file becomes entries again. */
function isOurs(line: unknown): line is Birth | (Entry & { readonly api: 'strait' }) {
  return typeof line === 'object' && line !== null && 'api' in line && line.api === 'strait'
}
