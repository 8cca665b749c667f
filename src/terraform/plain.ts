/** Looking into values of Terraform. */
import { isList, isMap, isUnknown, type Value, type ValueMap } from './values/value.ts'

/** A member, `null` when it is absent or the whole is no object. */
export function memberOf(value: Value | undefined, name: string): Value {
  return value !== undefined && isMap(value) && Object.hasOwn(value, name) ? (value[name] ?? null) : null
}

export function textOf(value: Value | undefined): string | null {
  return typeof value === 'string' ? value : null
}

export function numberOf(value: Value | undefined): number | null {
  return typeof value === 'number' ? value : null
}

export function itemsOf(value: Value | undefined): readonly Value[] {
  return value !== undefined && isList(value) ? value : []
}

/** A whole configuration or state; `null` where there is none. */
export function objectOf(value: Value | undefined): ValueMap | null {
  return value !== undefined && isMap(value) ? value : null
}

/** Equal as data; unknown is equal to nothing. The order of a list counts. */
export function sameValue(a: Value, b: Value): boolean {
  if (isUnknown(a) || isUnknown(b)) return false
  if (isList(a)) return isList(b) && a.length === b.length && a.every((one, i) => sameValue(one, b[i] ?? null))
  if (!isMap(a)) return a === b
  if (!isMap(b)) return false
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...names].every((name) => sameValue(memberOf(a, name), memberOf(b, name)))
}
