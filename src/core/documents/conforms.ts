/** Judges plain data by the part of JSON Schema that our own documents use. Input files of people go through generated code instead. */
export type Schema = { readonly [word: string]: unknown }

/** Where and how `value` differs from `schema` first (`records[3].serial is not a whole number`); `null` when it conforms. */
export function misfit(value: unknown, schema: Schema, path = 'the document'): string | null {
  if (Array.isArray(schema.anyOf)) return ofAny(value, schema.anyOf, path)
  if ('const' in schema) return value === schema.const ? null : `${path} is not ${JSON.stringify(schema.const)}`
  if (Array.isArray(schema.enum))
    return schema.enum.includes(value) ? null : `${path} is none of ${schema.enum.join(', ')}`
  switch (schema.type) {
    case 'object':
      return ofObject(value, schema, path)
    case 'array':
      return ofList(value, schema, path)
    case 'string':
      return ofText(value, schema, path)
    case 'integer':
      return Number.isSafeInteger(value) && Number(value) >= least(schema) ? null : `${path} is not a whole number`
    case 'number':
      return typeof value === 'number' && value >= least(schema) ? null : `${path} is not a number`
    case 'boolean':
      return typeof value === 'boolean' ? null : `${path} is neither true nor false`
    case 'null':
      return value === null ? null : `${path} is not null`
    default:
      return null
  }
}

function least({ minimum }: Schema): number {
  return typeof minimum === 'number' ? minimum : Number.NEGATIVE_INFINITY
}

/** Of several shapes the one whose constant member (`phase`, `kind`) agrees tells what is wrong. */
function ofAny(value: unknown, shapes: readonly unknown[], path: string): string | null {
  const wrongs: string[] = []
  for (const shape of shapes.filter(isObject)) {
    const wrong = misfit(value, shape, path)
    if (wrong === null) return null
    if (isMeant(value, shape)) return wrong
    wrongs.push(wrong)
  }
  return wrongs[0] ?? `${path} can be nothing`
}

function isMeant(value: unknown, { properties }: Schema): boolean {
  if (!isObject(value) || !isObject(properties)) return false
  return Object.entries(properties).some(
    ([name, shape]) => isObject(shape) && 'const' in shape && Object.hasOwn(value, name) && shape.const === value[name],
  )
}

function ofText(value: unknown, schema: Schema, path: string): string | null {
  if (typeof value !== 'string') return `${path} is not a text`
  const { pattern } = schema
  return typeof pattern !== 'string' || formOf(pattern).test(value) ? null : `${path} has another form`
}

/** By the words of our schemas, which are few. */
const forms = new Map<string, RegExp>()

function formOf(pattern: string): RegExp {
  const form = forms.get(pattern) ?? new RegExp(pattern, 'u')
  forms.set(pattern, form)
  return form
}

function ofList(value: unknown, { items }: Schema, path: string): string | null {
  if (!Array.isArray(value)) return `${path} is not a list`
  if (!isObject(items)) return null
  for (const [i, item] of value.entries()) {
    const wrong = misfit(item, items, `${inside(path)}[${i}]`)
    if (wrong !== null) return wrong
  }
  return null
}

function ofObject(value: unknown, schema: Schema, path: string): string | null {
  if (!isObject(value)) return `${path} is not an object`
  const { required, properties, additionalProperties } = schema
  const known: Schema = isObject(properties) ? properties : {}
  for (const name of Array.isArray(required) ? required : [])
    if (!Object.hasOwn(value, name)) return `${path} has no ${name}`
  for (const [name, member] of Object.entries(value)) {
    const shape = Object.hasOwn(known, name) ? known[name] : additionalProperties
    if (shape === false) return `${path} has an unknown member ${JSON.stringify(name).slice(0, 60)}`
    const at = path === 'the document' ? name : `${path}.${name}`
    const wrong = isObject(shape) ? misfit(member, shape, at) : null
    if (wrong !== null) return wrong
  }
  return null
}

function inside(path: string): string {
  return path === 'the document' ? 'items' : path
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
