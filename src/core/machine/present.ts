/** Rules for an address that is in the manifests. */

import type { DesiredKey, Fields, LiveKey } from '../key.ts'
import { type Active, activeOf, type Disabled, deliveringOf, type KeyRecord } from '../record.ts'
import { deliver, place } from './deliver.ts'
import { fieldChanges, inPlace, tightened } from './diff.ts'
import { issue, nameOf } from './issue.ts'
import { forsaken } from './placing.ts'
import type { Reason } from './reason.ts'
import { retire, revive } from './retire.ts'
import { nextRotation, rotationReasons } from './rotation.ts'
import { type Decision, type Inputs, REST, type Rest, restsTogether } from './step.ts'

export function present(inputs: Inputs, desired: DesiredKey): Decision {
  const { record, sight } = inputs
  const active = activeOf(record)
  const live = active ? sight.keys.get(active.id) : undefined
  if (active && live) return withActive(inputs, desired, { active, live })
  if (active) return { ...REST, open: true }
  return comeBack(inputs, desired) ?? deliver(inputs, desired) ?? issue(inputs, desired, [firstReason(record)])
}

/** Missing is what had reached a place; whatever was lost before that is our own unfinished work. */
function firstReason({ highest, generations, abandoned, places }: KeyRecord): Reason {
  if (highest === 0) return { kind: 'new' }
  const isOpen = generations.length > 0 || abandoned.length > 0 || places.length === 0
  return { kind: isOpen ? 'unfinished' : 'missing' }
}

/** A removed key that is back in the manifests before it was deleted gets the same secret back: that of its newest generation. */
function comeBack({ record }: Inputs, desired: DesiredKey): Decision | null {
  const removed = record.generations.findLast(
    (g): g is Disabled => g.phase === 'disabled' && g.why === 'removed' && !g.removing,
  )
  const last = removed && record.generations.every((g) => g.n <= removed.n)
  return last
    ? { do: 'enable', n: removed.n, id: removed.id, fields: { disabled: desired.fields.disabled === true } }
    : null
}

interface Service {
  readonly active: Active
  readonly live: LiveKey
}

function withActive(inputs: Inputs, desired: DesiredKey, service: Service): Decision {
  const { record } = inputs
  const revived = revive(inputs, desired)
  if (revived) return revived
  const held = hold(inputs, desired, service)
  if (held && held.do !== 'rest') return held
  const change = held
    ? null
    : (update(desired, service, record) ?? deliver(inputs, desired) ?? rotate(inputs, desired, service))
  if (change && change.do !== 'rest') return change
  const placed = held || deliveringOf(record) ? null : place(inputs, desired, service.active)
  if (placed && placed.do !== 'rest') return placed
  const retired = empty(inputs, desired, service.active) ?? retire(inputs, desired)
  if (retired.do !== 'rest') return retired
  const due: Rest = { ...REST, until: held ? null : nextRotation(desired, service.active, service.live) }
  return [held, change, placed, due].reduce<Rest>(
    (all, one) => (one?.do === 'rest' ? restsTogether(one, all) : all),
    retired,
  )
}

/** Out-of-band tightening freezes the address until a later commit or `resume`. */
function hold({ record, rules }: Inputs, desired: DesiredKey, { active, live }: Service): Decision | null {
  if (record.frozen) {
    if (record.frozen.entry !== desired.digest || !isStricter(desired, record.frozen.fields, live))
      return { do: 'thaw', n: active.n, fields: asSeen(record.frozen.fields, live) }
    return { do: 'rest', until: null, open: false, code: 'HELD_OUTSIDE' }
  }
  if (!rules.respectsTightening || desired.digest === '') return null
  const landed = ownPatch(record, active, live)
  if (landed) return { do: 'confirm', n: active.n, fields: landed }
  const fields = tightened(desired, active.issued, live)
  return fields.length > 0 ? { do: 'freeze', fields } : null
}

/** A later commit decided anew: what it does not put right stays as a human made it. */
function asSeen(names: readonly string[], live: LiveKey): Fields {
  return Object.fromEntries(names.map((name) => [name, live.fields[name] ?? null]))
}

/** Whoever made it stricter may take that back in the same place: then nothing is held any more. */
function isStricter(desired: DesiredKey, fields: readonly string[], live: LiveKey): boolean {
  return fieldChanges(desired, live.fields).some((change) => change.loosens && fields.includes(change.field))
}

/** An update of ours whose answer was lost is seen to have landed, maybe late: it is ours, not an outside edit. */
function ownPatch(record: KeyRecord, active: Active, live: LiveKey): Fields | null {
  const landed = record.patches.find(
    ({ n, fields: { name, ...fields } }) =>
      n === active.n &&
      Object.entries(fields).every(([field, value]) => live.fields[field] === value) &&
      (name === undefined || name === live.name),
  )
  return landed?.fields ?? null
}

function update(desired: DesiredKey, { active, live }: Service, record: KeyRecord): Decision | null {
  const fields = inPlace(fieldChanges(desired, live.fields)) ?? {}
  const name = nameOf(desired, record.lineage, active.n)
  const all = live.name === name ? fields : { ...fields, name }
  return Object.keys(all).length === 0 ? null : { do: 'update', n: active.n, id: active.id, fields: all }
}

function rotate(inputs: Inputs, desired: DesiredKey, service: Service): Decision | null {
  const reasons = rotationReasons(inputs, desired, service)
  return reasons.length === 0 ? null : issue(inputs, desired, reasons)
}

function empty({ record }: Inputs, desired: DesiredKey, active: Active): Decision | null {
  const place = forsaken(desired, record)[0]
  if (!place) return null
  return place.fingerprint === undefined || place.n > active.n
    ? { do: 'drop-place', identity: place.identity }
    : { do: 'empty', place }
}
