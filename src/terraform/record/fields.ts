/**
 * Managed fields between their two forms: as the API and records have them, and as attributes. A value that means the same keeps the
 * form in which somebody wrote it, so that nothing is a change that is none.
 */
import { type Attribute, attributesOf } from '../../core/attributes.ts'
import type { Fields, FieldValue } from '../../core/key.ts'
import { snake } from '../names.ts'
import { memberOf } from '../plain.ts'
import type { TerraformKind } from '../schema/provider.ts'
import { isList, isUnknown, type Value, type ValueMap } from '../values/value.ts'

/** `limit: null` is no limit: `unlimited` says so, and `limit` is null. */
export function attributesOfFields(kind: TerraformKind, live: Fields, said: ValueMap | null): Record<string, Value> {
  const values: Record<string, Value> = {}
  for (const row of attributesOf(kind)) {
    const value = live[row.name]
    const written = memberOf(said, snake(row.name))
    values[snake(row.name)] = isSame(row, written, value ?? null) ? written : plainOf(row, value ?? null)
  }
  if (kind === 'openrouter') values.unlimited = unlimitedOf(live.limit ?? null, memberOf(said, 'unlimited'))
  return values
}

function unlimitedOf(limit: FieldValue, said: Value): Value {
  if (limit === null) return true
  return said === false ? false : null
}

/** What was written means what is live. */
export function isSame(row: Attribute, written: Value, value: FieldValue): boolean {
  return written !== null && !isUnknown(written) && row.equal(fieldOf(row, written), value)
}

function plainOf(row: Attribute, value: FieldValue): Value {
  if (value === null) return row.type === 'enum' ? (row.nullWord ?? null) : null
  return value
}

/** An attribute as the field it stands for. */
export function fieldOf(row: Attribute, value: Value): FieldValue {
  if (isList(value)) return value.filter((one) => typeof one === 'string')
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value === row.nullWord ? null : value
  return null
}

/** All fields of a state. A limit that is null without `unlimited` is not known, and left out. */
export function fieldsOfState(kind: TerraformKind, state: ValueMap): Fields {
  const fields: Record<string, FieldValue> = {}
  for (const row of attributesOf(kind)) {
    const value = memberOf(state, snake(row.name))
    if (isUnknown(value) || (row.name === 'limit' && value === null && memberOf(state, 'unlimited') !== true)) continue
    fields[row.name] = fieldOf(row, value)
  }
  return fields
}
