/**
 * What a provider offers, as data. From it come the answers to GetProviderSchema, GetMetadata and GetFunctions, the types that values
 * are read and written by, and the documentation of the registry.
 */
import type { CtyType } from '../values/types.ts'

export interface AttributeSchema {
  readonly name: string
  /** Either a plain type, or attributes of its own; a nested `map` has texts as keys. */
  readonly type: CtyType | NestedSchema
  /** Markdown. */
  readonly description: string
  /** `optional` and `computed` together: computed unless it is written. */
  readonly mode: 'required' | 'optional' | 'computed' | 'optional+computed'
  /** Masked in terraform's output; state and plan hold it in the clear all the same. */
  readonly sensitive?: true
  /** Only ever in `config`; null everywhere else. Needs terraform 1.11. */
  readonly writeOnly?: true
  readonly deprecated?: true
}

export interface NestedSchema {
  readonly nesting: 'single' | 'list' | 'set' | 'map'
  readonly attributes: readonly AttributeSchema[]
}

export interface ObjectSchema {
  /** Of the state; a larger one than the state's makes terraform call UpgradeResourceState. */
  readonly version: number
  readonly description: string
  readonly attributes: readonly AttributeSchema[]
  readonly deprecated?: true
}

export interface FunctionSchema {
  readonly summary: string
  readonly description: string
  readonly parameters: readonly ParameterSchema[]
  readonly variadic?: ParameterSchema
  readonly returns: CtyType
}

export interface ParameterSchema {
  readonly name: string
  readonly type: CtyType
  readonly description: string
  readonly allowsNull?: true
  readonly allowsUnknown?: true
}

export interface ProviderSchema {
  readonly provider: ObjectSchema
  readonly resources: Readonly<Record<string, ObjectSchema>>
  readonly dataSources: Readonly<Record<string, ObjectSchema>>
  readonly ephemeralResources: Readonly<Record<string, ObjectSchema>>
  readonly functions: Readonly<Record<string, FunctionSchema>>
}

export function isNested(type: AttributeSchema['type']): type is NestedSchema {
  return typeof type === 'object' && 'nesting' in type
}

/** The type of a whole configuration, state or result. */
export function typeOf({ attributes }: Pick<ObjectSchema, 'attributes'>): CtyType {
  return {
    object: Object.fromEntries(attributes.map(({ name, type }) => [name, isNested(type) ? nestedType(type) : type])),
  }
}

function nestedType(nested: NestedSchema): CtyType {
  const one = typeOf(nested)
  switch (nested.nesting) {
    case 'single':
      return one
    case 'list':
      return { list: one }
    case 'set':
      return { set: one }
    case 'map':
      return { map: one }
    default: {
      const rest: never = nested.nesting
      return rest
    }
  }
}
