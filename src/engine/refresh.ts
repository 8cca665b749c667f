/**
 * What is there now: account, live keys of every declared and recorded workspace, and a second look at whatever is missing.
 * Read-only. Absence from a list is never evidence: a recorded id that was not listed is asked for by itself.
 */
import { type Diagnostic, KeywrightError } from '../core/diagnostic.ts'
import type { DesiredKey, LiveKey } from '../core/key.ts'
import { type Survey, survey } from '../core/ownership.ts'
import { isLive, type KeyRecord, type ProviderIdentity, type StackHeader } from '../core/record.ts'
import { MINUTE } from '../core/time.ts'
import type { AccountView } from '../ports/key-api.ts'
import { type Away, awayBecause } from './away.ts'
import type { ReadContext } from './context.ts'
import { type Guardrails, guardedScopes, readGuardrails, resolveGuardrails } from './guardrails.ts'

export interface RefreshInputs {
  readonly desired: readonly DesiredKey[]
  readonly header: StackHeader | null
  readonly records: ReadonlyMap<string, KeyRecord>
  readonly declaredStacks: readonly string[]
}

export interface ProviderView extends AccountView {
  readonly name: string
  /** Live keys by id; `null` for a recorded key the API said does not exist. */
  readonly keys: ReadonlyMap<string, LiveKey | null>
  readonly skewed: boolean
  readonly guardrails: Guardrails
  /** Ids of live keys that may be the one this run authenticates with. */
  readonly own: ReadonlySet<string>
}

export interface World {
  /** Desired keys with workspace names resolved to ids. Keys whose workspace does not exist are left out and reported. */
  readonly desired: readonly DesiredKey[]
  readonly providers: ReadonlyMap<string, ProviderView>
  /** Left out of all the rest. */
  readonly away: Away
  readonly survey: Survey
  readonly problems: readonly Diagnostic[]
  /** By our clock, milliseconds. */
  readonly at: number
}

/** Beyond this difference of clocks nothing is rotated or retired. */
export const MOST_SKEW = 2 * MINUTE

export async function refresh(context: ReadContext, inputs: RefreshInputs): Promise<World> {
  const names = new Set([
    ...inputs.desired.map((key) => key.provider),
    ...[...inputs.records.values()].map((record) => record.provider),
  ])
  const stored = context.store.stacks()
  const { seen, away } = await lookAtAll([...names], context, inputs)
  const providers = new Map(seen.map((one) => [one.view.name, one.view]))
  const desired = seen.flatMap((one) => one.desired)
  const live: LiveKey[] = []
  for (const { view } of seen) for (const key of view.keys.values()) if (key) live.push(key)
  return {
    desired,
    providers,
    away,
    survey: survey({
      stack: context.stack,
      records: inputs.records,
      live,
      desired: new Set(inputs.desired.map((key) => key.address)),
      isKnown: inputs.header !== null,
      storedStacks: await stored,
      declaredStacks: inputs.declaredStacks,
    }),
    problems: [...away.values(), ...seen.flatMap((one) => one.problems)],
    at: context.clock.now(),
  }
}

interface Look {
  readonly view: ProviderView
  readonly desired: readonly DesiredKey[]
  readonly problems: readonly Diagnostic[]
}

interface Looks {
  readonly seen: readonly Look[]
  readonly away: Away
}

/** Throws what the first of them threw when none could be asked, or one may not be left out. */
async function lookAtAll(names: readonly string[], context: ReadContext, inputs: RefreshInputs): Promise<Looks> {
  const ends = await Promise.allSettled(names.map((name) => look(name, context, inputs)))
  const seen = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []))
  const failed = ends.flatMap((end, i) =>
    end.status === 'rejected' ? [{ name: names[i] ?? '', error: end.reason as unknown }] : [],
  )
  const [first] = failed
  if (first && (context.mayLack !== true || seen.length === 0)) throw first.error
  return { seen, away: new Map(failed.map(({ name, error }) => [name, awayBecause(name, error)])) }
}

