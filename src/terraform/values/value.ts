/**
 * Terraform values in JavaScript.
 *
 * | cty | here |
 * |---|---|
 * | null | `null` (never the same as an empty list, map or text) |
 * | string, bool | `string`, `boolean` |
 * | number | `number` where its shortest decimal form is exactly this number, else `Decimal` |
 * | list, set, tuple | array; the order of a set means nothing |
 * | map, object | object without prototype; an object has all its attributes, nulls included |
 * | unknown | an `Unknown`, anywhere a value may stand |
 * | dynamic | `Dynamic` with its type beside it, or `null`, or an `Unknown` |
 *
 * A `number` stands for the decimal that JavaScript prints: 0.1 is one tenth, not the double next to it. So nothing is lost on the way
 * through, and arithmetic on these is the caller's own risk. Not taken: decimals as texts everywhere, which nobody can tell from strings.
 */
import type { CtyType } from './types.ts'

export type Value = null | boolean | string | number | Decimal | Unknown | Dynamic | readonly Value[] | ValueMap

export interface ValueMap {
  readonly [name: string]: Value
}

/** What is known about a value that is not known yet. */
export interface Refinements {
  readonly notNull?: true
  readonly prefix?: string
  readonly min?: Bound
  readonly max?: Bound
  readonly minLength?: number
  readonly maxLength?: number
}

export interface Bound {
  readonly value: number | Decimal
  readonly inclusive: boolean
}

/** Not known before apply. Use `UNKNOWN` for one without refinements; a refined one that is handed on must be kept to. */
export class Unknown {
  readonly refinements: Refinements

  constructor(refinements: Refinements = {}) {
    this.refinements = refinements
  }
}

export const UNKNOWN = new Unknown()

/** A number that no JavaScript number prints as. `text` is canonical: equal numbers have equal texts. */
export class Decimal {
  readonly text: string

  /** Use `numeric()`, which knows when a plain number will do. */
  constructor(text: string) {
    this.text = text
  }
}

export class Dynamic {
  readonly type: CtyType
  readonly value: Value

  constructor(type: CtyType, value: Value) {
    this.type = type
    this.value = value
  }
}

export function isUnknown(value: Value): value is Unknown {
  return value instanceof Unknown
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value)
}

export function isMap(value: Value): value is ValueMap {
  return typeof value === 'object' && value !== null && !isList(value) && !isBoxed(value)
}

function isBoxed(value: object): value is Unknown | Decimal | Dynamic {
  return value instanceof Unknown || value instanceof Decimal || value instanceof Dynamic
}

/** Whether nothing in it is unknown. */
export function isWhollyKnown(value: Value): boolean {
  if (isUnknown(value)) return false
  if (isList(value)) return value.every(isWhollyKnown)
  if (value instanceof Dynamic) return isWhollyKnown(value.value)
  return !isMap(value) || Object.values(value).every(isWhollyKnown)
}
