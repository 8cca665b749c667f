/**
 * Fields of a KV secret as JSON text. Neighbours travel as they are written: parsed and printed again, a number of 20 digits would be
 * another number.
 */
import type { Secret } from '../../core/secret.ts'
import { isObject, type JsonObject, parseJson } from '../../io/http/json.ts'
import { rawMembers } from '../json-text.ts'

/** Text of a field: the value of a string, anything else as it is written. `null` when there is none. */
export function fieldOf(fields: string | null, field: string): string | null {
  const raw = fields === null ? undefined : rawMembers(fields).findLast(({ name }) => name === field)?.raw
  if (raw === undefined) return null
  return raw.startsWith('"') ? String(JSON.parse(raw)) : raw
}

/** The same fields with one put in, replaced, or (`null`) taken out. */
export function withField(fields: string | null, field: string, value: Secret | null): string {
  const others = fields === null ? [] : rawMembers(fields).filter(({ name }) => name !== field)
  const ours = value === null ? [] : [{ name: field, raw: JSON.stringify(value.expose()) }]
  return `{${[...others, ...ours].map(({ name, raw }) => `${JSON.stringify(name)}:${raw}`).join(',')}}`
}

/** A merge patch of one field. */
export function patchOf(field: string, value: Secret | null): string {
  return `{${JSON.stringify(field)}:${value === null ? 'null' : JSON.stringify(value.expose())}}`
}

export function isBare(fields: string): boolean {
  return rawMembers(fields).length === 0
}

/** The object at a path of members, as it is written; `null` when it is absent or no object. */
export function rawObject(text: string, names: readonly string[]): string | null {
  if (!isObject(parseJson(text))) return null
  const [name, ...rest] = names
  if (name === undefined) return text
  const raw = rawMembers(text).findLast((one) => one.name === name)?.raw
  return raw === undefined ? null : rawObject(raw, rest)
}

/** A member that is an object, else an empty one. */
export function objectAt(value: unknown, name: string): JsonObject {
  const inside = isObject(value) ? value[name] : undefined
  return isObject(inside) ? inside : {}
}
