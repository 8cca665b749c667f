/** Types of Terraform values (cty), and their JSON form in schemas: `["list","string"]`, `["object",{"a":"number"}]`. */
import { ValueError } from './value-error.ts'

export type CtyType =
  | 'string'
  | 'number'
  | 'bool'
  | 'dynamic'
  | { readonly list: CtyType }
  | { readonly set: CtyType }
  | { readonly map: CtyType }
  | { readonly object: Readonly<Record<string, CtyType>> }
  | { readonly tuple: readonly CtyType[] }

const SIMPLE: ReadonlySet<unknown> = new Set(['string', 'number', 'bool', 'dynamic'])
const MAX_DEPTH = 64

export function typeToJson(type: CtyType): unknown {
  if (typeof type === 'string') return type
  if ('list' in type) return ['list', typeToJson(type.list)]
  if ('set' in type) return ['set', typeToJson(type.set)]
  if ('map' in type) return ['map', typeToJson(type.map)]
  if ('tuple' in type) return ['tuple', type.tuple.map(typeToJson)]
  return ['object', mapped(type.object, typeToJson)]
}

/** Throws `ValueError` for anything else. Which members of an object are optional says nothing about values and is dropped. */
export function typeFromJson(json: unknown, depth = 0): CtyType {
  if (depth > MAX_DEPTH) throw new ValueError('a type is nested too deeply')
  if (SIMPLE.has(json)) return json as CtyType
  const inner = (part: unknown): CtyType => typeFromJson(part, depth + 1)
  if (Array.isArray(json)) {
    const [name, part] = json as unknown[]
    if (name === 'list') return { list: inner(part) }
    if (name === 'set') return { set: inner(part) }
    if (name === 'map') return { map: inner(part) }
    if (name === 'tuple' && Array.isArray(part)) return { tuple: part.map(inner) }
    if (name === 'object' && isRecord(part)) return { object: mapped(part, inner) }
  }
  throw new ValueError(`${JSON.stringify(json)?.slice(0, 80)} is no type`)
}

function isRecord(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

/** As `typeFromJson`, from JSON text. */
export function typeFromText(text: string): CtyType {
  try {
    return typeFromJson(JSON.parse(text))
  } catch (cause) {
    if (cause instanceof ValueError) throw cause
    throw new ValueError('a type is no JSON', { cause })
  }
}

/** Own members only, into an object that takes every name, `__proto__` too. */
export function mapped<A, B>(
  members: Readonly<Record<string, A>>,
  change: (one: A, name: string) => B,
): Record<string, B> {
  const made: Record<string, B> = Object.create(null)
  for (const name of Object.keys(members)) made[name] = change(members[name] as A, name)
  return made
}
