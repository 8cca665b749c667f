/**
 * Values out of the JSON that terraform keeps states in. Numbers keep all their digits, which `JSON.parse` does not. A dynamic value is
 * `{ type, value }` there. An older state may lack attributes (they become null) and hold ones that are gone (they are dropped).
 */
import { type Json, parseJson } from './json.ts'
import { type CtyType, mapped, typeFromJson } from './types.ts'
import { Decimal, Dynamic, type Value } from './value.ts'
import { ValueError } from './value-error.ts'

/** Throws `ValueError` for what is no JSON, or does not fit the type. */
export function readState(type: CtyType, bytes: Uint8Array): Value {
  return valueIn(type, parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')))
}

/** The raw state of another provider, whose schema is not known: objects, arrays and scalars. */
export function readForeignState(bytes: Uint8Array): Json {
  return parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
}

function valueIn(type: CtyType, json: Json): Value {
  if (json === null) return null
  if (type === 'string' && typeof json === 'string') return json
  if (type === 'bool' && typeof json === 'boolean') return json
  if (type === 'number' && (typeof json === 'number' || json instanceof Decimal)) return json
  if (typeof type === 'object' && Array.isArray(json)) return listOf(type, json)
  if (isObject(json)) {
    if (type === 'dynamic') return dynamicOf(json)
    if (typeof type === 'object' && 'map' in type) return mapped(json, (one) => valueIn(type.map, one))
    if (typeof type === 'object' && 'object' in type)
      return mapped(type.object, (one, name) => valueIn(one, Object.hasOwn(json, name) ? (json[name] ?? null) : null))
  }
  throw new ValueError('a state does not fit its schema')
}

function isObject(json: Json): json is { readonly [name: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json) && !(json instanceof Decimal)
}

function listOf(type: Exclude<CtyType, string>, json: readonly Json[]): Value {
  if ('list' in type) return json.map((one) => valueIn(type.list, one))
  if ('set' in type) return json.map((one) => valueIn(type.set, one))
  if ('tuple' in type && type.tuple.length === json.length)
    return json.map((one, n) => valueIn(type.tuple[n] ?? 'dynamic', one))
  throw new ValueError('a list of a state does not fit its schema')
}

function dynamicOf(json: { readonly [name: string]: Json }): Value {
  const type = typeFromJson(json.type)
  return new Dynamic(type, valueIn(type, json.value ?? null))
}
