/** The smallest valid generations, places, records and sights, all of the key `aKey()` at one instant. */
import type { DesiredKey, Fields, LiveKey } from '../../../src/core/key.ts'
import { nameOf } from '../../../src/core/machine/issue.ts'
import { decide } from '../../../src/core/machine/next-step.ts'
import type { Decision, Seen, Sight } from '../../../src/core/machine/step.ts'
import {
  type Active,
  type Creating,
  type Delivering,
  type Disabled,
  type Generation,
  type Issued,
  isLive,
  type KeyRecord,
  newRecord,
  type PlaceState,
  type Superseded,
} from '../../../src/core/record.ts'
import { at, type Instant, instant, type Millis } from '../../../src/core/time.ts'
import { aKey, aPlace } from '../../fakes/desired.ts'

export const NOW: Millis = at('2027-01-10T00:00:00Z')
export const LINEAGE = 'abcdefgh'

export function ago(millis: Millis): Instant {
  return instant(NOW - millis)
}

const FIELDS: Fields = aKey().fields

export function issued(n: number, more: Partial<Issued> = {}): Issued {
  return {
    name: nameOf(aKey(), LINEAGE, n),
    scope: 'default',
    fields: FIELDS,
    expiresIn: null,
    rotationSerial: 1,
    words: { id: 'a', name: 'a' },
    ...more,
  }
}

const base = (n: number) => ({ n, claimedAt: ago(0), id: `id-${n}`, issued: issued(n), claimed: true })

export function creating(n: number, more: Partial<Creating> = {}): Creating {
  const { id: _, claimed: __, ...rest } = base(n)
  return { phase: 'creating', ...rest, versions: {}, harmless: false, ...more }
}

export function delivering(n: number, more: Partial<Delivering> = {}): Delivering {
  return { phase: 'delivering', ...base(n), claimed: false, versions: {}, proven: false, harmless: false, ...more }
}

export function active(n: number, more: Partial<Active> = {}): Active {
  return { phase: 'active', ...base(n), activeAt: ago(0), ...more }
}

export function superseded(n: number, more: Partial<Superseded> = {}): Superseded {
  return { phase: 'superseded', ...base(n), supersededAt: ago(0), everActive: true, ...more }
}

export function disabled(n: number, more: Partial<Disabled> = {}): Disabled {
  return { phase: 'disabled', ...base(n), disabledAt: ago(0), everActive: true, why: 'retired', ...more }
}

/** The place of `aKey()`, verified with the secret of generation `n`. */
export function holding(n: number, more: Partial<PlaceState> = {}): PlaceState {
  return {
    ...aPlace('a'),
    n,
    status: 'verified',
    version: `v${n}`,
    fingerprint: `sha256:${n}`,
    readable: true,
    conditional: true,
    ...more,
  }
}

/** A record of `aKey()` with these generations; its place holds the active one unless said otherwise. */
export function record(generations: readonly Generation[], more: Partial<KeyRecord> = {}): KeyRecord {
  const serving = generations.find((g) => g.phase === 'active')
  return {
    ...newRecord(aKey(), LINEAGE),
    serial: 1,
    scope: 'default',
    highest: Math.max(0, ...generations.map((g) => g.n)),
    generations,
    places: serving ? [holding(serving.n)] : [],
    ...more,
  }
}

export function live(n: number, more: Partial<LiveKey> = {}): LiveKey {
  return {
    id: `id-${n}`,
    name: nameOf(aKey(), LINEAGE, n),
    scope: 'default',
    fields: FIELDS,
    createdAt: ago(0),
    updatedAt: null,
    label: '',
    usage: { total: 0, daily: 0, weekly: 0, monthly: 0 },
    ...more,
  }
}

/** Sees every recorded key as it was left. */
export function sight({ generations }: KeyRecord, more: Partial<Sight> = {}): Sight {
  const keys = new Map<string, LiveKey | null>()
  for (const g of generations) {
    const fields = g.phase === 'disabled' ? { ...FIELDS, disabled: true } : FIELDS
    if (isLive(g)) keys.set(g.id, live(g.n, { fields: { ...fields, ...('issued' in g ? onlyLimit(g.issued) : {}) } }))
  }
  return { now: NOW, keys, marked: [], places: new Map(), inHand: null, skewed: false, ...more }
}

function onlyLimit({ fields }: Issued): Fields {
  return fields.limit === undefined ? {} : { limit: fields.limit }
}

/** The sight with one live key changed; `null`: it is gone. */
export function seeing(state: KeyRecord, n: number, change: Partial<LiveKey> | null, more: Partial<Sight> = {}): Sight {
  const plain = sight(state, more)
  const key = plain.keys.get(`id-${n}`) ?? live(n)
  return { ...plain, keys: new Map(plain.keys).set(`id-${n}`, change && { ...key, ...change }) }
}

/** Places read back in this pass. */
export function readBack(...paths: readonly string[]): ReadonlyMap<string, Seen> {
  return new Map(paths.map((path) => [aPlace(path).identity, { fingerprint: 'sha256:1', version: 'v1' }]))
}

export function next(state: KeyRecord, desired: DesiredKey | null = aKey(), seen: Sight = sight(state)): Decision {
  return decide(desired, state, seen)
}
