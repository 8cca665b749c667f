/** Which values of a live key a change touches, and whether a human has decided that or policy follows from what stands in git already. */
import { abilitiesOf } from './abilities.ts'
import type { DesiredKey, FieldValue, LiveKey } from './key.ts'
import { sharedLimit, withShare } from './machine/budget.ts'
import { type FieldChange, fieldChanges } from './machine/diff.ts'
import { nameOf } from './machine/issue.ts'
import type { Step } from './machine/step.ts'
import type { Subject } from './planned-change.ts'
import { activeOf } from './record.ts'

export interface FieldsInputs {
  readonly subject: Subject
  /** Steps of the forecast that a reader sees. */
  readonly steps: readonly Step[]
  /** The key in service. */
  readonly live: LiveKey
  /** Names of guardrails by id. */
  readonly guardrails: ReadonlyMap<string, string>
}

/** Live values that differ from the manifest, its guardrail included. Under a shared limit the share counts, not the limit. */
export function changedFields(inputs: FieldsInputs): readonly FieldChange[] {
  const { desired, record, sight } = inputs.subject
  if (!desired) return []
  const changes = fieldChanges(withShare(desired, record, sight), inputs.live.fields).map((change) =>
    isShare(inputs.subject, change.field) ? { ...change, loosens: false } : change,
  )
  return [...changes, ...laterShare(inputs, changes), ...guardrailChange(inputs)]
}

/** The limit of the manifest did not move since it was last applied: a cap that differs from it is the work of the budget alone. */
export function isShare({ desired, record }: Subject, field: string): boolean {
  const limit = desired && sharedLimit(desired)
  return field === 'limit' && limit !== null && record.policy.sharedLimit === limit
}

/** What an old generation leaves goes over in the same run: the cap rises after it has ended. */
function laterShare({ subject, steps, live }: FieldsInputs, known: readonly FieldChange[]): readonly FieldChange[] {
  const active = activeOf(subject.record)
  const last = steps.findLast((step) => step.do === 'update' && step.n === active?.n && step.fields.limit !== undefined)
  if (last?.do !== 'update' || known.some(({ field }) => field === 'limit')) return []
  const [from, to] = [live.fields.limit ?? null, last.fields.limit ?? null]
  return [{ field: 'limit', from, to, mutability: 'update', loosens: !isShare(subject, 'limit') }]
}

function guardrailChange({ subject, steps, guardrails }: FieldsInputs): readonly FieldChange[] {
  const active = activeOf(subject.record)
  const step = steps.find((one) => one.do === 'assign' && one.n === active?.n)
  if (step?.do !== 'assign') return []
  const named = (id: string | null): FieldValue => (id === null ? null : (guardrails.get(id) ?? id))
  const [from, to] = [named(step.from), named(step.guardrail)]
  return [{ field: 'guardrail', from, to, mutability: 'update', loosens: to === null }]
}

/** The manifest still says what we set: somebody changed the live key, and putting that right is policy. So is a share that moves. */
export function isRepair(subject: Subject, fields: readonly FieldChange[]): boolean {
  const { desired, record } = subject
  const active = activeOf(record)
  if (!desired || !active || record.frozen) return false
  // Where nothing can be updated, a new display name waits for the next rotation, and asks nobody for anything.
  const isNamed = active.issued.name === nameOf(desired, record.lineage, active.n)
  if (!isNamed && abilitiesOf(desired.kind).update) return false
  return fields.every(({ field, to }) => {
    if (field === 'guardrail') return (active.issued.guardrail ?? null) === (desired.guardrail ?? null)
    return isShare(subject, field) || active.issued.fields[field] === to
  })
}

/** Values a new key is born with. */
export function birthFields(desired: DesiredKey, guardrails: ReadonlyMap<string, string>): readonly FieldChange[] {
  const born: [string, FieldValue][] = Object.entries(desired.fields).filter(
    ([field]) => !desired.unmanaged.includes(field),
  )
  if (desired.guardrail !== undefined) born.push(['guardrail', guardrails.get(desired.guardrail) ?? desired.guardrail])
  return born.map(([field, to]) => ({ field, from: null, to, mutability: 'update', loosens: false }))
}
