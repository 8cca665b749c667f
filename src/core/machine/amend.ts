/** What is changed in place: caps, fields, name, guardrail, and whether old secrets work. */
import { abilitiesOf } from '../abilities.ts'
import type { DesiredKey, LiveKey } from '../key.ts'
import { type Active, deliveringOf, type KeyRecord, type Superseded } from '../record.ts'
import { enabledWith, withShare } from './budget.ts'
import { cutFor } from './cut.ts'
import { fieldChanges, inPlace } from './diff.ts'
import { nameOf } from './issue.ts'
import type { Decision, Inputs } from './step.ts'

export interface Service {
  readonly active: Active
  readonly live: LiveKey
}

/** The key in service as it should be. One that got out is left as it is: nothing may loosen it again. */
export function amend(inputs: Inputs, desired: DesiredKey, service: Service): Decision | null {
  if (service.active.compromised) return null
  const shared = withShare(desired, inputs.record, inputs.sight)
  return (
    ration(inputs, desired, service.active) ??
    update(shared, service, inputs.record) ??
    guard(desired, service) ??
    follow(inputs, desired)
  )
}

/** What the manifest says about `disabled` is said of every secret of the key: those in grace work as long as the one in service does. */
function follow(inputs: Inputs, desired: DesiredKey): Decision | null {
  const { record, sight } = inputs
  const disabled = desired.fields.disabled === true
  if (!abilitiesOf(desired.kind).disable || desired.unmanaged.includes('disabled')) return null
  const old = record.generations.find(
    (g): g is Superseded =>
      g.phase === 'superseded' && !g.removing && !g.compromised && isBehind(g, sight.keys.get(g.id), disabled),
  )
  if (!old) return null
  const { n, id } = old
  if (disabled) return { do: 'update', n, id, fields: { disabled } }
  const cut = cutFor(desired, record, { sight, n })
  return cut ? { do: 'cut', ...cut } : { do: 'update', n, id, fields: enabledWith(desired, record, { sight, n }) }
}

/** One that somebody switched off by hand stays so. */
function isBehind(g: Superseded, live: LiveKey | null | undefined, disabled: boolean): boolean {
  if (!live || live.fields.disabled === disabled) return false
  return disabled || g.issued.fields.disabled === true
}

/** Under a shared limit: old generations give up what the one in service needs. While a successor is on its way, all have their parts. */
function ration({ record, sight }: Inputs, desired: DesiredKey, { n }: Active): Decision | null {
  const isEnough = record.carry?.cut !== undefined || deliveringOf(record) !== null
  const cut = cutFor(desired, record, { sight, n, isEnough })
  return cut ? { do: 'cut', ...cut } : null
}

/** Where nothing can be updated a new display name waits for the next rotation. */
function update(desired: DesiredKey, { active, live }: Service, record: KeyRecord): Decision | null {
  if (!abilitiesOf(desired.kind).update) return null
  const fields = inPlace(fieldChanges(desired, live.fields)) ?? {}
  const name = nameOf(desired, record.lineage, active.n)
  const isNamed = live.name === name || (Object.keys(fields).length === 0 && keepsName(desired, { active, live }))
  const all = isNamed ? fields : { ...fields, name }
  return Object.keys(all).length === 0 ? null : { do: 'update', n: active.n, id: active.id, fields: all }
}

/** Recorded and never written to: the name it was found with does, as long as neither side changes it. */
function keepsName({ name }: DesiredKey, { active, live }: Service): boolean {
  return active.asFound === name && live.name === active.issued.name
}

/** A guardrail that was taken away or exchanged, here or there. One that the manifest never named is left alone. */
function guard({ guardrail }: DesiredKey, { active, live }: Service): Decision | null {
  const { guardrail: ours, guardrailClaim: announced } = active.issued
  const from = live.guardrail
  if (from === undefined) return null
  const to = guardrail ?? null
  if (from === to || (to === null && from !== ours && from !== announced)) return null
  return { do: 'assign', n: active.n, id: active.id, guardrail: to, from }
}
