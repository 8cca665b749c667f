/** Fields of a KV secret as JSON text. */
import type { Secret } from '../../core/secret.ts'
import { isObject, type JsonObject, parseJson } from '../../io/http/json.ts'
import { rawMembers } from '../json-text.ts'

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
