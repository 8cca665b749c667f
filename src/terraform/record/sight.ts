/** What is seen of one key: its recorded live keys, and live keys with its marker that no record knows. */
import { type ParsedName, parseName } from '../../core/address.ts'
import { KeywrightError } from '../../core/diagnostic.ts'
import type { LiveKey } from '../../core/key.ts'
import type { Sight } from '../../core/machine/step.ts'
import { isLive, type KeyRecord, type ProviderIdentity } from '../../core/record.ts'
import { MOST_SKEW } from '../../engine/refresh.ts'
import type { TerraformKind } from '../schema/provider.ts'
import type { World } from '../world.ts'
import type { Seen } from './kept.ts'

export interface Look {
  readonly keys: Map<string, LiveKey | null>
  /** Marked with this address, and not recorded. */
  readonly strays: readonly LiveKey[]
  readonly skew: number
  readonly scopes: ReadonlyMap<string, string>
}

/** Lists the workspaces once for all resources; a recorded key that was not listed is asked for by itself. Throws `PROVIDER_IDENTITY_CHANGED`. */
export async function lookAt(world: World, kind: TerraformKind, { record, scopes, identity }: Where): Promise<Look> {
  const account = await world.account(kind)
  assertSameAccount(kind, identity, account.identity)
  const api = await world.api(kind)
  const ids = record.generations.filter(isLive).map((g) => g.id)
  const places = new Set(
    [record.scope, ...scopes].map((one) => account.scopes.get(one)).filter((one) => one !== undefined),
  )
  const listed = await Promise.all([...places].map((scope) => world.keys(kind, scope)))
  const keys = new Map<string, LiveKey | null>()
  for (const id of ids) {
    const found = listed.map((list) => list.get(id)).find((key) => key !== undefined)
    keys.set(id, found ?? (await api.get(id)))
    world.claimed.add(id)
  }
  const strays = listed.flatMap((list) => markedIn(list, record).filter(({ id }) => !ids.includes(id)))
  return { keys, strays, skew: account.skew, scopes: account.scopes }
}

export interface Where {
  readonly record: KeyRecord
  /** Account that the state belongs to; `undefined` where none was recorded yet. */
  readonly identity: ProviderIdentity | undefined
  /** Workspaces beside that of the record, by slug or id. */
  readonly scopes: readonly string[]
}

/** In another account every key looks deleted, to a read, a plan, an apply and a destroy alike. Throws `PROVIDER_IDENTITY_CHANGED`. */
export function assertSameAccount(
  kind: TerraformKind,
  recorded: ProviderIdentity | undefined,
  found: ProviderIdentity,
): void {
  if (!recorded || (recorded.origin === found.origin && recorded.account === found.account)) return
  throw new KeywrightError('PROVIDER_IDENTITY_CHANGED', {
    message: `${kind} leads to account ${found.account} at ${found.origin}, but the state belongs to ${recorded.account} at ${recorded.origin}`,
    hint: `correct the managing key or base_url of ${kind}; where the account has moved: terraform state rm, then import`,
  })
}

/** Names this address, whatever the lineage. What the API made of a key of ours by its own rotation goes with that key. */
function markedIn(list: ReadonlyMap<string, LiveKey>, { address, lineage }: KeyRecord): readonly LiveKey[] {
  const marks = marksOf(list)
  const kin = lineage === '' ? [] : (marks.byLineage.get(lineage) ?? [])
  return [...new Set([...(marks.byAddress.get(address) ?? []), ...kin])]
}

interface Marks {
  readonly byAddress: ReadonlyMap<string, readonly LiveKey[]>
  readonly byLineage: ReadonlyMap<string, readonly LiveKey[]>
}

const known = new WeakMap<ReadonlyMap<string, LiveKey>, Marks>()

/** Every resource looks into the same list: its names are read once. */
function marksOf(list: ReadonlyMap<string, LiveKey>): Marks {
  const found = known.get(list)
  if (found) return found
  const made = { byAddress: new Map<string, LiveKey[]>(), byLineage: new Map<string, LiveKey[]>() }
  for (const key of list.values()) {
    const marker = parsedName(key)?.marker
    if (!marker) continue
    put(made.byAddress, `${marker.stack}/${marker.id}`, key)
    put(made.byLineage, marker.lineage, key)
  }
  known.set(list, made)
  return made
}

function put(rows: Map<string, LiveKey[]>, name: string, key: LiveKey): void {
  const row = rows.get(name)
  if (row) row.push(key)
  else rows.set(name, [key])
}

const parsed = new WeakMap<LiveKey, ParsedName | null>()

/** As `parseName`, once per key. */
export function parsedName(key: LiveKey): ParsedName | null {
  const found = parsed.get(key)
  if (found !== undefined) return found
  const made = key.name.includes('[kw:') ? parseName(key.name) : null
  parsed.set(key, made)
  return made
}

/** The machine burns on its own evidence only: keys whose create it announced and never heard of again. */
export function isClaimed({ name }: LiveKey, { abandoned }: Pick<KeyRecord, 'abandoned'>): boolean {
  const parsed = parseName(name)
  return parsed !== null && abandoned.some((claim) => claim.rotates !== undefined || claim.n === parsed.marker.n)
}

/** For a plan: strays that an apply of this key could do something about. */
export function seenOf(look: Look, record: Pick<KeyRecord, 'lineage'>, now: number): Seen {
  const strays = look.strays.filter((key) => isOfLineage(key, record)).map(({ id }) => id)
  return { at: now, skew: look.skew, keys: [...look.keys], strays }
}

/** Not so: what another state issued under the same address, and what the API made of a key by a rotation of its own. */
export function isOfLineage({ name }: LiveKey, { lineage }: Pick<KeyRecord, 'lineage'>): boolean {
  const parsed = parseName(name)
  return parsed !== null && !parsed.derived && (lineage === '' || parsed.marker.lineage === lineage)
}

/** By what a refresh saw. `now` is by our clock. */
export function sightOf({ keys, skew }: Pick<Seen, 'keys' | 'skew'>, now: number): Sight {
  return {
    now: now + skew,
    keys: new Map(keys),
    marked: [],
    places: new Map(),
    inHand: null,
    skewed: Math.abs(skew) > MOST_SKEW,
  }
}
