/** The provider's schema in the form of `terraform providers schema -json`, which the generators of bindings read. A test compares the two. */

import {
  type AttributeSchema,
  isNested,
  type ObjectSchema,
  type ProviderSchema,
} from '../../terraform/server/schema.ts'
import { typeToJson } from '../../terraform/values/types.ts'

const ADDRESS = 'registry.terraform.io/keywright/keywright'

export function schemaJson({ provider, resources, dataSources }: ProviderSchema): object {
  const schemas = {
    provider: objectJson(provider),
    resource_schemas: each(resources),
    data_source_schemas: each(dataSources),
  }
  return { format_version: '1.0', provider_schemas: { [ADDRESS]: schemas } }
}

function each(schemas: Readonly<Record<string, ObjectSchema>>): object {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, objectJson(schema)]))
}

function objectJson({ version, description, attributes }: ObjectSchema): object {
  return { version, block: { attributes: attributesJson(attributes), description, description_kind: 'markdown' } }
}

/** In the order of their names, as terraform writes them. */
function attributesJson(attributes: readonly AttributeSchema[]): object {
  const sorted = [...attributes].sort((a, b) => (a.name < b.name ? -1 : 1))
  return Object.fromEntries(sorted.map((row) => [row.name, attributeJson(row)]))
}

function attributeJson({ type, description, mode, sensitive, writeOnly, deprecated }: AttributeSchema): object {
  return {
    ...(isNested(type)
      ? { nested_type: { attributes: attributesJson(type.attributes), nesting_mode: type.nesting } }
      : { type: typeToJson(type) }),
    description,
    description_kind: 'markdown',
    ...(mode === 'required' && { required: true }),
    ...(mode.startsWith('optional') && { optional: true }),
    ...(mode.endsWith('computed') && { computed: true }),
    ...(sensitive && { sensitive }),
    ...(writeOnly && { write_only: writeOnly }),
    ...(deprecated && { deprecated }),
  }
}
