/**
 * Small words for JSON Schema nodes. `x-expect` and `x-example` are what an error says about a node; they are left out of the
 * published files.
 */
import { parse } from 'yaml'

export type Schema = { readonly [name: string]: unknown }

export interface Words {
  /** Shown by editors. */
  readonly doc?: string
  /** What is wanted, as in "must be ...". */
  readonly expect?: string
  /** A value to type. */
  readonly example?: unknown
}

export function described(schema: Schema, { doc, expect, example }: Words): Schema {
  return {
    ...schema,
    ...(doc === undefined ? {} : { description: doc }),
    ...(expect === undefined ? {} : { 'x-expect': expect }),
    ...(example === undefined ? {} : { 'x-example': example }),
  }
}

/** A mapping with exactly these members. `name` completes "... is not NAME". */
export function record(
  name: string,
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
): Schema {
  return {
    type: 'object',
    properties,
    additionalProperties: false,
    ...(required.length > 0 ? { required } : {}),
    'x-name': name,
  }
}

/** A mapping, or one of these words in its place. */
export function recordOr(members: Schema, alternatives: readonly string[], words: Words): Schema {
  return described(
    {
      type: ['object', 'string'],
      if: { type: 'object' },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: members,
      else: { enum: alternatives, 'x-expect': words.expect },
    },
    words,
  )
}

/** A mapping from free names. */
export function mapOf(
  values: Schema,
  words: Words & { readonly names?: { readonly pattern: string; readonly expect: string } } = {},
): Schema {
  const { names } = words
  const propertyNames =
    names === undefined ? {} : { propertyNames: { pattern: names.pattern, 'x-expect': names.expect } }
  return described({ type: 'object', additionalProperties: values, ...propertyNames }, words)
}

export function listOf(items: Schema, words: Words = {}): Schema {
  return described({ type: 'array', items }, words)
}

export const TEXT: Schema = { type: 'string', pattern: '\\S', 'x-expect': 'a text' }

/** A word such as `${each.value.limit}` may stand for any scalar; what it yields is checked later. */
export const WORD: Schema = { type: 'string', pattern: '\\$\\{' }

export function orWord(schema: Schema, words: Words): Schema {
  return described({ anyOf: [schema, WORD] }, words)
}

const DURATION = '^(?:0|(?:\\d+(?:\\.\\d+)?[smhdw])+)$'

/** `words`: texts allowed beside a duration, such as `manual`. */
export function duration(words: Words & { readonly also?: string }): Schema {
  const { also } = words
  const expect = `a duration such as ${String(words.example ?? '30d')}${also === undefined ? '' : `, or ${also}`}`
  const texts = also === undefined ? [] : [{ enum: [also] }]
  return described(
    { anyOf: [{ type: 'string', pattern: DURATION }, ...texts, { const: 0 }, WORD] },
    { expect, ...words },
  )
}

export function count(words: Words & { readonly maximum?: number }): Schema {
  const { maximum } = words
  const limits = { minimum: 0, ...(maximum === undefined ? {} : { maximum }) }
  const expect = maximum === undefined ? 'a whole number, 0 or more' : `a whole number from 0 to ${maximum}`
  return described({ type: 'integer', ...limits }, { expect, ...words })
}

/** Without the words that are only for our messages. What editors describe they also show an example of. */
export function published(schema: Schema): Schema {
  const example = schema.description === undefined ? undefined : schema['x-example']
  const examples = example === undefined || `${example}`.includes('...') ? {} : { examples: [parse(`${example}`)] }
  const rest = Object.entries(schema).filter(([name]) => !name.startsWith('x-'))
  return { ...Object.fromEntries(rest.map(([name, value]) => [name, inside(value, published)])), ...examples }
}

/** Without the words that are only for editors. */
export function judging(schema: Schema): Schema {
  const kept = Object.entries(schema).filter(([name, value]) => name !== 'description' || typeof value !== 'string')
  return Object.fromEntries(kept.map(([name, value]) => [name, inside(value, judging)]))
}

function inside(value: unknown, change: (schema: Schema) => Schema): unknown {
  if (Array.isArray(value)) return value.map((one) => inside(one, change))
  return isSchema(value) ? change(value) : value
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