async function look(name: string, context: ReadContext, inputs: RefreshInputs): Promise<Look> {
  const reader = await context.reader(name)
  const account = await reader.identify()
  assertSameAccount(name, inputs.header?.identities[name], account.identity)
  const declared = inputs.desired.filter((key) => key.provider === name)
  const scoped = resolveScopes(declared, account)
  const records = [...inputs.records.values()].filter((record) => record.provider === name)
  const expected = liveIdsByScope(records)
  // A workspace that is gone (or was another account's) cannot be listed: its recorded ids are asked for one by one below.
  const known = new Set(account.scopes.values())
  const recorded = [...expected.keys()].filter((scope) => known.has(scope))
  const scopes = new Set([...scoped.desired.map((key) => key.scope), ...recorded, account.identity.account])
  const keys = new Map<string, LiveKey | null>()
  const lists = await Promise.all([...scopes].map((scope) => reader.list(scope, expected.get(scope)?.length)))
  for (const list of lists) for (const key of list) keys.set(key.id, key)
  const missing = [...expected.values()].flat().filter((id) => !keys.has(id))
  await inLanes(missing, context.parallelism, async (id) => void keys.set(id, await reader.get(id)))
  const guardrails = await readGuardrails(reader, guardedScopes(scoped.desired, records), keys)
  const { desired, problems } = resolveGuardrails(scoped.desired, guardrails)
  const own = new Set([...keys.keys()].filter((id) => reader.isOwn?.(id) === true))
  const view = { ...account, name, keys, skewed: Math.abs(account.skew) > MOST_SKEW, guardrails, own }
  return { view, desired, problems: [...scoped.problems, ...problems] }
}

/** Another account under the same name would make every key look deleted. */
function assertSameAccount(name: string, recorded: ProviderIdentity | undefined, found: ProviderIdentity): void {
  if (!recorded || (recorded.origin === found.origin && recorded.account === found.account)) return
  throw new KeywrightError('PROVIDER_IDENTITY_CHANGED', {
    message: `the provider "${name}" leads to account ${found.account} at ${found.origin}, but the records belong to ${recorded.account} at ${recorded.origin}`,
    hint: 'correct token or baseUrl, or, if the move is meant: keywright state accept-identity',
  })
}

/** Workspace names of one provider's keys as ids; a key whose workspace the account does not have becomes a problem. */
export function resolveScopes(
  keys: readonly DesiredKey[],
  account: Pick<AccountView, 'scopes'>,
): Pick<World, 'desired' | 'problems'> {
  const desired: DesiredKey[] = []
  const problems: Diagnostic[] = []
  for (const key of keys) {
    const scope = account.scopes.get(key.scope)
    if (scope === undefined) problems.push(unknownScope(key, account))
    else desired.push(scope === key.scope ? key : { ...key, scope })
  }
  return { desired, problems }
}

function unknownScope(key: DesiredKey, account: Pick<AccountView, 'scopes'>): Diagnostic {
  const slugs = [...account.scopes.keys()].filter((slug) => !slug.includes('-') || slug.length < 36)
  const { file, line, column } = key.sources?.workspaceId ?? key.origin
  return {
    severity: 'error',
    code: 'API_WORKSPACE_UNKNOWN',
    address: key.address,
    message: `${key.address} names the workspace "${key.scope}", which this account does not have`,
    hint: `workspaceId: ${slugs[0] ?? 'default'}   this account has: ${slugs.join(', ')}`,
    at: { file, line, column, length: 1 },
  }
}

function liveIdsByScope(records: readonly KeyRecord[]): Map<string, string[]> {
  const ids = new Map<string, string[]>()
  for (const record of records) {
    if (record.scope === '') continue
    const list = ids.get(record.scope) ?? []
    for (const g of record.generations) if (isLive(g)) list.push(g.id)
    ids.set(record.scope, list)
  }
  return ids
}

/** Runs `work` over all items, at most `lanes` at a time. The first failure is thrown once everything in flight has come to its end. */
export async function inLanes<T>(items: readonly T[], lanes: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0
  const failures: unknown[] = []
  const lane = async (): Promise<void> => {
    while (failures.length === 0 && next < items.length) {
      const item = items[next++]
      if (item !== undefined) await work(item).catch((error: unknown) => failures.push(error))
    }
  }
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane))
  if (failures.length > 0) throw failures[0]
}
