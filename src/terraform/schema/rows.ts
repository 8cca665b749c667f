/** Short ways to write attributes. */
import type { AttributeSchema } from '../server/schema.ts'

type Type = AttributeSchema['type']

export function required(name: string, type: Type, description: string): AttributeSchema {
  return { name, type, mode: 'required', description }
}

export function optional(name: string, type: Type, description: string): AttributeSchema {
  return { name, type, mode: 'optional', description }
}

export function computed(name: string, type: Type, description: string): AttributeSchema {
  return { name, type, mode: 'computed', description }
}

/** May be written, and is filled in where it is not. */
export function filled(name: string, type: Type, description: string): AttributeSchema {
  return { name, type, mode: 'optional+computed', description }
}
