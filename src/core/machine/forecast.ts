/**
 * What the machine would do now if every effect succeeded: the same `decide`, fed with imagined results. A plan therefore
 * cannot promise what apply would not do, and costs nothing for an address with nothing to do.
 */
import type { DesiredKey, LiveKey } from '../key.ts'
import type { KeyRecord, PlaceState } from '../record.ts'
import { type Instant, instant } from '../time.ts'
import type { Event } from './event.ts'
import { confirmed, cutClaim, removeClaim } from './facts.ts'
import { nameOf } from './issue.ts'
import { decide } from './next-step.ts'
import { REST, type Rest, type Seen, type Sight, type Step } from './step.ts'
import { owedBy } from './tell.ts'
import { transition } from './transition.ts'

export interface Forecast {
  readonly steps: readonly Step[]
  readonly rest: Rest
  /** The record as it would be afterwards. */
  readonly record: KeyRecord
}

const MOST_STEPS = 200

export function forecast(desired: DesiredKey | null, record: KeyRecord, sight: Sight): Forecast {
  const steps: Step[] = []
  let world: World = { record, sight }
  while (steps.length < MOST_STEPS) {
    const decision = decide(desired, world.record, world.sight)
    if (decision.do === 'rest') return { steps, rest: decision, record: world.record }
    steps.push(decision)
    if (decision.do === 'end') return { steps, rest: REST, record: world.record }
    world = imagine(decision, world, desired)
  }
  throw new RangeError(
    `the machine does not come to rest at ${record.address}: ${steps
      .slice(-6)
      .map((s) => s.do)
      .join(' ')}`,
  )
}

interface World {
  readonly record: KeyRecord
  readonly sight: Sight
}

function imagine(step: Step, world: World, desired: DesiredKey | null): World {
  return { record: eventsOf(step, desired, world).reduce(transition, world.record), sight: see(step, world, desired) }
}

function eventsOf(step: Step, desired: DesiredKey | null, world: World): readonly Event[] {
  const now = instant(world.sight.now)
  switch (step.do) {
    case 'abandon':
      return [{ on: 'abandoned', n: step.n }]
    case 'adopt':
      return [{ on: 'adopted', n: step.n, held: [], empty: [] }]
    case 'note-gone':
      return [{ on: 'gone', n: step.n }]
    case 'remove':
      return [removeClaim(step.n, world, desired), { on: 'gone', n: step.n }]
    case 'note-use':
      return [{ on: 'use-noted', n: step.n, mark: step.mark, at: now }]
    case 'cut':
      return desired ? [cutClaim(step, desired, world.sight.now), updated(step)] : []
    case 'uncut':
      return [{ on: 'uncut' }]
    case 'assign':
      return [{ on: 'assigned', n: step.n, guardrail: step.guardrail }]
    case 'restore':
      return [{ on: 'not-restored', identity: step.place.identity, why: '' }]
    case 'settle-pin':
      return [{ on: 'pin-settled' }]
    case 'reinstate':
      return [{ on: 'reinstated', n: step.n, at: now, ...owedBy(desired) }]
    case 'hook':
      return [{ on: 'hook-done', identity: step.hook.identity }]
    case 'drop-hook':
      return [{ on: 'hook-done', identity: step.identity }]
    case 'drop-claim':
      return [{ on: 'claim-dropped', n: step.n }]
    case 'supersede':
      return [{ on: 'superseded', n: step.n, at: now }]
    case 'activate':
      return [{ on: 'activated', n: step.n, at: now, ...owedBy(desired) }]
    case 'freeze':
      return [{ on: 'frozen', fields: step.fields, entry: desired?.digest ?? '', at: now }]
    case 'thaw':
      return [{ on: 'thawed' }, { on: 'updated', n: step.n, fields: step.fields, lifted: false }]
    case 'confirm':
      return confirmed(step)
    case 'drop-place':
      return [{ on: 'place-dropped', identity: step.identity }]
    case 'empty':
      return [{ on: 'place-dropped', identity: step.place.identity }]
    case 'issue':
      return desired ? issued(step, desired, now) : []
    case 'lift':
    case 'update':
      return [updated(step)]
    case 'prove':
      return [{ on: 'proven', n: step.n }]
    case 'recover':
      return step.places.slice(0, 1).map((p) => seen(p.identity, step.n))
    case 'write':
      return [
        {
          on: 'write-claimed',
          at: now,
          n: step.n,
          place: step.place,
          version: null,
          fingerprint: IMAGINED,
          readable: true,
          conditional: true,
        },
        seen(step.place.identity, step.n),
      ]
    case 'check':
      return [seen(step.place.identity, step.n)]
    case 'disable':
      return [{ on: 'disable-claimed', n: step.n, why: step.why, at: now }]
    case 'enable':
      return [{ on: 'enabled', n: step.n, at: now, fields: step.fields }]
    case 'inspect':
    case 'end':
      return []
    default:
      return step satisfies never
  }
}

