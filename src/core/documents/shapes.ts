/** Words from which the schemas of our own documents are built. */
import type { Schema } from './conforms.ts'

export const TEXT: Schema = { type: 'string' }
export const FLAG: Schema = { type: 'boolean' }
export const COUNT: Schema = { type: 'integer', minimum: 0 }
export const NUMBER: Schema = { type: 'number' }
export const INSTANT: Schema = {
  type: 'string',
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?(?:Z|[+-]\\d{2}:\\d{2})$',
}
export const FINGERPRINT: Schema = { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' }

export function orNull(schema: Schema): Schema {
  return { anyOf: [schema, { type: 'null' }] }
}

export function list(items: Schema): Schema {
  return { type: 'array', items }
}

export function dictionary(values: Schema): Schema {
  return { type: 'object', additionalProperties: values }
}

/** An object with exactly these members; those in `optional` may be left out. */
export function shape(
  required: Readonly<Record<string, Schema>>,
  optional: Readonly<Record<string, Schema>> = {},
  description?: string,
): Schema {
  return {
    ...(description === undefined ? {} : { description }),
    type: 'object',
    properties: { ...required, ...optional },
    required: Object.keys(required),
    additionalProperties: false,
  }
}

/** The value of one managed field. */
export const FIELD_VALUE: Schema = {
  anyOf: [
    { type: 'string' },
    { type: 'number' },
    { type: 'boolean' },
    { type: 'null' },
    { type: 'array', items: { type: 'string' } },
  ],
}
export const FIELDS: Schema = dictionary(FIELD_VALUE)

export const DIAGNOSTIC: Schema = shape(
  { severity: { enum: ['error', 'warning'] }, code: TEXT, message: TEXT },
  {
    why: TEXT,
    hint: { type: 'string', description: 'What to type next.' },
    at: shape({ file: TEXT, line: COUNT, column: COUNT, length: COUNT }, { excerpt: TEXT }),
    address: TEXT,
  },
)

type OptionalOf<T> = { [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? K : never }[keyof T] & string
type RequiredOf<T> = Exclude<keyof T & string, OptionalOf<T>>

/** `shape` of a type: a member that is added to the type and not to its schema does not compile. */
export function shapeOf<T>(): (
  required: Readonly<Record<RequiredOf<T>, Schema>>,
  optional: Readonly<Record<OptionalOf<T>, Schema>>,
  description?: string,
) => Schema {
  return shape
}
