/** Moves schema nodes that occur more than once into `definitions`: validation code is generated for each of them once. */
import { isSchema, type Schema } from './nodes.ts'

/** Smaller nodes cost less than a call. */
const WORTH = 60
const OF_NAMES: ReadonlySet<string> = new Set(['properties', 'definitions'])
const OF_ONE: ReadonlySet<string> = new Set(['additionalProperties', 'items', 'then', 'else'])

export function hoisted(schema: Schema): Schema {
  const counts = new Map<string, number>()
  visit(schema, (node) => {
    const text = JSON.stringify(node)
    counts.set(text, (counts.get(text) ?? 0) + 1)
    return node
  })
  const definitions: Record<string, Schema> = {}
  const names = new Map<string, string>()
  const root = visit(schema, (node, whole) => {
    const text = JSON.stringify(whole)
    if ((counts.get(text) ?? 0) < 2 || text.length < WORTH) return node
    const name = names.get(text) ?? `shared${names.size}`
    names.set(text, name)
    definitions[name] ??= node
    const example = node['x-example']
    return { $ref: `#/definitions/${name}`, ...(example === undefined ? {} : { 'x-example': example }) }
  })
  const own = typeof root.definitions === 'object' ? root.definitions : {}
  return { ...root, definitions: { ...own, ...definitions } }
}

/** Replaces every subschema, inner ones first. `replace` gets the node with its inside replaced, and as it was. */
function visit(schema: Schema, replace: (node: Schema, whole: Schema) => Schema): Schema {
  const inside = (value: unknown): unknown => (isSchema(value) ? replace(visit(value, replace), value) : value)
  return Object.fromEntries(
    Object.entries(schema).map(([name, value]) => {
      if (OF_ONE.has(name)) return [name, inside(value)]
      if (OF_NAMES.has(name) && isSchema(value))
        return [name, Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inside(each)]))]
      if (name === 'allOf' && Array.isArray(value))
        return [name, value.map((one) => (isSchema(one) ? visit(one, replace) : one))]
      return [name, value]
    }),
  )
}