function updated(step: Extract<Step, { do: 'lift' | 'update' | 'cut' }>): Event {
  return { on: 'updated', n: step.n, fields: step.fields, lifted: step.do === 'lift' }
}

const IMAGINED = 'imagined'
const imaginedId = (n: number): string => `imagined-${n}`

function seen(identity: string, n: number): Event {
  return { on: 'seen', identity, n, version: IMAGINED, fingerprint: IMAGINED }
}

function issued(step: Extract<Step, { do: 'issue' }>, desired: DesiredKey, now: Instant): readonly Event[] {
  const { n, fields, harmless, rotates } = step
  const as = {
    name: '',
    scope: desired.scope,
    fields,
    expiresIn: desired.expiresIn,
    rotationSerial: desired.rotation.serial,
    words: { id: desired.id, name: desired.name },
  }
  return [
    { on: 'issue-claimed', at: now, n, issued: as, harmless, versions: {}, desired, ...(rotates ? { rotates } : {}) },
    { on: 'created', n, id: imaginedId(n) },
  ]
}

/** The imagined world after a step: live keys and readings follow what was done. */
function see(step: Step, { record, sight }: World, desired: DesiredKey | null): Sight {
  switch (step.do) {
    case 'issue':
      return { ...sight, inHand: step.n, keys: withKey(sight, imaginedKey(step, record, desired, sight.now)) }
    case 'recover':
      return { ...sight, inHand: step.n, places: read(sight, step.places) }
    case 'adopt':
      return { ...sight, places: read(sight, step.places) }
    case 'check':
      return { ...sight, places: read(sight, [step.place]) }
    case 'inspect':
      return { ...sight, places: read(sight, step.places) }
    case 'lift':
    case 'cut':
    case 'update':
    case 'enable':
      return { ...sight, keys: change(sight, step.id, step.fields) }
    case 'disable':
      return { ...sight, places: new Map(), keys: change(sight, step.id, { disabled: true }) }
    case 'remove':
      return {
        ...sight,
        places: new Map(),
        keys: new Map(sight.keys).set(step.id, null),
        marked: sight.marked.filter((key) => key.id !== step.id),
      }
    case 'assign':
      return { ...sight, keys: guarded(sight, step.id, step.guardrail) }
    case 'note-gone':
    case 'reinstate':
    case 'activate':
      return { ...sight, places: new Map() }
    default:
      return sight
  }
}

function read(sight: Sight, places: readonly Pick<PlaceState, 'identity'>[]): Sight['places'] {
  const readings = new Map<string, Seen>(sight.places)
  for (const p of places) readings.set(p.identity, { fingerprint: IMAGINED, version: IMAGINED })
  return readings
}

function withKey(sight: Sight, key: LiveKey): Sight['keys'] {
  return new Map(sight.keys).set(key.id, key)
}

function change(sight: Sight, id: string, { name, ...fields }: LiveKey['fields']): Sight['keys'] {
  const key = sight.keys.get(id)
  if (!key) return sight.keys
  return withKey(sight, { ...key, fields: { ...key.fields, ...fields }, ...(typeof name === 'string' ? { name } : {}) })
}

function guarded(sight: Sight, id: string, guardrail: string | null): Sight['keys'] {
  const key = sight.keys.get(id)
  return key ? withKey(sight, { ...key, guardrail }) : sight.keys
}

function imaginedKey(
  step: Extract<Step, { do: 'issue' }>,
  record: KeyRecord,
  desired: DesiredKey | null,
  now: number,
): LiveKey {
  const when = instant(now)
  return {
    id: imaginedId(step.n),
    name: desired ? nameOf(desired, record.lineage, step.n) : '',
    scope: desired?.scope ?? '',
    fields: { disabled: false, ...step.fields },
    createdAt: when,
    updatedAt: null,
    label: '',
    usage: { total: 0, daily: 0, weekly: 0, monthly: 0 },
  }
}
