/** Desired against live, field by field, by the attributes table. */
import { type Attribute, attributesOf, type Mutability } from '../attributes.ts'
import type { DesiredKey, Fields, FieldValue, LiveKey } from '../key.ts'
import type { Issued } from '../record.ts'

export interface FieldChange {
  readonly field: string
  readonly from: FieldValue
  readonly to: FieldValue
  readonly mutability: Mutability
  /** Allows more than before: a decision, never automatic beyond the manifest. */
  readonly loosens: boolean
}

/** The managed fields this key declares, with their rows. `expiresAt` is left out when `expiresIn` decides it: an API may cut it short. */
export function managed(desired: DesiredKey): readonly Attribute[] {
  return attributesOf(desired.kind).filter(
    ({ name }) =>
      desired.fields[name] !== undefined &&
      !desired.unmanaged.includes(name) &&
      (name !== 'expiresAt' || desired.expiresIn === null),
  )
}

/** Fields whose live value differs from the manifest. */
export function fieldChanges(desired: DesiredKey, live: Fields): readonly FieldChange[] {
  const changes: FieldChange[] = []
  for (const row of managed(desired)) {
    const from = live[row.name] ?? null
    const to = desired.fields[row.name] ?? null
    if (row.equal(from, to)) continue
    changes.push({
      field: row.name,
      from,
      to,
      mutability: row.kinds[desired.kind] ?? 'replace',
      loosens: row.loosens(from, to),
    })
  }
  return changes
}

/** In-place changes only, as the fields of one update; `null` when there is nothing to update. */
export function inPlace(changes: readonly FieldChange[]): Fields | null {
  const fields = changes
    .filter((change) => change.mutability === 'update')
    .map((change) => [change.field, change.to] as const)
  return fields.length === 0 ? null : Object.fromEntries(fields)
}

/** Fields that somebody made stricter than what we set, where the manifest still says otherwise. */
export function tightened(desired: DesiredKey, base: Issued, live: LiveKey): readonly string[] {
  return managed(desired)
    .filter((row) => {
      const from = base.fields[row.name]
      const seen = live.fields[row.name] ?? null
      if (from === undefined || row.equal(from, seen)) return false
      return row.loosens(seen, from) && !row.equal(seen, desired.fields[row.name] ?? null)
    })
    .map((row) => row.name)
}
