/** What came of a key, without what is another for every key: ids, instants, lineage. */
import { parseName } from '../../src/core/address.ts'
import type { Fields } from '../../src/core/key.ts'
import type { KeyRecord } from '../../src/core/record.ts'
import type { Outcome } from './parity-ways.ts'

export interface Seen {
  readonly digest: string
  readonly record: object
  readonly live: object
  readonly place: string | undefined
}

/** By id. */
export function seenIn({ keys, emulator, places }: Outcome): ReadonlyMap<string, Seen> {
  const { openrouter, strait } = emulator.world
  const all = [...openrouter.keys(), ...strait.keys()].map(({ ...key }): [string, Live] => [key.name, key])
  const live = new Map(all.map(([name, key]) => [parseName(name)?.marker.id ?? '', key] as const))
  return new Map(
    [...keys].map(([id, { record, digest }]) => [
      id,
      { digest, record: recordFacts(record), live: liveFacts(live.get(id) ?? {}), place: placeOf(record, places) },
    ]),
  )
}

type Live = Readonly<Record<string, unknown>>

function recordFacts({ kind, provider, scope, generations, abandoned, places, protect, policy }: KeyRecord): object {
  return {
    ...{ kind, provider, scope, abandoned, protect },
    generations: generations.map(({ n, phase, ...rest }) => ({
      n,
      phase,
      ...('issued' in rest && issuedFacts(rest.issued)),
    })),
    places: places.map(({ version: _, fingerprint: __, ...place }) => place),
    // Nobody waits for a removed key in Terraform: it ends at once.
    policy: { ...policy, removalHold: 0 },
  }
}

/** An end that follows from `expiresIn` is another one for every key. The order of scopes means nothing. */
function issuedFacts({ name, fields, ...issued }: Issued): object {
  const { expiresAt, scopes, ...rest } = fields
  const own = { ...rest, scopes: sorted(scopes), ...(issued.expiresIn === null ? { expiresAt } : {}) }
  return { ...issued, name: unmarked(name), fields: own }
}

interface Issued {
  readonly name: string
  readonly expiresIn: number | null
  readonly fields: Fields
}

function sorted(value: unknown): unknown {
  return Array.isArray(value) ? [...value].sort() : value
}

function unmarked(name: string): string {
  return name.replace(/\.[a-z2-7]{8}\]$/, '.lineage]')
}

const OWN = new Set(['sequence', 'hash', 'label', 'id', 'key_prefix', 'key_hash', 'created_at', 'last_used_at'])
const MINUTE = 60_000

function liveFacts(key: Live): object {
  const facts = Object.entries(key).map(([name, value]): [string, unknown] => {
    if (name === 'name') return [name, unmarked(String(value))]
    if (name === 'updated_at') return [name, value !== null]
    return [name, name === 'expires_at' ? endOf(key) : sorted(value)]
  })
  return Object.fromEntries(facts.filter(([name]) => !OWN.has(name)))
}

/** The end itself where it was written down, and otherwise how long the key lives. */
function endOf({ expires_at, created_at }: Live): unknown {
  if (typeof expires_at !== 'string' || expires_at.startsWith('2027-12-31')) return expires_at
  return Math.round((Date.parse(expires_at) - Date.parse(String(created_at))) / MINUTE)
}

/** The line of its dotenv variable, without the secret. */
function placeOf({ places }: KeyRecord, text: string): string | undefined {
  const line = text.split('\n').find((one) => one.startsWith(`${places[0]?.at.name}=`))
  return line?.replace(/sk-or-v1-[0-9a-f]+|strait_[0-9a-f]+/, 'secret')
}
