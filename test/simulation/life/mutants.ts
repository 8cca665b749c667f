/** Forbidden designs that only a whole life brings to light. */
import { parseName } from '../../../src/core/address.ts'
import type { DesiredKey, LiveKey } from '../../../src/core/key.ts'
import { sharedLimit } from '../../../src/core/machine/budget.ts'
import { decide } from '../../../src/core/machine/next-step.ts'
import type { Decision, Sight } from '../../../src/core/machine/step.ts'
import { activeOf, type Generation, generationById, isLive, type KeyRecord } from '../../../src/core/record.ts'
import type { StateStore } from '../../../src/ports/state-store.ts'
import type { NamedMutant } from '../mutants.ts'
import type { Decide } from '../scene.ts'

type Inputs = Parameters<Decide>

export const LIFE_MUTANTS: readonly NamedMutant[] = [
  { name: 'secrets are written before they are proven', life: true, rules: { provesBeforeDelivery: false } },
  { name: 'the old key ends before the new one is delivered', life: true, decide: endsEarly },
  { name: "the API's own rotation is believed after a lost answer", life: true, decide: believesRotation },
  { name: 'keys that the API named are taken for our leftovers', life: true, meddled: true, decide: trustsNames },
  { name: 'a successor gets the whole of a shared limit', life: true, decide: givesWhole },
  { name: 'a counter is believed before its key is disabled', life: true, decide: believesCounters },
  { name: 'an old key ends although it is used', life: true, decide: ignoresUse },
  {
    name: 'a leaked key is brought back by a place that was put back',
    life: true,
    meddled: true,
    decide: revivesLeaked,
  },
  { name: 'a leaked key is only replaced', life: true, decide: onlyReplaces },
  { name: 'a pause is not heeded', life: true, decide: without('paused') },
  { name: 'a pin is not heeded', life: true, decide: without('pinned') },
  { name: 'a guardrail follows after delivery', life: true, decide: guardsLate },
  { name: 'R4 assignments are not announced', life: true, store: forgetful },
]

/** As soon as the new one is on its way to its places. */
function endsEarly(...[desired, record, sight]: Inputs): Decision {
  const decision = decide(desired, record, sight)
  const active = activeOf(record)
  if (decision.do !== 'write' || !active || active.n === decision.n) return decision
  return { do: record.kind === 'strait' ? 'remove' : 'disable', n: active.n, id: active.id, why: 'retired' }
}

/** Neither the end of the old key nor the successor that nobody has the secret of is looked at. */
function believesRotation(...[desired, record, sight]: Inputs): Decision {
  const keys = mapped(sight, ({ graceEndsAt: _, replacedBy: __, ...key }) => key)
  return decide(desired, record, { ...sight, keys, marked: sight.marked.filter((key) => !isDerived(key)) })
}

function trustsNames(...[desired, record, sight]: Inputs): Decision {
  const derived = sight.marked.find((key) => isDerived(key) && !generationById(record, key.id))
  const n = parseName(derived?.name ?? '')?.marker.n
  if (derived && n !== undefined) return { do: 'remove', n, id: derived.id, why: 'leftover' }
  return decide(desired, record, sight)
}

function isDerived({ name }: LiveKey): boolean {
  return parseName(name)?.derived === true
}

function givesWhole(...[desired, record, sight]: Inputs): Decision {
  const decision = decide(desired, record, sight)
  const limit = desired ? sharedLimit(desired) : null
  if (limit === null || (decision.do !== 'issue' && decision.do !== 'lift')) return decision
  return decision.fields.limit === 0 && decision.do === 'issue'
    ? decision
    : { ...decision, fields: { ...decision.fields, limit } }
}

function believesCounters(...[desired, record, sight]: Inputs): Decision {
  const old = new Set(record.generations.filter((g) => g.phase === 'superseded').map((g) => g.id))
  const keys = mapped(sight, (key) => (old.has(key.id) ? { ...key, fields: { ...key.fields, disabled: true } } : key))
  return decide(desired, record, { ...sight, keys })
}

function ignoresUse(...[desired, record, sight]: Inputs): Decision {
  return decide(desired && impatient(desired), record, sight)
}

function impatient(desired: DesiredKey): DesiredKey {
  return { ...desired, rotation: { ...desired.rotation, retire: { when: 'deadline' } } }
}

function revivesLeaked(...[desired, record, sight]: Inputs): Decision {
  return decide(desired, forgiven(record, 'disabled'), sight)
}

function onlyReplaces(...[desired, record, sight]: Inputs): Decision {
  return decide(desired, forgiven(record), sight)
}

/** The record as if nothing had been reported, but that the one in service has to be replaced. */
function forgiven(record: KeyRecord, phase?: Generation['phase']): KeyRecord {
  const generations = record.generations.map((g): Generation => {
    if (!isLive(g) || (phase !== undefined && g.phase !== phase)) return g
    const { compromised: _, ...rest } = g
    return rest
  })
  return { ...record, generations }
}

function without(word: 'paused' | 'pinned'): Decide {
  return (desired, record, sight) => {
    const { [word]: _, ...rest } = record
    return decide(desired, rest, sight)
  }
}

function guardsLate(...[desired, record, sight]: Inputs): Decision {
  const isOnTheWay = record.generations.some((g) => g.phase === 'delivering')
  if (!desired || !isOnTheWay) return decide(desired, record, sight)
  const { guardrail: _, ...unguarded } = desired
  return decide(unguarded, record, sight)
}

/** The one save that says nothing but that an assignment comes. */
function forgetful(store: StateStore): StateStore {
  return {
    ...store,
    async commit(stack, changes, lease) {
      const [change] = changes
      if (change?.record?.lastChange?.what === 'assign-claimed')
        return [{ ...change.record, serial: change.expectedSerial }]
      return store.commit(stack, changes, lease)
    },
  }
}

function mapped({ keys }: Sight, change: (key: LiveKey) => LiveKey): Sight['keys'] {
  return new Map([...keys].map(([id, key]) => [id, key && change(key)]))
}
