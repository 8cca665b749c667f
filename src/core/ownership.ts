/**
 * Who is it? Every live key is classed once, identity by recorded id first and by marker second. A marker alone never
 * authorises anything; what looks wrong stops an address, or the whole stack, with a code.
 */
import { formatAddress, type Marker, parseName } from './address.ts'
import type { Diagnostic } from './diagnostic.ts'
import type { LiveKey } from './key.ts'
import { isLive, type KeyRecord } from './record.ts'

export type Ownership =
  | { readonly who: 'ours'; readonly address: string; readonly n: number }
  /** Our stack, but no record issued this lineage or generation. */
  | { readonly who: 'unclaimed'; readonly address: string; readonly marker: Marker }
  | { readonly who: 'other-stack'; readonly marker: Marker }
  /** The API itself rotated one of ours and appended to its name. */
  | { readonly who: 'derived'; readonly marker: Marker }
  | { readonly who: 'foreign' }

export type Records = ReadonlyMap<string, KeyRecord>

/** Recorded live ids, each with its address and generation. */
export function recordedIds(records: Records): ReadonlyMap<string, { readonly address: string; readonly n: number }> {
  const ids = new Map<string, { address: string; n: number }>()
  for (const record of records.values())
    for (const g of record.generations) if (isLive(g)) ids.set(g.id, { address: record.address, n: g.n })
  return ids
}

export function classify(key: LiveKey, stack: string, ids: ReturnType<typeof recordedIds>): Ownership {
  const recorded = ids.get(key.id)
  if (recorded) return { who: 'ours', ...recorded }
  const parsed = key.name.includes('[kw:') ? parseName(key.name) : null
  if (!parsed) return { who: 'foreign' }
  if (parsed.marker.stack !== stack) return { who: 'other-stack', marker: parsed.marker }
  if (parsed.derived) return { who: 'derived', marker: parsed.marker }
  return { who: 'unclaimed', address: formatAddress(stack, parsed.marker.id), marker: parsed.marker }
}

export interface Survey {
  /** Live keys with the marker and lineage of each address that are not recorded by id: leftovers of lost creates, or copies. */
  readonly marked: ReadonlyMap<string, readonly LiveKey[]>
  readonly unclaimed: readonly LiveKey[]
  /** Addresses that must not be touched in this run. */
  readonly stops: ReadonlyMap<string, Diagnostic>
  /** The whole stack must not be touched. */
  readonly stackStop: Diagnostic | null
}

export interface SurveyInputs {
  readonly stack: string
  readonly records: Records
  readonly live: Iterable<LiveKey>
  readonly desired: ReadonlySet<string>
  /** The store knows this stack: its state is not lost. */
  readonly isKnown: boolean
  /** Other stacks in the same store, and those the configuration declares. */
  readonly storedStacks: readonly string[]
  readonly declaredStacks: readonly string[]
}

export function survey(inputs: SurveyInputs): Survey {
  const { stack, records, live, desired } = inputs
  const ids = recordedIds(records)
  const marked = new Map<string, LiveKey[]>()
  const unclaimed: LiveKey[] = []
  const stops = new Map<string, Diagnostic>()
  const lineages = new Map([...records.values()].map((record) => [record.lineage, record]))
  for (const key of live) {
    const owner = classify(key, stack, ids)
    if (owner.who === 'derived') followDerived(marked, key, lineages.get(owner.marker.lineage))
    if (owner.who !== 'unclaimed') continue
    // A leftover keeps the marker of its time: after `moved` the lineage alone leads to its record.
    const record = lineages.get(owner.marker.lineage) ?? records.get(owner.address) ?? null
    const address = record?.address ?? owner.address
    if (record?.lineage === owner.marker.lineage) push(marked, address, key)
    if (record && isClaimed(record, owner.marker)) continue
    unclaimed.push(key)
    const stop = stopFor(address, owner.marker, record, desired.has(address))
    if (stop) stops.set(address, stop)
  }
  return { marked, unclaimed, stops, stackStop: stackStop(inputs, unclaimed.length) }
}

/** What the API made of a key of ours is looked at with its address, and never claimed by its name. */
function followDerived(marked: Map<string, LiveKey[]>, key: LiveKey, record: KeyRecord | undefined): void {
  if (record) push(marked, record.address, key)
}

/** Announced in the record, its outcome not known yet. */
function isClaimed(record: KeyRecord, marker: Marker): boolean {
  if (record.lineage !== marker.lineage) return false
  return (
    record.abandoned.some((a) => a.n === marker.n) ||
    record.generations.some((g) => g.phase === 'creating' && g.n === marker.n)
  )
}

function push(map: Map<string, LiveKey[]>, address: string, key: LiveKey): void {
  const list = map.get(address)
  if (list) list.push(key)
  else map.set(address, [key])
}

function stopFor(address: string, marker: Marker, record: KeyRecord | null, isDesired: boolean): Diagnostic | null {
  const base = { severity: 'error', address } as const
  if (!record) {
    return isDesired
      ? {
          ...base,
          code: 'ADDRESS_TAKEN',
          message: `A live key already carries the marker of ${address}, but no record claims it.`,
          hint: 'keywright census',
        }
      : null
  }
  if (record.lineage !== marker.lineage)
    return {
      ...base,
      code: 'STACK_IN_USE',
      message: `A live key of ${address} was issued by another state (lineage ${marker.lineage}, ours is ${record.lineage}).`,
      hint: 'give one of the two repositories its own stack name in keywright.yaml',
    }
  if (marker.n > record.highest)
    return {
      ...base,
      code: 'STATE_BEHIND',
      message: `The live key of ${address} is generation ${marker.n}, the record knows ${record.highest} at most.`,
      hint: 'keywright state rebuild',
    }
  return null
}

function stackStop(
  { stack, isKnown, records, storedStacks, declaredStacks }: SurveyInputs,
  unclaimed: number,
): Diagnostic | null {
  if (records.size > 0) return null
  const renamed = storedStacks.filter((name) => name !== stack && !declaredStacks.includes(name))
  if (renamed.length > 0)
    return {
      severity: 'error',
      code: 'STACK_RENAMED',
      message: `The stack "${stack}" has no records, while the store holds ${renamed.map((name) => `"${name}"`).join(', ')}, which no environment declares.`,
      hint: `keywright state mv --stack ${renamed[0]} ${stack}`,
    }
  if (unclaimed === 0 || isKnown) return null
  return {
    severity: 'error',
    code: 'STATE_MISSING',
    message: `${unclaimed} live ${unclaimed === 1 ? 'key carries' : 'keys carry'} the stack "${stack}", but this state never issued ${unclaimed === 1 ? 'it' : 'them'}.`,
    why: 'State lost? Or another repository with the same stack name?',
    hint: 'keywright state rebuild',
  }
}
