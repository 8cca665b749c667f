/** Every key of a stack leaked at once, as when the place that held them did: in which order, with how many writes, and how long it takes. */
import { abilitiesOf } from '../core/abilities.ts'
import type { ProviderKind } from '../core/key.ts'
import type { Plan, Subject } from '../core/plan.ts'
import { activeOf } from '../core/record.ts'
import { worstMonth } from '../core/spend.ts'
import { MINUTE, type Millis } from '../core/time.ts'
import { leakedOf } from './words.ts'

export interface FleetKey {
  readonly address: string
  readonly provider: string
  readonly kind: ProviderKind
  /** Generations that end. */
  readonly ns: readonly number[]
  /** Most that its key in service can spend in a month, USD; infinite for unlimited. */
  readonly stake: number
  /** Writes at the key API until it is replaced, the ends included; deletes after the hold come later. */
  readonly writes: number
  readonly places: readonly string[]
}

/** The most money first. `plan` is the one that follows when all of them are reported as leaked. */
export function fleetOf(subjects: readonly Subject[], plan: Plan): readonly FleetKey[] {
  const writes = new Map(plan.changes.map((change) => [change.address, change.writes]))
  return subjects
    .map(({ address, record, desired, sight }): FleetKey => {
      const live = sight.keys.get(activeOf(record)?.id ?? '')
      const { provider, kind } = record
      const places = (desired?.places ?? record.places).map(({ text }) => text)
      const stake = live && abilitiesOf(kind).spend ? worstMonth(live.fields) : 0
      return { address, provider, kind, ns: leakedOf(record, null), stake, writes: writes.get(address) ?? 0, places }
    })
    .filter(({ ns }) => ns.length > 0)
    .sort((a, b) => (a.stake === b.stake ? (a.address < b.address ? -1 : 1) : b.stake > a.stake ? 1 : -1))
}

/** How long one provider takes, by its limits or by what a request is assumed to take. */
export interface Pace {
  readonly provider: string
  readonly keys: number
  readonly writes: number
  /** Until no leaked secret works any more. */
  readonly ended: Millis
  /** Until every successor is delivered. */
  readonly replaced: Millis
  /** `limits`: so many a minute and route. */
  readonly by: 'limits' | 'latency'
}

/** Assumed for one request; measured ones are between 0.1 and 0.4 s. */
export const ASSUMED_LATENCY: Millis = 300

/** Strait's own limits (server source of 2026-07-06). */
const PER_ROUTE = 10
const PER_MINUTE = 100

export function pacesOf(fleet: readonly FleetKey[], parallelism: number): readonly Pace[] {
  const providers = [...new Set(fleet.map(({ provider }) => provider))]
  return providers.map((provider) =>
    paceOf(
      provider,
      fleet.filter((key) => key.provider === provider),
      parallelism,
    ),
  )
}

function paceOf(provider: string, keys: readonly FleetKey[], parallelism: number): Pace {
  const ends = keys.reduce((sum, { ns }) => sum + ns.length, 0)
  const writes = keys.reduce((sum, key) => sum + key.writes, 0)
  // Each successor is proven by one more request.
  const requests = writes + keys.length
  const base = { provider, keys: keys.length, writes }
  if (keys[0]?.kind === 'strait') {
    const ended = Math.ceil(ends / PER_ROUTE) * MINUTE
    const replaced = Math.max(ended, Math.ceil(keys.length / PER_ROUTE) * MINUTE, (requests / PER_MINUTE) * MINUTE)
    return { ...base, ended, replaced, by: 'limits' }
  }
  const lane = (count: number): Millis => Math.ceil(count / parallelism) * ASSUMED_LATENCY
  return { ...base, ended: lane(ends), replaced: lane(requests), by: 'latency' }
}
