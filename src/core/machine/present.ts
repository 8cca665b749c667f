/** Rules for an address that is in the manifests. */

import { abilitiesOf } from '../abilities.ts'
import type { DesiredKey, Fields, LiveKey } from '../key.ts'
import { type Active, activeOf, type Disabled, deliveringOf, type KeyRecord } from '../record.ts'
import { amend, type Service } from './amend.ts'
import { enabledWith } from './budget.ts'
import { deliver, place } from './deliver.ts'
import { fieldChanges, tightened } from './diff.ts'
import { dueAt } from './due.ts'
import { issue } from './issue.ts'
import { isPaused, paused } from './pause.ts'
import { forsaken } from './placing.ts'
import type { Reason } from './reason.ts'
import { retire, revive } from './retire.ts'
import { rotationReasons } from './rotation.ts'
import { type Decision, type Inputs, REST, type Rest, restsTogether, type Step } from './step.ts'
import { acquaint } from './take-over.ts'
import { tell } from './tell.ts'
import { turnBack } from './turn-back.ts'

export function present(inputs: Inputs, desired: DesiredKey): Decision {
  const { record, sight } = inputs
  if (isPaused(record, sight.now)) return deliver(inputs, desired) ?? paused(record)
  const active = activeOf(record)
  const live = active ? sight.keys.get(active.id) : undefined
  if (active && live) return withActive(inputs, desired, { active, live })
  if (active) return { ...REST, open: true }
  return comeBack(inputs, desired) ?? deliver(inputs, desired) ?? issue(inputs, desired, [firstReason(record)])
}

/** Missing is what had reached a place; whatever was lost before that is our own unfinished work. */
function firstReason({ highest, generations, abandoned, places, compromised }: KeyRecord): Reason {
  if (highest === 0) return { kind: 'new' }
  if (compromised) return { kind: 'compromised' }
  const isOpen = generations.length > 0 || abandoned.length > 0 || places.length === 0
  return { kind: isOpen ? 'unfinished' : 'missing' }
}

/** A removed key that is back in the manifests before it was deleted gets the same secret back: that of its newest generation. */
function comeBack({ record, sight }: Inputs, desired: DesiredKey): Decision | null {
  if (!abilitiesOf(desired.kind).disable) return serveAgain(record)
  const removed = record.generations.findLast(
    (g): g is Disabled => g.phase === 'disabled' && g.why === 'removed' && !g.removing && !g.compromised,
  )
  const last = removed && record.generations.every((g) => g.n <= removed.n)
  if (!last) return null
  const { n, id } = removed
  return { do: 'enable', n, id, fields: enabledWith(desired, record, { sight, n }) }
}

/** Without a disable, a removed key is one in its grace, and every place still holds it. */
function serveAgain({ generations, places }: KeyRecord): Decision | null {
  const last = generations.at(-1)
  const isBack = last?.phase === 'superseded' && last.everActive && last.removing !== true && !last.compromised
  return isBack && places.length > 0 && places.every((p) => p.n === last.n) ? { do: 'reinstate', n: last.n } : null
}

function withActive(inputs: Inputs, desired: DesiredKey, service: Service): Decision {
  const { record, sight } = inputs
  const taken = acquaint(record, service.active)
  if (taken) return taken
  const turned = revive(inputs, desired) ?? turnBack(inputs, desired)
  if (turned) return turned
  const held = record.compromised ? null : hold(inputs, desired, service)
  if (held && held.do !== 'rest') return held
  const change = held
    ? null
    : (amend(inputs, desired, service) ?? deliver(inputs, desired) ?? rotate(inputs, desired, service))
  if (change && change.do !== 'rest') return change
  const placed = held || deliveringOf(record) ? null : place(inputs, desired, service.active)
  if (placed && placed.do !== 'rest') return placed
  if (!held && !change && !placed && record.carry?.cut) return { do: 'uncut' }
  const told = tell(inputs, desired, service.active)
  if (told && told.do !== 'rest') return told
  const retired = empty(inputs, desired, service.active) ?? retire(inputs, desired)
  if (retired.do !== 'rest') return retired
  const next = held ? null : dueAt(record, desired, { ...service, now: sight.now })
  const due: Rest = { ...REST, until: next?.at ?? null, ...pinNote(record) }
  return [told, held, change, placed, due].reduce<Rest>(
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
  const fields = tightened(desired, active.issued, live)
  const landed = ownPatch(record, active, { live, fields })
  if (landed) return { do: 'confirm', n: active.n, ...landed }
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

type Confirm = Extract<Step, { readonly do: 'confirm' }>

interface Seen {
  readonly live: LiveKey
  /** Made stricter than what we set. */
  readonly fields: readonly string[]
}

/**
 * An update of ours whose answer was lost is seen to have landed, maybe late: it is ours, not an outside edit. Updates land whole, so one
 * strict value of it is proof enough; what else it set may have been changed by somebody since.
 */
function ownPatch(
  record: KeyRecord,
  active: Active,
  { live, fields }: Seen,
): Pick<Confirm, 'fields' | 'landed'> | null {
  const shows = ([field, value]: readonly [string, unknown]): boolean =>
    field === 'name' ? live.name === value : live.fields[field] === value
  for (const { n, fields: landed } of record.patches) {
    if (n !== active.n) continue
    const values = Object.entries(landed)
    if (values.every(shows)) return { fields: landed, landed }
    const seen = values.filter((value) => fields.includes(value[0]) && shows(value))
    if (seen.length > 0) return { fields: Object.fromEntries(seen), landed }
  }
  return null
}

function pinNote({ pinned }: KeyRecord): { readonly code?: 'ADDRESS_PINNED' } {
  return pinned ? { code: 'ADDRESS_PINNED' } : {}
}

function rotate(inputs: Inputs, desired: DesiredKey, service: Service): Decision | null {
  const reasons = rotationReasons(inputs, desired, service)
  return reasons.length > 0 ? issue(inputs, desired, reasons) : null
}

function empty({ record }: Inputs, desired: DesiredKey, active: Active): Decision | null {
  const place = forsaken(desired, record)[0]
  if (!place) return null
  return place.fingerprint === undefined || place.n > active.n
    ? { do: 'drop-place', identity: place.identity }
    : { do: 'empty', place }
}
